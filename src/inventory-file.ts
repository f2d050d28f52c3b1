/** An inventory as a person has it: CSV out of a spreadsheet, or JSON. Good rows are taken, each bad one is told. */
import { CsvError, parse } from 'csv-parse/sync';
import { type Column, columnOf, type InventoryRow, inventoryRow } from './core/inventory.ts';
import { limits } from './core/limits.ts';
import { OperatingError } from './errors.ts';

export type InventoryFile = {
  /** `line`: of the CSV file; of JSON the number of the entry, from 1. */
  readonly rows: readonly { readonly line: number; readonly row: InventoryRow; readonly columns: readonly Column[] }[];
  readonly rejected: readonly Rejected[];
  /** Headings that are none of ours. */
  readonly ignored: readonly string[];
};

export type Rejected = { readonly line: number; readonly problem: string };

type Cells = { readonly line: number; readonly cells: ReadonlyMap<string, unknown> };

/** Throws `QVW_INVENTORY_INVALID` where the text as a whole is no inventory. */
export function readInventory(text: string, form: 'csv' | 'json'): InventoryFile {
  const table = form === 'json' ? fromJson(text) : fromCsv(text);
  if (table.length > limits.inventoryRows) {
    throw invalid(`it has ${table.length} rows, more than ${limits.inventoryRows}: split it`);
  }
  const ignored = new Set<string>();
  const rows: InventoryFile['rows'][number][] = [];
  const rejected: Rejected[] = [];
  const seen = new Map<string, number>();
  for (const { line, cells } of table) {
    const named: Partial<Record<Column, unknown>> = {};
    for (const [heading, cell] of cells) {
      const column = columnOf(heading);
      if (column === null) ignored.add(heading);
      else named[column] = cell;
    }
    const row = inventoryRow(named);
    const problem = typeof row === 'string' ? row : repetition(row, line, seen);
    if (typeof row === 'string' || problem !== null) rejected.push({ line, problem: problem as string });
    else rows.push({ line, row, columns: Object.keys(named) as Column[] });
  }
  return { rows, rejected, ignored: [...ignored] };
}

/** One device has one row; the first one is taken. */
function repetition(row: InventoryRow, line: number, seen: Map<string, number>): string | null {
  const names = (['hostname', 'address', 'serial'] as const)
    .filter((column) => row[column] !== null)
    .map((column) => `${column} ${row[column]?.toLowerCase()}`);
  const known = names.find((name) => seen.has(name));
  if (known !== undefined) return `${known} is already in line ${seen.get(known)}`;
  for (const name of names) seen.set(name, line);
  return null;
}

function fromCsv(text: string): Cells[] {
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(text, {
      bom: true,
      // A spreadsheet writes the separator of its country.
      delimiter: separatorOf(text),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
    }) as unknown as typeof records;
  } catch (error) {
    if (error instanceof CsvError) throw invalid(`it is no CSV: ${error.message}`);
    throw error;
  }
  const [head, ...body] = records;
  if (head === undefined) throw invalid('it is empty: give a line of headings and a line for each device');
  const headings = head.record;
  if (!headings.some((heading) => ['hostname', 'address', 'serial'].includes(columnOf(heading) ?? ''))) {
    throw invalid('its first line has no heading hostname, address or serial');
  }
  return body.map(({ record, info }) => ({
    line: info.lines,
    cells: new Map(headings.map((heading, index) => [heading, record[index] ?? ''])),
  }));
}

function separatorOf(text: string): string {
  const [head = ''] = text.split('\n', 1);
  const counted = [',', ';', '\t'].map((separator) => ({ separator, count: head.split(separator).length }));
  return counted.reduce((most, one) => (one.count > most.count ? one : most)).separator;
}

function fromJson(text: string): Cells[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`it is no JSON: ${(error as Error).message}`);
  }
  const list = Array.isArray(value) ? value : (value as { devices?: unknown } | null)?.devices;
  if (!Array.isArray(list)) throw invalid('it is no list of devices');
  return list.map((entry, index) => ({
    line: index + 1,
    cells: new Map(typeof entry === 'object' && entry !== null ? Object.entries(entry) : []),
  }));
}

function invalid(what: string): OperatingError {
  return new OperatingError('QVW_INVENTORY_INVALID', `the inventory cannot be read: ${what}`);
}
