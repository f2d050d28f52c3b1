import { useSignal } from '@preact/signals';
import { h } from 'preact';
import type { Advisory, CapturesTaken } from '../../src/serve/schemas.ts';
import { ApiError, send } from '../api.ts';
import { useLoad } from '../load.ts';
import { preferences } from '../preferences.ts';
import { pathOf, query } from '../router.ts';
import { whyReadOnly } from '../session.ts';
import { clockOffset } from '../time.ts';
import { Refused, useAct } from '../ui/act.ts';
import { ReadOnly } from '../ui/read-only.ts';
import { words } from '../words/later.ts';
import { CaptureOutcome } from './capture-outcome.ts';
import { CaptureSource, captureText, pasted, takeFile } from './capture-source.ts';
import { Commands } from './next-steps.ts';
import { LARGEST } from './text-of-file.ts';

/** What is asked of the service. `at`: when the text was taken; null: as it says itself. `zone`: of times that name none. */
type Order = { readonly text: string; readonly device: string; readonly at: string | null; readonly zone: string };
type Read = { readonly of: Order; readonly taken: CapturesTaken };

/** What switches show: what is in it, what would follow, and then keeps it with their devices. */
export function Captures() {
  const wanted = query.value.get('device') ?? '';
  const read = useSignal<Read | null>(null);
  const { isBusy, error, act } = useAct();
  const { data } = useLoad<{ advisories: readonly Advisory[] }>('advisories');
  const remediation = data?.advisories[0]?.remediation;
  const why = whyReadOnly.value;
  const text = captureText();
  const run = (of: Order, dryRun: boolean) =>
    act(async () => {
      if (dryRun) read.value = null;
      if (new TextEncoder().encode(of.text).length > LARGEST) throw new ApiError(0, words.captureTooLong);
      read.value = { of, taken: await send<CapturesTaken>('POST', pathTo(of, dryRun), of.text) };
      if (!dryRun) pasted.forget();
    });
  const shown = read.value?.of.text === text ? read.value : null;
  const off = { disabled: why !== null || isBusy || text.trim() === '', title: why ?? undefined };
  const take = (files: FileList | null | undefined) => void act(() => takeFile(files));
  return h(
    'div',
    { 'aria-busy': isBusy },
    h('div', { class: 'bar' }, h('h1', {}, words.captures)),
    h('p', { class: 'dim' }, words.capturesText),
    remediation !== undefined && h(Commands, { commands: [...PREPARE, remediation.verify, 'show license all'] }),
    why !== null && h('p', {}, '▲ ', h(ReadOnly, {})),
    h(
      'form',
      {
        onSubmit: (event: Event) => {
          event.preventDefault();
          void run(orderOf(event.currentTarget as HTMLFormElement, text), true);
        },
        // A browser would open the file instead.
        onDragOver: (event: DragEvent) => event.preventDefault(),
        onDrop: (event: DragEvent) => {
          if ((event.dataTransfer?.files.length ?? 0) === 0) return;
          event.preventDefault();
          take(event.dataTransfer?.files);
        },
      },
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
        words.takenAtIn[preferences.zone.value],
        ' ',
        h('input', { name: 'at', type: 'datetime-local', step: 1 }),
      ),
      h(ZoneField, {}),
      h(CaptureSource, { take }),
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
      shown !== null &&
        h(CaptureOutcome, {
          outcome: shown.taken,
          script: remediation?.script ?? [],
          off,
          keep: () => void run(shown.of, false),
          ofNow: () => void run({ ...shown.of, at: new Date(Date.now() + clockOffset.value).toISOString() }, true),
        }),
    ),
  );
}

/** What to type first, so that the output is whole and says when it was taken. */
const PREPARE = ['terminal length 0', 'terminal exec prompt timestamp'];

/** Times without a zone are mostly of the place of whoever pastes them, which is proposed, and not assumed. */
function ZoneField() {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const zones = [...new Set([timeZone, 'UTC'])];
  return h(
    'label',
    {},
    words.zoneOfTimes,
    ' ',
    h('input', { name: 'zone', list: 'zones', maxLength: 64, spellcheck: false, autocomplete: 'off' }),
    h(
      'datalist',
      { id: 'zones' },
      zones.map((zone) => h('option', { value: zone, key: zone })),
    ),
  );
}

function pathTo({ device, at, zone }: Order, dryRun: boolean): string {
  const given = { ...(at === null ? {} : { at }), ...(zone === '' ? {} : { zone }) };
  const asked = new URLSearchParams({ dryRun: `${dryRun}`, ...given });
  return `${device === '' ? '' : `devices${pathOf(device)}/`}captures?${asked}`;
}

/** A time is of the zone in which times are shown. */
function orderOf(form: HTMLFormElement, text: string): Order {
  const data = new FormData(form);
  const given = (name: string) => `${data.get(name) ?? ''}`.trim();
  const [at, suffix] = [given('at'), preferences.zone.value === 'UTC' ? 'Z' : ''];
  const takenAt = at === '' ? null : new Date(`${at}${suffix}`).toISOString();
  return { text, device: given('device'), at: takenAt, zone: given('zone') };
}
