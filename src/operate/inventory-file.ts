/** Reads an inventory: CSV from a spreadsheet, or JSON. Valid rows are returned as rows, each other row as a problem. */
import { CsvError, parse } from 'csv-parse/sync';
import { type Column, columnOf, type InventoryRow, inventoryRow } from '../core/model/inventory.ts';
import { limits } from '../core/model/limits.ts';
import { OperatingError } from '../errors.ts';

export type InventoryFile = {
  /** `line`: in a CSV file its line number, in JSON the number of the entry, from 1. */
  readonly rows: readonly { readonly line: number; readonly row: InventoryRow; readonly columns: readonly Column[] }[];
  readonly rejected: readonly Rejected[];
  /** Headings that name no column. */
  readonly ignored: readonly string[];
};

export type Rejected = { readonly line: number; readonly problem: string };

/** The cells of a row by column. */
type Row = { readonly line: number; readonly cells: Readonly<Partial<Record<Column, unknown>>> };

/** Throws `QVW_INVENTORY_INVALID` if the text as a whole is not an inventory. */
export function readInventory(text: string, form: 'csv' | 'json'): InventoryFile {
  const headings = new Headings();
  const table = form === 'json' ? fromJson(text, headings) : fromCsv(text, headings);
  const rows: InventoryFile['rows'][number][] = [];
  const rejected: Rejected[] = [];
  const seen = new Map<string, number>();
  for (const { line, cells } of table) {
    const row = inventoryRow(cells);
    const problem = typeof row === 'string' ? row : repetitionProblem(row, line, seen);
    if (typeof row === 'string' || problem !== null) rejected.push({ line, problem: problem as string });
    else rows.push({ line, row, columns: Object.keys(cells) as Column[] });
  }
  return { rows, rejected, ignored: headings.ignored };
}

/** Maps headings to columns; each heading is looked up once. */
class Headings {
  readonly #known = new Map<string, Column | null>();

  columnOf(heading: string): Column | null {
    const known = this.#known.get(heading);
    if (known !== undefined) return known;
    this.check(this.#known.size + 1);
    const column = columnOf(heading);
    this.#known.set(heading, column);
    return column;
  }

  check(count: number): void {
    if (count <= limits.inventoryColumns) return;
    throw invalid(`it has more than ${limits.inventoryColumns} headings: remove the columns that are not needed`);
  }

  get ignored(): string[] {
    return [...this.#known].filter(([, column]) => column === null).map(([heading]) => heading);
  }
}

const NAMES = ['hostname', 'address', 'serial'] as const;

/** A device must have one row. Returns the problem of a row that repeats a name of an earlier row, or null. */
function repetitionProblem(row: InventoryRow, line: number, seen: Map<string, number>): string | null {
  const names = NAMES.filter((column) => row[column] !== null).map(
    (column) => `${column} ${row[column]?.toLowerCase()}`,
  );
  const known = names.find((name) => seen.has(name));
  if (known !== undefined) return `${known} is already in line ${seen.get(known)}`;
  for (const name of names) seen.set(name, line);
  return null;
}

function fromCsv(text: string, headings: Headings): Row[] {
  const [head, ...body] = recordsOf(text);
  if (head === undefined) throw invalid('it is empty: write a line of headings, then a line for each device');
  checkRows(body.length);
  headings.check(head.record.length);
  // If two headings mean the same column, the last one counts.
  const places = new Map<Column, number>();
  for (const [place, heading] of head.record.entries()) {
    const column = headings.columnOf(heading);
    if (column !== null) places.set(column, place);
  }
  if (!NAMES.some((column) => places.has(column))) {
    throw invalid('its first line has no heading hostname, address or serial: add one of these columns');
  }
  return body.map(({ record, info }) => ({
    line: info.lines,
    cells: Object.fromEntries([...places].map(([column, place]) => [column, record[place] ?? ''])),
  }));
}

type CsvRecord = { readonly record: readonly string[]; readonly info: { readonly lines: number } };

/** At most one row more than the limit, and the headings: the rest of a longer text is not read. */
function recordsOf(text: string): CsvRecord[] {
  try {
    return parse(text, {
      bom: true,
      // A spreadsheet writes the separator of its locale.
      delimiter: separatorOf(text),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      to: limits.inventoryRows + 2,
      trim: true,
    }) as unknown as CsvRecord[];
  } catch (error) {
    if (error instanceof CsvError) throw invalid(`it is not CSV: ${error.message}`);
    throw error;
  }
}

function separatorOf(text: string): string {
  const [head = ''] = text.split('\n', 1);
  const counted = [',', ';', '\t'].map((separator) => ({ separator, count: head.split(separator).length }));
  return counted.reduce((most, one) => (one.count > most.count ? one : most)).separator;
}

function fromJson(text: string, headings: Headings): Row[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`it is not JSON: ${(error as Error).message}`);
  }
  const list = Array.isArray(value) ? value : (value as { devices?: unknown } | null)?.devices;
  if (!Array.isArray(list)) throw invalid('it is not a list of devices: write [{"hostname": …}, …]');
  checkRows(list.length);
  return list.map((entry, index) => ({ line: index + 1, cells: cellsOf(entry, headings) }));
}

function cellsOf(entry: unknown, headings: Headings): Row['cells'] {
  const cells: Partial<Record<Column, unknown>> = {};
  if (typeof entry !== 'object' || entry === null) return cells;
  for (const [heading, cell] of Object.entries(entry)) {
    const column = headings.columnOf(heading);
    if (column !== null) cells[column] = cell;
  }
  return cells;
}

function checkRows(count: number): void {
  if (count > limits.inventoryRows) throw invalid(`it has more than ${limits.inventoryRows} rows: split the file`);
}

function invalid(what: string): OperatingError {
  return new OperatingError('QVW_INVENTORY_INVALID', `the inventory cannot be read: ${what}`);
}
