/**
 * The file of the database under faults, repeatable by a seed: somebody puts a backup in its place while it is open, and
 * rows change in it as by a flipped bit. The same lines without these faults say what must be there.
 */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Device } from '../../src/core/model/device.ts';
import { liveTime } from '../../src/core/read/event-time.ts';
import { OperatingError } from '../../src/errors.ts';
import { judgingAnew } from '../../src/operate/bring-over.ts';
import type { BatchStats } from '../../src/pipeline/batch-stats.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { backupDatabase } from '../../src/store/sqlite/backup.ts';
import { DATABASE_NAME, openDatabase } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/store.ts';
import { advisory, DAY, T0 } from '../given.ts';
import { writeSums } from '../store/sqlite/sums.ts';
import { delivered, framed } from './faults.ts';
import { livesOf } from './fleet.ts';
import { incidentsIn } from './invariants.ts';
import { Random } from './random.ts';

export type FileOutcome = {
  readonly seed: number;
  readonly faults: { replaced: number; damaged: number };
  /** In words; empty if all is as it must be. */
  readonly violations: readonly string[];
};

const DAYS = 40;
const DEVICES = 12;
const projection = projectionOf(advisory);

/** `watchesFiles`, `checksRows`: false takes a mending out, which the run must find. */
export async function simulateFiles(
  seed: number,
  directory: string,
  { watchesFiles = true, checksRows = true } = {},
): Promise<FileOutcome> {
  const random = new Random(seed);
  const lines = delivered(random, livesOf(random, { from: T0, days: DAYS, devices: DEVICES }));
  const file = new DatabaseFile(directory, watchesFiles);
  const plain = new MemoryStore(projection);
  const [expected, pipeline] = [pipelineOver(plain), pipelineOver(file.store)];
  const faults = { replaced: 0, damaged: 0 };
  const violations: string[] = [];
  const damaged = new Set<string>();
  try {
    for (let from = 0; from < lines.length; ) {
      const batch = lines.slice(from, from + 1 + random.below(30));
      const frames = framed(random, batch);
      const now = batch.at(-1)?.receivedAt ?? 0;
      await expected.run(frames, now);
      const read = pipeline.read(frames, now);
      const commit = () => pipeline.commit(read, now);
      if (random.chance(0.15)) {
        faults.replaced++;
        await file.replaceDuring(now, commit);
      } else await file.untilStored(commit, now);
      if (random.chance(0.15)) {
        const whole = (await plain.devices({ limit: 99 })).rows.filter(({ key }) => !damaged.has(key));
        // The first batches may have no line that makes a device.
        if (whole.length > 0) {
          const { key } = random.pick(whole);
          faults.damaged++;
          damaged.add(key);
          violations.push(...(await file.damage(random, key, checksRows)));
          await file.untilStored(() => pipeline.due(now, 100), now);
        }
      }
      from += batch.length;
    }
    const end = (lines.at(-1)?.receivedAt ?? 0) + DAY;
    await expected.due(end, 100);
    await file.untilStored(() => pipeline.due(end, 100), end);
    const isWhole = ({ device }: { device: string }) => !damaged.has(device);
    const [wanted, found] = [
      (await incidentsIn(plain)).filter(isWhole),
      (await incidentsIn(file.store)).filter(isWhole),
    ];
    const text = new Map(found.map((incident) => [incident.id, JSON.stringify(incident)]));
    for (const incident of wanted) {
      if (text.get(incident.id) !== JSON.stringify(incident))
        violations.push(`${incident.id} is not as without faults`);
    }
    if (found.length !== wanted.length) violations.push(`${found.length} incidents, ${wanted.length} without faults`);
    const { device: named } = await file.store.countDamaged();
    if (named !== faults.damaged) violations.push(`${faults.damaged} rows were changed, ${named} are named`);
    return { seed, faults, violations };
  } catch (error) {
    return { seed, faults, violations: [...violations, (error as Error).message] };
  } finally {
    await file.close();
  }
}

/** The database of a data directory, which is opened again where a restart of the service would. */
class DatabaseFile {
  readonly #directory: string;
  readonly #watchesFiles: boolean;
  #open: SqliteStore;
  /** The store that is open now. */
  readonly store: Store;

  constructor(directory: string, watchesFiles: boolean) {
    this.#directory = directory;
    this.#watchesFiles = watchesFiles;
    this.#open = this.#opened();
    this.store = new Proxy({} as Store, {
      get: (_, name) => {
        const value = Reflect.get(this.#open, name);
        return typeof value === 'function' ? value.bind(this.#open) : value;
      },
    });
  }

  /** Puts a backup of the present state in the place of the file before a commit, as a restore would; then restarts. */
  async replaceDuring(now: number, commit: () => Promise<BatchStats>): Promise<void> {
    const path = join(this.#directory, DATABASE_NAME);
    const [backup, away] = [join(this.#directory, 'backup.db'), join(this.#directory, 'away.db')];
    await backupDatabase(this.#directory, { to: backup, now });
    renameSync(path, away);
    renameSync(backup, path);
    const isStored = await commit().then(
      () => true,
      (error) => {
        if (!(error instanceof OperatingError) || !error.retryable) throw error;
        return false;
      },
    );
    await this.#open.close();
    for (const left of [away, `${path}-wal`, `${path}-shm`]) rmSync(left, { force: true });
    this.#open = this.#opened();
    if (!isStored) await this.untilStored(commit, now);
  }

  /**
   * Changes one digit in the stored row of a device. Returns what is wrong if the store shows the device with other values
   * than before. `isChecked`: false gives the row the checksum of what is in it now.
   */
  async damage(random: Random, key: string, isChecked: boolean): Promise<string[]> {
    const before = (await this.store.load([key])).get(key);
    const database = new Database(join(this.#directory, DATABASE_NAME));
    try {
      const record =
        database.prepare<[string], string>('SELECT record FROM device WHERE key = ?').pluck().get(key) ?? '';
      // A number that ends in these digits is no longer what it was, and still a number.
      const digits = [...record.matchAll(/(?<=[:,[]\d*)\d(?=[,}\]])/g)].map(({ index }) => index);
      const at = random.pick(digits);
      const other = String((Number(record[at]) + 1 + random.below(9)) % 10);
      database
        .prepare(`UPDATE device SET record = ? WHERE key = ?`)
        .run(`${record.slice(0, at)}${other}${record.slice(at + 1)}`, key);
      if (!isChecked) writeSums(database);
    } finally {
      database.close();
    }
    const after = await this.#shown(key);
    return after === null || JSON.stringify(after) === JSON.stringify(before)
      ? []
      : [`${key} is shown with other values`];
  }

  /** Tries a commit again as the pump does, and mends as it does. */
  async untilStored(commit: () => Promise<BatchStats | null>, now: number): Promise<void> {
    for (;;) {
      try {
        await commit();
        return;
      } catch (error) {
        if (!(error instanceof OperatingError) || !error.retryable) throw error;
        await this.mend(now);
      }
    }
  }

  async mend(now: number): Promise<void> {
    await this.store.mend(now);
    const judge = judgingAnew({ store: this.store, advisory, routes: [], now: () => now });
    while ((await judge()) !== null);
  }

  async close(): Promise<void> {
    await this.#open.close();
  }

  /** Null where the store says that the row is damaged, or has set the device aside. */
  async #shown(key: string): Promise<Device | null> {
    try {
      return (await this.store.load([key])).get(key) ?? null;
    } catch (error) {
      if (error instanceof OperatingError && error.code === 'QVW_ROW_DAMAGED') return null;
      throw error;
    }
  }

  #opened(): SqliteStore {
    return new SqliteStore(openDatabase(this.#directory, { watchesFiles: this.#watchesFiles }), projection);
  }
}

function pipelineOver(store: Store): Pipeline {
  return new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
}
