/** What a person does about an incident, or sees on a device, as signals: they take their place in its time. */
import type { TrustpoolReading } from '../advisory/trustpool.ts';
import type { TrustpoolSeen } from '../device.ts';
import type { Observed, Tells } from './course.ts';
import { CLOSE, REOPEN } from './observe.ts';
import type { Sighting } from './sighting.ts';

export type Act = { readonly sighting: Sighting; readonly trustpool: TrustpoolSeen | null };

export function closing(at: number, by: string, why: string): Act {
  return { sighting: sightingOf(at, 'operator', CLOSE, null, `closed by ${by}: ${why}`), trustpool: null };
}

export function reopening(at: number, by: string, why: string): Act {
  return { sighting: sightingOf(at, 'operator', REOPEN, null, `reopened by ${by}: ${why}`), trustpool: null };
}

/** Where the new root is there, or is missing, that says something of the repair. */
export function looking(at: number, { certificates, complete, newRoot, oldRoot }: TrustpoolReading): Act {
  const tells = newRoot === 'unknown' ? null : { checked: newRoot === 'present' };
  const text = `the trustpool was looked at: new root ${newRoot}, old root ${oldRoot}`;
  const kind = newRoot === 'present' ? 'remediation' : 'hint';
  const trustpool = { at, newRoot, oldRoot, complete, certificates: certificates.length };
  return { sighting: sightingOf(at, kind, 'TRUSTPOOL_CHECK', tells, text), trustpool };
}

function sightingOf(at: number, kind: Observed['kind'], mnemonic: string, tells: Tells | null, raw: string): Sighting {
  const signal = { family: null, cause: null, weight: 0 };
  return {
    names: { origin: null, relayHost: null, peer: null, serial: null },
    at,
    receivedAt: at,
    pid: null,
    timeQuality: 'none',
    facility: 'OPERATOR',
    mnemonic,
    severity: null,
    signal: { ...signal, kind },
    observed: {
      ...signal,
      at,
      times: 1,
      fingerprint: null,
      counter: null,
      kind,
      mnemonic,
      peers: [],
      clock: null,
      critical: false,
      tells,
    },
    quiet: true,
    line: { raw, timing: { at, used: 'receipt', rejected: 'no-date' }, stamp: null, relayStamp: null, grammar: '' },
  };
}
