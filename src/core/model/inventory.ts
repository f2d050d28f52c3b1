/** What the owner of a fleet says of its devices, as rows of a table. It goes before what was learnt from messages. */
import { limits } from './limits.ts';

/** Permanent and specific licence reservation need no connection to Cisco (FN72298). */
export const licensingModes = ['online', 'PLR', 'SLR'] as const;
export type Licensing = (typeof licensingModes)[number];

/** Absent values are null; at least one of hostname, address and serial is there. */
export type InventoryRow = {
  readonly hostname: string | null;
  readonly address: string | null;
  readonly serial: string | null;
  readonly pid: string | null;
  readonly release: string | null;
  readonly plant: string | null;
  readonly licensing: Licensing | null;
};

export type Column = keyof InventoryRow;

/** Names that people give the columns, without case, blanks, dashes and underscores. */
const COLUMNS: Record<Column, readonly string[]> = {
  hostname: ['hostname', 'host', 'name', 'device', 'devicename'],
  address: ['address', 'ip', 'ipaddress', 'managementip', 'managementaddress', 'mgmtip'],
  serial: ['serial', 'serialnumber', 'sn'],
  pid: ['pid', 'product', 'productid', 'model'],
  release: ['release', 'version', 'osversion', 'softwareversion', 'iosversion'],
  plant: ['plant', 'site', 'location'],
  licensing: ['licensing', 'licensingmode', 'licensemode', 'licencemode'],
};

export const columns = Object.keys(COLUMNS) as Column[];

/** The column that a heading means; null if it is none of ours. */
export function columnOf(heading: string): Column | null {
  const bare = heading.toLowerCase().replace(/[\s_-]/g, '');
  const found = Object.entries(COLUMNS).find(([, names]) => names.includes(bare));
  return found === undefined ? null : (found[0] as Column);
}

/** Names that say nothing of who it is. */
const NOBODY = /^(?:0\.0\.0\.0|::|:::|localhost|x+|<.*>|unknown|n\/a|-)$/i;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+)$/i;

/** One row out of a person's table, or what is wrong with it. Empty cells are absent values. */
export function inventoryRow(cells: Readonly<Partial<Record<Column, unknown>>>): InventoryRow | string {
  const text: Partial<Record<Column, string>> = {};
  for (const [column, cell] of Object.entries(cells)) {
    if (cell === null || cell === undefined) continue;
    if (typeof cell !== 'string' && typeof cell !== 'number') return `${column} is not a text`;
    const value = String(cell).trim();
    if (value.length > limits.inventoryCell) return `${column} is longer than ${limits.inventoryCell} characters`;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
    if (/[\u0000-\u001f\u007f]/.test(value)) return `${column} has a control character`;
    if (value !== '') text[column as Column] = value;
  }
  for (const column of ['hostname', 'address', 'serial'] as const) {
    const value = text[column];
    if (value === undefined) continue;
    if (NOBODY.test(value)) return `${column} ${value} names no device`;
    if (/\s/.test(value)) return `${column} "${value}" has a blank in it`;
  }
  if (text.hostname === undefined && text.address === undefined && text.serial === undefined) {
    return 'no hostname, address or serial: give one of them';
  }
  if (text.address !== undefined && !ADDRESS.test(text.address)) return `address ${text.address} is no IP address`;
  const licensing = licensingOf(text.licensing);
  if (licensing === undefined) return `licensing ${text.licensing} is not one of online, PLR, SLR`;
  return {
    hostname: text.hostname ?? null,
    address: text.address ?? null,
    serial: text.serial ?? null,
    pid: text.pid ?? null,
    release: text.release ?? null,
    plant: text.plant ?? null,
    licensing,
  };
}

function licensingOf(text: string | undefined): Licensing | null | undefined {
  if (text === undefined || text.toLowerCase() === 'unknown') return null;
  return licensingModes.find((mode) => mode.toLowerCase() === text.toLowerCase());
}

export function sameRow(a: InventoryRow, b: InventoryRow): boolean {
  return Object.entries(a).every(([column, value]) => b[column as Column] === value);
}

/** Groups of what nobody said. */
export const UNKNOWN = 'unknown';
