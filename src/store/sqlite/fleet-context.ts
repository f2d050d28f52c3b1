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
    trainPlants: prepareColumn<[object], string>(
      database,
      `WITH RECURSIVE plants (plant) AS (
         SELECT min(plant) FROM member INDEXED BY member_train WHERE train = @train AND last_failure IS NOT NULL
         UNION ALL SELECT (SELECT min(plant) FROM member INDEXED BY member_train
           WHERE train = @train AND last_failure IS NOT NULL AND plant > plants.plant) FROM plants WHERE plants.plant IS NOT NULL
       ) SELECT plant FROM plants WHERE plant IS NOT NULL`,
    ),
    fixed: database.prepare<[object], ByPlant>(
      `SELECT plant, count(*) AS n FROM member INDEXED BY member_fixed
       WHERE status = 'fixed' AND last_failure IS NOT NULL AND last_failure BETWEEN @from AND @to GROUP BY plant`,
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

/** The fleet in view of one device, by counts that are kept and by ranges of indexes. */
export class SqliteFleetContext {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #counts: SqliteFleetCounts;

  constructor(database: Database.Database, counts: SqliteFleetCounts) {
    this.#statements = prepare(database);
    this.#counts = counts;
  }

  async of(device: FleetMember, wasDown: (peer: string | null) => boolean): Promise<FleetContext> {
    const { together, succeeded } = this.#statements;
    const [counts, spans, slices] = [this.#counts, spansOf(device), new Slices()];
    const train = trainOf(device.release);
    const plants = counts.byName('plant', 'devices').filter(({ name }) => name !== '');
    const plant =
      device.plant === null
        ? null
        : {
            ...{ name: device.plant, devices: counts.count('plant', 'devices', device.plant) },
            ...(spans === null ? null : together.get({ plant: device.plant, ...spans.together })),
          };
    await slices.next();
    const inTrain = spans === null || train === null ? [] : await this.#ofTrain(train, spans.present, slices);
    const fixed = spans === null ? [] : this.#statements.fixed.all(spans.present);
    await slices.next();
    const failing = spans === null ? 0 : await this.#plantsFailing(plants, spans.present, slices);
    const context: FleetContext = {
      plant: plant === null ? null : { failing: 0, timedOut: 0, ...plant },
      train:
        train === null ? null : { name: train, devices: counts.count('train', 'devices', train), ...sharesOf(inTrain) },
      fixed: {
        devices: counts.count('all', 'fixed'),
        ...sharesOf(fixed),
        succeeded: spans === null ? 0 : (succeeded.get(spans.sameHours) ?? 0),
      },
      plants: plants.length,
      plantsFailing: failing,
      linksDown: 0,
    };
    if (device.plant === null || !doLinksMatter(context)) return context;
    return { ...context, linksDown: await this.#linksDown(device.plant, wasDown, slices) };
  }

  async #ofTrain(train: string, span: object, slices: Slices): Promise<ByPlant[]> {
    const found: ByPlant[] = [];
    for (const plant of this.#statements.trainPlants.all({ train })) {
      const n = this.#statements.ofTrain.get({ train, plant, ...span }) ?? 0;
      if (n > 0) found.push({ plant, n });
      await slices.next();
    }
    return found;
  }

  async #plantsFailing(plants: readonly { readonly name: string }[], span: object, slices: Slices): Promise<number> {
    let failing = 0;
    for (const { name } of plants) {
      if (this.#statements.fails.get({ plant: name, ...span }) !== undefined) failing++;
      await slices.next();
    }
    return failing;
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

function sharesOf(byPlant: readonly ByPlant[]): { failing: number; plantsFailing: number } {
  return {
    failing: byPlant.reduce((sum, { n }) => sum + n, 0),
    plantsFailing: byPlant.filter(({ plant }) => plant !== '').length,
  };
}
