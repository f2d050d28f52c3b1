import { h } from 'preact';
import type { WholeDevice } from '../../src/serve/schemas.ts';
import { send } from '../api.ts';
import { pathOf } from '../router.ts';
import { session, whyReadOnly } from '../session.ts';
import { askFor } from '../ui/ask.ts';
import { Heard, Panel, Raw } from '../ui/parts.ts';
import { words } from '../words/later.ts';

type Props = { readonly device: Pick<WholeDevice, 'key' | 'senders'>; readonly again: () => Promise<void> };

/** The addresses that its lines came from. A recovery from an address that is not known waits until a person confirms it. */
export function Senders({ device: { key, senders }, again }: Props) {
  if (senders.length === 0) return null;
  const why = whyReadOnly.value;
  const ask = (address: string) => () =>
    askFor({
      ...words.confirmSender,
      title: words.confirmOf(address),
      says: [words.confirmSays(key)],
      draft: `confirm ${key} ${address}`,
      needsText: false,
      act: async ({ text }) => {
        const by = session.value?.name;
        const signed = { ...(text === '' ? {} : { text }), ...(by == null ? {} : { by }) };
        await send('POST', `devices${pathOf(key)}/senders`, { address, ...signed });
        await again();
      },
    });
  return h(
    Panel,
    { title: words.senders },
    h(
      'ul',
      { class: 'plain' },
      senders.map(({ address, lastAt, known, waits }) =>
        h(
          'li',
          { key: address },
          h('bdi', {}, address),
          ' · ',
          known ? words.senderKnown : words.senderUnknown,
          ' · ',
          h(Heard, { at: lastAt, relative: true }),
          ' ',
          !known &&
            h(
              'button',
              { disabled: why !== null, title: why ?? undefined, onClick: ask(address) },
              words.confirmSender.button,
              h('span', { class: 'unseen' }, ` ${address}`),
            ),
          waits !== null && h('p', {}, words.recoveryWaits, ' ', h(Raw, { text: waits.raw })),
        ),
      ),
    ),
  );
}
