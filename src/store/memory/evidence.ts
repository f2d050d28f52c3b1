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

  messages({ device, mnemonic, after, limit }: MessageQuery): Page<Evidence> {
    const found = this.all()
      .filter(({ row }) => (device ?? row.device) === row.device && (mnemonic ?? row.mnemonic) === row.mnemonic)
      .filter(({ number }) => after === undefined || number < Number(after))
      .sort((a, b) => b.number - a.number);
    const { rows, next } = page(found, limit, ({ number }) => `${number}`);
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
