import type Database from 'better-sqlite3';
import { type FleetContext, type FleetMember, spansOf, trainOf } from '../../core/judge/fleet-context.ts';
import { doLinksMatter } from '../../core/judge/rules.ts';
import { Slices, type SqliteFleetCounts } from './fleet-counts.ts';
import { prepareColumn } from './statements.ts';

type ByPlant = { readonly plant: string; readonly n: number };

function prepare(database: Database.Database) {
  return {
    together: database.prepare<[object], { failing: number; timedOut: number }>(
      `SELECT count(*) AS failing, ifnull(sum(timed_out), 0) AS timedOut FROM member INDEXED BY member_failing
       WHERE plant = @plant AND failing_since IS NOT NULL AND failing_since BETWEEN @from AND @to`,
    ),
    ofTrain: prepareColumn<[object], number>(
      database,
      `SELECT count(*) FROM member INDEXED BY member_train
       WHERE train = @train AND plant = @plant AND last_failure IS NOT NULL AND last_failure BETWEEN @from AND @to`,
    ),
    fixed: prepareColumn<[object], number>(
      database,
      `SELECT count(*) FROM member INDEXED BY member_fixed
       WHERE status = 'fixed' AND plant = @plant AND last_failure IS NOT NULL AND last_failure BETWEEN @from AND @to`,
    ),
    succeeded: prepareColumn<[object], number>(
      database,
      `SELECT count(*) FROM member INDEXED BY member_success
       WHERE last_success IS NOT NULL AND last_success BETWEEN @from AND @to`,
    ),
    fails: prepareColumn<[object], number>(
      database,
      `SELECT 1 FROM member INDEXED BY member_failed
       WHERE plant = @plant AND last_failure IS NOT NULL AND last_failure BETWEEN @from AND @to LIMIT 1`,
    ),
    peers: database.prepare<[object], { key: string; at: number; peer: string | null }>(
      `SELECT key, heard_at AS at, peer FROM member INDEXED BY member_plant
       WHERE plant = @plant AND (heard_at, key) > (@at, @key) ORDER BY heard_at, key LIMIT 2000`,
    ),
  };
}

/** What depends on the hour of the failures and on the release train only: that of many devices of one bad day. */
type Present = {
  readonly train: readonly ByPlant[];
  readonly fixed: readonly ByPlant[];
  readonly plantsFailing: number;
};

/** Answers that are remembered until something changes. */
const REMEMBERED = 64;

/** The fleet in view of one device, by counts that are kept and by ranges of indexes. */
export class SqliteFleetContext {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #counts: SqliteFleetCounts;
  readonly #change: () => number;
  readonly #present = new Map<string, Promise<Present>>();
  #changed = -1;

  /** `change`: another number after each change of a member, by whomever. */
  constructor(database: Database.Database, counts: SqliteFleetCounts, change: () => number) {
    this.#statements = prepare(database);
    this.#counts = counts;
    this.#change = change;
  }

  async of(device: FleetMember, wasDown: (peer: string | null) => boolean): Promise<FleetContext> {
    const { together, succeeded } = this.#statements;
    const [counts, spans, slices] = [this.#counts, spansOf(device), new Slices()];
    const train = trainOf(device.release);
    const plant =
      device.plant === null
        ? null
        : {
            ...{ name: device.plant, devices: counts.count('plant', 'devices', device.plant) },
            ...(spans === null ? null : together.get({ plant: device.plant, ...spans.together })),
          };
    await slices.next();
    const present = spans === null ? NOBODY : await this.#presentAt(train, spans.present);
    const context: FleetContext = {
      plant: plant === null ? null : { failing: 0, timedOut: 0, ...plant },
      train:
        train === null
          ? null
          : { name: train, devices: counts.count('train', 'devices', train), ...sharesOf(present.train) },
      fixed: {
        devices: counts.count('all', 'fixed'),
        ...sharesOf(present.fixed),
        succeeded: spans === null ? 0 : (succeeded.get(spans.sameHours) ?? 0),
      },
      plants: this.#plants().filter((name) => name !== '').length,
      plantsFailing: present.plantsFailing,
      linksDown: 0,
    };
    if (device.plant === null || !doLinksMatter(context)) return context;
    return { ...context, linksDown: await this.#linksDown(device.plant, wasDown, slices) };
  }

  #plants(): string[] {
    return this.#counts.byName('plant', 'devices').map(({ name }) => name);
  }

  #presentAt(train: string | null, span: { readonly from: number; readonly to: number }): Promise<Present> {
    const change = this.#change();
    if (change !== this.#changed || this.#present.size >= REMEMBERED) this.#present.clear();
    this.#changed = change;
    const place = `${span.from} ${train ?? ''}`;
    let present = this.#present.get(place);
    if (present === undefined) {
      present = this.#readPresent(train, span);
      this.#present.set(place, present);
      present.catch(() => this.#present.delete(place));
    }
    return present;
  }

  async #readPresent(train: string | null, span: object): Promise<Present> {
    const { ofTrain, fixed, fails } = this.#statements;
    const slices = new Slices();
    const found = { train: [] as ByPlant[], fixed: [] as ByPlant[], plantsFailing: 0 };
    for (const plant of this.#plants()) {
      await slices.next();
      const at = { plant, ...span };
      if (fails.get(at) === undefined) continue;
      if (plant !== '') found.plantsFailing++;
      const inTrain = train === null ? 0 : (ofTrain.get({ train, ...at }) ?? 0);
      if (inTrain > 0) found.train.push({ plant, n: inTrain });
      const ofFixed = fixed.get(at) ?? 0;
      if (ofFixed > 0) found.fixed.push({ plant, n: ofFixed });
    }
    return found;
  }

  async #linksDown(plant: string, wasDown: (peer: string | null) => boolean, slices: Slices): Promise<number> {
    let down = 0;
    for (let { at, key } = { at: -Number.MAX_VALUE, key: '' }; ; ) {
      const rows = this.#statements.peers.all({ plant, at, key });
      for (const { peer } of rows) if (wasDown(peer)) down++;
      const last = rows.at(-1);
      if (last === undefined || rows.length < 2000) return down;
      ({ at, key } = last);
      await slices.next();
    }
  }
}

const NOBODY: Present = { train: [], fixed: [], plantsFailing: 0 };

function sharesOf(byPlant: readonly ByPlant[]): { failing: number; plantsFailing: number } {
  return {
    failing: byPlant.reduce((sum, { n }) => sum + n, 0),
    plantsFailing: byPlant.filter(({ plant }) => plant !== '').length,
  };
}
