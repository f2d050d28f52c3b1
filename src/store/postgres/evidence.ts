import type { Merge } from '../../core/correlate/correlated.ts';
import type { Evidence } from '../../core/correlate/evidence.ts';
import { limits } from '../../core/model/limits.ts';
import { digestOf, type EvidenceRow, isIntact, packEvidence, unpackEvidence } from '../codec/evidence-record.ts';
import { namesShownAs } from '../codec/member-row.ts';
import { EvidenceGroup, type RetentionRow, WEEK_MS } from '../evidence-retention.ts';
import { page } from '../page.ts';
import type { CheckedEvidence, MessageQuery, Page } from '../ports/queries.ts';
import { arrayOf, arraysOf, listed, newRows } from './arrays.ts';
import type { PostgresDamage } from './damage.ts';
import type { DeviceCache } from './device-cache.ts';
import { columns, type Session } from './session.ts';

export type StoredEvidence = EvidenceRow & { readonly id: number };

const WRITTEN = {
  device: 'text',
  ordinal: 'int4',
  mnemonic: 'text',
  at: 'float8',
  decisive: 'int2',
  digest: 'text',
  record: 'text',
} as const;
const COLUMNS = listed(WRITTEN);
/** The ids are in the order of the rows. */
const WRITE = `WITH evicted AS (DELETE FROM evidence WHERE id = ANY($1::int8[]))
  INSERT INTO evidence (instance, ${COLUMNS}) SELECT $2, * FROM ${newRows(WRITTEN, 3)} RETURNING id`;
const GROUP = { device: 'text', ordinal: 'int4', mnemonic: 'text' } as const;
const READ = `SELECT id, ${COLUMNS} FROM evidence`;
/** The ids of rows that are not stored yet: behind all that are. */
const FIRST_NEW = 2 ** 52;

/** Of each mnemonic of one incident: the first rows, the last ones, the decisive ones and the first one of each week stay. */
const TRIM = `DELETE FROM evidence WHERE id IN (
  SELECT id FROM (
    SELECT id,
      row_number() OVER (PARTITION BY mnemonic ORDER BY id) AS first,
      row_number() OVER (PARTITION BY mnemonic ORDER BY id DESC) AS last,
      CASE WHEN decisive = 1 THEN row_number() OVER (PARTITION BY mnemonic, decisive ORDER BY id) END AS decisive,
      row_number() OVER (PARTITION BY mnemonic, floor(at / ${WEEK_MS}) ORDER BY id) AS of_week
    FROM evidence WHERE device = $1 AND ordinal = $2) AS numbered
  WHERE first > ${limits.evidenceFirst} AND last > ${limits.evidenceLast} AND of_week > 1
    AND (decisive IS NULL OR decisive > ${limits.evidenceDecisive}))`;

/** Also whether it is intact has to be asked of a row that can be read. */
function readEvidence(row: StoredEvidence): Evidence {
  isIntact(row);
  return unpackEvidence(row);
}

/** Rows of evidence. */
export class PostgresEvidence {
  readonly #instance: string;
  readonly #cache: DeviceCache;
  readonly #damage: PostgresDamage;

  /** `instance`: who stores. */
  constructor(instance: string, cache: DeviceCache, damage: PostgresDamage) {
    this.#damage = damage;
    this.#instance = instance;
    this.#cache = cache;
  }

  /** In event-time order, each row with the result of its check. */
  async checked(session: Session, device: string, ordinal: number): Promise<CheckedEvidence[]> {
    const sql = `${READ} WHERE device = $1 AND ordinal = $2 ORDER BY at, id`;
    const rows = await session.rows<StoredEvidence>(sql, device, ordinal);
    return this.readable(rows).map((row) => ({ row: unpackEvidence(row), intact: isIntact(row) }));
  }

  /** The rows of these devices, each from an incident on, in event-time order. */
  async since(session: Session, devices: readonly { key: string; ordinal: number }[]): Promise<StoredEvidence[]> {
    const rows = await session.rows<StoredEvidence>(
      `SELECT id, ${COLUMNS.replaceAll(/(\w+)/g, 'evidence.$1')} FROM evidence
       JOIN unnest($1::text[], $2::int[]) AS wanted (key, since) ON device = wanted.key AND ordinal >= wanted.since
       ORDER BY at, id`,
      ...columns(devices, 'key', 'ordinal'),
    );
    return this.readable(rows);
  }

  /** Those of the rows that are lines. */
  readable<T extends StoredEvidence>(rows: readonly T[]): T[] {
    const read = (row: T) => this.#damage.readOne('evidence', `${row.device}, line ${row.id}`, () => readEvidence(row));
    return rows.filter((row) => read(row) !== null);
  }

  /** Gives stored rows another meaning, and another time where they were pulled back. */
  async rewrite(session: Session, rows: readonly { readonly id: number; readonly row: Evidence }[]): Promise<void> {
    if (rows.length === 0) return;
    const packed = rows.map(({ id, row }) => ({ id, ...packedRow(row) }));
    await session.run(
      `UPDATE evidence SET ordinal = new.ordinal, mnemonic = new.mnemonic, at = new.at, decisive = new.decisive,
         digest = new.digest, record = new.record
       FROM unnest($1::int8[], $2::int4[], $3::text[], $4::float8[], $5::int2[], $6::text[], $7::text[])
         AS new (id, ordinal, mnemonic, at, decisive, digest, record) WHERE evidence.id = new.id`,
      ...columns(packed, 'id', 'ordinal', 'mnemonic', 'at', 'decisive', 'digest', 'record'),
    );
  }

  async recordsOf(session: Session, device: string): Promise<string[]> {
    const rows = await session.rows<StoredEvidence>(`${READ} WHERE device = $1 ORDER BY id`, device);
    return rows.map(({ record }) => record);
  }

  /**
   * Writes the rows in their order. A row that a later one of the same call evicts is never written. To be called behind the write of
   * their devices.
   */
  async write(session: Session, rows: readonly Evidence[]): Promise<void> {
    if (rows.length === 0) return;
    const groups = await this.#groups(session, rows);
    const evicted = new Set<number>();
    const added = rows.map((row, index) => ({ id: FIRST_NEW + index, at: row.at, decisive: row.decisive }));
    for (const [index, row] of rows.entries()) {
      const group = groups.get(groupOf(row)) as EvidenceGroup;
      const id = group.add(added[index] as RetentionRow);
      if (id !== null) evicted.add(id);
    }
    const kept = rows.flatMap((row, index) =>
      evicted.delete(FIRST_NEW + index) ? [] : { index, row: packedRow(row) },
    );
    const packed = kept.map(({ row }) => row);
    const ids = await session.rows<{ id: number }>(
      WRITE,
      ...[arrayOf('int8', [...evicted]), this.#instance, ...arraysOf(WRITTEN, packed)],
    );
    // The groups are remembered.
    for (const [at, { index }] of kept.entries()) (added[index] as { id: number }).id = ids[at]?.id as number;
  }

  /** The rows of one device from `fromOrdinal` on become rows of another device's incident, whose groups are trimmed again. */
  async move(session: Session, { from, into, fromOrdinal, intoOrdinal }: Merge): Promise<void> {
    const sql = 'UPDATE evidence SET device = $1, ordinal = $2 WHERE device = $3 AND ordinal >= $4';
    await session.run(sql, into, intoOrdinal, from, fromOrdinal);
    await session.run(TRIM, into, intoOrdinal);
  }

  /** Deletes the rows of one incident. Returns how many. */
  async removeOf(session: Session, device: string, ordinal: number): Promise<number> {
    return session.run('DELETE FROM evidence WHERE device = $1 AND ordinal = $2', device, ordinal);
  }

  async removeUpTo(session: Session, device: string, ordinal: number): Promise<void> {
    await session.run('DELETE FROM evidence WHERE device = $1 AND ordinal <= $2', device, ordinal);
  }

  async removeDevices(session: Session, keys: readonly string[]): Promise<void> {
    await session.run('DELETE FROM evidence WHERE device = ANY($1)', keys);
  }

  async messages(session: Session, query: MessageQuery): Promise<Page<Evidence>> {
    const { device, plants, mnemonics, from, to, after, limit } = query;
    const isByTime = mnemonics !== undefined || from !== undefined || to !== undefined;
    const values: unknown[] = [];
    const where: string[] = [];
    const add = (condition: (n: number) => string, value: unknown) => {
      values.push(value);
      where.push(condition(values.length));
    };
    if (device !== undefined) add((n) => `device = $${n}`, device);
    if (mnemonics !== undefined) add((n) => `mnemonic = ANY($${n})`, mnemonics);
    if (from !== undefined) add((n) => `at >= $${n}`, from);
    if (to !== undefined) add((n) => `at < $${n}`, to);
    if (plants !== undefined)
      add((n) => `device IN (SELECT key FROM member WHERE plant = ANY($${n}))`, plants.flatMap(namesShownAs));
    if (after !== undefined) {
      const [first = 0, second = 0] = after.split(' ').map((part) => Number(part) || 0);
      if (!isByTime) add((n) => `id < $${n}::float8`, first);
      else {
        values.push(first);
        add((n) => `(at, id::float8) < ($${n - 1}::float8, $${n}::float8)`, second);
      }
    }
    values.push(limit + 1);
    const sql = `${READ} ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}
      ORDER BY ${isByTime ? 'at DESC, id DESC' : 'id DESC'} LIMIT $${values.length}`;
    const found = await session.rows<StoredEvidence>(sql, ...values);
    const { rows, next } = page(found, limit, ({ at, id }) => (isByTime ? `${at} ${id}` : `${id}`));
    return { rows: this.readable(rows).map(unpackEvidence), next };
  }

  async #groups(session: Session, rows: readonly Evidence[]): Promise<Map<string, EvidenceGroup>> {
    const groups = new Map<string, EvidenceGroup>();
    const wanted: { readonly row: Evidence; readonly remembered: Map<string, EvidenceGroup> | null }[] = [];
    for (const row of new Map(rows.map((row) => [groupOf(row), row])).values()) {
      const remembered = this.#cache.incidentOf(row.device, row.ordinal)?.groups ?? null;
      const group = remembered?.get(row.mnemonic);
      if (group === undefined) wanted.push({ row, remembered });
      else groups.set(groupOf(row), group);
    }
    if (wanted.length === 0) return groups;
    const stored = await session.rows<StoredEvidence>(
      `SELECT evidence.id, evidence.device, evidence.ordinal, evidence.mnemonic, evidence.at, evidence.decisive FROM evidence
       JOIN ${newRows(GROUP)}
         ON evidence.device = new.device AND evidence.ordinal = new.ordinal AND evidence.mnemonic = new.mnemonic
       ORDER BY evidence.id`,
      ...arraysOf(
        GROUP,
        wanted.map(({ row }) => row),
      ),
    );
    const of = Map.groupBy(stored, groupOf);
    for (const { row, remembered } of wanted) {
      const known = of.get(groupOf(row)) ?? [];
      const group = new EvidenceGroup(known.map(({ id, at, decisive }) => ({ id, at, decisive: decisive === 1 })));
      groups.set(groupOf(row), group);
      remembered?.set(row.mnemonic, group);
    }
    return groups;
  }
}

function groupOf({ device, ordinal, mnemonic }: Pick<EvidenceRow, 'device' | 'ordinal' | 'mnemonic'>): string {
  return `${ordinal} ${mnemonic} ${device}`;
}

function packedRow(row: Evidence): EvidenceRow & { digest: string } {
  const { device, ordinal, mnemonic, at } = row;
  const [decisive, record] = [Number(row.decisive), packEvidence(row)];
  return { device, ordinal, mnemonic, at, decisive, record, digest: digestOf({ mnemonic, at, decisive, record }) };
}
