import type { Merge } from '../../core/correlate/correlated.ts';
import type { Evidence } from '../../core/correlate/evidence.ts';
import { limits } from '../../core/model/limits.ts';
import { digestOf, type EvidenceRow, isIntact, packEvidence, unpackEvidence } from '../codec/evidence-record.ts';
import { namesShownAs } from '../codec/member-row.ts';
import { EvidenceGroup, WEEK_MS } from '../evidence-retention.ts';
import { page } from '../page.ts';
import type { CheckedEvidence, MessageQuery, Page } from '../ports/queries.ts';
import { columns, type Session } from './session.ts';

export type StoredEvidence = EvidenceRow & { readonly id: number };

const COLUMNS = 'device, ordinal, mnemonic, at, decisive, digest, record';
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

/** Rows of evidence. */
export class PostgresEvidence {
  readonly #instance: string;

  /** `instance`: who stores. */
  constructor(instance: string) {
    this.#instance = instance;
  }

  /** In event-time order, each row with the result of its check. */
  async checked(session: Session, device: string, ordinal: number): Promise<CheckedEvidence[]> {
    const sql = `${READ} WHERE device = $1 AND ordinal = $2 ORDER BY at, id`;
    const rows = await session.rows<StoredEvidence>(sql, device, ordinal);
    return rows.map((row) => ({ row: unpackEvidence(row), intact: isIntact(row) }));
  }

  /** The rows of these devices, each from an incident on, in event-time order. */
  async since(session: Session, devices: readonly { key: string; ordinal: number }[]): Promise<StoredEvidence[]> {
    return session.rows(
      `SELECT id, ${COLUMNS.replaceAll(/(\w+)/g, 'evidence.$1')} FROM evidence
       JOIN unnest($1::text[], $2::int[]) AS wanted (key, since) ON device = wanted.key AND ordinal >= wanted.since
       ORDER BY at, id`,
      ...columns(devices, 'key', 'ordinal'),
    );
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

  /** Writes the rows in their order. A row that a later one of the same call evicts is never written. */
  async write(session: Session, rows: readonly Evidence[]): Promise<void> {
    if (rows.length === 0) return;
    const groups = await this.#groups(session, rows);
    const evicted = new Set<number>();
    for (const [index, row] of rows.entries()) {
      const group = groups.get(groupOf(row)) as EvidenceGroup;
      const id = group.add({ id: FIRST_NEW + index, at: row.at, decisive: row.decisive });
      if (id !== null) evicted.add(id);
    }
    const kept = rows.filter((_, index) => !evicted.delete(FIRST_NEW + index)).map(packedRow);
    await Promise.all([
      session.run(
        `INSERT INTO evidence (instance, ${COLUMNS}) SELECT $1, * FROM unnest($2::text[], $3::int4[], $4::text[],
           $5::float8[], $6::int2[], $7::text[], $8::text[])`,
        this.#instance,
        ...columns(kept, 'device', 'ordinal', 'mnemonic', 'at', 'decisive', 'digest', 'record'),
      ),
      evicted.size === 0 ? 0 : session.run('DELETE FROM evidence WHERE id = ANY($1)', [...evicted]),
    ]);
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
    return { rows: rows.map(unpackEvidence), next };
  }

  async #groups(session: Session, rows: readonly Evidence[]): Promise<Map<string, EvidenceGroup>> {
    const wanted = [...new Map(rows.map((row) => [groupOf(row), row])).values()];
    const stored = await session.rows<StoredEvidence>(
      `SELECT evidence.id, evidence.device, evidence.ordinal, evidence.mnemonic, evidence.at, evidence.decisive FROM evidence
       JOIN unnest($1::text[], $2::int4[], $3::text[]) AS wanted (device, ordinal, mnemonic)
         ON evidence.device = wanted.device AND evidence.ordinal = wanted.ordinal AND evidence.mnemonic = wanted.mnemonic
       ORDER BY evidence.id`,
      ...columns(wanted, 'device', 'ordinal', 'mnemonic'),
    );
    const of = Map.groupBy(stored, groupOf);
    return new Map(
      wanted.map(groupOf).map((group) => {
        const known = of.get(group) ?? [];
        return [group, new EvidenceGroup(known.map(({ id, at, decisive }) => ({ id, at, decisive: decisive === 1 })))];
      }),
    );
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
