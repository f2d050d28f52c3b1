/** Operators' actions on an incident, and their trustpool checks, as signals in the timeline of the device. */

import type { TrustpoolReading } from '../capture/trustpool.ts';
import type { TrustpoolSeen } from '../model/device.ts';
import type { DeviceFacts, SignalEvent } from '../model/device-state.ts';
import { neutral } from '../model/message.ts';
import { internedAlone } from '../model/names.ts';
import type { Observation } from '../model/observation.ts';
import { CLOSE, REOPEN } from './apply-signal.ts';

/** `sender`: an address from which the device sends. */
export type OperatorAction = {
  readonly observation: Observation;
  readonly trustpool: TrustpoolSeen | null;
  readonly sender?: string;
};

export function closedBy(at: number, by: string, why: string): OperatorAction {
  return { observation: observationOf(at, 'operator', CLOSE, null, `closed by ${by}: ${why}`), trustpool: null };
}

export function reopenedBy(at: number, by: string, why: string): OperatorAction {
  return { observation: observationOf(at, 'operator', REOPEN, null, `reopened by ${by}: ${why}`), trustpool: null };
}

/** A trustpool with the new root counts as a repair, one without it withdraws the repair; `unknown` changes nothing. */
export function trustpoolChecked(
  at: number,
  { certificates, complete, newRoot, oldRoot }: TrustpoolReading,
): OperatorAction {
  const facts = newRoot === 'unknown' ? null : { checked: newRoot === 'present' };
  const text = `trustpool checked: new root ${newRoot}, old root ${oldRoot}`;
  const kind = newRoot === 'present' ? 'remediation' : 'hint';
  const trustpool = { at, newRoot, oldRoot, complete, certificates: certificates.length };
  return { observation: observationOf(at, kind, 'TRUSTPOOL_CHECK', facts, text), trustpool };
}

/** The device sends from this address: what is said from there counts, also a recovery that waits. */
export function senderConfirmed(at: number, sender: string, by: string, why: string): OperatorAction {
  const text = `sender ${sender} confirmed by ${by}: ${why}`;
  return { observation: observationOf(at, 'hint', 'SENDER_CONFIRMED', null, text), trustpool: null, sender };
}

/** What a person did or showed, as an observation. */
export function observationOf(
  at: number,
  kind: SignalEvent['kind'],
  mnemonic: string,
  facts: DeviceFacts | null,
  raw: string,
): Observation {
  return {
    names: internedAlone({ origin: null, relayHost: null, peer: null, serial: null }),
    receivedAt: at,
    sender: null,
    pid: null,
    timeQuality: 'none',
    event: {
      at,
      times: 1,
      fingerprint: null,
      counter: null,
      way: null,
      sequence: null,
      ...neutral,
      kind,
      mnemonic,
      peers: [],
      clock: null,
      critical: false,
      facts,
    },
    onlyKnownDevice: true,
    heard: null,
    ordinary: false,
    line: {
      raw,
      sender: null,
      transport: null,
      timing: { at, used: 'receipt', rejected: null, skewMs: null },
      stamp: null,
      relayStamp: null,
      grammar: '',
    },
  };
}
