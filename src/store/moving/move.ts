/** Moves everything from the embedded database to PostgreSQL, or back, and compares both. A move that was broken off goes on. */
import { createHash } from 'node:crypto';
import { OperatingError } from '../../errors.ts';
import type { Mark, Side } from './side.ts';
import { type MovedRow, type MovedTable, movedTables } from './tables.ts';

export type Moved = { readonly rows: Readonly<Record<string, number>>; readonly resumed: boolean };

/** `onTable`: a table is moved. Throws where the target has anything else, or is not the same in the end. */
export async function move(from: Side, to: Side, onTable: (name: string, rows: number) => void): Promise<Moved> {
  const mark = await to.mark();
  await requireFree(from, to, mark);
  const begun = mark === null ? 0 : movedTables.findIndex(({ name }) => name === mark.table);
  for (const [at, table] of movedTables.entries()) {
    if (at < begun) continue;
    await moveTable(table, from, to, at === begun ? (mark?.after ?? null) : null, onTable);
  }
  const rows: Record<string, number> = {};
  for (const table of movedTables) {
    const [was, is] = [await digestOf(from, table), await digestOf(to, table)];
    if (was.digest !== is.digest)
      throw new OperatingError(
        'QVW_NOT_VERIFIED',
        `${table.name} has ${was.rows} rows in ${from.place} and ${is.rows} in ${to.place}, and they are not the same: move into another empty database`,
      );
    rows[table.name] = is.rows;
  }
  await to.finish();
  return { rows, resumed: mark !== null };
}

async function moveTable(
  table: MovedTable,
  from: Side,
  to: Side,
  begin: readonly unknown[] | null,
  onTable: (name: string, rows: number) => void,
): Promise<void> {
  let [after, count] = [begin?.length === 0 ? null : begin, 0];
  for (;;) {
    const rows = await from.page(table, after);
    const last = rows.at(-1);
    if (last === undefined) break;
    after = keyOf(table, last);
    await to.put(table, rows, { from: from.place, table: table.name, after });
    count += rows.length;
  }
  onTable(table.name, count);
}

/** The target has nothing but what a move of the same source has brought. */
async function requireFree(from: Side, to: Side, mark: Mark | null): Promise<void> {
  if (mark !== null && mark.from !== from.place)
    throw new OperatingError(
      'QVW_REFUSED',
      `a move from ${mark.from} into ${to.place} was broken off: finish it first, or name an empty database`,
    );
  if (mark !== null) return;
  for (const table of movedTables) {
    if ((await to.page(table, null)).length > 0)
      throw new OperatingError(
        'QVW_REFUSED',
        `${to.place} has rows of ${table.name} already: name an empty database or directory`,
      );
  }
}

async function digestOf(side: Side, table: MovedTable): Promise<{ rows: number; digest: string }> {
  const hash = createHash('sha256');
  let [after, count]: [readonly unknown[] | null, number] = [null, 0];
  for (;;) {
    const rows: readonly MovedRow[] = await side.page(table, after);
    const last = rows.at(-1);
    if (last === undefined) return { rows: count, digest: hash.digest('hex') };
    for (const row of rows) hash.update(`${JSON.stringify(table.columns.map((column) => row[column]))}\n`);
    after = keyOf(table, last);
    count += rows.length;
  }
}

function keyOf({ key }: MovedTable, row: MovedRow): readonly unknown[] {
  return key.map((column) => row[column]);
}
