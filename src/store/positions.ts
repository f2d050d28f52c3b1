/** Positions in lists: what the last row of a page is ordered by. They are JSON, so that any number, any text and null is one. */

/** A time and a key; the time may have a fraction, or not be known. */
export type TimedPosition = { readonly at: number | null; readonly key: string };

export function timedPositionText({ at, key }: TimedPosition): string {
  return JSON.stringify([at, key]);
}

/** Null for a text that is none. */
export function readTimedPosition(text: string): TimedPosition | null {
  const [at, key, ...more] = parts(text);
  return isTime(at) && typeof key === 'string' && more.length === 0 ? { at, key } : null;
}

/** A place among the devices to repair. */
export type UrgentPosition = { readonly urgency: number; readonly until: number | null; readonly key: string };

export function urgentPositionText({ urgency, until, key }: UrgentPosition): string {
  return JSON.stringify([urgency, until, key]);
}

/** Null for a text that is none. */
export function readUrgentPosition(text: string): UrgentPosition | null {
  const [urgency, until, key, ...more] = parts(text);
  const isWhole = typeof urgency === 'number' && isTime(until) && typeof key === 'string' && more.length === 0;
  return isWhole ? { urgency, until, key } : null;
}

function parts(text: string): readonly unknown[] {
  try {
    const values: unknown = JSON.parse(text);
    return Array.isArray(values) ? values : [];
  } catch {
    return [];
  }
}

function isTime(value: unknown): value is number | null {
  return value === null || typeof value === 'number';
}
