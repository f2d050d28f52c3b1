import type { Evidence } from '../../core/correlate/evidence.ts';
import { limits } from '../../core/model/limits.ts';
import { EvidenceGroup } from '../evidence-retention.ts';

/** A row and the place in which it came. */
export type Numbered = { readonly row: Evidence; readonly number: number };

/** The rows of one mnemonic of an incident that stay, in their order. */
class Group {
  rows: Numbered[] = [];
  readonly #bound = new EvidenceGroup([]);

  /** Gives how many rows there are more. */
  add(row: Numbered): 0 | 1 {
    this.rows.push(row);
    const { at, decisive } = row.row;
    if (this.#bound.add({ id: row.number, at, decisive }) === null) return 1;
    // It is the one that is none of the last ones any more.
    this.rows.splice(-1 - limits.evidenceLast, 1);
    return 0;
  }
}

/** The evidence of all incidents. */
export class MemoryEvidence {
  /** By device, ordinal and mnemonic. */
  readonly #groups = new Map<string, Map<number, Map<string, Group>>>();
  #numbered = 0;
  #size = 0;

  /** Rows that are kept. */
  get size(): number {
    return this.#size;
  }

  keep(row: Evidence): void {
    this.#put({ row, number: this.#numbered++ });
  }

  of(device: string, ordinal: number): Evidence[] {
    return this.#rowsOf(device, ordinal).map(({ row }) => row);
  }

  all(): Numbered[] {
    return [...this.#groups].flatMap(([device, incidents]) =>
      [...incidents.keys()].flatMap((ordinal) => this.#rowsOf(device, ordinal)),
    );
  }

  /** The rows of a device's incidents from an ordinal on are another's, in the places in which they came. */
  move(from: string, fromOrdinal: number, into: string, intoOrdinal: number): void {
    const moved = [fromOrdinal, fromOrdinal + 1].flatMap((ordinal) => this.#take(from, ordinal));
    const rows = [...this.#take(into, intoOrdinal), ...moved].sort((a, b) => a.number - b.number);
    for (const { row, number } of rows) this.#put({ row: { ...row, device: into, ordinal: intoOrdinal }, number });
  }

  forget(device: string): void {
    for (const ordinal of [...(this.#groups.get(device)?.keys() ?? [])]) this.#take(device, ordinal);
    this.#groups.delete(device);
  }

  /** Of past incidents. */
  forgetUpTo(device: string, last: number): void {
    for (const ordinal of [...(this.#groups.get(device)?.keys() ?? [])])
      if (ordinal <= last) this.#take(device, ordinal);
  }

  #rowsOf(device: string, ordinal: number): Numbered[] {
    return [...(this.#groups.get(device)?.get(ordinal)?.values() ?? [])].flatMap(({ rows }) => rows);
  }

  #take(device: string, ordinal: number): Numbered[] {
    const rows = this.#rowsOf(device, ordinal);
    this.#size -= rows.length;
    this.#groups.get(device)?.delete(ordinal);
    return rows;
  }

  #put(numbered: Numbered): void {
    const { device, ordinal, mnemonic } = numbered.row;
    const incidents = entryOf(this.#groups, device, () => new Map<number, Map<string, Group>>());
    const mnemonics = entryOf(incidents, ordinal, () => new Map<string, Group>());
    this.#size += entryOf(mnemonics, mnemonic, () => new Group()).add(numbered);
  }
}

/** What is there under a key, or made for it. */
function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
