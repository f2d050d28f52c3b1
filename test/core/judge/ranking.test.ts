import fc from 'fast-check';
import t from 'tap';
import { step } from '../../../src/core/correlate/machine.ts';
import { diagnoseIncident } from '../../../src/core/judge/diagnosis.ts';
import { type FleetMember, fleetContextOf } from '../../../src/core/judge/fleet-context.ts';
import { findingIn, hypothesesOf } from '../../../src/core/judge/ranking.ts';
import { ailments } from '../../../src/core/judge/rules.ts';
import { newDeviceState } from '../../../src/core/model/device-state.ts';
import { isOpen } from '../../../src/core/model/incident.ts';
import { advisory, HOUR, observed, T0 } from '../../given.ts';

const shapes = [
  {},
  { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' },
  { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' },
  { family: 'trust-proof', weight: 3, cause: 'trust', mnemonic: 'AUTH_RENEW_FAILED' },
  { weight: 0, cause: 'dns' },
  { weight: 0, cause: 'network' },
  { weight: 0, cause: 'configuration' },
  { weight: 0, cause: 'clock' },
  { clock: 'unset' },
  { clock: 'set' },
  { kind: 'consequence', family: 'consequence', cause: null, weight: 0, mnemonic: 'OUT_OF_COMPLIANCE' },
  { kind: 'recovery', family: null, cause: null, weight: 0, mnemonic: 'COMM_RESTORED' },
  { kind: 'remediation', family: null, cause: null, weight: 0, mnemonic: 'TRUSTPOOL_DOWNLOAD_SUCCESS' },
] as const;

t.test('hypothesesOf() never contradicts the diagnosis of an open incident, without a fleet context', async (t) => {
  const signals = fc.array(fc.tuple(fc.integer({ min: 0, max: shapes.length - 1 }), fc.integer({ min: 1, max: 20 })), {
    maxLength: 30,
  });
  let compared = 0;
  fc.assert(
    fc.property(signals, (given) => {
      let state = newDeviceState;
      let at = T0;
      for (const [shape, hours] of given) {
        at += hours * HOUR;
        state = step(state, observed(at, shapes[shape]), advisory).state;
      }
      const ranked = hypothesesOf(state, at, advisory);
      const sorted = ranked.every(({ score }, index) => index === 0 || score <= (ranked[index - 1]?.score ?? 0));
      if (!sorted || ranked.some(({ for: reasons, cause }) => reasons.length === 0 || !ailments.includes(cause)))
        return false;
      if (!isOpen(state.incident) || state.incident.phase.state === 'recovering') return true;
      compared++;
      return ranked[0]?.cause === diagnoseIncident(state.incident, state);
    }),
    { numRuns: 2000, verbose: true },
  );
  t.ok(compared > 100, `${compared} runs ended with an open incident`);
});

t.test('findingIn() returns null below three points', async (t) => {
  t.equal(findingIn([]), null);
  t.equal(findingIn([{ cause: 'trust', score: 2, for: ['x'], against: [] }]), null);
  t.equal(findingIn([{ cause: 'dns', score: 3, for: ['x'], against: [] }]), 'dns');
});

t.test('fleetContextOf() counts the devices that fail with a device, and those that do not', async (t) => {
  const member = (key: string, over: Partial<FleetMember> = {}): FleetMember => ({
    key,
    plant: 'North',
    release: '17.3.3',
    status: 'affected',
    failingSince: null,
    lastFailureAt: null,
    ...over,
  });
  const failing = (hours: number) => ({ failingSince: T0 + hours * HOUR, lastFailureAt: T0 + hours * HOUR });
  const device = member('a', failing(0));
  const members = [
    device,
    member('b', { ...failing(0.2), release: '17.03.01' }),
    member('c', failing(3)),
    member('d'),
    member('f', { plant: 'South', ...failing(5) }),
    member('g', { plant: 'South', release: '17.6.1', status: 'fixed' }),
    member('h', { plant: null, release: null, status: 'unknown', ...failing(100) }),
  ];
  t.same(fleetContextOf(device, members, new Set(['b', 'f'])), {
    plant: { name: 'North', devices: 4, failing: 2 },
    train: { name: '17.3', devices: 5, failing: 4, plantsFailing: 2 },
    fixed: { devices: 1, failing: 0 },
    plants: 2,
    plantsFailing: 2,
    linksDown: 1,
  });
  t.match(fleetContextOf(member('z', { plant: null, release: '15.2(7)E3' }), members), { plant: null, train: null });
});
