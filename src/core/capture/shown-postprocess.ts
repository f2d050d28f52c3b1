/** The values of `grammar/capture.ne`; the symbols of a rule are given by position. */
import type { Token } from '../grammar/earley.ts';

type Maybe = Token | null;

/** A time as its parts stand in the text, and the source of time that is named in front of it. */
export type ShownParts = {
  readonly kind: 'time';
  readonly source: string | null;
  /** Null where only the source is shown. */
  readonly time: TimeParts | null;
};

/** `month` as in the text; `tod` with the mark of the clock. */
export type TimeParts = {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly tod: string;
  readonly zone: string | null;
};

export type EventParts = {
  readonly kind: 'event';
  readonly name: string;
  readonly date: string;
  readonly tod: string;
  readonly zone: string | null;
  readonly fields: readonly Field[];
};

type Field = readonly [name: string, value: string] | null;

export function clock([source, tod, zone, month, day, year]: [Maybe, Token, Maybe, Token, Token, Token]): ShownParts {
  return timeOf({ source, year, month, day, tod, zone });
}

export function stamp([month, day, tod, year, zone]: [Token, Token, Token, Token, Maybe]): ShownParts {
  return timeOf({ source: null, year, month, day, tod, zone });
}

export function yearFirst([month, day, year, tod, zone]: [Token, Token, Token, Token, Maybe]): ShownParts {
  return timeOf({ source: null, year, month, day, tod, zone });
}

export function sourceOnly([source]: [Token]): ShownParts {
  return { kind: 'time', source: sourceOf(source), time: null };
}

export function event([date, tod, zone, name, fields]: [Token, Token, Maybe, Token, readonly Field[]]): EventParts {
  const shown = { date: date.value, tod: tod.value, zone: zone?.value ?? null };
  return { kind: 'event', name: name.value, ...shown, fields };
}

export function pair([{ value }]: [Token]): Field {
  const at = value.indexOf('="');
  return [value.slice(0, at), value.slice(at + 2, -1)];
}

/** A value whose closing quotation mark is missing. */
export function open([{ value }]: [Token]): Field {
  const at = value.indexOf('="');
  return [value.slice(0, at), value.slice(at + 2)];
}

export function nothing(): Field {
  return null;
}

type Parts = Readonly<Record<'year' | 'month' | 'day' | 'tod', Token>> & { source: Maybe; zone: Maybe };

function timeOf({ source, year, month, day, tod, zone }: Parts): ShownParts {
  const time = { year: year.value, month: month.value, day: day.value, tod: tod.value, zone: zone?.value ?? null };
  return { kind: 'time', source: sourceOf(source), time };
}

/** `NTP` of `Time source is NTP,`; null for `No time source`. */
function sourceOf(source: Maybe): string | null {
  return /^Time source is ([^,]+?)\s*,?$/.exec(source?.value ?? '')?.[1] ?? null;
}
