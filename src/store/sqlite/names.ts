import type Database from 'better-sqlite3';
import { GenerationalCache } from '../../core/model/generational-cache.ts';
import { limits } from '../../core/model/limits.ts';
import { type Aliases, isLabelAlias, LABEL } from '../../core/model/names.ts';
import { rowSum, sumIfIntact } from './checksums.ts';
import { type OnDamaged, readSide, SIDE, type SideRow } from './side-rows.ts';
import { prepareColumn } from './statements.ts';

/** Names that are read at once: some 2 ms. */
const NAMES_AT_ONCE = 2000;
/** No name has it, and every character of a name is before it. */
const LAST_CHARACTER = '\u{10ffff}';

function prepare(database: Database.Database) {
  return {
    key: database.prepare<[string], SideRow & { key: string | null }>(
      `SELECT key, ${SIDE.alias} FROM alias WHERE name = ?`,
    ),
    namesOf: database.prepare<[string], SideRow>(`SELECT ${SIDE.alias} FROM alias WHERE key = ? ORDER BY id`),
    beginning: database.prepare<[object], { name: string; key: string | null }>(
      'SELECT name, key FROM alias WHERE name > @after AND name < @end ORDER BY name LIMIT @limit',
    ),
    /** The last name of a slice that begins behind a name. */
    endOfSlice: prepareColumn<[object], string>(
      database,
      `SELECT name FROM alias WHERE name > @after AND name < @end ORDER BY name LIMIT 1 OFFSET ${NAMES_AT_ONCE - 1}`,
    ),
    keysIn: prepareColumn<[object], string>(
      database,
      `SELECT key FROM alias WHERE name > @after AND name <= @upTo AND key IS NOT NULL
         AND substr(name, 1, ${LABEL.length}) <> '${LABEL}'`,
    ),
    learn: database.prepare('INSERT INTO alias (name, key, sum) VALUES (?, ?, ?)'),
    relearn: database.prepare('UPDATE alias SET key = @key, sum = @sum WHERE name = @name'),
    count: prepareColumn<[], number>(database, 'SELECT count(*) FROM alias'),
    trim: database.prepare('DELETE FROM alias WHERE id IN (SELECT id FROM alias ORDER BY id LIMIT ?)'),
    remove: database.prepare('DELETE FROM alias WHERE key = ?'),
    move: database.prepare(
      `UPDATE alias SET key = @into, sum = ${sumIfIntact('alias', "row_sum('', name, @into)")} WHERE key = @from`,
    ),
  };
}

/** Rows of the names of devices. The most recently used names are cached in memory. */
export class SqliteNames {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #most: number;
  /** By name; `key` is null for a name that belongs to no device. */
  readonly #cached = new GenerationalCache<string, { readonly key: string | null }>(limits.cachedNames);
  /** Rows of the table; null where the number is not known. */
  #count: number | null = null;

  readonly #onDamaged: OnDamaged;

  /** `most`: how many names there may be. */
  constructor(database: Database.Database, most: number, onDamaged: OnDamaged) {
    this.#most = most;
    this.#onDamaged = onDamaged;
    this.#statements = prepare(database);
  }

  /** The device keys of these names. Unknown names are left out. */
  find(names: Iterable<string>): Aliases {
    const found = new Map<string, string | null>();
    for (const name of names) {
      const cached = this.#cached.get(name);
      const row = cached ?? this.#stored(name);
      if (row === null) continue;
      found.set(name, row.key);
      if (cached === undefined) this.#cached.set(name, row);
    }
    return found;
  }

  #stored(name: string): { readonly key: string | null } | null {
    const row = this.#statements.key.get(name);
    if (row === undefined) return null;
    const { key } = row;
    return readSide('alias', row, this.#onDamaged, () => ({ key }));
  }

  /** In the order in which they were learnt. */
  namesOf(key: string): string[] {
    return this.#statements.namesOf
      .all(key)
      .flatMap((row) => readSide('alias', row, this.#onDamaged, () => row.owner) ?? []);
  }

  /** The keys of the devices with a name that begins with one of these, a key for each such name, in slices of some milliseconds. */
  *beginningWith(starts: readonly string[]): Generator<readonly string[]> {
    for (const start of starts) {
      const exact = this.#stored(start)?.key;
      if (exact != null) yield [exact];
      const end = `${start}${LAST_CHARACTER}`;
      for (let after: string | undefined = start; after !== undefined; ) {
        const next = this.#statements.endOfSlice.get({ after, end });
        yield this.#statements.keysIn.all({ after, upTo: next ?? end });
        after = next;
      }
    }
  }

  /** The keys of the first `most` devices with a name that begins with one of these; names that are the same text first. */
  firstBeginningWith(starts: readonly string[], most: number): string[] {
    const keys = new Set<string>();
    for (const start of starts) {
      const exact = this.#stored(start)?.key;
      if (exact != null) keys.add(exact);
    }
    for (const start of starts) {
      const query = { after: start, end: `${start}${LAST_CHARACTER}` };
      // A device has several names: those of the first devices may be many.
      for (const { name, key } of this.#statements.beginning.all({ ...query, limit: NAMES_AT_ONCE })) {
        if (keys.size >= most) break;
        if (key !== null && !isLabelAlias(name)) keys.add(key);
      }
    }
    return [...keys].slice(0, most);
  }

  /** Beyond the limit the oldest names are deleted. */
  learn(aliases: Aliases): void {
    if (aliases.size === 0) return;
    for (const [name, key] of aliases) {
      const sum = rowSum('', name, key);
      if (this.#statements.relearn.run({ name, key, sum }).changes === 0) {
        this.#statements.learn.run(name, key, sum);
        if (this.#count !== null) this.#count++;
      }
      this.#cached.set(name, { key });
    }
    this.#count ??= this.#statements.count.get() ?? 0;
    const beyond = this.#count - this.#most;
    if (beyond <= 0) return;
    this.#statements.trim.run(beyond);
    this.#cached.clear();
    this.#count = this.#most;
  }

  /** The names of one device become names of another device. */
  move(from: string, into: string): void {
    if (this.#statements.move.run({ from, into }).changes > 0) this.#cached.clear();
  }

  /** Deletes the names of a device. */
  remove(key: string): void {
    const { changes } = this.#statements.remove.run(key);
    if (changes === 0) return;
    this.#cached.clear();
    if (this.#count !== null) this.#count -= changes;
  }

  /** To be called when the file may have changed, or a transaction was rolled back. */
  clearCache(): void {
    this.#cached.clear();
    this.#count = null;
  }
}
