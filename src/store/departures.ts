import type { DeviceChange, Merge } from '../core/correlate/correlated.ts';

/** An incident that is no longer there. `into`: the incident that it became; null if it was withdrawn. */
export type Departure = {
  readonly device: string;
  readonly ordinal: number;
  /** When it went, in milliseconds of event time. */
  readonly at: number;
  readonly into: { readonly device: string; readonly ordinal: number } | null;
};

/** The incidents that these changes take away, in their order. `merges`: the merges that were decided with them. */
export function departures(changes: readonly DeviceChange[], merges: readonly Merge[]): Departure[] {
  return changes
    .filter(({ type }) => type === 'IncidentWithdrawn')
    .map(({ device, ordinal, at, reason }) => ({
      ...{ device, ordinal, at },
      into: reason === 'same-device' ? ledTo(device, ordinal, merges) : null,
    }));
}

/** The incident at the end of these merges; null if none of them moves the incident. */
function ledTo(device: string, ordinal: number, merges: readonly Merge[]): Departure['into'] {
  return merges.reduce<Departure['into']>((at, merge) => {
    const last = at ?? { device, ordinal };
    const moves = last.device === merge.from && last.ordinal >= merge.fromOrdinal;
    return moves ? { device: merge.into, ordinal: merge.intoOrdinal } : at;
  }, null);
}
