/** The orders of incidents, and the positions in them. A position is what a row is ordered by, as JSON. */
import type { IncidentSort } from '../core/fleet/incident-lists.ts';

/** What rows are ordered by before their devices and ordinals. */
type Numbered = 'openedAt' | 'changedAt' | 'graceUntil' | 'severity';

/** `sign`: -1 for the largest first. A number that is NaN is last in both directions. */
type Part = { readonly by: Numbered; readonly sign: 1 | -1 };

type Order = { readonly parts: readonly Part[]; readonly device: 1 | -1 };

const up = (by: Numbered): Order => ({ parts: [{ by, sign: 1 }], device: 1 });
const down = (by: Numbered): Order => ({ parts: [{ by, sign: -1 }], device: 1 });

const ORDERS: Readonly<Record<IncidentSort, Order>> = {
  openedAt: up('openedAt'),
  '-openedAt': down('openedAt'),
  changedAt: up('changedAt'),
  '-changedAt': down('changedAt'),
  graceUntil: up('graceUntil'),
  '-graceUntil': down('graceUntil'),
  device: { parts: [], device: 1 },
  '-device': { parts: [], device: -1 },
  severity: { parts: [...up('severity').parts, ...up('openedAt').parts], device: 1 },
  '-severity': { parts: [...down('severity').parts, ...down('openedAt').parts], device: 1 },
};

/** The rows of a table: what each has, by its index. */
export type Ordered = Readonly<Record<Numbered, Float64Array | Uint8Array>> & {
  readonly devices: readonly (string | null)[];
  readonly ordinals: Uint32Array;
};

/** The numbers of the parts, then device and ordinal. */
type Position = { readonly numbers: readonly number[]; readonly device: string; readonly ordinal: number };

export type Comparison = {
  /** How many numbers a position has. */
  readonly parts: number;
  readonly compare: (a: number, b: number) => number;
  readonly compareTo: (row: number, position: Position) => number;
  readonly valuesOf: (row: number) => Position;
};

export function comparison(sort: IncidentSort, { devices, ordinals, ...columns }: Ordered): Comparison {
  const { parts, device: deviceSign } = ORDERS[sort];
  const numbers = parts.map(({ by, sign }) => ({ column: columns[by], sign }));
  const [first] = numbers;
  const rest = (a: string, b: string, difference: number) =>
    a === b ? difference * deviceSign : (a < b ? -1 : 1) * deviceSign;
  return {
    parts: parts.length,
    compare: (a, b) => {
      // Most rows differ in the first of them.
      if (first !== undefined) {
        const [left, right] = [first.column[a] as number, first.column[b] as number];
        if (left < right) return -first.sign;
        if (left > right) return first.sign;
      }
      for (const { column, sign } of numbers) {
        const order = compareNumbers(column[a] as number, column[b] as number, sign);
        if (order !== 0) return order;
      }
      return rest(devices[a] as string, devices[b] as string, (ordinals[a] as number) - (ordinals[b] as number));
    },
    compareTo: (row, position) => {
      for (let part = 0; part < numbers.length; part++) {
        const { column, sign } = numbers[part] as (typeof numbers)[number];
        const order = compareNumbers(column[row] as number, position.numbers[part] as number, sign);
        if (order !== 0) return order;
      }
      return rest(devices[row] as string, position.device, (ordinals[row] as number) - position.ordinal);
    },
    valuesOf: (row) => ({
      numbers: numbers.map(({ column }) => column[row] as number),
      device: devices[row] as string,
      ordinal: ordinals[row] as number,
    }),
  };
}

function compareNumbers(a: number, b: number, sign: 1 | -1): number {
  if (a < b) return -sign;
  if (a > b) return sign;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

export function positionText({ numbers, device, ordinal }: Position): string {
  return JSON.stringify([...numbers, device, ordinal]);
}

/** What is no position of this order is the beginning of the list: null. */
export function readPosition(text: string, parts: number): Position | null {
  const values = parsed(text);
  if (!Array.isArray(values) || values.length !== parts + 2) return null;
  const [device, ordinal] = values.slice(parts);
  const numbers = values.slice(0, parts).map((value) => (typeof value === 'number' ? value : Number.NaN));
  return typeof device === 'string' && typeof ordinal === 'number' ? { numbers, device, ordinal } : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
