/** The inventory row of a device, and a dialog to change it. */
import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { WholeDevice } from '../../src/serve/schemas.ts';
import { send } from '../api.ts';
import { open, pathOf } from '../router.ts';
import { whyReadOnly } from '../session.ts';
import { Refused, useAct } from '../ui/act.ts';
import { words } from '../words/later.ts';

type Column = keyof typeof words.rowColumns;
type Row = Readonly<Partial<Record<Column, string | null>>>;

const columns = Object.keys(words.rowColumns) as Column[];
/** As the service takes a cell, at most. */
const MOST_CHARACTERS = 128;

type Props = { readonly device: Pick<WholeDevice, 'key' | 'names' | 'inventory'>; readonly again: () => Promise<void> };

/** Opens the dialog. */
export function EditRow({ device, again }: Props) {
  const isOpen = useSignal(false);
  const why = whyReadOnly.value;
  const onClick = () => {
    isOpen.value = true;
  };
  const onClose = () => {
    isOpen.value = false;
  };
  return [
    h(
      'button',
      { disabled: why !== null, title: why ?? undefined, onClick, key: 'open' },
      device.inventory === null ? words.listIt : words.editRow,
    ),
    isOpen.value && h(Editing, { device, again, onClose, key: 'dialog' }),
  ];
}

function Editing({ device, again, onClose }: Props & { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  // The row may be changed by others while somebody types: only what differs from this one is sent.
  const before = useRef<Row>(device.inventory ?? {}).current;
  const form = useRef<HTMLFormElement>(null);
  const { isBusy, error, act } = useAct();
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    const changed = changes(form.current as HTMLFormElement, before);
    const done = await act(async () => {
      if (Object.keys(changed).length === 0) return;
      const { key } = await send<{ key: string }>('PATCH', `devices${pathOf(device.key)}/inventory`, changed);
      if (key === device.key) await again();
      else open(`/devices${pathOf(key)}`);
    });
    if (done) dialog.current?.close();
  };
  const now: Row = device.inventory ?? {};
  const others = columns.filter((column) => (now[column] ?? null) !== (before[column] ?? null));
  return h(
    'dialog',
    { ref: dialog, onClose, 'aria-labelledby': 'row' },
    h(
      'form',
      { ref: form, onSubmit: submit, class: 'row-form' },
      h('h2', { id: 'row' }, h('bdi', {}, words.rowOf(device.key))),
      h('p', { class: 'dim' }, words.rowText),
      columns.map((column) => h(Cell, { column, value: shownIn(column, device, before), key: column })),
      others.map((column) =>
        h('p', { class: 'doubt', key: column }, words.changedMeanwhile(words.rowColumns[column], now[column] ?? null)),
      ),
      h(Refused, { error }),
      h(
        'p',
        { class: 'buttons' },
        h('button', { type: 'submit', class: 'main', disabled: isBusy }, isBusy ? words.busy : words.saveRow),
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

/** A device that is not listed is offered with the name that it has. */
function shownIn(column: Column, { key, names, inventory }: Props['device'], row: Row): string {
  if (inventory !== null) return row[column] ?? '';
  const isSerial = names.includes(`sn:${key.toLowerCase()}`);
  const isAddress = /^\d+(\.\d+){3}$|:/.test(key);
  return column === (isSerial ? 'serial' : isAddress ? 'address' : 'hostname') ? key : '';
}

/** The cells that are not what they were; null deletes a value. Of a row that was not there, all. */
function changes(form: HTMLFormElement, before: Row): Record<string, string | null> {
  const data = new FormData(form);
  const isNew = Object.keys(before).length === 0;
  const cells = columns.map((column) => [column, `${data.get(column) ?? ''}`.trim() || null] as const);
  return Object.fromEntries(cells.filter(([column, value]) => isNew || value !== (before[column] ?? null)));
}
