import { assert } from './assert.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `48h`, `1h30m`, `500ms` in milliseconds; null if the text is not a duration. */
export function parseDuration(text: string): number | null {
  if (!/^(?:\d+(?:ms|[smhdw]))+$/.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g))
    total += Number(amount) * (UNIT_MS[unit as string] ?? 0);
  return Number.isSafeInteger(total) ? total : null;
}

/** Milliseconds of a duration that was validated before; asserts this. */
export function msOf(text: string): number {
  const ms = parseDuration(text);
  assert(ms !== null, `the duration ${text} was checked`);
  return ms;
}
