import type Database from 'better-sqlite3';
import { GenerationalCache } from '../../core/model/generational-cache.ts';
import { limits } from '../../core/model/limits.ts';
import type { Aliases } from '../../core/model/names.ts';

function prepare(database: Database.Database) {
  return {
    key: database.prepare<[string], { key: string | null }>('SELECT key FROM alias WHERE name = ?'),
    namesOf: database
      .prepare<[string], string>('SELECT name FROM alias WHERE key = ? ORDER BY id')
      .pluck() as Database.Statement<[string], string>,
    learn: database.prepare('INSERT INTO alias (name, key) VALUES (?, ?)'),
    relearn: database.prepare('UPDATE alias SET key = @key WHERE name = @name'),
    count: database.prepare<[], number>('SELECT count(*) FROM alias').pluck() as Database.Statement<[], number>,
    trim: database.prepare('DELETE FROM alias WHERE id IN (SELECT id FROM alias ORDER BY id LIMIT ?)'),
    remove: database.prepare('DELETE FROM alias WHERE key = ?'),
    move: database.prepare('UPDATE alias SET key = @into WHERE key = @from'),
  };
}

/** The names that devices are known by; those asked for last are held in memory. */
export class SqliteNames {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #most: number;
  /** Rows, as a name may be nobody's. */
  readonly #held = new GenerationalCache<string, { readonly key: string | null }>(limits.cachedNames);
  /** Rows; null where that is not known. */
  #count: number | null = null;

  /** `most`: how many there may be. */
  constructor(database: Database.Database, most: number) {
    this.#most = most;
    this.#statements = prepare(database);
  }

  /** What is known of these names. */
  find(names: Iterable<string>): Aliases {
    const found = new Map<string, string | null>();
    for (const name of names) {
      const held = this.#held.get(name);
      const row = held ?? this.#statements.key.get(name);
      if (row === undefined) continue;
      found.set(name, row.key);
      if (held === undefined) this.#held.set(name, row);
    }
    return found;
  }

  /** In the order in which they were learnt. */
  namesOf(key: string): string[] {
    return this.#statements.namesOf.all(key);
  }

  /** Beyond the bound the oldest names go. */
  learn(aliases: Aliases): void {
    if (aliases.size === 0) return;
    for (const [name, key] of aliases) {
      if (this.#statements.relearn.run({ name, key }).changes === 0) {
        this.#statements.learn.run(name, key);
        if (this.#count !== null) this.#count++;
      }
      this.#held.set(name, { key });
    }
    this.#count ??= this.#statements.count.get() ?? 0;
    const beyond = this.#count - this.#most;
    if (beyond <= 0) return;
    this.#statements.trim.run(beyond);
    this.#held.clear();
    this.#count = this.#most;
  }

  move(from: string, into: string): void {
    if (this.#statements.move.run({ from, into }).changes > 0) this.#held.clear();
  }

  /** A device that is forgotten has no names. */
  remove(key: string): void {
    const { changes } = this.#statements.remove.run(key);
    if (changes === 0) return;
    this.#held.clear();
    if (this.#count !== null) this.#count -= changes;
  }

  /** What is held may not be what the file has any more. */
  forget(): void {
    this.#held.clear();
    this.#count = null;
  }
}
