import { limits } from '../../core/model/limits.ts';
import { namesShownAs } from '../codec/member-row.ts';
import { page } from '../page.ts';
import type { Unparsed } from '../ports/batch.ts';
import type { Page, UnparsedFilter, UnparsedGroup, UnparsedQuery } from '../ports/queries.ts';
import { columns, type Session } from './session.ts';

const FITS = `($1::text IS NULL OR device = $1)
  AND ($2::text[] IS NULL OR (SELECT plant FROM member WHERE member.key = unparsed.device) = ANY($2))
  AND ($3::text[] IS NULL OR facility = ANY($3)) AND ($4::text[] IS NULL OR mnemonic = ANY($4))
  AND ($5::text[] IS NULL OR why = ANY($5))
  AND ($6::float8 IS NULL OR received_at >= $6) AND ($7::float8 IS NULL OR received_at < $7)`;

function valuesOf({ device, plants, facilities, mnemonics, whys, from, to }: UnparsedFilter): unknown[] {
  const listed = [plants?.flatMap(namesShownAs), facilities, mnemonics, whys];
  return [device, ...listed, from, to].map((value) => value ?? null);
}

/** Rows of tracked lines that the grammar could not read. */
export class PostgresUnparsed {
  readonly #most: number;

  /** `most`: how many rows there may be. */
  constructor(most: number = limits.unparsedRows) {
    this.#most = most;
  }

  /** The latest first. */
  async list(session: Session, { after, limit, ...filter }: UnparsedQuery): Promise<Page<Unparsed>> {
    const found = await session.rows<Unparsed & { id: number }>(
      `SELECT id, received_at AS "receivedAt", device, facility, mnemonic, why, raw FROM unparsed
       WHERE ${FITS} AND ($8::float8 IS NULL OR id < $8) ORDER BY id DESC LIMIT $9`,
      ...[...valuesOf(filter), after === undefined ? null : Number(after), limit + 1],
    );
    const { rows, next } = page(found, limit, ({ id }) => `${id}`);
    return { rows: rows.map(({ id: _, ...row }) => row), next };
  }

  /** The most frequent first. */
  async groups(session: Session, filter: UnparsedFilter): Promise<UnparsedGroup[]> {
    return session.rows(
      `SELECT one.facility, one.mnemonic, one.why, grouped.count, grouped.devices, one.received_at AS "lastAt", one.raw
       FROM (SELECT max(id) AS id, count(*) AS count, count(DISTINCT device) AS devices FROM unparsed WHERE ${FITS}
             GROUP BY facility, mnemonic, why) AS grouped JOIN unparsed AS one ON one.id = grouped.id
       ORDER BY grouped.count DESC, one.facility, one.mnemonic, one.why`,
      ...valuesOf(filter),
    );
  }

  /** Beyond the limit the oldest rows are deleted. A NUL, which PostgreSQL cannot store, is written as its symbol. */
  async write(session: Session, rows: readonly Unparsed[]): Promise<void> {
    if (rows.length === 0) return;
    const stored = rows.map((row) => ({ ...row, raw: row.raw.replaceAll('\0', '\u2400') }));
    await session.run(
      `INSERT INTO unparsed (received_at, device, facility, mnemonic, why, raw)
       SELECT * FROM unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])`,
      ...columns(stored, 'receivedAt', 'device', 'facility', 'mnemonic', 'why', 'raw'),
    );
    await session.run('DELETE FROM unparsed WHERE id <= (SELECT max(id) FROM unparsed) - $1::int8', this.#most);
  }
}
