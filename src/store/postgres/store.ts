import type { Known } from '../../core/correlate/correlated.ts';
import type { Device } from '../../core/model/device.ts';
import { OperatingError } from '../../errors.ts';
import { gapSourcesOf } from '../gap-rows.ts';
import type { Batch, Evictions } from '../ports/batch.ts';
import type { About } from '../ports/devices.ts';
import type { Judge } from '../ports/rejudging.ts';
import type { RetentionPolicy } from '../ports/retention.ts';
import type { Store } from '../ports/store.ts';
import type { Projection } from '../projection.ts';
import { isEmpty, lockKnown, nothingEvicted, writeBatch } from './commit.ts';
import { DaySums } from './days.ts';
import { LAST_ORDINAL } from './incidents.ts';
import { PostgresSources } from './loss-sources.ts';
import { PostgresOthers } from './others.ts';
import type { PostgresOutbox } from './outbox.ts';
import { partsOf, type StoreOptions } from './parts.ts';
import type { Pools } from './pools.ts';
import type { Presence } from './presence.ts';
import { PostgresQueries } from './queries.ts';
import { PostgresRejudging } from './rejudging.ts';
import { PostgresRetention } from './retention.ts';
import type { Session } from './session.ts';
import { PostgresAlerts, PostgresGaps } from './side-rows.ts';
import type { Tables } from './tables.ts';
import type { Turn, Turns } from './turns.ts';

/** Devices of a former version that one transaction counts. */
const MEMBERS_AT_ONCE = 100;

/** The store on PostgreSQL, which several instances of the service share. */
export class PostgresStore extends PostgresQueries implements Store {
  readonly keepsEvidence = true;
  readonly outbox: PostgresOutbox;
  readonly alerts: PostgresAlerts;
  readonly sources: PostgresSources;
  readonly gaps: PostgresGaps;
  readonly others: PostgresOthers;
  readonly #pools: Pools;
  readonly #presence: Presence;
  readonly #turns: Turns;
  readonly #read: Session;
  readonly #projection: Projection;
  readonly #tables: Tables;
  readonly #rejudging: PostgresRejudging;
  readonly #retention: PostgresRetention;

  constructor(pools: Pools, projection: Projection, options: StoreOptions) {
    const { instance, bounds = {} } = options;
    const { turns, read, presence, outbox, tables } = partsOf(pools, projection, options);
    super(read, tables, projection);
    this.#pools = pools;
    this.#projection = projection;
    this.#turns = turns;
    this.#read = read;
    this.#presence = presence;
    this.#tables = tables;
    pools.deciding.on('connect', () => tables.devices.cache.clear());
    this.outbox = outbox;
    this.alerts = new PostgresAlerts(turns.deliver, presence.holder, tables.damage);
    this.sources = new PostgresSources(turns.deliver, instance, tables.damage);
    this.gaps = new PostgresGaps(turns.deliver, instance, bounds.gapRows);
    this.others = new PostgresOthers(read, instance, () => performance.now(), presence, tables.damage);
    this.#rejudging = new PostgresRejudging(tables);
    this.#retention = new PostgresRetention(tables, bounds.incidentRows);
  }

  /** For a service and for a command: the name of the instance is this process's until `close()`. `onWait`: is told for what it waits. */
  async serve(onWait?: (message: string) => void): Promise<void> {
    const [moving] = await this.#read.rows<{ source: string }>('SELECT source FROM moving');
    if (moving !== undefined)
      throw new OperatingError(
        'QVW_REFUSED',
        `a move from ${moving.source} into this database is at work, or was broken off: finish it with migrate`,
      );
    await this.others.readDatabase();
    await this.#presence.take(this.#projection.judgment(), onWait);
  }

  async commit(about: About, fold: (known: Known) => Batch): Promise<Evictions> {
    let folded: Known | null = null;
    const { known, evictions } = await this.#decide(async (session, turn) => {
      const known = await lockKnown(session, about, this.#tables);
      folded = known;
      const batch = fold(known);
      turn.isEmpty = isEmpty(batch);
      if (turn.isEmpty) return { known, evictions: nothingEvicted };
      const [evictions] = await Promise.all([writeBatch(session, batch, known, this.#tables), turn.number()]);
      return { known, evictions };
    }, about);
    // An earlier call has stored it and had no answer: the caller learns what was decided.
    if (folded !== known) fold(known);
    return evictions;
  }

  fateOf(about: About) {
    return this.#turns.fateOf(about);
  }

  async wasStored(turn: string): Promise<boolean> {
    return this.#turns.wasStored(turn);
  }

  async due(now: number, limit: number, fold: (devices: ReadonlyMap<string, Device>) => Batch, about?: object) {
    this.#tables.damage.requireMended();
    let folded: ReadonlyMap<string, Device> | null = null;
    const { devices, evictions } = await this.#decide(async (session, turn) => {
      const devices = await this.#tables.devices.locks.lockDue(session, now, limit);
      folded = devices;
      turn.isEmpty = devices.size === 0;
      if (turn.isEmpty) return { devices, evictions: null };
      const evictions = await writeBatch(session, fold(devices), { aliases: new Map() }, this.#tables);
      return { devices, evictions };
    }, about);
    if (folded !== devices) fold(devices);
    return evictions;
  }

  async forget(keys: readonly string[], now: number, by: string | null = null): Promise<void> {
    const { devices, names, incidents, evidence, inventory, outbox, days, acts } = this.#tables;
    await this.#decide(async (session) => {
      const sums = new DaySums();
      const known = await devices.locks.lock(session, keys);
      for (const key of keys) {
        const device = known.get(key);
        if (device !== undefined)
          await this.gaps.forget(session, gapSourcesOf(device, await names.namesOf(session, key)));
        await incidents.removeUpTo(session, key, LAST_ORDINAL, now, sums);
        await incidents.gone.removeDevice(session, key);
        await outbox.forget(session, key);
      }
      await devices.remove(session, keys);
      await names.remove(session, keys);
      await evidence.removeDevices(session, keys);
      await inventory.removeDevices(session, keys);
      await session.run('DELETE FROM set_aside WHERE key = ANY($1)', keys);
      await this.#tables.damage.forget(session, keys);
      await days.write(session, sums);
      await acts.write(session, { by, at: now, devices: keys });
    });
  }

  async moveRetention(now: number, passedMs: number): Promise<number> {
    return this.#decide((session) => this.#retention.move(session, now, passedMs));
  }

  async retain(policy: RetentionPolicy) {
    return this.#decide((session) => this.#retention.step(session, policy));
  }

  /** PostgreSQL gives the space of deleted rows to new ones (autovacuum). */
  async makeShrinkable(): Promise<null> {
    return null;
  }

  async shrink(): Promise<false> {
    return false;
  }

  async unjudged() {
    const groups = await this.#tables.devices.unjudgedBy(this.#read);
    return { count: groups.reduce((sum, { count }) => sum + count, 0), by: groups.map(({ by }) => by) };
  }

  async judgeAnew(limit: number, judge: Judge) {
    return this.#decide(async (session) => {
      const sums = new DaySums();
      const judged = await this.#rejudging.judgeAnew(session, limit, judge, sums);
      await this.#tables.days.write(session, sums);
      return judged;
    });
  }

  async markBeyond(now: number, setBackMs: number): Promise<number> {
    return this.#decide((session) => this.#rejudging.markBeyond(session, now, setBackMs));
  }

  async bringMembersOver(): Promise<number> {
    return this.#decide((session) => this.#tables.devices.reproject(session, MEMBERS_AT_ONCE));
  }

  /** No version of this engine was without what incidents are found by. */
  async bringIncidentsOver(): Promise<false> {
    return false;
  }

  /** PostgreSQL looks after its pages itself (data checksums, amcheck): what can be read is taken as what was stored. */
  async mend(now: number) {
    return this.#tables.damage.mend((work) => this.#decide(work), now);
  }

  async scrub(): Promise<false> {
    return false;
  }

  async countDamaged() {
    return this.#tables.damage.counts(this.#read);
  }

  async damaged(limit: number) {
    return this.#tables.damage.list(this.#read, limit);
  }

  readonly serverTime = async (): Promise<number> => {
    const sql = 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now';
    const [row] = await this.#read.rows<{ now: number }>(sql);
    return row?.now ?? Number.NaN;
  };

  async ping(): Promise<void> {
    this.#presence.requireTaken();
    await this.#read.rows('SELECT 1 AS one');
  }

  async close(): Promise<void> {
    await this.#presence.leave();
    await Promise.all(Object.values(this.#pools).map((pool) => (pool.ending ? undefined : pool.end())));
  }

  /** What was counted in a transaction that was rolled back is counted anew. */
  async #decide<T>(work: (session: Session, turn: Turn) => Promise<T>, about?: object): Promise<T> {
    this.#presence.requireTaken();
    const clear = () => {
      this.#tables.devices.count.clear();
      this.#tables.names.count.clear();
    };
    const begun = (session: Session, turn: Turn) => {
      this.#tables.devices.cache.begin();
      return work(session, turn);
    };
    return this.#turns.decide(begun, clear, about);
  }
}
