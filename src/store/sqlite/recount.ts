import type Database from 'better-sqlite3';
import type { Device } from '../../core/model/device.ts';
import { yieldToEventLoop } from '../../yield-to-event-loop.ts';
import { MEMBER_COLUMNS, type MemberRow, packMember } from '../codec/member-row.ts';
import type { RecountDifference } from '../ports/fleet.ts';
import type { Projection } from '../projection.ts';
import { type Column, memberSum } from './checksums.ts';
import type { SqliteDevices } from './devices.ts';
import { addTo, SEPARATOR } from './members.ts';

/** Devices that are compared without letting other work go on. */
const ROWS = 100;
const COLUMNS = MEMBER_COLUMNS.join(', ');

type StoredMember = { readonly key: string; readonly row: MemberRow; readonly sum: number };

function prepare(database: Database.Database) {
  return {
    /** Members from a key on, up to another one. */
    members: database
      .prepare<[object], Column[]>(
        `SELECT key, ${COLUMNS}, sum FROM member WHERE key > @after AND (@upTo IS NULL OR key <= @upTo) ORDER BY key`,
      )
      .raw(true),
    counts: database.prepare<[], { dimension: string; fact: string; name: string; n: number }>(
      'SELECT dimension, fact, name, sum(n) AS n FROM fleet_count GROUP BY dimension, fact, name HAVING sum(n) <> 0',
    ),
  };
}

/** Compares the kept facts with the devices, and the kept counts with the facts that should be. Changes nothing. */
export class SqliteRecount {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #projection: Pick<Projection, 'memberOf'>;
  readonly #devices: Pick<SqliteDevices, 'list' | 'unprojected'>;

  constructor(
    database: Database.Database,
    projection: Pick<Projection, 'memberOf'>,
    devices: Pick<SqliteDevices, 'list' | 'unprojected'>,
  ) {
    this.#statements = prepare(database);
    this.#projection = projection;
    this.#devices = devices;
  }

  async *differences(): AsyncGenerator<RecountDifference> {
    const waiting = this.#devices.unprojected();
    if (waiting > 0) yield `${waiting} devices of a former version are not counted yet`;
    const counted = new Map<string, number>();
    for (let after = ''; ; ) {
      const devices = this.#devices.list({ after, limit: ROWS });
      const upTo = devices.length < ROWS ? null : (devices.at(-1)?.key ?? null);
      const found = this.#statements.members.all({ after, upTo }).map(toStored);
      yield* this.#compared(new Map(devices.map(({ key, device }) => [key, device])), found, waiting > 0, counted);
      if (upTo === null) break;
      after = upTo;
      await yieldToEventLoop();
    }
    for (const { dimension, fact, name, n } of this.#statements.counts.all()) {
      const place = [dimension, fact, name].join(SEPARATOR);
      const is = counted.get(place) ?? 0;
      counted.delete(place);
      if (is !== n) yield `count of ${wordsOf(place)}: ${n} kept, ${is} counted`;
    }
    for (const [place, is] of counted) if (is !== 0) yield `count of ${wordsOf(place)}: 0 kept, ${is} counted`;
  }

  *#compared(
    devices: ReadonlyMap<string, Device | null>,
    found: readonly StoredMember[],
    isPartial: boolean,
    counted: Map<string, number>,
  ): Generator<RecountDifference> {
    const kept = new Map(found.map((member) => [member.key, member]));
    for (const [key, device] of devices) {
      const stored = kept.get(key);
      kept.delete(key);
      // A damaged device is told of elsewhere.
      if (device === null) continue;
      if (stored === undefined) {
        if (!isPartial) yield `${key}: no facts are kept`;
        continue;
      }
      const is = packMember(this.#projection.memberOf(device));
      addTo(counted, is, 1);
      if (stored.sum !== memberSum(key, stored.row)) yield `${key}: the row of its facts is not as it was stored`;
      for (const [index, column] of MEMBER_COLUMNS.entries()) {
        const [was, now] = [stored.row[index], is[index]];
        if (was !== now) yield `${key}: ${column} is kept as ${JSON.stringify(was)}, and is ${JSON.stringify(now)}`;
      }
    }
    for (const key of kept.keys()) yield `${key}: facts are kept, and there is no such device`;
  }
}

function toStored([key, ...rest]: Column[]): StoredMember {
  return { key: key as string, row: rest.slice(0, -1), sum: rest.at(-1) as number };
}

function wordsOf(place: string): string {
  const [dimension, fact, name] = place.split(SEPARATOR);
  return dimension === 'all' ? `all, ${fact}` : `${dimension} ${JSON.stringify(name)}, ${fact}`;
}
