import type Database from 'better-sqlite3';
import { type GraceBucket, graceBounds, graceBuckets } from '../../core/fleet/fleet-count.ts';
import { PROJECTION } from '../codec/projected.ts';
import { parseStored } from '../codec/stored-json.ts';
import { page } from '../page.ts';
import type { Counts, Page, PageQuery, SeriesRow } from '../ports/queries.ts';
import { prepareColumn } from './statements.ts';

function prepare(database: Database.Database) {
  return {
    graceCount: prepareColumn<[object], number>(
      database,
      `SELECT count(*) FROM device WHERE grace_until IS NOT NULL AND grace_until >= @from AND grace_until < @to`,
    ),
    series: database.prepare<[object], { device: string; rank: number; lastSeen: number; series: string }>(
      `SELECT key AS device, series_rank AS rank, last_seen AS lastSeen, series FROM device
       WHERE series IS NOT NULL AND (series_rank, key) > (@rank, @after) AND +projected = ${PROJECTION}
         AND (series_until IS NULL OR series_until > @now)
       ORDER BY series_rank, key LIMIT @limit`,
    ),
  };
}

/** Counts and series of all devices, out of the projected columns of their rows. */
export class SqliteFleet {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database.Database) {
    this.#statements = prepare(database);
  }

  grace(now: number): Counts['grace'] {
    const grace = Object.fromEntries(graceBuckets.map((bucket) => [bucket, 0])) as Record<GraceBucket, number>;
    let from = -Number.MAX_VALUE;
    for (const { bucket, to } of [
      ...graceBounds.map(({ bucket, below }) => ({ bucket, to: now + below })),
      { bucket: 'longer', to: Number.MAX_VALUE } as const,
    ]) {
      grace[bucket] = this.#statements.graceCount.get({ from, to }) ?? 0;
      from = to;
    }
    return grace;
  }

  series({ now, after, limit }: PageQuery & { readonly now: number }): Page<SeriesRow> {
    const [rank = '-1', key = ''] = after === undefined ? [] : after.split(/ (.*)/s);
    const rows = this.#statements.series.all({ now, rank: Number(rank), after: key, limit: limit + 1 });
    const { rows: shown, next } = page(rows, limit, (row) => `${row.rank} ${row.device}`);
    return {
      rows: shown.map(({ device, lastSeen, series }) => ({
        device,
        lastSeenAt: lastSeen === 0 ? null : lastSeen,
        series: parseStored(series),
      })),
      next,
    };
  }
}
