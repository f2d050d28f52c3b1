import { GenerationalCache } from '../../core/model/generational-cache.ts';
import { limits } from '../../core/model/limits.ts';
import { type Aliases, LABEL } from '../../core/model/names.ts';
import { arrayOf } from './arrays.ts';
import { RowCount } from './row-count.ts';
import { Conflict, columns, type Session } from './session.ts';

/** No name has it, and every character of a name is before it. */
const LAST_CHARACTER = '\u{10ffff}';

/** The keys of devices with a name that begins with one of the texts in `$n`, as a condition on `device`. */
export const namedFrom = (n: number) => `device IN (SELECT alias.key FROM unnest($${n}::text[]) AS begins (start)
  JOIN alias ON alias.name >= begins.start COLLATE "C" AND alias.name < begins.start || U&'\\+10FFFF' COLLATE "C"
  WHERE alias.key IS NOT NULL AND NOT starts_with(alias.name, '${LABEL}'))`;

/** Rows of the names of devices. */
export class PostgresNames {
  readonly count: RowCount;
  /** The names that were looked up last. `isThere`: somebody has it. */
  readonly #remembered = new GenerationalCache<string, { readonly key: string | null; readonly isThere: boolean }>(
    limits.cachedNames,
  );

  /** `most`: how many names there may be. */
  constructor(most: number = limits.aliases) {
    this.count = new RowCount('alias', most);
  }

  async find(session: Session, names: Iterable<string>): Promise<Aliases> {
    const wanted = [...new Set(names)];
    if (wanted.length === 0) return new Map();
    const sql = 'SELECT name, key FROM alias WHERE name = ANY($1)';
    const rows = await session.rows<{ name: string; key: string | null }>(sql, arrayOf('text', wanted));
    const found = new Map(rows.map(({ name, key }) => [name, key]));
    // In the order of the question.
    return new Map(wanted.flatMap((name) => (found.has(name) ? [[name, found.get(name) as string | null]] : [])));
  }

  /** As `find()`, of what was looked up last; null where some were not. To be compared with what `find()` says under the locks. */
  remembered(names: readonly string[]): Aliases | null {
    const aliases = new Map<string, string | null>();
    for (const name of new Set(names)) {
      const remembered = this.#remembered.get(name);
      if (remembered === undefined) return null;
      if (remembered.isThere) aliases.set(name, remembered.key);
    }
    return aliases;
  }

  /** `found`: what `find()` has said of these names. */
  remember(names: readonly string[], found: Aliases): void {
    for (const name of names) this.#remembered.set(name, { key: found.get(name) ?? null, isThere: found.has(name) });
  }

  /** In the order in which they were learnt. */
  async namesOf(session: Session, key: string): Promise<string[]> {
    const rows = await session.rows<{ name: string }>('SELECT name FROM alias WHERE key = $1 ORDER BY id', key);
    return rows.map(({ name }) => name);
  }

  /** The keys of the first `most` devices with a name that begins with one of these; names that are the same text first. */
  async firstBeginningWith(session: Session, starts: readonly string[], most: number): Promise<string[]> {
    const keys = new Set<string>();
    const exact = await this.find(session, starts);
    for (const start of starts) {
      const key = exact.get(start);
      if (key != null) keys.add(key);
    }
    const sql = `SELECT key, min(name) AS name FROM alias WHERE name > $1 AND name < $2 AND key IS NOT NULL
      AND NOT starts_with(name, '${LABEL}') GROUP BY key ORDER BY 2 LIMIT $3`;
    for (const start of starts) {
      const rows = await session.rows<{ key: string }>(sql, start, `${start}${LAST_CHARACTER}`, most);
      for (const { key } of rows) keys.add(key);
    }
    return [...keys].slice(0, most);
  }

  /**
   * Beyond the limit the oldest names are deleted. `known`: what the names of the batch were when it was decided: a name that
   * leads elsewhere by now is a conflict.
   */
  async learn(session: Session, aliases: Aliases, known: Aliases): Promise<void> {
    if (aliases.size === 0) return;
    const rows = [...aliases]
      .map(([name, key]) => ({ name, key, was: known.get(name) ?? null, isKnown: known.has(name) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const order = [...aliases.keys()];
    for (const name of order) this.#remembered.delete(name);
    const relearnt = await session.rows<{ name: string }>(
      `UPDATE alias SET key = new.key FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[])
         AS new (name, key, was, known) WHERE alias.name = new.name COLLATE "C"
         AND (NOT new.known OR alias.key IS NOT DISTINCT FROM new.was) RETURNING alias.name`,
      ...columns(rows, 'name', 'key', 'was', 'isKnown'),
    );
    const found = new Set(relearnt.map(({ name }) => name));
    if (rows.some(({ name, isKnown }) => isKnown && !found.has(name))) throw new Conflict('a name leads elsewhere');
    const added = order.filter((name) => !found.has(name));
    if (added.length > 0) {
      const inserted = await session.run(
        'INSERT INTO alias (name, key) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING',
        added,
        added.map((name) => aliases.get(name)),
      );
      if (inserted < added.length) throw new Conflict('a name was learnt meanwhile');
    }
    const beyond = await this.count.beyond(session, added.length);
    if (beyond > 0)
      this.count.removed(
        await session.run('DELETE FROM alias WHERE id IN (SELECT id FROM alias ORDER BY id LIMIT $1)', beyond),
      );
  }

  /** The names of one device become names of another device. */
  async move(session: Session, from: string, into: string): Promise<void> {
    this.#remembered.clear();
    await session.run('UPDATE alias SET key = $1 WHERE key = $2', into, from);
  }

  async remove(session: Session, keys: readonly string[]): Promise<void> {
    this.#remembered.clear();
    this.count.removed(await session.run('DELETE FROM alias WHERE key = ANY($1)', keys));
  }
}
