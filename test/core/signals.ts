/** What devices say, as the shipped advisory reads it: signals for the state machine, without their times. */
import fc from 'fast-check';
import { step } from '../../src/core/correlate/machine.ts';
import { type DeviceState, newDeviceState, type SignalEvent } from '../../src/core/model/device-state.ts';
import { advisory, HOUR, observed, T0 } from '../given.ts';

type Said = Partial<SignalEvent>;

const aside = { family: null, cause: null, weight: 0 } as const;
const refused = { family: 'trust-proof', cause: 'trust', manner: 'refused', weight: 3 } as const;
const timedOut = { cause: 'network', manner: 'timeout', weight: 0 } as const;

/** COMM_FAILED is a state; the reason is in the name. */
export const comm: Said = { peers: ['cssm'] };
export const commRefused: Said = { ...comm, ...refused };
export const commTimeout: Said = { ...comm, ...timedOut };
export const commUnresolved: Said = { ...comm, cause: 'dns', manner: 'unresolved', weight: 0 };
export const commDisabled: Said = { ...comm, cause: 'configuration', manner: 'disabled', weight: 0 };
export const commOfCslu: Said = { server: 'cslu', peers: ['cslu'], weight: 0 };
export const auth: Said = { family: 'authorization', mnemonic: 'AUTH_RENEW_FAILED', peers: ['cssm'] };
export const authRefused: Said = { ...auth, ...refused };
export const denied: Said = {
  ...auth,
  mnemonic: 'AGENT_REG_FAILED',
  cause: 'configuration',
  manner: 'denied',
  weight: 0,
};

/** Call-home is an event, and so are revocation lists. */
export const callHome: Said = { family: 'call-home', cause: 'transport', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' };
export const callHomeTimeout: Said = { ...callHome, ...timedOut };
export const callHomeUnnamed: Said = { ...callHome, server: 'unnamed' };
export const callHomeOwn: Said = { ...callHome, server: 'own', weight: 0 };
export const list: Said = { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL', server: 'unnamed' };
export const listTimeout: Said = { ...list, cause: 'network', manner: 'timeout' };
export const notYetValid: Said = {
  ...list,
  mnemonic: 'CERTIFICATE_INVALID_NOT_YET_VALID',
  cause: 'clock',
  manner: 'clock',
  weight: 0,
};

const consequence: Said = { ...aside, kind: 'consequence', family: 'consequence', server: 'unnamed', critical: true };
export const outOfCompliance: Said = { ...consequence, mnemonic: 'OUT_OF_COMPLIANCE' };
export const expired: Said = { ...consequence, mnemonic: 'AUTHORIZATION_EXPIRED' };
export const idExpired: Said = { ...consequence, mnemonic: 'ID_CERT_EXPIRED' };

const recovery: Said = { ...aside, kind: 'recovery', server: 'unnamed' };
export const restored: Said = { ...recovery, mnemonic: 'COMM_RESTORED' };
export const restoredCssm: Said = { ...restored, server: 'cisco', peers: ['cssm'] };
export const restoredCslu: Said = { ...restored, server: 'cslu', peers: ['cslu'] };
export const restoredOwn: Said = { ...restored, server: 'own', peers: ['satellite'] };
export const inCompliance: Said = { ...recovery, mnemonic: 'IN_COMPLIANCE' };

const hint: Said = { ...aside, kind: 'hint', server: 'unnamed', mnemonic: 'RESTART' };
export const imported: Said = { ...hint, kind: 'remediation', mnemonic: 'TRUSTPOOL_DOWNLOAD_SUCCESS' };
export const restartedOn = (release: string): Said => ({ ...hint, facts: { restarted: true, release } });
export const clockUnset: Said = {
  ...hint,
  kind: 'clock',
  cause: 'clock',
  mnemonic: 'NON_AUTHORITATIVE_CLOCK',
  clock: 'unset',
};
export const clockSet: Said = { ...hint, kind: 'clock', mnemonic: 'AUTHORITATIVE_CLOCK', clock: 'set' };
/** A line whose stamp shows something of the clock. */
export const stamped = (clock: 'set' | 'dated' | 'off'): Said => ({
  ...hint,
  mnemonic: 'POLICY_INSTALL_SUCCESS',
  clock,
});
export const close: Said = { ...hint, kind: 'operator', mnemonic: 'CLOSE' };
export const reopen: Said = { ...close, mnemonic: 'REOPEN' };

/** Everything that lines of devices say, by name. */
export const shapes: readonly Said[] = [
  ...[comm, commRefused, commTimeout, commUnresolved, commDisabled, commOfCslu, auth, authRefused, denied],
  ...[callHome, callHomeTimeout, callHomeUnnamed, callHomeOwn, list, listTimeout, notYetValid],
  ...[outOfCompliance, expired, idExpired, restored, restoredCssm, restoredCslu, restoredOwn, inCompliance],
  ...[imported, clockUnset, clockSet, stamped('set'), stamped('dated'), stamped('off')],
  ...[restartedOn('17.3.3'), restartedOn('17.6.1')],
];

/** Hours after T0, and what was said then. */
export type Story = readonly (readonly [hours: number, said: Said])[];

const known = { pid: 'IE-3300-8T2S', release: '17.3.3' } as const;
/** Devices on an affected release, on one with the fix, and one of which nothing is known. */
export const devices = {
  affected: { ...newDeviceState, ...known },
  fixed: { ...newDeviceState, ...known, release: '17.6.1' },
  unknown: newDeviceState,
} satisfies Record<string, DeviceState>;

/** The state after a story; no time passes behind its last signal. */
export function after(story: Story, from: DeviceState = newDeviceState): DeviceState {
  return story.reduce((state, [hours, said]) => step(state, observed(T0 + hours * HOUR, said), advisory).state, from);
}

/** Stories of any signals with up to `gap` hours between two of them, from any device. */
export function stories(gap: number, maxLength = 30) {
  const said = fc.tuple(fc.integer({ min: 0, max: gap }), fc.constantFrom(...shapes, close, reopen));
  const told = fc.array(said, { minLength: 1, maxLength }).map((gaps): Story => {
    let hours = 0;
    return gaps.map(([more, what]) => {
      hours += more;
      return [hours, what];
    });
  });
  return fc.tuple(fc.constantFrom(...Object.values(devices)), told);
}
