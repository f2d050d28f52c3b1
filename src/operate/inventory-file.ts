/** Reads an inventory: CSV from a spreadsheet, or JSON. Valid rows are returned as rows, each other row as a problem. */
import { CsvError, parse } from 'csv-parse/sync';
import { type Column, columnOf, type InventoryRow, inventoryRow } from '../core/model/inventory.ts';
import { limits } from '../core/model/limits.ts';
import { OperatingError } from '../errors.ts';
import { type Doubled, Headings } from './inventory-headings.ts';
import { routerDatabase } from './router-db.ts';

export type InventoryFile = {
  /** `line`: in a CSV file its line number, in JSON the number of the entry, from 1. */
  readonly rows: readonly { readonly line: number; readonly row: InventoryRow; readonly columns: readonly Column[] }[];
  readonly rejected: readonly Rejected[];
  /** Headings that name no column. */
  readonly ignored: readonly string[];
  readonly doubled: readonly Doubled[];
  /** What else of the file does not count, in words. */
  readonly unread: readonly string[];
  /** The program that exported the file; null where that is not known. */
  readonly program: string | null;
};

export type Rejected = { readonly line: number; readonly problem: string };

/** A table: its headings, and for each row the value under a heading; undefined where the row has none. */
export type Table = {
  readonly headings: readonly string[];
  readonly rows: readonly { readonly line: number; readonly cellAt: (heading: string) => unknown }[];
  readonly unread: readonly string[];
};

/** Throws `QVW_INVENTORY_INVALID` if the text as a whole is not an inventory. */
export function readInventory(text: string, form: 'csv' | 'json'): InventoryFile {
  return inventoryOf(form === 'json' ? fromJson(text) : (routerDatabase(text) ?? tableOf(recordsOf(text))));
}

/** The same of records as a spreadsheet has them; the first one has the headings. */
export function inventoryOfRecords(records: readonly CsvRecord[]): InventoryFile {
  return inventoryOf(tableOf(records));
}

function inventoryOf(table: Table): InventoryFile {
  checkRows(table.rows.length);
  const headings = new Headings(table.headings);
  const rows: InventoryFile['rows'][number][] = [];
  const rejected: Rejected[] = [];
  const seen = new Map<string, number>();
  for (const { line, cellAt } of table.rows) {
    const cells = headings.cells(cellAt);
    const row = inventoryRow(cells);
    const problem = typeof row === 'string' ? row : repetitionProblem(row, line, seen);
    if (typeof row === 'string' || problem !== null) rejected.push({ line, problem: problem as string });
    else rows.push({ line, row, columns: Object.keys(cells) as Column[] });
  }
  const { ignored, doubled, program } = headings;
  return { rows, rejected, ignored, doubled, unread: table.unread, program };
}

function checkHeadings(count: number): void {
  if (count <= limits.inventoryColumns) return;
  throw invalid(`it has more than ${limits.inventoryColumns} headings: remove the columns that are not needed`);
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

function tableOf([head, ...body]: readonly CsvRecord[]): Table {
  if (head === undefined) throw invalid('it is empty: write a line of headings, then a line for each device');
  checkHeadings(head.record.length);
  const places = new Map<string, number[]>();
  for (const [place, heading] of head.record.entries()) places.set(heading, [...(places.get(heading) ?? []), place]);
  const headings = [...places.keys()];
  if (!NAMES.some((column) => new Headings(headings).columns.has(column)))
    throw invalid(
      `its first line has no heading hostname, address or serial: add one of these columns; it has ${shownHeadings(headings)}`,
    );
  const rows = body.map(({ record, info }) => ({
    line: info.lines,
    cellAt: (heading: string) => filled(record, places.get(heading) as number[])[0] ?? '',
  }));
  return { headings, rows, unread: unreadOf(head.record.length, places, body) };
}

/** The values of a row under headings of one name, without the empty ones. */
function filled(record: readonly string[], places: readonly number[]): string[] {
  return places.map((place) => record[place] ?? '').filter((value) => value !== '');
}

/** Values of other columns of the same name, and cells without a heading. */
function unreadOf(width: number, places: ReadonlyMap<string, readonly number[]>, body: readonly CsvRecord[]): string[] {
  const repeated = [...places].filter(([heading, { length }]) => length > 1 && columnOf(heading) !== null);
  const differing = repeated.filter(([, at]) => body.some(({ record }) => new Set(filled(record, at)).size > 1));
  const longer = body.filter(({ record }) => record.slice(width).some((value) => value !== ''));
  return [
    ...differing.map(([heading]) => `several columns are called "${heading}", and differ: the first counts`),
    ...(longer.length === 0
      ? []
      : [
          `line ${longer[0]?.info.lines} has more cells than there are headings (as ${longer.length} of ${body.length})`,
        ]),
  ];
}

const SHOWN_HEADINGS = 8;

function shownHeadings(headings: readonly string[]): string {
  const shown = headings.slice(0, SHOWN_HEADINGS).map((heading) => JSON.stringify(heading.slice(0, 40)));
  return `${shown.join(', ')}${headings.length > SHOWN_HEADINGS ? ', …' : ''}`;
}

export type CsvRecord = { readonly record: readonly string[]; readonly info: { readonly lines: number } };

/** At most one row more than the limit, and the headings: the rest of a longer text is not read. */
function recordsOf(text: string): CsvRecord[] {
  const [first, named] = SEPARATOR_LINE.exec(text) ?? [];
  try {
    return parse(text, {
      bom: true,
      // A spreadsheet writes the separator of its locale.
      delimiter: named ?? separatorOf(text),
      from_line: first === undefined ? 1 : 2,
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

/** A first line that tells Excel the separator. */
const SEPARATOR_LINE = /^\uFEFF?"?sep=([,;\t|])"?\r?\n/i;

function separatorOf(text: string): string {
  const [head = ''] = text.split('\n', 1);
  const counted = [',', ';', '\t', '|'].map((separator) => ({ separator, count: head.split(separator).length }));
  return counted.reduce((most, one) => (one.count > most.count ? one : most)).separator;
}

/** Where the list of devices is: devices (LibreNMS), results (NetBox), response (Cisco DNA Center). */
const LISTS = ['devices', 'results', 'response'] as const;

function fromJson(text: string): Table {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`it is not JSON: ${(error as Error).message}`);
  }
  const answer = value as Record<string, unknown> | null;
  const list = Array.isArray(value) ? value : LISTS.map((name) => answer?.[name]).find(Array.isArray);
  if (list === undefined) throw invalid('it is not a list of devices: write [{"hostname": …}, …]');
  const count = answer?.['count'];
  if (typeof count === 'number' && count > list.length)
    throw invalid(`it has ${list.length} of ${count} devices: ask for all of them, with ?limit=0 of NetBox`);
  if (typeof answer?.['next'] === 'string')
    throw invalid('it is one page of several (next): ask for all devices, with ?limit=0 of NetBox');
  const headings = new Set<string>();
  for (const entry of list) {
    if (typeof entry !== 'object' || entry === null) continue;
    for (const heading of Object.keys(entry)) headings.add(heading);
    checkHeadings(headings.size);
  }
  const rows = list.map((entry, index) => ({ line: index + 1, cellAt: (heading: string) => valueIn(entry, heading) }));
  return { headings: [...headings], rows, unread: [] };
}

/** What names an object in the answers of NetBox and LibreNMS, the first that it has. */
const NAMED_BY = ['address', 'model', 'name', 'location', 'value', 'display'];

function valueIn(entry: unknown, heading: string): unknown {
  if (typeof entry !== 'object' || entry === null || !Object.hasOwn(entry, heading)) return undefined;
  const value = (entry as Record<string, unknown>)[heading];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const name = NAMED_BY.find((key) => typeof (value as Record<string, unknown>)[key] === 'string');
  return name === undefined ? value : (value as Record<string, unknown>)[name];
}

function checkRows(count: number): void {
  if (count > limits.inventoryRows) throw invalid(`it has more than ${limits.inventoryRows} rows: split the file`);
}

export function invalid(what: string): OperatingError {
  return new OperatingError('QVW_INVENTORY_INVALID', `the inventory cannot be read: ${what}`);
}
