import fc from 'fast-check';
import t from 'tap';
import { step } from '../../../src/core/correlate/machine.ts';
import { type FleetMember, fleetContextOf } from '../../../src/core/judge/fleet-context.ts';
import { diagnose, hypothesesOf, leaderIn } from '../../../src/core/judge/ranking.ts';
import { newDeviceState } from '../../../src/core/model/device-state.ts';
import { hypotheses } from '../../../src/core/model/hypothesis.ts';
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

t.test('diagnose() is the hypothesis that leads in hypothesesOf(), whatever was said', async (t) => {
  const signals = fc.array(fc.tuple(fc.integer({ min: 0, max: shapes.length - 1 }), fc.integer({ min: 1, max: 20 })), {
    maxLength: 30,
  });
  const led = new Set<string>();
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
      if (!sorted || ranked.some(({ for: reasons, cause }) => reasons.length === 0 || !hypotheses.includes(cause)))
        return false;
      const leader = leaderIn(ranked, advisory);
      led.add(`${leader}`);
      return diagnose(state, at, advisory) === leader;
    }),
    { numRuns: 2000 },
  );
  t.ok(led.size > 4, `led: ${[...led].join(', ')}`);
});

t.test('leaderIn() returns null below three points', async (t) => {
  t.equal(leaderIn([], advisory), null);
  t.equal(leaderIn([{ cause: 'trust', score: 2, for: ['x'], against: [] }], advisory), null);
  t.equal(leaderIn([{ cause: 'dns', score: 3, for: ['x'], against: [] }], advisory), 'dns');
});

t.test('fleetContextOf() counts the devices that fail with a device, and those that do not', async (t) => {
  const member = (key: string, over: Partial<FleetMember> = {}): FleetMember => ({
    key,
    plant: 'North',
    release: '17.3.3',
    status: 'affected',
    failingSince: null,
    lastFailureAt: null,
    timedOut: false,
    lastSuccessAt: null,
    ...over,
  });
  const failing = (hours: number) => ({ failingSince: T0 + hours * HOUR, lastFailureAt: T0 + hours * HOUR });
  const device = member('a', failing(0));
  const members = [
    device,
    member('b', { ...failing(0.2), timedOut: true, release: '17.03.01' }),
    member('c', failing(3)),
    member('d'),
    member('f', { plant: 'South', ...failing(5) }),
    member('g', { plant: 'South', release: '17.6.1', status: 'fixed', lastSuccessAt: T0 + 6 * HOUR }),
    member('i', { plant: 'South', release: '17.6.1', status: 'fixed', lastSuccessAt: T0 - 7 * HOUR }),
    member('h', { plant: null, release: null, status: 'unknown', ...failing(100) }),
  ];
  t.same(fleetContextOf(device, members, new Set(['b', 'f'])), {
    plant: { name: 'North', devices: 4, failing: 2, timedOut: 1 },
    train: { name: '17.3', devices: 5, failing: 4, plantsFailing: 2 },
    fixed: { devices: 2, failing: 0, succeeded: 1, plantsFailing: 0 },
    plants: 2,
    plantsFailing: 2,
    linksDown: 1,
  });
  t.match(fleetContextOf(member('z', { plant: null, release: '15.2(7)E3' }), members), { plant: null, train: null });
});
