/** Reads every row that has a checksum, in the order of the file and not by an index, which may be damaged itself. */
import type Database from 'better-sqlite3';
import { unpackDevice } from '../codec/device-record.ts';
import { type EvidenceRow, isIntact, unpackEvidence } from '../codec/evidence-record.ts';
import { unpackIncident } from '../codec/incident-record.ts';
import type { DamagedRow } from '../ports/damage.ts';
import { INTACT } from './checksums.ts';
import { damagedPlain, damagedSide, sideTables } from './side-rows.ts';
import { asDamagedIndex, wrongIndexes } from './table-indexes.ts';

/** `rowid`: of the row in its table. */
export type FoundRow = DamagedRow & { readonly rowid: number };

const WRONG_SUM = 'its checksum is wrong';

type Checked = {
  readonly rowid: number;
  readonly name: string;
  readonly intact: number;
  readonly unknown: number;
  readonly record: string;
};

const SELECT = {
  device: `SELECT device.rowid AS rowid, device.key AS name, device.record AS record, ${INTACT.device} AS intact, device.sum IS NULL AS unknown FROM device NOT INDEXED`,
  tail: `SELECT tail.id AS rowid, tail.device AS name, tail.record AS record, ${INTACT.tail} AS intact, tail.sum IS NULL AS unknown FROM tail NOT INDEXED`,
  incident: `SELECT incident.rowid AS rowid, incident.id AS name, incident.record AS record, ${INTACT.incident} AS intact, incident.sum IS NULL AS unknown
    FROM incident NOT INDEXED`,
} as const;

const READ = {
  device: (record: string) => void unpackDevice({ record, blocks: null }),
  tail: (record: string) => void JSON.parse(record),
  incident: (record: string) => void unpackIncident(record),
} as const;

export const stateTables = ['device', 'tail', 'incident'] as const;
export type StateTable = (typeof stateTables)[number];

/** Rows of devices, of their tails and of incidents that are not what was stored. */
export function* damagedStates(database: Database.Database): Generator<FoundRow> {
  for (const table of stateTables) {
    for (const row of database.prepare<[], Checked>(SELECT[table]).iterate()) {
      const why = stateProblem(table, row);
      // A row of a tail is a part of its device.
      if (why !== null) yield { table, name: row.name, rowid: row.rowid, why };
    }
  }
}

type StateProblems = { readonly found: readonly FoundRow[]; readonly last: number | null };

/**
 * Reads `limit` rows of one table after row number `after`, in the order of their numbers, as often as it is called. `found`:
 * those that are not what was stored; `last`: the number of the last row, null for no row.
 */
export function stateReader(database: Database.Database, table: StateTable, limit: number) {
  const rowsAfter = database.prepare<[number], Checked>(
    `${SELECT[table]} WHERE ${table}.rowid > ? ORDER BY ${table}.rowid LIMIT ${limit}`,
  );
  return (after: number): StateProblems => {
    const rows = rowsAfter.all(after);
    const found = rows.flatMap((row) => {
      const why = stateProblem(table, row);
      return why === null ? [] : [{ table, name: row.name, rowid: row.rowid, why }];
    });
    return { found, last: rows.at(-1)?.rowid ?? null };
  };
}

function stateProblem(table: StateTable, { intact, unknown, record }: Checked): string | null {
  if (intact === 0) return WRONG_SUM;
  return unknown === 0 ? null : problemOf(() => READ[table](record));
}

/** Rows of evidence that are not what was stored. */
export function* damagedEvidence(database: Database.Database): Generator<FoundRow> {
  const rows = database.prepare<[], EvidenceRow & { id: number; sumIntact: number }>(
    `SELECT id, device, ordinal, mnemonic, at, decisive, record, digest, ${INTACT.evidence} AS sumIntact FROM evidence NOT INDEXED`,
  );
  for (const row of rows.iterate()) {
    const why = evidenceProblem(row);
    if (why !== null) yield { table: 'evidence', name: evidenceName(row), rowid: row.id, why };
  }
}

/** Every damaged row and index of a database; takes as long as reading the whole file. Changes nothing. */
export function* damagedRows(database: Database.Database): Generator<DamagedRow> {
  yield* damagedStates(database);
  yield* damagedEvidence(database);
  for (const table of sideTables) yield* damagedSide(database, table);
  yield* damagedPlain(database);
  for (const index of wrongIndexes(database)) yield asDamagedIndex(index);
}

/** Why a row of evidence cannot be used; null if it can. */
export function evidenceProblem(row: EvidenceRow & { readonly sumIntact: number }): string | null {
  if (row.sumIntact === 0) return WRONG_SUM;
  return problemOf(() => {
    if (isIntact(row) === false) throw new Error(WRONG_SUM);
    unpackEvidence(row);
  });
}

export function evidenceName({ device, id }: { readonly device: string; readonly id: number }): string {
  return `${device}, line ${id}`;
}

function problemOf(read: () => void): string | null {
  try {
    read();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
