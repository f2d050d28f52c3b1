import type { Evidence } from '../../core/correlate/sighting.ts';
import { EvidenceGroup } from '../evidence-group.ts';

/** A row and the place in which it came. */
export type Numbered = { readonly row: Evidence; readonly number: number };

/** The rows of one mnemonic of an incident, by their numbers, and which of them stay. */
type Group = { readonly rows: Map<number, Evidence>; readonly bound: EvidenceGroup };

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
    const { rows, bound } = this.#groupOf(row);
    const id = this.#numbered++;
    rows.set(id, row);
    const leaving = bound.add({ id, at: row.at, decisive: row.decisive });
    this.#size++;
    if (leaving !== null && rows.delete(leaving)) this.#size--;
  }

  of(device: string, ordinal: number): Evidence[] {
    const groups = this.#groups.get(device)?.get(ordinal)?.values() ?? [];
    return [...groups].flatMap(({ rows }) => [...rows.values()]);
  }

  all(): Numbered[] {
    const groups = [...this.#groups.values()].flatMap((incidents) => [...incidents.values()].map((of) => of.values()));
    return groups.flatMap((of) => [...of].flatMap(({ rows }) => [...rows].map(([number, row]) => ({ row, number }))));
  }

  /** The rows of a device's incidents from an ordinal on are another's. */
  move(from: string, fromOrdinal: number, into: string, intoOrdinal: number): void {
    for (const ordinal of [fromOrdinal, fromOrdinal + 1]) {
      const rows = this.of(from, ordinal);
      this.#size -= rows.length;
      this.#groups.get(from)?.delete(ordinal);
      for (const row of rows) this.keep({ ...row, device: into, ordinal: intoOrdinal });
    }
  }

  forget(device: string): void {
    for (const ordinal of this.#groups.get(device)?.keys() ?? []) this.#size -= this.of(device, ordinal).length;
    this.#groups.delete(device);
  }

  #groupOf({ device, ordinal, mnemonic }: Evidence): Group {
    const incidents = entryOf(this.#groups, device, () => new Map<number, Map<string, Group>>());
    const mnemonics = entryOf(incidents, ordinal, () => new Map<string, Group>());
    return entryOf(mnemonics, mnemonic, () => ({ rows: new Map(), bound: new EvidenceGroup([]) }));
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
