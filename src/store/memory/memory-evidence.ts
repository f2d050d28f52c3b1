import type { Evidence } from '../../core/correlate/sighting.ts';
import { limits } from '../../core/limits.ts';

/** A row and the place in which it came. */
export type Numbered = { readonly row: Evidence; readonly number: number };

/**
 * The evidence of all incidents: of each mnemonic the first and the last rows stay, those that decided, and the first of
 * each week.
 */
export class MemoryEvidence {
  /** By device, ordinal and mnemonic. */
  readonly #rows = new Map<string, Map<number, Map<string, Numbered[]>>>();
  #numbered = 0;

  keep(row: Evidence): void {
    const rows = this.#groupOf(row);
    rows.push({ row, number: this.#numbered++ });
    const at = rows.length - limits.evidenceLast - 1;
    const leaving = rows[at];
    if (at < limits.evidenceFirst || leaving === undefined) return;
    if (leaving.row.decisive) {
      const decided = rows.slice(0, at).filter(({ row }) => row.decisive).length;
      if (decided < limits.evidenceDecisive) return;
    }
    const week = weekOf(leaving.row);
    // The rows before it are in their order, and the first of the week is mostly the first of all.
    if (rows.findIndex((other) => weekOf(other.row) === week) < at) rows.splice(at, 1);
  }

  of(device: string, ordinal: number): Evidence[] {
    return [...(this.#rows.get(device)?.get(ordinal)?.values() ?? [])].flat().map(({ row }) => row);
  }

  all(): Numbered[] {
    return [...this.#rows.values()].flatMap((incidents) =>
      [...incidents.values()].flatMap((of) => [...of.values()].flat()),
    );
  }

  /** The rows of a device's incidents from an ordinal on are another's. */
  move(from: string, fromOrdinal: number, into: string, intoOrdinal: number): void {
    for (const ordinal of [fromOrdinal, fromOrdinal + 1]) {
      const rows = this.of(from, ordinal);
      this.#rows.get(from)?.delete(ordinal);
      for (const row of rows) this.keep({ ...row, device: into, ordinal: intoOrdinal });
    }
  }

  forget(device: string): void {
    this.#rows.delete(device);
  }

  #groupOf({ device, ordinal, mnemonic }: Evidence): Numbered[] {
    const incidents = entryOf(this.#rows, device, () => new Map<number, Map<string, Numbered[]>>());
    const mnemonics = entryOf(incidents, ordinal, () => new Map<string, Numbered[]>());
    return entryOf(mnemonics, mnemonic, () => []);
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

const WEEK_MS = 7 * 86_400_000;

function weekOf({ at }: Evidence): number {
  return Math.floor(at / WEEK_MS);
}
