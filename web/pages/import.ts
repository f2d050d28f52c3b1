import { signal, useSignal } from '@preact/signals';
import { h } from 'preact';
import type { Imported } from '../../src/serve/schemas.ts';
import { send } from '../api.ts';
import { whenPersonLeaves, whyReadOnly } from '../session.ts';
import { Refused, useAct } from '../ui/act.ts';
import { pastedText } from '../ui/kept-text.ts';
import { Panel } from '../ui/parts.ts';
import { ReadOnly } from '../ui/read-only.ts';
import { words } from '../words/later.ts';
import { ImportResult } from './import-result.ts';
import { bytesOfFile, type FileBytes } from './text-of-file.ts';

/** What is to be imported. A text outlives a reload of the page; a file does not. */
const pasted = pastedText('inventory');
const file = signal<FileBytes | null>(null);
whenPersonLeaves(() => {
  file.value = null;
});

type Outcome = { readonly of: string | FileBytes; readonly imported: Imported };

const ACCEPTED = '.csv,.txt,.tsv,.json,.xlsx,text/csv,application/json';
const WORKBOOK = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** An inventory, as a file or pasted: what it would change, and then the import of the same text. */
export function Import() {
  const outcome = useSignal<Outcome | null>(null);
  const { isBusy, error, act } = useAct();
  const source = file.value ?? pasted.text.value;
  const why = whyReadOnly.value;
  const run = (dryRun: boolean) =>
    act(async () => {
      outcome.value = null;
      outcome.value = { of: source, imported: await sendInventory(source, dryRun) };
    });
  const shown = outcome.value?.of === source ? outcome.value.imported : null;
  const off = { disabled: why !== null || isBusy || isEmpty(source), title: why ?? undefined };
  const cancel = () => {
    outcome.value = null;
  };
  return h(
    'div',
    { class: 'import', 'aria-busy': isBusy },
    h('div', { class: 'bar' }, h('h1', {}, words.import)),
    h('p', { class: 'dim' }, words.importText),
    why !== null && h('p', {}, '▲ ', h(ReadOnly, {})),
    h(
      'form',
      {
        onSubmit: (event: Event) => {
          event.preventDefault();
          void run(true);
        },
      },
      h(Source, {}),
      h(
        'p',
        { class: 'buttons' },
        h('button', { class: 'main', type: 'submit', ...off }, isBusy ? words.busy : words.tryIt),
      ),
    ),
    h(Refused, { error }),
    h(
      'div',
      { role: 'status' },
      shown !== null &&
        h(
          Panel,
          { title: shown.dryRun ? words.wouldDo : words.wasDone },
          h(ImportResult, { imported: shown }),
          shown.dryRun &&
            h(
              'p',
              { class: 'buttons' },
              h('button', { class: 'main', ...off, onClick: () => run(false) }, words.importRows(shown.taken)),
              h('button', { onClick: cancel }, words.cancel),
            ),
        ),
    ),
  );
}

const isEmpty = (source: string | FileBytes): boolean =>
  typeof source === 'string' ? source.trim() === '' : source.bytes.length === 0;

/** A file goes as its bytes: the service finds out what it is, as it does of any other client. */
function sendInventory(source: string | FileBytes, dryRun: boolean): Promise<Imported> {
  const path = `inventory?dryRun=${dryRun}`;
  if (typeof source === 'string')
    return send('POST', path, source, /^\s*[[{]/.test(source) ? 'application/json' : 'text/csv');
  return send('POST', path, new Blob([source.bytes], { type: source.shown === null ? WORKBOOK : 'text/csv' }));
}

/** A file, or a text. A file is not shown: it may have 100,000 rows. */
function Source() {
  const { error, act } = useAct();
  const choose = (event: Event) => {
    const [first] = (event.target as HTMLInputElement).files ?? [];
    file.value = null;
    if (first !== undefined)
      void act(async () => {
        file.value = await bytesOfFile(first, words.inventoryTooLong);
      });
  };
  const drop = () => {
    file.value = null;
  };
  const type = (event: Event) => {
    pasted.text.value = (event.target as HTMLTextAreaElement).value;
  };
  return h(
    'div',
    {},
    h('label', {}, words.chooseFile, ' ', h('input', { type: 'file', accept: ACCEPTED, onChange: choose })),
    h(Refused, { error }),
    file.value === null
      ? h(
          'label',
          {},
          words.orPaste,
          h('textarea', {
            ...{ class: 'paste', rows: 12, spellcheck: false, placeholder: words.importExample },
            value: pasted.text.value,
            onInput: type,
          }),
          !pasted.isKept.value && h('p', { class: 'doubt' }, `▲ ${words.notKeptOver}`),
        )
      : h(Chosen, { file: file.value, drop }),
  );
}

function Chosen({ file: { name, shown }, drop }: { readonly file: FileBytes; readonly drop: () => void }) {
  return h(
    'p',
    {},
    h('bdi', {}, name),
    ` · ${shown === null ? words.workbook : words.lineCount(shown.text.split('\n').length)} `,
    h('button', { type: 'button', onClick: drop }, words.dropFile),
    shown?.isGuess === true && h('span', { class: 'doubt' }, ` ▲ ${words.guessedEncoding}`),
  );
}
