/**
 * Several sources as one list, the newest first. A position is that of one row: its time, its source and its number there. So
 * each source reads what is behind it, and no more than a page.
 */
import type { TimelineKind } from '../core/fleet/timeline-kinds.ts';
import type { Device } from '../core/model/device.ts';
import type { Page } from './ports/queries.ts';
import type { RepairEvent, TimelineQuery, TimelineRow } from './ports/timeline.ts';

/** Where a row is in its source. `at`: milliseconds; `id`: rows of one time are in the order of their ids, the largest first. */
export type Head = { readonly at: number; readonly id: number };

export type Source = {
  readonly kind: TimelineKind;
  /** At most `limit` rows before a head, the newest first. */
  readonly heads: (before: Head, limit: number) => readonly Head[];
  /** Null for a row that is not what was stored. */
  readonly row: (head: Head) => TimelineRow | null;
};

/** Behind every row. SQLite takes no larger integer as a number of JavaScript. */
const LAST_ID = Number.MAX_SAFE_INTEGER;
const START: Head = { at: Number.MAX_VALUE, id: LAST_ID };

/** `sources`: always the same ones in the same order, as positions have their numbers; `kinds`: those that are asked for. */
export function timelinePage(
  sources: readonly Source[],
  kinds: readonly TimelineKind[] | undefined,
  after: string | undefined,
  limit: number,
): Page<TimelineRow> {
  const position = after === undefined ? null : readPosition(after);
  const heads = sources.flatMap((source, number) =>
    kinds === undefined || kinds.includes(source.kind)
      ? source.heads(startOf(position, number), limit + 1).map((head) => ({ ...head, number, source }))
      : [],
  );
  heads.sort((a, b) => b.at - a.at || a.number - b.number || b.id - a.id);
  const shown = heads.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: shown.flatMap(({ source, at, id }) => source.row({ at, id }) ?? []),
    next: last !== undefined && heads.length > limit ? JSON.stringify([last.at, last.number, last.id]) : null,
  };
}

/** Where each source goes on after a position: for an engine that reads all of them before it makes the page. */
export function startsOf(after: string | undefined): (source: number) => Head {
  const position = after === undefined ? null : readPosition(after);
  return (source) => startOf(position, source);
}

type Position = Head & { readonly number: number };

/** Rows of one time: those of the sources before the position were shown, those of the sources behind it were not. */
function startOf(position: Position | null, number: number): Head {
  if (position === null) return START;
  const id = number < position.number ? -LAST_ID : number > position.number ? LAST_ID : position.id;
  return { at: position.at, id };
}

/** Any text that the cursor lets through: what is no number begins at the end of the list. */
function readPosition(text: string): Position {
  const [at = 0, number = 0, id = 0] = text.slice(1, -1).split(',').map(Number);
  return { at, number, id };
}

/** A source of rows that are in memory. */
export function sourceOf(
  kind: TimelineKind,
  rows: readonly { readonly id: number; readonly row: TimelineRow }[],
): Source {
  const sorted = [...rows].sort((a, b) => b.row.at - a.row.at || b.id - a.id);
  return {
    kind,
    heads: (before, limit) =>
      sorted
        .filter(({ id, row: { at } }) => at < before.at || (at === before.at && id < before.id))
        .slice(0, limit)
        .map(({ id, row: { at } }) => ({ at, id })),
    row: (head) => sorted.find(({ id }) => id === head.id)?.row ?? null,
  };
}

/** The repairs that the state of a device tells of: the last of each kind. `since`: milliseconds. */
export function repairsOf(
  device: Pick<Device, 'state' | 'trustpool'>,
  since = Number.NEGATIVE_INFINITY,
): TimelineRow[] {
  const { repair, lostRepair } = device.state;
  const { trustpool } = device;
  const events: (readonly [number, RepairEvent])[] = [];
  if (repair !== null) events.push([repair.at, { what: 'seen', by: repair.by, saved: repair.saved }]);
  if (lostRepair !== null) {
    if (lostRepair.at !== repair?.at) events.push([lostRepair.at, { what: 'seen', by: 'import', saved: false }]);
    events.push([lostRepair.lostAt, { what: 'lost' }]);
  }
  if (trustpool !== null) events.push([trustpool.at, { what: 'checked', newRoot: trustpool.newRoot }]);
  return events.filter(([at]) => at >= since).map(([at, event]) => ({ at, kind: 'repair', repair: event }));
}

/** While an incident was open; of a device always. What is left out of the question is no bound. */
export function rangeOf({ incident }: TimelineQuery): { readonly from: number; readonly to: number } {
  return { from: incident?.from ?? -Number.MAX_VALUE, to: incident?.to ?? Number.MAX_VALUE };
}

/** From when on the repairs of a device belong to a timeline: those of an incident only to the last one, since it opened. */
export function sinceOf({ incident }: TimelineQuery, device: Pick<Device, 'state'> | null): number {
  if (incident === undefined) return Number.NEGATIVE_INFINITY;
  const { incident: last = null, ordinal = 0 } = device?.state ?? {};
  return last !== null && ordinal === incident.ordinal ? last.openedAt : Number.POSITIVE_INFINITY;
}
