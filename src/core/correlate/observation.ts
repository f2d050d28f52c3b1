/** A line as the fold takes it, and as it is kept. */
import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../device.ts';
import type { Names } from '../identity.ts';
import { isOpen } from '../incident.ts';
import type { Timing } from '../instant.ts';
import type { Classification, TimeQuality } from '../message.ts';
import type { SignalEvent } from './device-state.ts';
import type { Inserted } from './timeline.ts';

/** One message of ours, with the names of its device and the time that decides. */
export type Observation = {
  readonly names: Names;
  readonly at: number;
  readonly receivedAt: number;
  readonly pid: string | null;
  readonly timeQuality: TimeQuality;
  readonly facility: string;
  readonly mnemonic: string;
  readonly severity: number | null;
  readonly classification: Omit<Classification, 'kind'> & Pick<SignalEvent, 'kind'>;
  readonly event: SignalEvent;
  /** It is of no importance unless its device is known; it makes none. */
  readonly onlyKnownDevice: boolean;
  /** What evidence says of the line itself; null where nobody will ask for any. */
  readonly line: Line | null;
};

/** A line as it came, its own times, and which of them decided. */
export type Line = {
  readonly raw: string;
  readonly timing: Timing;
  readonly stamp: number | null;
  readonly relayStamp: number | null;
  /** The version of the grammars that read it. */
  readonly grammar: string;
};

/**
 * A raw line that belongs to an incident: to the device's `ordinal`th, or to the one that may come; and all that is
 * needed to take it in once more.
 */
export type Evidence = {
  readonly device: string;
  readonly ordinal: number;
  readonly at: number;
  readonly receivedAt: number;
  readonly kind: string;
  readonly family: string | null;
  readonly cause: string | null;
  readonly weight: number;
  readonly mnemonic: string;
  readonly raw: string;
  /** Its place in the fold; null if it was too old for one. */
  readonly foldedAt: number | null;
  /** It changed the incident. */
  readonly decisive: boolean;
  readonly timeUsed: Timing['used'];
  /** Why its own stamp was not used. */
  readonly stampRejected: Timing['rejected'];
  readonly stamp: number | null;
  readonly timeQuality: TimeQuality;
  readonly relayStamp: number | null;
  readonly advisory: string;
  readonly grammar: string;
} & Pick<SignalEvent, 'times' | 'peers' | 'clock' | 'critical' | 'facts'>;

export function evidenceOf(
  { key, state }: Device,
  observation: Omit<Observation, 'line'>,
  { raw, timing, stamp, relayStamp, grammar }: Line,
  { at: foldedAt, changes }: Inserted,
  advisory: Advisory,
): Evidence {
  const { incident } = state;
  const { kind, family, cause, weight } = observation.classification;
  const { times, peers, clock, critical, facts } = observation.event;
  return {
    device: key,
    ordinal: isOpen(incident) ? incident.ordinal : state.ordinal + 1,
    at: observation.at,
    receivedAt: observation.receivedAt,
    kind,
    family,
    cause,
    weight,
    mnemonic: observation.mnemonic,
    raw,
    foldedAt,
    decisive: changes.length > 0,
    timeUsed: timing.used,
    stampRejected: timing.rejected,
    stamp,
    timeQuality: observation.timeQuality,
    relayStamp,
    advisory: advisory.name,
    grammar,
    times,
    peers,
    clock,
    critical,
    facts,
  };
}
