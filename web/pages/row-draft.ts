/** What is typed into the dialog of an inventory row: it waits for a log-in, and for whoever has closed the dialog. */
import { signal } from '@preact/signals';
import type { WholeDevice } from '../../src/serve/schemas.ts';
import { path } from '../router.ts';
import { whenPersonChanges } from '../session.ts';
import { draftText } from '../ui/kept-text.ts';
import { words } from '../words/later.ts';

export type Column = keyof typeof words.rowColumns;
export type Row = Readonly<Partial<Record<Column, string | null>>>;
export type Listed = Pick<WholeDevice, 'key' | 'names' | 'inventory'>;

export const columns = Object.keys(words.rowColumns) as Column[];

/** `before`: the row when somebody began to type. `cells`: what differs from what was shown of it. */
export type RowDraft = { readonly before: Row; readonly cells: Readonly<Partial<Record<Column, string>>> };

/** The device whose dialog is open; null: none is. */
export const edited = signal<string | null>(null);
whenPersonChanges(() => {
  edited.value = null;
});

/** The dialog goes with its page, but comes back after a log-in. */
export function leaveRow(): void {
  if (path.peek() !== '/login') edited.value = null;
}

export function rowDraft(key: string) {
  const { read, write } = draftText(`row ${key}`);
  return {
    read: (): RowDraft | null => JSON.parse(read() || 'null'),
    keep: (draft: RowDraft) => write(Object.keys(draft.cells).length === 0 ? '' : JSON.stringify(draft)),
    text: read,
    forget: () => write(''),
  };
}

/** What a cell shows of a row. A device that is not listed is offered with the name that it has. */
export function shownIn(column: Column, { key, names }: Listed, row: Row): string {
  if (Object.keys(row).length > 0) return row[column] ?? '';
  const isSerial = names.includes(`sn:${key.toLowerCase()}`);
  const isAddress = /^\d+(\.\d+){3}$|:/.test(key);
  return column === (isSerial ? 'serial' : isAddress ? 'address' : 'hostname') ? key : '';
}

const cellIn = (form: HTMLFormElement, column: Column) => `${new FormData(form).get(column) ?? ''}`;

/** What somebody has typed into the form of a row. */
export function typedIn(form: HTMLFormElement, device: Listed, before: Row): RowDraft {
  const cells = columns.map((column) => [column, cellIn(form, column)] as const);
  return {
    before,
    cells: Object.fromEntries(cells.filter(([column, cell]) => cell !== shownIn(column, device, before))),
  };
}

/** The cells that are not what they were; null deletes a value. Of a row that was not there, all. */
export function changes(form: HTMLFormElement, before: Row): Record<string, string | null> {
  const isNew = Object.keys(before).length === 0;
  const cells = columns.map((column) => [column, cellIn(form, column).trim() || null] as const);
  return Object.fromEntries(cells.filter(([column, value]) => isNew || value !== (before[column] ?? null)));
}
