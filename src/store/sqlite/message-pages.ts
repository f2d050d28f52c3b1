/**
 * Pages of the stored messages. First only their heads are read, in parts of some milliseconds between which other work goes on.
 * The rows of plants are looked for among the latest rows, which have them where they are frequent; then by the devices of the
 * plants, in an index that has all that is asked of a row. So the work of a page is bounded by both, not by all evidence.
 */
import type Database from 'better-sqlite3';
import { namesShownAs } from '../codec/member-row.ts';
import { page } from '../page.ts';
import type { MessageQuery, Page } from '../ports/queries.ts';
import { Slices } from './fleet-counts.ts';
import { prepareColumn } from './statements.ts';

/** How much is looked at in one part, and how many parts of the latest rows before the devices. */
export type MessageLook = { readonly rows: number; readonly parts: number; readonly devices: number };
const LOOK: MessageLook = { rows: 2000, parts: 5, devices: 100 };

type Head = { readonly at: number; readonly id: number };
type Member = { readonly key: string; readonly heardAt: number };
type Order = 'receipt' | 'time';

const PLANTS = '(SELECT value FROM json_each(@plants))';
const OF_A_PLANT = `(SELECT plant FROM member WHERE key = evidence.device) IN ${PLANTS}`;
const AMONG = '(@mnemonics IS NULL OR mnemonic IN (SELECT value FROM json_each(@mnemonics)))';
/** What comes behind a place, and in which order. The index looks for the bounds of `at` alone. */
const BEHIND = {
  receipt: 'id < @id ORDER BY id DESC LIMIT @limit',
  time: 'at BETWEEN @from AND @at AND (at, id) < (@at, @id) ORDER BY at DESC, id DESC LIMIT @limit',
} as const satisfies Record<Order, string>;
const compare = {
  receipt: (a: Head, b: Head) => b.id - a.id,
  time: (a: Head, b: Head) => b.at - a.at || b.id - a.id,
} as const satisfies Record<Order, unknown>;

function prepare(database: Database.Database) {
  const heads = (sql: string) => database.prepare<[object], Head>(sql);
  const ofDevices = (order: Order) =>
    heads(
      `SELECT at, id FROM evidence INDEXED BY evidence_incident
       WHERE device IN (SELECT value FROM json_each(@devices)) AND ${AMONG} AND ${BEHIND[order]}`,
    );
  return {
    ofDevices: { receipt: ofDevices('receipt'), time: ofDevices('time') },
    latest: heads(`SELECT at, id FROM evidence WHERE ${BEHIND.receipt}`),
    /** Among the rows with these ids. */
    latestOfPlants: heads(`SELECT at, id FROM evidence WHERE id >= @end AND ${OF_A_PLANT} AND ${BEHIND.receipt}`),
    ofMnemonic: heads(
      `SELECT at, id FROM evidence INDEXED BY evidence_mnemonic WHERE mnemonic = @mnemonic AND ${BEHIND.time}`,
    ),
    ofMnemonicAndPlants: database.prepare<[object], Head & { fits: number }>(
      `SELECT at, id, ${OF_A_PLANT} AS fits FROM evidence INDEXED BY evidence_mnemonic
       WHERE mnemonic = @mnemonic AND ${BEHIND.time}`,
    ),
    plantOf: prepareColumn<[string], string>(database, 'SELECT plant FROM member WHERE key = ?'),
    lastId: prepareColumn<[], number | null>(database, 'SELECT max(id) FROM evidence'),
    /** Goes from one mnemonic to the next in the index. */
    mnemonics: prepareColumn<[], string>(
      database,
      `WITH RECURSIVE each (mnemonic) AS (
         SELECT min(mnemonic) FROM evidence
         UNION ALL
         SELECT (SELECT min(mnemonic) FROM evidence WHERE mnemonic > each.mnemonic) FROM each WHERE mnemonic IS NOT NULL)
       SELECT mnemonic FROM each WHERE mnemonic IS NOT NULL`,
    ),
    // A device that is heard meanwhile moves to the end, where it is met again; so none is passed over.
    members: database.prepare<[object], Member>(
      `SELECT key, heard_at AS heardAt FROM member INDEXED BY member_plant
       WHERE plant = @plant AND (heard_at, key) > (@heardAt, @key) ORDER BY heard_at, key LIMIT @limit`,
    ),
  };
}

/** The plant of a device that is no member: no plant is called so. */
const NO_MEMBER = '\0';

type Values = Head & { readonly from: number; readonly mnemonics: string | null; readonly limit: number };

export class MessagePages {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #look: MessageLook;

  constructor(database: Database.Database, look: MessageLook = LOOK) {
    this.#statements = prepare(database);
    this.#look = look;
  }

  /** The ids of the rows of a page: see `StoreQueries.messages()`. */
  async read({ device, plants, mnemonics, from, to, after, limit }: MessageQuery): Promise<Page<number>> {
    const order: Order = mnemonics === undefined && from === undefined && to === undefined ? 'receipt' : 'time';
    // Ids begin at 1: before the first row at `to` is everything earlier.
    const [at = to ?? Number.MAX_VALUE, id = 1] =
      order === 'time' ? (after?.split(' ').map(Number) ?? []) : [0, Number(after ?? Number.MAX_SAFE_INTEGER)];
    const listed = mnemonics === undefined ? null : JSON.stringify(mnemonics);
    const values = { from: from ?? -Number.MAX_VALUE, at, id, mnemonics: listed, limit: limit + 1 };
    const names = plants?.flatMap(namesShownAs);
    const found =
      device !== undefined
        ? this.#ofDevice(device, names, order, values)
        : names === undefined
          ? await this.#ofAll(mnemonics, order, values)
          : ((await this.#amongLatest(names, mnemonics, order, values)) ??
            (await this.#ofPlants(names, order, values)));
    const { rows, next } = page(found, limit, (head) => (order === 'time' ? `${head.at} ${head.id}` : `${head.id}`));
    return { rows: rows.map((head) => head.id), next };
  }

  #ofDevice(device: string, plants: readonly string[] | undefined, order: Order, values: Values): Head[] {
    if (plants !== undefined && !plants.includes(this.#statements.plantOf.get(device) ?? NO_MEMBER)) return [];
    return this.#statements.ofDevices[order].all({ ...values, devices: JSON.stringify([device]) });
  }

  async #ofAll(mnemonics: readonly string[] | undefined, order: Order, values: Values): Promise<Head[]> {
    if (order === 'receipt') return this.#statements.latest.all(values);
    const slices = new Slices();
    const found: Head[] = [];
    for (const mnemonic of mnemonics ?? this.#statements.mnemonics.all()) {
      found.push(...this.#statements.ofMnemonic.all({ ...values, mnemonic }));
      await slices.next();
    }
    return found.sort(compare[order]);
  }

  /** The rows of a page, if the latest rows have all of them; else null. */
  async #amongLatest(
    plants: readonly string[],
    mnemonics: readonly string[] | undefined,
    order: Order,
    values: Values,
  ): Promise<Head[] | null> {
    const asked = { ...values, plants: JSON.stringify(plants) };
    const slices = new Slices();
    const found: Head[] = [];
    if (order === 'receipt') {
      let id = Math.min(values.id, (this.#statements.lastId.get() ?? 0) + 1);
      for (let part = 0; part < this.#look.parts; part++) {
        const end = id - this.#look.rows;
        found.push(...this.#statements.latestOfPlants.all({ ...asked, id, end, limit: values.limit - found.length }));
        if (found.length === values.limit || end <= 1) return found;
        id = end;
        await slices.next();
      }
      return null;
    }
    // Of each mnemonic the latest rows are known down to one of them. Down to the latest of these, all rows are known.
    let known: Head | null = null;
    for (const mnemonic of mnemonics ?? this.#statements.mnemonics.all()) {
      const limit = this.#look.rows;
      const rows = this.#statements.ofMnemonicAndPlants.all({ ...asked, mnemonic, limit });
      found.push(...rows.filter(({ fits }) => fits === 1));
      const last = rows.length === limit ? rows.at(-1) : undefined;
      if (last !== undefined && (known === null || compare.time(last, known) < 0)) known = last;
      await slices.next();
    }
    const end = known;
    const all = end === null ? found : found.filter((head) => compare.time(head, end) <= 0);
    return end !== null && all.length < values.limit ? null : all.sort(compare.time);
  }

  /** The rows of all devices of the plants: of each part of them the first ones, and of these the first ones. */
  async #ofPlants(plants: readonly string[], order: Order, values: Values): Promise<Head[]> {
    const slices = new Slices();
    let best: Head[] = [];
    for (const plant of new Set(plants)) {
      for (let from: Member = { key: '', heardAt: -Number.MAX_VALUE }; ; ) {
        const members = this.#statements.members.all({ plant, ...from, limit: this.#look.devices });
        const devices = JSON.stringify(members.map(({ key }) => key));
        const ids = new Set(best.map(({ id }) => id));
        const more = this.#statements.ofDevices[order].all({ ...values, devices }).filter(({ id }) => !ids.has(id));
        if (more.length > 0) best = [...best, ...more].sort(compare[order]).slice(0, values.limit);
        const last = members.at(-1);
        if (last === undefined || members.length < this.#look.devices) break;
        from = last;
        await slices.next();
      }
    }
    return best;
  }
}
