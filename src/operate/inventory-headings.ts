/** Which heading of an inventory means which column: by its name, by the program that exported it, and by what the row has. */
import { bareHeading, type Column, columnOf, rankOf } from '../core/model/inventory.ts';
import { isAddress } from '../core/model/names.ts';

/** A program whose export has all of these headings; `not`: headings that mean something else there. */
type Export = { readonly name: string; readonly has: readonly string[]; readonly not: readonly string[] };

const EXPORTS: readonly Export[] = [
  // Its platform is the operating system. NetBox REST API, dcim.Device; the table of devices as CSV.
  { name: 'NetBox', has: ['role', 'devicetype', 'serial'], not: ['platform'] },
  { name: 'NetBox', has: ['manufacturer', 'type'], not: ['platform'] },
  // Its type is "network". LibreNMS API, list_devices.
  { name: 'LibreNMS', has: ['sysname', 'hardware'], not: ['type'] },
  // Its model is the driver, as "ios". Oxidized, /nodes.json.
  { name: 'Oxidized', has: ['fullname', 'model', 'group'], not: ['model'] },
  // Its type is a sentence. Cisco DNA Center, network-device.
  { name: 'Cisco DNA Center', has: ['platformid', 'managementipaddress'], not: ['type'] },
];

/** Two headings with different values for one column of a row: `used` counts. */
export type Doubled = { readonly column: Column; readonly used: string; readonly unused: string };

export class Headings {
  /** The headings that mean a column, those that count first. */
  readonly #meant: readonly (readonly [heading: string, column: Column])[];
  readonly #doubled = new Map<string, Doubled>();
  readonly ignored: readonly string[];
  /** The program that exported the file; null if no headings tell it. */
  readonly program: string | null;

  constructor(headings: readonly string[]) {
    const bare = new Set(headings.map(bareHeading));
    const found = EXPORTS.find(({ has }) => has.every((heading) => bare.has(heading)));
    const meaning = (heading: string) => (found?.not.includes(bareHeading(heading)) ? null : columnOf(heading));
    this.program = found?.name ?? null;
    this.#meant = headings
      .flatMap((heading) => {
        const column = meaning(heading);
        return column === null ? [] : [[heading, column] as const];
      })
      .sort(([one], [other]) => rankOf(one) - rankOf(other));
    this.ignored = headings.filter((heading) => meaning(heading) === null);
  }

  get columns(): ReadonlySet<Column> {
    return new Set(this.#meant.map(([, column]) => column));
  }

  get doubled(): readonly Doubled[] {
    return [...this.#doubled.values()];
  }

  /** The cells of a row by column. Of several values the first counts; a hostname that is an address gives way to a name. */
  cells(cellAt: (heading: string) => unknown): Partial<Record<Column, unknown>> {
    const cells: Partial<Record<Column, unknown>> = {};
    const from: Partial<Record<Column, string>> = {};
    for (const [heading, column] of this.#meant) {
      const value = cellAt(heading);
      if (value === undefined) continue;
      const known = cells[column];
      if (
        isEmpty(known) ||
        (column === 'hostname' && isAddressText(known) && !isEmpty(value) && !isAddressText(value))
      ) {
        // An address that stands under hostname is where the device is reached.
        if (isAddressText(known)) cells.address = isEmpty(cells.address) ? known : cells.address;
        cells[column] = value;
        from[column] = heading;
      } else if (!isEmpty(value) && value !== known && !isAddressText(value)) {
        const doubled = { column, used: from[column] as string, unused: heading };
        this.#doubled.set(`${doubled.used} ${heading}`, doubled);
      }
    }
    return cells;
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function isAddressText(value: unknown): boolean {
  return typeof value === 'string' && isAddress(value.replace(/\/\d{1,3}$/, ''));
}
