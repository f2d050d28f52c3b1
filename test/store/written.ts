/** Observations and rows that the contract tests write. */
import type { Enrolled } from '../../src/core/correlate/enrol.ts';
import type { Names } from '../../src/core/model/names.ts';
import type { Observation } from '../../src/core/model/observation.ts';
import type { Note } from '../../src/store/ports/batch.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { event, HOUR, observed, T0 } from '../given.ts';
import { commitObservations } from './stores.ts';

export function observation(device: string | null, hours: number, over = {}, names: Partial<Names> = {}): Observation {
  const signal = observed(T0 + hours * HOUR, over);
  const said = `line of ${signal.mnemonic} at ${hours}`;
  return event(signal, { origin: device, peer: '192.0.2.7', ...names }, said);
}

export const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' };
export const restored = { kind: 'recovery', family: null, cause: null, weight: 0, mnemonic: 'COMM_RESTORED' };
export const imported = { ...restored, kind: 'remediation', mnemonic: 'TRUSTPOOL_DOWNLOAD_SUCCESS' };
/** COMM_FAILED with the reason that the server's certificate was refused: alone a reason to suspect. */
export const proof = { family: 'trust-proof', cause: 'trust', manner: 'refused', weight: 3 };

export const commit = async (store: Store, ...observations: Observation[]) => commitObservations(store, observations);

export function noteOf(device: string, ordinal: number, over: Partial<Note> = {}): Note {
  return { device, ordinal, at: T0, by: 'kim', kind: 'acknowledged', text: 'seen', disposition: null, ...over };
}

export function rowOf(hostname: string): Enrolled {
  const none = { address: null, serial: null, pid: null, release: null, plant: null, licensing: null };
  return { row: { hostname, ...none }, columns: ['hostname'] };
}

export const keysOf = async (store: Store) => (await store.devices({ limit: 500 })).rows.map(({ key }) => key);
