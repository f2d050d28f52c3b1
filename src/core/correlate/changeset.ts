/**
 * The changes of a fold, each with the line that decided it. A fold works device by device; `inOrder` returns the
 * changes in the order of the lines.
 */
import type { Device } from '../model/device.ts';
import type { DeviceState } from '../model/device-state.ts';
import type { Change } from '../model/incident.ts';
import type { Observation } from '../model/observation.ts';
import type { DeviceChange, Merge } from './correlated.ts';
import type { Evidence } from './evidence.ts';

/** `line`: the index of the deciding observation. */
type Placed<T> = { readonly line: number; readonly of: T };

export class Changeset {
  readonly #observations: readonly Observation[];
  readonly #changes: Placed<DeviceChange>[] = [];
  readonly #past: Placed<Device>[] = [];
  /** By ordinal and device of a withdrawn incident: the length of `#past` when the incident was withdrawn. */
  readonly #withdrawn = new Map<string, number>();
  /** Evidence by slot, with holes, two slots for each line; and the slots with evidence by device. */
  readonly #evidence: Evidence[];
  readonly #slotsOf = new Map<string, number[]>();

  constructor(observations: readonly Observation[]) {
    this.#observations = observations;
    this.#evidence = new Array(2 * observations.length);
  }

  /**
   * Adds changes of a device, and its finished incidents. `line`: the index of the deciding line; 0 if no line decided.
   */
  add(device: Device, changes: readonly Change[], past: readonly DeviceState[], line = 0): void {
    const receivedAt = this.#observations[line]?.receivedAt ?? null;
    for (const change of changes) {
      this.#changes.push({ line, of: { ...change, device: device.key, receivedAt } });
      if (change.type === 'IncidentWithdrawn') {
        this.#withdrawn.set(`${change.ordinal} ${device.key}`, this.#past.length);
      }
    }
    for (const state of past) this.#past.push({ line, of: { ...device, state } });
  }

  addEvidence(line: number, row: Evidence): void {
    this.#addAt(2 * line, row);
  }

  /** Evidence that a line only gives an effect, or an action of a person: it comes behind that of the line. */
  addSecond(line: number | undefined, row: Evidence): void {
    this.#addAt(line === undefined ? this.#evidence.length : 2 * line + 1, row);
  }

  #addAt(slot: number, row: Evidence): void {
    this.#evidence[slot] = row;
    const slots = this.#slotsOf.get(row.device);
    if (slots === undefined) this.#slotsOf.set(row.device, [slot]);
    else slots.push(slot);
  }

  /**
   * Moves evidence of a merged device to the other one, from `fromOrdinal` on; earlier incidents keep their evidence.
   */
  moveEvidence({ from, into, fromOrdinal, intoOrdinal }: Merge): void {
    const slots = this.#slotsOf.get(from) ?? [];
    this.#slotsOf.delete(from);
    for (const slot of slots) {
      const row = this.#evidence[slot] as Evidence;
      const moves = row.ordinal >= fromOrdinal;
      this.#addAt(slot, moves ? { ...row, device: into, ordinal: intoOrdinal } : row);
    }
  }

  /** Everything in the order of the lines, without finished incidents that were withdrawn later. */
  inOrder(): { changes: DeviceChange[]; past: Device[]; evidence: Evidence[] } {
    const isLasting = ({ of: { key, state } }: Placed<Device>, index: number) =>
      index >= (this.#withdrawn.get(`${state.ordinal} ${key}`) ?? 0);
    const past = this.#past.filter(isLasting);
    return { changes: sorted(this.#changes), past: sorted(past), evidence: this.#evidence.filter(() => true) };
  }
}

/** Sorted by line; items of one line keep their order (the sort is stable). */
function sorted<T>(placed: Placed<T>[]): T[] {
  return placed.sort((a, b) => a.line - b.line).map(({ of }) => of);
}
