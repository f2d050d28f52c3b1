/** Pages of the stored messages, without a walk through those that do not fit. */
import type Database from 'better-sqlite3';
import { limits } from '../../core/model/limits.ts';
import { page } from '../page.ts';
import type { MessageQuery, Page } from '../ports/queries.ts';
import { namesShownAs } from './fleet-counts.ts';
import { prepareColumn } from './statements.ts';

type Positioned = { readonly id: number; readonly at: number; readonly mnemonic: string };

const IN_PLANT = 'device IN (SELECT key FROM member WHERE plant IN (SELECT value FROM json_each(@plants)))';
const OF_A_PLANT =
  '(@plants IS NULL OR (SELECT plant FROM member WHERE key = evidence.device) IN (SELECT value FROM json_each(@plants)))';
const AMONG = '(@mnemonics IS NULL OR mnemonic IN (SELECT value FROM json_each(@mnemonics)))';
// The index looks for the bound of `at` alone.
const BY_TIME = 'at BETWEEN @from AND @at AND (at, id) < (@at, @id) ORDER BY at DESC, id DESC LIMIT @limit';
const BY_RECEIPT = 'id < @id ORDER BY id DESC LIMIT @limit';

function prepare<R extends Positioned>(database: Database.Database, columns: string) {
  const select = (where: string) => database.prepare<[object], R>(`SELECT ${columns} FROM evidence WHERE ${where}`);
  return {
    latest: select(`${OF_A_PLANT} AND ${BY_RECEIPT}`),
    latestOfDevice: select(`device = @device AND ${OF_A_PLANT} AND ${BY_RECEIPT}`),
    latestOfPlants: select(`${IN_PLANT} AND ${BY_RECEIPT}`),
    ofDevice: select(`device = @device AND ${OF_A_PLANT} AND ${AMONG} AND ${BY_TIME}`),
    ofPlants: select(`${IN_PLANT} AND ${AMONG} AND ${BY_TIME}`),
    ofMnemonic: select(`mnemonic = @mnemonic AND ${OF_A_PLANT} AND ${BY_TIME}`),
    /** Goes from one mnemonic to the next in the index. */
    mnemonics: prepareColumn<[], string>(
      database,
      `WITH RECURSIVE each (mnemonic) AS (
         SELECT min(mnemonic) FROM evidence
         UNION ALL
         SELECT (SELECT min(mnemonic) FROM evidence WHERE mnemonic > each.mnemonic) FROM each WHERE mnemonic IS NOT NULL)
       SELECT mnemonic FROM each WHERE mnemonic IS NOT NULL`,
    ),
    devicesOfPlants: prepareColumn<[string, number], number>(
      database,
      'SELECT count(*) FROM (SELECT 1 FROM member WHERE plant IN (SELECT value FROM json_each(?)) LIMIT ?)',
    ),
  };
}

/** `R`: a row with its `id`, `at` and `mnemonic`; `columns`: what it is read by. */
export class MessagePages<R extends Positioned> {
  readonly #statements;

  constructor(database: Database.Database, columns: string) {
    this.#statements = prepare<R>(database, columns);
  }

  /** See `StoreQueries.messages()`. */
  read(query: MessageQuery): Page<R> {
    const { mnemonics, from, to, limit } = query;
    const isByTime = mnemonics !== undefined || from !== undefined || to !== undefined;
    if (!isByTime) return page(this.#latest(query), limit, ({ id }) => `${id}`);
    return page(this.#byTime(query), limit, ({ at, id }) => `${at} ${id}`);
  }

  #latest({ device, plants, after, limit }: MessageQuery): R[] {
    const { latest, latestOfDevice, latestOfPlants } = this.#statements;
    const id = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after);
    const values = { id, plants: listOf(plants?.flatMap(namesShownAs)), limit: limit + 1 };
    if (device !== undefined) return latestOfDevice.all({ ...values, device });
    return this.#hasFewDevices(plants) ? latestOfPlants.all(values) : latest.all(values);
  }

  #byTime({ device, plants, mnemonics, from, to, after, limit }: MessageQuery): R[] {
    const { ofDevice, ofPlants, ofMnemonic } = this.#statements;
    // Ids begin at 1: before the first row at `to` is everything earlier.
    const [at = to ?? Number.MAX_VALUE, id = 1] = after?.split(' ').map(Number) ?? [];
    const values = {
      from: from ?? -Number.MAX_VALUE,
      at,
      id,
      plants: listOf(plants?.flatMap(namesShownAs)),
      limit: limit + 1,
    };
    if (device !== undefined) return ofDevice.all({ ...values, device, mnemonics: listOf(mnemonics) });
    if (this.#hasFewDevices(plants)) return ofPlants.all({ ...values, mnemonics: listOf(mnemonics) });
    // The index gives the rows of one mnemonic in their order.
    return (mnemonics ?? this.#statements.mnemonics.all())
      .flatMap((mnemonic) => ofMnemonic.all({ ...values, mnemonic }))
      .sort((a, b) => b.at - a.at || b.id - a.id);
  }

  /** Plants with few devices are looked up by these; the rows of others are frequent among all. */
  #hasFewDevices(plants: MessageQuery['plants']): boolean {
    if (plants === undefined) return false;
    const most = limits.plantLookups;
    return (this.#statements.devicesOfPlants.get(JSON.stringify(plants.flatMap(namesShownAs)), most + 1) ?? 0) <= most;
  }
}

function listOf(values: readonly string[] | undefined): string | null {
  return values === undefined ? null : JSON.stringify(values);
}
