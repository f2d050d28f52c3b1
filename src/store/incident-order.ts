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

/** How the rows of a table are read, by their index in it. */
type Reader = {
  readonly number: (by: Numbered, row: number) => number;
  readonly device: (row: number) => string;
  readonly ordinal: (row: number) => number;
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

export function comparison(sort: IncidentSort, { number, device, ordinal }: Reader): Comparison {
  const { parts, device: deviceSign } = ORDERS[sort];
  const rest = (a: string, b: string, ordinals: number) => (a === b ? ordinals : (a < b ? -1 : 1) * deviceSign);
  return {
    parts: parts.length,
    compare: (a, b) => {
      for (const { by, sign } of parts) {
        const order = compareNumbers(number(by, a), number(by, b), sign);
        if (order !== 0) return order;
      }
      return rest(device(a), device(b), (ordinal(a) - ordinal(b)) * deviceSign);
    },
    compareTo: (row, position) => {
      for (const [index, { by, sign }] of parts.entries()) {
        const order = compareNumbers(number(by, row), position.numbers[index] as number, sign);
        if (order !== 0) return order;
      }
      return rest(device(row), position.device, (ordinal(row) - position.ordinal) * deviceSign);
    },
    valuesOf: (row) => ({
      numbers: parts.map(({ by }) => number(by, row)),
      device: device(row),
      ordinal: ordinal(row),
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
