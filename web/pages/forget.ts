import { h } from 'preact';
import type { WholeDevice } from '../../src/serve/schemas.ts';
import { send } from '../api.ts';
import { open, pathOf } from '../router.ts';
import { session, whyReadOnly } from '../session.ts';
import { askFor } from '../ui/ask.ts';
import { words } from '../words/later.ts';

/** Deletes a device and its history, after a reason was given. */
export function Forget({ device: { key } }: { readonly device: Pick<WholeDevice, 'key'> }) {
  const why = whyReadOnly.value;
  const ask = () =>
    askFor({
      ...words.forget,
      title: `${words.forget.button}: ${key}`,
      draft: `forget ${key}`,
      needsText: true,
      act: async ({ text }) => {
        const by = session.value?.name;
        await send('DELETE', `devices${pathOf(key)}`, { text, ...(by == null ? {} : { by }) });
        open('/devices');
      },
    });
  return h('button', { disabled: why !== null, title: why ?? undefined, onClick: ask }, words.forget.button);
}
