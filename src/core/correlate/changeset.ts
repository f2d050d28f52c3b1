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
  /** Evidence by line, with holes; and the lines with evidence by device. */
  readonly #evidence: Evidence[];
  readonly #linesOf = new Map<string, number[]>();

  constructor(observations: readonly Observation[]) {
    this.#observations = observations;
    this.#evidence = new Array(observations.length);
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
    this.#evidence[line] = row;
    const lines = this.#linesOf.get(row.device);
    if (lines === undefined) this.#linesOf.set(row.device, [line]);
    else lines.push(line);
  }

  /**
   * Moves evidence of a merged device to the other one, from `fromOrdinal` on; earlier incidents keep their evidence.
   */
  moveEvidence({ from, into, fromOrdinal, intoOrdinal }: Merge): void {
    const lines = this.#linesOf.get(from) ?? [];
    this.#linesOf.delete(from);
    for (const line of lines) {
      const row = this.#evidence[line] as Evidence;
      const moves = row.ordinal >= fromOrdinal;
      this.addEvidence(line, moves ? { ...row, device: into, ordinal: intoOrdinal } : row);
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
