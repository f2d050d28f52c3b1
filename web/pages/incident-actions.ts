import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import type { WholeIncident } from '../../src/serve/schemas.ts';
import { send } from '../api.ts';
import { hypotheses } from '../query/hypotheses.ts';
import { pathOf } from '../router.ts';
import { session, whyReadOnly } from '../session.ts';
import { Refused, useAct } from '../ui/act.ts';
import { askFor } from '../ui/ask.ts';
import { CopyLink } from '../ui/copy.ts';
import { ReadOnly } from '../ui/read-only.ts';
import { words } from '../words/en.ts';

type Props = { readonly incident: WholeIncident; readonly again: () => Promise<void> };

/** How the notes of an incident call what a dialog writes. */
const KINDS = { notes: 'note', close: 'closed', reopen: 'reopened' } as const;
/** As the service names who writes without a session. */
const OPERATOR = 'operator';

/** What people do with an incident. Nothing is shown as done before the service says so. */
export function IncidentActions({ incident: { id, device, state, acknowledged, notes }, again }: Props) {
  const { isBusy, error, act } = useAct();
  const written = useSignal(notes);
  useLayoutEffect(() => {
    written.value = notes;
  }, [notes]);
  const write = async (action: string, body: object) => {
    const by = session.value?.name;
    await send('POST', `incidents${pathOf(id)}/${action}`, { ...body, ...(by == null ? {} : { by }) });
    await again();
  };
  const now = (action: string) => act(() => write(action, {}));
  const isOver = state === 'closed' || state === 'resolved';
  const why = whyReadOnly.value;
  const off = { disabled: why !== null || isBusy, title: why ?? undefined };
  const ask = (action: 'notes' | 'close' | 'reopen') => () =>
    askFor({
      ...words.asks[action],
      title: `${words.asks[action].button}: ${device}`,
      draft: `${action} ${id}`,
      written: (text) =>
        written.value.filter(
          (note) => note.kind === KINDS[action] && note.text === text && note.by === (session.value?.name ?? OPERATOR),
        ).length,
      needsText: action !== 'close',
      ...(action === 'reopen' ? {} : { causes: hypotheses }),
      act: ({ text, cause }) =>
        write(action, {
          ...(text === '' ? {} : { text }),
          ...(cause === '' ? {} : { disposition: { hypothesis: cause } }),
        }),
    });
  return h(
    'div',
    { class: 'actions' },
    // On a phone these stay where the thumb is, with what became of them.
    h(
      'div',
      { class: 'at-hand' },
      !isOver &&
        acknowledged === null &&
        h(
          'button',
          { class: 'main', 'data-key': 'a', ...off, onClick: () => now('acknowledge') },
          isBusy ? words.busy : words.acknowledge,
        ),
      !isOver &&
        acknowledged !== null &&
        h('button', { ...off, onClick: () => now('unacknowledge') }, words.unacknowledge),
      h('button', { 'data-key': 'n', ...off, onClick: ask('notes') }, words.asks.notes.button),
      h(Refused, { error }),
    ),
    isOver
      ? h('button', { ...off, onClick: ask('reopen') }, words.asks.reopen.button)
      : h('button', { ...off, onClick: ask('close') }, words.asks.close.button),
    h(CopyLink, {}),
    h(ReadOnly, {}),
  );
}
