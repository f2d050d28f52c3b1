/** The stored form of a line. */

import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../model/device.ts';
import type { DeviceState, SignalEvent } from '../model/device-state.ts';
import { isOpen } from '../model/incident.ts';
import type { Timing } from '../model/instant.ts';
import type { TimeQuality } from '../model/message.ts';
import type { Line, Observation } from '../model/observation.ts';
import { asCounted, type Credence } from './senders.ts';
import type { Inserted } from './timeline.ts';

/**
 * A raw line that belongs to the incident `ordinal` of the device, or to the next one that may open, with everything
 * that is needed to fold it again.
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
  /** The address that the line came from; null if it came from a file, or in a row of an older version. */
  readonly sender: string | null;
  /** How the line came; null in a row of an older version. */
  readonly transport: Line['transport'];
  /** False: the sender was not known for the device, so that the line proves no recovery. */
  readonly senderKnown: boolean;
  /** True: the serial number in the line, and the product beside it, are another device's. */
  readonly foreign: boolean;
  /** The time of the line in the fold, in milliseconds; null if the line was too old to be folded. */
  readonly foldedAt: number | null;
  /** Whether the line changed an incident. */
  readonly decisive: boolean;
  readonly timeUsed: Timing['used'];
  /** Why the stamp of the line was not used. */
  readonly stampRejected: Timing['rejected'];
  readonly stamp: number | null;
  readonly timeQuality: TimeQuality;
  readonly relayStamp: number | null;
  readonly advisory: string;
  readonly grammar: string;
} & Pick<
  SignalEvent,
  'counter' | 'sequence' | 'manner' | 'server' | 'claim' | 'times' | 'peers' | 'clock' | 'critical' | 'facts'
>;

export function evidenceOf(
  { key, state }: Device,
  observation: Pick<Observation, 'receivedAt' | 'event' | 'timeQuality'>,
  { raw, sender, transport, timing, stamp, relayStamp, grammar }: Line,
  { at: foldedAt, changes }: Pick<Inserted, 'at' | 'changes'>,
  advisory: Advisory,
  { senderKnown, foreign }: Credence = { senderKnown: true, foreign: false },
): Evidence {
  const { at, kind, family, cause, manner, server, claim, weight, mnemonic, ...rest } = observation.event;
  const { times, peers, clock, critical, facts, counter, sequence } = rest;
  return {
    device: key,
    ordinal: ordinalAfter(state),
    at,
    receivedAt: observation.receivedAt,
    kind,
    family,
    cause,
    manner,
    server,
    claim,
    weight,
    mnemonic,
    raw,
    sender,
    transport,
    senderKnown,
    foreign,
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
    counter,
    sequence,
  };
}

/** The incident that a line belongs to: the open one, or the next one that may open. `state`: after the line. */
export function ordinalAfter({ incident, ordinal }: DeviceState): number {
  return isOpen(incident) ? incident.ordinal : ordinal + 1;
}

/** A folded line as the signal that it was, with its stored meaning. */
export function signalOf({ foldedAt, kind, family, cause, weight, mnemonic, times, ...row }: Evidence): SignalEvent {
  const { manner, server, claim, counter, sequence, peers, clock, critical, facts } = row;
  const at = foldedAt as number;
  const meaning = { kind: kind as SignalEvent['kind'], family, cause: cause as SignalEvent['cause'], weight, mnemonic };
  const failure = { manner, server, claim };
  const said = {
    at,
    times,
    fingerprint: null,
    counter,
    way: null,
    sequence,
    ...meaning,
    ...failure,
    peers,
    clock,
    critical,
    facts,
  };
  return asCounted(said, row);
}
