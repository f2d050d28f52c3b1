/** The stored form of a source, between two runs of the service. */
import type { Run, Series } from './series.ts';
import { type Drops, noDrops, type Source } from './source.ts';

/** The keys of stored rows stay those of the first version: `other`, `aside`, `left`, and of a run `former`. */
type SeriesRow = Omit<Series, 'next' | 'candidate' | 'onCandidate' | 'retired'> & {
  readonly other: RunRow | null;
  readonly aside: boolean;
  readonly left: readonly number[];
};
type RunRow = Omit<Run, 'wasRun'> & { readonly former: boolean };

export type LossRow = {
  readonly peer: string;
  readonly name: number;
  readonly named: boolean;
  readonly relay: number;
  readonly lines: number;
  readonly lastSeenAt: number;
  readonly drops: Drops | null;
  readonly counter: SeriesRow | null;
  readonly sequence: SeriesRow | null;
};

export function rowOf(source: Source): LossRow {
  const { peer, key, named, relay, lines, lastSeenAt, drops, counter, sequence } = source;
  return {
    peer,
    name: key,
    named,
    relay,
    lines,
    lastSeenAt,
    drops,
    counter: seriesRow(counter),
    sequence: seriesRow(sequence),
  };
}

/** Fills a new source from its stored row. */
export function restoreInto(source: Source, row: LossRow): void {
  source.named = row.named;
  source.relay = row.relay;
  source.lines = row.lines;
  source.lastSeenAt = row.lastSeenAt;
  source.drops = row.drops === null ? null : { ...noDrops(), ...row.drops };
  source.counter = restoredSeries(row.counter);
  source.sequence = restoredSeries(row.sequence);
}

/** Leaves out `next`: it may be NaN, which JSON cannot represent. */
function seriesRow(series: Series | null): SeriesRow | null {
  if (series === null) return null;
  const { next: _, candidate, onCandidate, retired, ...rest } = series;
  return { ...rest, other: candidate === null ? null : runRow(candidate), aside: onCandidate, left: retired };
}

function runRow({ wasRun, ...run }: Run): RunRow {
  return { ...run, former: wasRun };
}

function restoredSeries(row: SeriesRow | null): Series | null {
  if (row === null) return null;
  const { other, aside, left, ...rest } = row;
  const next = row.why !== null || aside ? Number.NaN : row.head + 1;
  const candidate = other === null ? null : restoredRun(other);
  return { ...rest, next, candidate, onCandidate: aside, retired: left, history: [...row.history] };
}

function restoredRun({ former, ...run }: RunRow): Run {
  return { ...run, wasRun: former };
}
