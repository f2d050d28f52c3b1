import type Database from 'better-sqlite3';
import { countedFacts } from '../../core/fleet/member.ts';
import type { Device } from '../../core/model/device.ts';
import {
  cellOf,
  dimensionsOf,
  MEMBER_COLUMNS,
  type MemberRow,
  packMember,
  STEADY_COLUMNS,
  trainIn,
  unpackMember,
} from '../codec/member-row.ts';
import { PROJECTION } from '../codec/projected.ts';
import type { Projection } from '../projection.ts';
import { type Column, memberSum } from './checksums.ts';
import { prepareColumn } from './statements.ts';

const COLUMNS = MEMBER_COLUMNS.join(', ');
const MOVING = MEMBER_COLUMNS.slice(STEADY_COLUMNS);
/** Rows of sums by instance are added up at reading; a database in a file has one instance. */
const INSTANCE = '';

function prepare(database: Database.Database) {
  const marks = (count: number) => Array.from({ length: count }, () => '?').join(', ');
  const set = (columns: readonly string[]) => columns.map((column) => `${column} = ?`).join(', ');
  return {
    find: database.prepare<[string], Column[]>(`SELECT ${COLUMNS}, sum FROM member WHERE key = ?`).raw(true),
    // In the order of the file: a damaged key may stand where it does not belong.
    allOf: database.prepare<[], Column[]>(`SELECT key, ${COLUMNS}, sum FROM member`).raw(true),
    lost: prepareColumn<[number], string>(
      database,
      `SELECT key FROM device WHERE projected = ? AND NOT EXISTS (SELECT 1 FROM member WHERE member.key = device.key)`,
    ),
    orphans: prepareColumn<[], string>(
      database,
      'SELECT key FROM member WHERE NOT EXISTS (SELECT 1 FROM device WHERE device.key = member.key)',
    ),
    delete: database.prepare('DELETE FROM member WHERE key = ?'),
    clear: database.prepare('DELETE FROM member'),
    clearCounts: database.prepare('DELETE FROM fleet_count'),
    members: prepareColumn<[], number>(database, 'SELECT count(*) FROM member'),
    projected: prepareColumn<[number], number>(database, 'SELECT count(*) FROM device WHERE projected = ?'),
    /** 1 where a count by condition or by plant is not that of the rows. */
    isWrong: prepareColumn<[], number>(
      database,
      `WITH rows (fact, name, n) AS (
         SELECT 'condition ' || condition, '', count(*) FROM member GROUP BY condition
         UNION ALL SELECT 'devices', plant, count(*) FROM member GROUP BY plant
       ), kept (fact, name, n) AS (
         SELECT fact, name, sum(n) FROM fleet_count WHERE dimension = 'all' AND fact >= 'condition ' AND fact < 'condition!'
           GROUP BY fact, name
         UNION ALL SELECT fact, name, sum(n) FROM fleet_count WHERE dimension = 'plant' AND fact = 'devices' GROUP BY name
       ) SELECT EXISTS (SELECT * FROM rows EXCEPT SELECT * FROM kept) OR EXISTS (SELECT * FROM kept EXCEPT SELECT * FROM rows)`,
    ),
    insert: database.prepare(
      `INSERT OR REPLACE INTO member (key, ${COLUMNS}, sum) VALUES (?, ${marks(MEMBER_COLUMNS.length)}, ?)`,
    ),
    update: database.prepare(`UPDATE member SET ${set(MEMBER_COLUMNS)}, sum = ? WHERE key = ?`),
    // SQLite does not touch the index of a column that an UPDATE does not name.
    move: database.prepare(`UPDATE member SET ${set(MOVING)}, sum = ? WHERE key = ?`),
    remove: database.prepare<[string], Column[]>(`DELETE FROM member WHERE key = ? RETURNING ${COLUMNS}`).raw(true),
    count: database.prepare(
      `INSERT INTO fleet_count (dimension, fact, name, instance, n) VALUES (@dimension, @fact, @name, '${INSTANCE}', @n)
       ON CONFLICT DO UPDATE SET n = n + excluded.n`,
    ),
    dropZero: database.prepare(
      `DELETE FROM fleet_count WHERE dimension = @dimension AND fact = @fact AND name = @name
         AND instance = '${INSTANCE}' AND n = 0`,
    ),
  };
}

/** A row that was replaced in this transaction: null where there was none, or where there is none now. */
type Replaced = { readonly before: MemberRow | null; readonly after: MemberRow | null };

/**
 * What the fleet shows of each device, and the counts of it. A row is written where it has changed; the counts are written once,
 * at the end of the transaction, as many devices of a batch are counted by the same.
 */
export class SqliteMembers {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #projection: Pick<Projection, 'memberOf'>;
  #replaced: Replaced[] = [];
  /** Changes of rows by this process. */
  #changes = 0;

  readonly #onDamage: () => void;

  /** `onDamage`: a row was read that is not what was stored, so that `mend()` is due. */
  constructor(database: Database.Database, projection: Pick<Projection, 'memberOf'>, onDamage: () => void) {
    this.#onDamage = onDamage;
    this.#statements = prepare(database);
    this.#projection = projection;
  }

  /**
   * Writes the row of a device where it has changed, and returns it. `before`: the row in the file; null if it is not known;
   * undefined if there is none.
   */
  write(device: Device, before: MemberRow | null | undefined): MemberRow {
    const after = packMember(this.#projection.memberOf(device));
    const { key } = device;
    const { find, insert, update, move } = this.#statements;
    const known = before === null ? this.#found(find.get(key), key) : before;
    if (known === undefined) {
      this.#changes++;
      insert.run(key, ...after, memberSum(key, after));
      this.#replaced.push({ before: null, after });
      return after;
    }
    const changed = after.findIndex((column, index) => column !== known[index]);
    if (changed < 0) return known;
    this.#changes++;
    if (changed >= STEADY_COLUMNS) {
      move.run(...after.slice(STEADY_COLUMNS), memberSum(key, after), key);
    } else {
      update.run(...after, memberSum(key, after), key);
      this.#replaced.push({ before: known, after });
    }
    return after;
  }

  remove(key: string): void {
    const before = this.#statements.remove.get(key);
    if (before === undefined) return;
    this.#changes++;
    this.#replaced.push({ before, after: null });
  }

  /** Another number after each change of a row by this process. */
  get changes(): number {
    return this.#changes;
  }

  /** Whether each device has a row, and the counts by condition and by plant are those of the rows: it reads only indexes. */
  isWhole(): boolean {
    const { members, projected, lost, isWrong } = this.#statements;
    return members.get() === projected.get(PROJECTION) && lost.get(PROJECTION) === undefined && isWrong.get() === 0;
  }

  /**
   * Makes rows anew that are not what was stored, adds those that are missing, removes those of devices that are gone, and
   * counts all. `load`: the device as it is in the file; null if it cannot be read. `all`: makes every row anew. Returns the keys
   * of rows that were not what was stored. Within a transaction.
   */
  mend(load: (key: string) => Device | null, { all = false } = {}): string[] {
    const { allOf, lost, orphans, clear, insert, clearCounts, count } = this.#statements;
    const wrong = new Set(orphans.all());
    const damaged: string[] = [];
    const counts = new Map<string, number>();
    for (const [key, row, sum] of this.#everyRow(allOf))
      if (!wrong.has(key) && sum !== memberSum(key, row)) damaged.push(key);
    // A damaged row cannot be deleted alone, as its indexes have what it had before; without a condition SQLite reads neither.
    const isAnew = all || damaged.length > 0;
    if (isAnew) clear.run();
    else for (const key of wrong) this.#statements.delete.run(key);
    for (const key of lost.all(PROJECTION)) {
      const device = load(key);
      if (device === null) continue;
      const row = packMember(this.#projection.memberOf(device));
      insert.run(key, ...row, memberSum(key, row));
    }
    for (const [, row] of this.#everyRow(allOf)) addTo(counts, row, 1);
    clearCounts.run();
    for (const [place, n] of counts) {
      const [dimension, fact, name] = placeOf(place);
      count.run({ dimension, fact, name, n });
    }
    this.#replaced = [];
    this.#changes++;
    return damaged;
  }

  *#everyRow(allOf: Database.Statement<[], Column[]>): Generator<[key: string, row: MemberRow, sum: number]> {
    for (const [key, ...row] of allOf.iterate()) yield [key as string, row.slice(0, -1), row.at(-1) as number];
  }

  #found(found: Column[] | undefined, key: string): MemberRow | undefined {
    if (found === undefined) return undefined;
    const row = found.slice(0, -1);
    if (found.at(-1) !== memberSum(key, row)) this.#onDamage();
    return row;
  }

  /** What was counted so far in this transaction, for `rollBackTo()` where a part of it is rolled back. */
  mark(): number {
    return this.#replaced.length;
  }

  rollBackTo(mark: number): void {
    this.#replaced.length = mark;
  }

  /** To be called at the end of each transaction. */
  flush(): void {
    if (this.#replaced.length === 0) return;
    const deltas = new Map<string, number>();
    for (const { before, after } of this.#replaced) {
      if (before !== null) addTo(deltas, before, -1);
      if (after !== null) addTo(deltas, after, 1);
    }
    this.#replaced = [];
    for (const [place, n] of deltas) {
      if (n === 0) continue;
      const [dimension, fact, name] = placeOf(place);
      this.#statements.count.run({ dimension, fact, name, n });
      if (n < 0) this.#statements.dropZero.run({ dimension, fact, name });
    }
  }

  /** After a transaction that was rolled back. */
  clear(): void {
    this.#changes++;
    this.#replaced = [];
  }
}

/** Between the parts of a place of the counts: no name has it. */
export const SEPARATOR = '\0';

function placeOf(place: string): [dimension: string, fact: string, name: string] {
  const [dimension = '', fact = '', ...name] = place.split(SEPARATOR);
  return [dimension, fact, name.join(SEPARATOR)];
}

/** Adds what one row is counted by. */
export function addTo(counts: Map<string, number>, row: MemberRow, n: number): void {
  const facts = countedFacts(unpackMember('', row));
  for (const [dimension, name] of dimensionsOf(row))
    for (const fact of facts) add(counts, `${dimension}${SEPARATOR}${fact}${SEPARATOR}${name}`, n);
  add(counts, `cell${SEPARATOR}devices${SEPARATOR}${cellOf(row)}`, n);
  add(counts, `train${SEPARATOR}devices${SEPARATOR}${trainIn(row)}`, n);
}

function add(counts: Map<string, number>, place: string, n: number): void {
  counts.set(place, (counts.get(place) ?? 0) + n);
}
