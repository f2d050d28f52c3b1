import { lossLimits } from '../../core/loss/loss-limits.ts';
import type { LossRow } from '../../core/loss/loss-row.ts';
import type { LossSourceStore, Receivers } from '../ports/loss-sources.ts';
import type { PostgresDamage } from './damage.ts';
import { BEATS } from './presence.ts';
import { columns, type Session } from './session.ts';

/** How old what an instance has told may be when it is heard of. */
const OLDEST_MS = lossLimits.toldEveryMs + BEATS.everyMs;
const TOLD = `SELECT source.instance, record, live, (extract(epoch FROM heard_at) * 1000)::float8 AS "heardAt"
  FROM source LEFT JOIN peer_instance USING (instance) WHERE peer = $1 AND name = $2 ORDER BY source.instance`;
type ToldRow = {
  readonly instance: string;
  readonly record: string;
  readonly live: boolean;
  readonly heardAt: number | null;
};

type Work = <T>(work: (session: Session) => Promise<T>) => Promise<T>;

/** Each instance has a loss ledger of its own, takes only its own rows, and reads those of the others. */
export class PostgresSources implements LossSourceStore {
  readonly receivers: Receivers;
  readonly #work: Work;
  readonly #damage: PostgresDamage;
  readonly #instance: string;

  constructor(work: Work, instance: string, damage: PostgresDamage) {
    this.#damage = damage;
    this.#work = work;
    this.#instance = instance;
    this.receivers = {
      tell: (rows) => this.#put(rows, true),
      told: async (peer, name) => {
        const rows = await work((session) => session.rows<ToldRow>(TOLD, peer, name));
        return rows.flatMap(({ instance, record, live, heardAt }) => {
          const row = this.#read(`${peer}, ${name}, of ${instance}`, record);
          if (row === null) return [];
          const told = { receiver: instance, row };
          // Who ran when it told this may have received more since.
          return live ? { ...told, completeUntil: (heardAt ?? told.row.lastSeenAt) - OLDEST_MS } : told;
        });
      },
    };
  }

  /** What was told while the instance ran is outdated after a crash. */
  async takeAll(): Promise<readonly LossRow[]> {
    const sql = 'DELETE FROM source WHERE instance = $1 RETURNING peer, name, record, live';
    type Row = { readonly peer: string; readonly name: number; readonly record: string; readonly live: boolean };
    const rows = await this.#work((session) => session.rows<Row>(sql, this.#instance));
    return rows
      .filter(({ live }) => !live)
      .flatMap(({ peer, name, record }) => this.#read(`${peer}, ${name}, of ${this.#instance}`, record) ?? []);
  }

  /** Of the instance that has received the most lines of this source. */
  async find(peer: string, name: number): Promise<LossRow | null> {
    const sql = 'SELECT instance, record FROM source WHERE peer = $1 AND name = $2 ORDER BY lines DESC LIMIT 1';
    const [row] = await this.#work((session) => session.rows<{ instance: string; record: string }>(sql, peer, name));
    return row === undefined ? null : this.#read(`${peer}, ${name}, of ${row.instance}`, row.record);
  }

  #read(name: string, record: string): LossRow | null {
    return this.#damage.readOne('source', name, () => JSON.parse(record));
  }

  async save(rows: readonly LossRow[]): Promise<void> {
    await this.#put(rows, false);
  }

  async #put(rows: readonly LossRow[], live: boolean): Promise<void> {
    if (rows.length === 0) return;
    // A statement can put one row only once: of two of the same source the one with more lines is kept.
    const most = new Map<string, LossRow>();
    for (const row of rows) {
      const key = `${row.peer} ${row.name}`;
      if ((most.get(key)?.lines ?? -1) < row.lines) most.set(key, row);
    }
    const packed = [...most.values()]
      .map((row) => ({ ...row, record: JSON.stringify(row), sinceAt: sinceOf(row) }))
      .sort((a, b) => (a.peer < b.peer ? -1 : 1));
    await this.#work((session) =>
      session.run(
        `INSERT INTO source (instance, live, peer, name, lines, since_at, seen_at, record)
         SELECT $1, $2, * FROM unnest($3::text[], $4::int8[], $5::float8[], $6::float8[], $7::float8[], $8::text[])
         ON CONFLICT (instance, peer, name) DO UPDATE SET lines = excluded.lines, live = excluded.live,
           since_at = excluded.since_at, seen_at = excluded.seen_at, record = excluded.record
         WHERE source.live OR source.lines < excluded.lines`,
        ...[this.#instance, live],
        ...columns(packed, 'peer', 'name', 'lines', 'sinceAt', 'lastSeenAt', 'record'),
      ),
    );
  }
}

/** When the instance began to count the lines of a source. */
function sinceOf({ counter, sequence, lastSeenAt }: LossRow): number {
  return Math.min(lastSeenAt, counter?.history[0] ?? lastSeenAt, sequence?.history[0] ?? lastSeenAt);
}
