/** The owner's table of devices. A value of the inventory takes precedence over a value learnt from messages. */
import { limits } from './limits.ts';
import { isAddress } from './names.ts';

/** Permanent and specific licence reservation need no connection to Cisco (FN72298). */
export const licensingModes = ['online', 'PLR', 'SLR'] as const;
export type Licensing = (typeof licensingModes)[number];
/** `reserved`: a device shows a reservation, and not whether it is PLR or SLR. */
export type ShownLicensing = Licensing | 'reserved';

/** Absent values are null; at least one of hostname, address and serial is present. */
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

/**
 * Accepted headings of each column, as `bareHeading` has them, the last ones German and French. Where a row has values under
 * several of them, the first one in this order counts.
 */
const COLUMNS: Record<Column, readonly string[]> = {
  hostname: [
    ...['hostname', 'host', 'name', 'device', 'devicename', 'sysname'],
    ...['gerätename', 'gerät', 'nomdhôte', 'nom', 'équipement'],
  ],
  address: [
    ...['address', 'ip', 'ipaddress', 'managementip', 'managementaddress', 'managementipaddress', 'mgmtip'],
    ...['primaryip4', 'ipv4address', 'primaryip', 'primaryip6', 'ipv6address', 'ipadresse', 'adresse', 'adresseip'],
  ],
  serial: ['serial', 'serialnumber', 'sn', 'seriennummer', 'numérodesérie'],
  pid: [
    ...['pid', 'product', 'productid', 'platformid', 'devicetype', 'model', 'hardware', 'platform', 'type'],
    ...['produkt', 'modell', 'typ', 'produit', 'modèle'],
  ],
  release: [
    ...['release', 'version', 'osversion', 'softwareversion', 'iosversion', 'imageversion'],
    ...['softwarestand', 'versionlogicielle'],
  ],
  plant: ['plant', 'site', 'location', 'werk', 'standort', 'usine', 'emplacement'],
  licensing: ['licensing', 'licensingmode', 'licensemode', 'licencemode', 'lizenzmodus', 'modedelicence'],
};

export const columns = Object.keys(COLUMNS) as Column[];

/** A heading as headings are compared: `Serial Number` is `serialnumber`, `Nom d'hôte` is `nomdhôte`. */
export function bareHeading(heading: string): string {
  return heading
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_-]|(?<=\p{L})['’](?=\p{L})/gu, '');
}

/** The column that a heading means; null for an unknown heading. */
export function columnOf(heading: string): Column | null {
  const bare = bareHeading(heading);
  const found = Object.entries(COLUMNS).find(([, names]) => names.includes(bare));
  return found === undefined ? null : (found[0] as Column);
}

/** The place of a heading among those of its column: the least counts first. */
export function rankOf(heading: string): number {
  const column = columnOf(heading);
  return column === null ? -1 : COLUMNS[column].indexOf(bareHeading(heading));
}

/**
 * What exports write otherwise: the length of a network, zeros in front of numbers, the banner with the version, and all members of
 * a stack, of which the first counts.
 */
const PLAIN: Partial<Record<Column, (value: string) => string>> = {
  address: (value) => withoutZeros(value.replace(/\/\d{1,3}$/, '')),
  release: (value) => withoutZeros(/\bversion\s+([^\s,]+)/i.exec(value)?.[1] ?? value),
  serial: (value) => value.split(/\s*,\s*/)[0] as string,
  pid: (value) => value.split(/\s*,\s*/)[0] as string,
};

/** `17.03.03` is 17.3.3, and `010.001.000.007` is 10.1.0.7. */
function withoutZeros(value: string): string {
  return /^\d+\.\d+\.\d+/.test(value) ? value.replace(/(^|\.)0+(?=\d)/g, '$1') : value;
}

/** Placeholders, which identify no device. */
const PLACEHOLDER = /^(?:0\.0\.0\.0|::|:::|localhost|x+|<.*>|unknown|n\/a|-)$/i;

/** A URL cannot have these as a part of its path (RFC 3986 §5.2.4), so that nobody could open them. */
const DOTS = /^\.{1,2}$/;

/** Validates one row of a table; returns the row, or the problem as text. Empty cells are absent values. */
export function inventoryRow(cells: Readonly<Partial<Record<Column, unknown>>>): InventoryRow | string {
  const text: Partial<Record<Column, string>> = {};
  for (const [column, cell] of Object.entries(cells)) {
    if (cell === null || cell === undefined) continue;
    if (typeof cell !== 'string' && typeof cell !== 'number') return `${column} is not a text`;
    const written = String(cell).trim();
    const value = PLAIN[column as Column]?.(written) ?? written;
    if (value.length > limits.inventoryCell) return `${column} is longer than ${limits.inventoryCell} characters`;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern searches for control characters.
    if (/[\u0000-\u001f\u007f]/.test(value)) return `${column} has a control character`;
    if (value.includes('\ufffd') || !value.isWellFormed())
      return `${column} has a character that could not be read: save the file as UTF-8`;
    // What is shown of a device without a plant: one of that name would be taken for it.
    const isNone = value === '' || (column === 'plant' && value.toLowerCase() === UNKNOWN);
    if (!isNone) text[column as Column] = value;
  }
  for (const column of ['hostname', 'address', 'serial'] as const) {
    const value = text[column];
    if (value === undefined) continue;
    if (PLACEHOLDER.test(value)) return `${column} ${value} names no device`;
    if (/\s/.test(value)) return `${column} "${value}" has a blank in it`;
  }
  for (const column of ['hostname', 'plant'] as const)
    if (DOTS.test(text[column] ?? '')) return `${column} ${text[column]} cannot stand in an address: give another name`;
  if (text.hostname === undefined && text.address === undefined && text.serial === undefined) {
    return 'no hostname, address or serial: give one of them';
  }
  if (text.address !== undefined && !isRealAddress(text.address)) return `address ${text.address} is no IP address`;
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

/** Also each number of an IPv4 address is at most 255. */
function isRealAddress(text: string): boolean {
  return isAddress(text) && (text.includes(':') || text.split('.').every((part) => Number(part) <= 255));
}

function licensingOf(text: string | undefined): Licensing | null | undefined {
  if (text === undefined || text.toLowerCase() === 'unknown') return null;
  return licensingModes.find((mode) => mode.toLowerCase() === text.toLowerCase());
}

export function sameRow(a: InventoryRow, b: InventoryRow): boolean {
  return Object.entries(a).every(([column, value]) => b[column as Column] === value);
}

/** The group of devices without a value, for example without a plant. */
export const UNKNOWN = 'unknown';
