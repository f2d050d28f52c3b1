/** The inventory row of a device, and a dialog to change it. */
import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { send } from '../api.ts';
import { connection } from '../live/connection.ts';
import { open, pathOf } from '../router.ts';
import { whyReadOnly } from '../session.ts';
import { Refused, useAct } from '../ui/act.ts';
import { words } from '../words/later.ts';
import {
  type Column,
  changes,
  columns,
  edited,
  type Listed,
  leaveRow,
  type Row,
  rowDraft,
  shownIn,
  typedIn,
} from './row-draft.ts';

/** As the service takes a cell, at most. */
const MOST_CHARACTERS = 128;

type Props = { readonly device: Listed; readonly again: () => Promise<void> };

/** Opens the dialog. */
export function EditRow({ device, again }: Props) {
  const why = whyReadOnly.value;
  const onClick = () => {
    edited.value = device.key;
  };
  useEffect(() => leaveRow, []);
  return [
    h(
      'button',
      { disabled: why !== null, title: why ?? undefined, onClick, key: 'open' },
      device.inventory === null ? words.listIt : words.editRow,
    ),
    edited.value === device.key && h(Editing, { device, again, key: 'dialog' }),
  ];
}

function Editing({ device, again }: Props) {
  const [dialog, form] = [useRef<HTMLDialogElement>(null), useRef<HTMLFormElement>(null)];
  const draft = rowDraft(device.key);
  const start = useSignal(draft.read());
  // The row may be changed by others while somebody types: only what differs from this one is sent.
  const begun = useRef<Row>(device.inventory ?? {});
  const before = start.value?.before ?? begun.current;
  const { isBusy, error, act } = useAct();
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    const [changed, sent] = [changes(form.current as HTMLFormElement, before), draft.text()];
    const done = await act(async () => {
      const path = `devices${pathOf(device.key)}/inventory`;
      const isSame = Object.keys(changed).length === 0;
      const { key } = isSame ? device : await send<{ key: string }>('PATCH', path, changed);
      // What was typed since then was not sent.
      if (draft.text() === sent) draft.forget();
      if (key !== device.key) open(`/devices${pathOf(key)}`);
      else if (!isSame) await again();
    });
    if (done) dialog.current?.close();
  };
  const drop = () => {
    draft.forget();
    begun.current = device.inventory ?? {};
    start.value = null;
  };
  const onClose = () => {
    edited.value = null;
  };
  const now: Row = device.inventory ?? {};
  const others = columns.filter((column) => (now[column] ?? null) !== (before[column] ?? null));
  const whyOff = connection.value?.state === 'gone' ? words.cannotWriteNow : null;
  return h(
    'dialog',
    { ref: dialog, onClose, 'aria-labelledby': 'row' },
    h(
      'form',
      {
        ...{ ref: form, onSubmit: submit, class: 'row-form', key: start.value === null ? 'row' : 'draft' },
        onInput: () => draft.keep(typedIn(form.current as HTMLFormElement, device, before)),
      },
      h('h2', { id: 'row' }, h('bdi', {}, words.rowOf(device.key))),
      h('p', { class: 'dim' }, words.rowText),
      start.value !== null &&
        h(
          'p',
          { class: 'doubt' },
          `${words.typedBefore} `,
          h('button', { type: 'button', onClick: drop }, words.dropTyped),
        ),
      columns.map((column) =>
        h(Cell, { column, value: start.value?.cells[column] ?? shownIn(column, device, before), key: column }),
      ),
      others.map((column) =>
        h('p', { class: 'doubt', key: column }, words.changedMeanwhile(words.rowColumns[column], now[column] ?? null)),
      ),
      h(Refused, { error }),
      whyOff !== null && h('p', { class: 'doubt' }, whyOff),
      h(
        'p',
        { class: 'buttons' },
        h(
          'button',
          { type: 'submit', class: 'main', disabled: isBusy || whyOff !== null },
          isBusy ? words.busy : words.saveRow,
        ),
        h('button', { type: 'button', onClick: () => dialog.current?.close() }, words.cancel),
      ),
    ),
  );
}

function Cell({ column, value }: { readonly column: Column; readonly value: string }) {
  const name = words.rowColumns[column];
  if (column !== 'licensing')
    return h('label', {}, name, h('input', { name: column, defaultValue: value, maxLength: MOST_CHARACTERS }));
  const modes = Object.entries(words.licensingModes);
  return h(
    'label',
    {},
    name,
    h(
      'select',
      { name: column },
      modes.map(([mode, text]) => h('option', { value: mode, selected: mode === value, key: mode }, text)),
    ),
  );
}
