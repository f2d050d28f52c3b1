import type Database from 'better-sqlite3';
import { Slices } from './fleet-counts.ts';
import { type Bound, KEY_HAS_TEXT, ORDERS, sliceEnds } from './member-filter.ts';

/** With more keys a text is frequent, and a list of the first rows with it is soon complete. */
const MOST_KEYS = 2000;
const { index, beyond, upTo, first, last } = ORDERS.heardAt;

/** Finds a text in the keys of members by an index that has little beside the keys: reading the rows takes five times as long. */
export class MemberText {
  readonly #end: Database.Statement<[object], Bound>;
  readonly #found: Database.Statement<[object], string>;

  constructor(database: Database.Database) {
    this.#end = sliceEnds(database).heardAt;
    this.#found = database
      .prepare<[object], string>(
        `SELECT key FROM member ${index} WHERE ${beyond} AND ${upTo} AND ${KEY_HAS_TEXT} LIMIT ${MOST_KEYS + 1}`,
      )
      .pluck(true);
  }

  /**
   * The keys with the text `q` in any case, and the keys `named`, as JSON for `IS_FOUND`; null if there are more than
   * `MOST_KEYS`.
   */
  async found(q: string, named: readonly string[]): Promise<string | null> {
    const keys = new Set(named);
    const slices = new Slices();
    for (let from: Bound = first; ; ) {
      const end = this.#end.get(from);
      const to = end === undefined ? last : { endKey: end.key, endAt: end.at };
      for (const key of this.#found.all({ ...from, ...to, q: q.toLowerCase() })) keys.add(key);
      if (keys.size > MOST_KEYS) return null;
      if (end === undefined) return JSON.stringify([...keys]);
      from = end;
      await slices.next();
    }
  }
}
