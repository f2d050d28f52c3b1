import { signal, useSignal } from '@preact/signals';
import { h } from 'preact';
import type { Advisory, KeptTrustpool, TrustpoolReading, WholeDevice } from '../../src/serve/schemas.ts';
import { get, send } from '../api.ts';
import { useLoad } from '../load.ts';
import { pathOf, query } from '../router.ts';
import { whyReadOnly } from '../session.ts';
import { Refused, useAct } from '../ui/act.ts';
import { Link, Panel } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import { Changes } from './changes.ts';
import { Commands } from './next-steps.ts';
import { Reading } from './trustpool-reading.ts';

/** What is pasted. It stays while somebody logs in again. */
const pasted = signal('');

type Read = {
  readonly of: string;
  readonly reading: TrustpoolReading;
  /** The key of the device to keep it with; empty: none is known yet. */
  readonly device: string;
  /** What keeping it would do; null: nobody was named. */
  readonly kept: KeptTrustpool | null;
};

/** The output of a device's trustpool: what is in it, what would follow, and then keeps it with the device. */
export function Trustpool() {
  const wanted = query.value.get('device') ?? '';
  const read = useSignal<Read | null>(null);
  const { isBusy, error, act } = useAct();
  const { data } = useLoad<{ advisories: readonly Advisory[] }>('advisories');
  const remediation = data?.advisories[0]?.remediation;
  const why = whyReadOnly.value;
  const text = pasted.value;
  const keep = (device: string, dryRun: boolean) =>
    send<KeptTrustpool>('POST', `devices${pathOf(device)}/trustpool?dryRun=${dryRun}`, text);
  const look = (named: string) =>
    act(async () => {
      read.value = null;
      const reading = await send<TrustpoolReading>('POST', 'trustpool', text);
      read.value = { of: text, reading, device: '', kept: null };
      const given = named || reading.device;
      if (given === null) return;
      const { key: device } = await get<WholeDevice>(`devices${pathOf(given)}`);
      read.value = { of: text, reading, device, kept: await keep(device, true) };
    });
  const shown = read.value?.of === text ? read.value : null;
  const save = () =>
    act(async () => {
      if (shown !== null) read.value = { ...shown, kept: await keep(shown.device, false) };
    });
  const off = { disabled: why !== null || isBusy || text.trim() === '', title: why ?? undefined };
  const submit = (event: Event) => {
    event.preventDefault();
    void look(`${new FormData(event.currentTarget as HTMLFormElement).get('device') ?? ''}`.trim());
  };
  const type = (event: Event) => {
    pasted.value = (event.target as HTMLTextAreaElement).value;
  };
  return h(
    'div',
    { 'aria-busy': isBusy },
    h('div', { class: 'bar' }, h('h1', {}, words.trustpool)),
    h(HowToShow, { verify: remediation?.verify }),
    why !== null && h('p', { class: 'doubt' }, `▲ ${why}`),
    h(
      'form',
      { onSubmit: submit },
      h(
        'label',
        {},
        words.deviceOrPrompt,
        ' ',
        h('input', { name: 'device', defaultValue: wanted, maxLength: 512, key: wanted }),
      ),
      h(
        'label',
        {},
        words.pasteOutput,
        h('textarea', { class: 'paste', rows: 12, spellcheck: false, required: true, value: text, onInput: type }),
      ),
      h(
        'p',
        { class: 'buttons' },
        h('button', { class: 'main', type: 'submit', ...off }, isBusy ? words.busy : words.readIt),
      ),
    ),
    h(Refused, { error }),
    h(
      'div',
      { role: 'status' },
      shown !== null && h(Reading, { reading: shown.reading, script: remediation?.script ?? [] }),
      shown !== null && h(Keeping, { read: shown, off, save }),
    ),
  );
}

/** What to type at the switch, so that the output is whole. */
function HowToShow({ verify }: { readonly verify: string | undefined }) {
  return h(
    'div',
    {},
    h('p', { class: 'dim' }, words.trustpoolText),
    verify !== undefined && h(Commands, { commands: ['terminal length 0', verify] }),
  );
}

type KeepingProps = { readonly read: Read; readonly off: object; readonly save: () => void };

function Keeping({ read: { reading, device, kept }, off, save }: KeepingProps) {
  if (kept === null) return reading.device === null ? h('p', { class: 'doubt' }, `▲ ${words.nameDevice}`) : null;
  const isOther = reading.hostname !== null && reading.device !== device;
  return h(
    Panel,
    { title: kept.dryRun ? words.ifKept : words.keptWith },
    h('p', {}, h(Link, { to: `/devices${pathOf(device)}` }, h('bdi', {}, device))),
    isOther && h('p', { class: 'doubt' }, `▲ ${words.otherPrompt} `, h('bdi', {}, reading.hostname ?? '')),
    h(Changes, { changed: kept.changed, changes: kept.changes }),
    kept.dryRun
      ? h(
          'p',
          { class: 'buttons' },
          h('button', { class: 'main', ...off, onClick: save }, words.keepIt, ' ', h('bdi', {}, device)),
        )
      : h('p', { class: 'conclusion' }, kept.next),
    kept.remediation !== null && h('p', {}, `${words.repairs}: ${words.repairIs[kept.remediation.state]}`),
  );
}
