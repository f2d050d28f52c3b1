import type { Merge } from '../../core/correlate/correlated.ts';
import type { Evidence } from '../../core/correlate/evidence.ts';
import { limits } from '../../core/model/limits.ts';
import { EvidenceGroup } from '../evidence-retention.ts';
import { page } from '../page.ts';
import type { MessageQuery, Page } from '../ports/queries.ts';

/** A row and its number: rows are numbered in the order in which they were written. */
type Numbered = { readonly row: Evidence; readonly number: number };

/** The kept rows of one mnemonic of an incident, in their order. */
class Group {
  rows: Numbered[] = [];
  readonly #retention = new EvidenceGroup([]);

  /** Returns by how many rows the group has grown. */
  add(row: Numbered): 0 | 1 {
    this.rows.push(row);
    const { at, decisive } = row.row;
    if (this.#retention.add({ id: row.number, at, decisive }) === null) return 1;
    // The evicted row is always the row that the new one has just pushed out of the last rows.
    this.rows.splice(-1 - limits.evidenceLast, 1);
    return 0;
  }
}

/** The evidence of all incidents. */
export class MemoryEvidence {
  /** By device, ordinal and mnemonic. */
  readonly #groups = new Map<string, Map<number, Map<string, Group>>>();
  #written = 0;
  #size = 0;

  /** How many rows are kept. */
  get size(): number {
    return this.#size;
  }

  of(device: string, ordinal: number): Evidence[] {
    return this.#rowsOf(device, ordinal).map(({ row }) => row);
  }

  all(): Numbered[] {
    return [...this.#groups].flatMap(([device, incidents]) =>
      [...incidents.keys()].flatMap((ordinal) => this.#rowsOf(device, ordinal)),
    );
  }

  /** The rows of a device, or of one of its incidents, with their numbers. */
  happened(device: string, ordinal: number | undefined) {
    return this.all()
      .filter(({ row }) => row.device === device && (ordinal ?? row.ordinal) === row.ordinal)
      .map(({ row, number }) => ({ id: number, row: { at: row.at, kind: 'message' as const, message: row } }));
  }

  /** `plantOf`: the plant of a device. */
  messages(query: MessageQuery, plantOf: (device: string) => string | null): Page<Evidence> {
    const { device, plants, mnemonics, from, to, after, limit } = query;
    const isByTime = mnemonics !== undefined || from !== undefined || to !== undefined;
    const keyOf = ({ row, number }: Numbered): readonly number[] => [isByTime ? row.at : 0, number];
    const last = isByTime ? after?.split(' ').map(Number) : after === undefined ? undefined : [0, Number(after)];
    const found = this.all()
      .filter(({ row }) => (device ?? row.device) === row.device && (mnemonics?.includes(row.mnemonic) ?? true))
      .filter(({ row }) => (from ?? row.at) <= row.at && (to === undefined || row.at < to))
      .filter(({ row }) => plants === undefined || plants.includes(plantOf(row.device) ?? ''))
      .filter((each) => last === undefined || isBefore(keyOf(each), last))
      .sort((a, b) => (isBefore(keyOf(a), keyOf(b)) ? 1 : -1));
    const { rows, next } = page(found, limit, ({ row, number }) => (isByTime ? `${row.at} ${number}` : `${number}`));
    return { rows: rows.map(({ row }) => row), next };
  }

  write(rows: readonly Evidence[]): void {
    for (const row of rows) this.#add({ row, number: this.#written++ });
  }

  /** The rows of one device from `fromOrdinal` on become rows of another device's incident, and keep their numbers. */
  move({ from, into, fromOrdinal, intoOrdinal }: Merge): void {
    const moved = [fromOrdinal, fromOrdinal + 1].flatMap((ordinal) => this.#remove(from, ordinal));
    const rows = [...this.#remove(into, intoOrdinal), ...moved].sort((a, b) => a.number - b.number);
    for (const { row, number } of rows) this.#add({ row: { ...row, device: into, ordinal: intoOrdinal }, number });
  }

  removeDevice(device: string): void {
    this.removeUpTo(device, Number.POSITIVE_INFINITY);
    this.#groups.delete(device);
  }

  /** Deletes the rows of the device's incidents up to `last`. */
  removeUpTo(device: string, last: number): void {
    for (const ordinal of [...(this.#groups.get(device)?.keys() ?? [])])
      if (ordinal <= last) this.#remove(device, ordinal);
  }

  #rowsOf(device: string, ordinal: number): Numbered[] {
    return [...(this.#groups.get(device)?.get(ordinal)?.values() ?? [])].flatMap(({ rows }) => rows);
  }

  #remove(device: string, ordinal: number): Numbered[] {
    const rows = this.#rowsOf(device, ordinal);
    this.#size -= rows.length;
    this.#groups.get(device)?.delete(ordinal);
    return rows;
  }

  #add(numbered: Numbered): void {
    const { device, ordinal, mnemonic } = numbered.row;
    const incidents = entryOf(this.#groups, device, () => new Map<number, Map<string, Group>>());
    const mnemonics = entryOf(incidents, ordinal, () => new Map<string, Group>());
    this.#size += entryOf(mnemonics, mnemonic, () => new Group()).add(numbered);
  }
}

/** The value of a key. If there is none, makes one and sets it. */
function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function isBefore([at = 0, number = 0]: readonly number[], [otherAt = 0, other = 0]: readonly number[]): boolean {
  return at < otherAt || (at === otherAt && number < other);
}
