import fc from 'fast-check';
import t from 'tap';
import { type FleetContext, type FleetMember, fleetContextOf } from '../../../src/core/judge/fleet-context.ts';
import { diagnose, hypothesesOf, leaderIn } from '../../../src/core/judge/ranking.ts';
import { verdictAt } from '../../../src/core/judge/verdict.ts';
import type { DeviceState } from '../../../src/core/model/device-state.ts';
import { hypotheses } from '../../../src/core/model/hypothesis.ts';
import { advisory, HOUR, T0 } from '../../given.ts';
import {
  after,
  authRefused,
  callHome,
  callHomeOwn,
  callHomeTimeout,
  callHomeUnnamed,
  clockSet,
  clockUnset,
  comm,
  commDisabled,
  commOfCslu,
  commRefused,
  commTimeout,
  commUnresolved,
  denied,
  devices,
  expired,
  imported,
  list,
  listTimeout,
  outOfCompliance,
  reopen,
  restartedOn,
  restored,
  type Story,
  stories,
} from '../signals.ts';

const lastOf = (story: Story) => T0 + (story.at(-1)?.[0] ?? 0) * HOUR;

t.test('diagnose() is the hypothesis that leads in hypothesesOf(), whatever was said', async (t) => {
  const led = new Set<string>();
  fc.assert(
    fc.property(stories(20), ([device, story]) => {
      const [state, at] = [after(story, device), lastOf(story)];
      const ranked = hypothesesOf(state, at, advisory);
      const sorted = ranked.every(({ score }, index) => index === 0 || score <= (ranked[index - 1]?.score ?? 0));
      if (!sorted || ranked.some(({ for: reasons, cause }) => reasons.length === 0 || !hypotheses.includes(cause)))
        return false;
      const leader = leaderIn(ranked, advisory);
      led.add(`${leader}`);
      return diagnose(state, at, advisory) === leader;
    }),
    { numRuns: 4000 },
  );
  t.strictSame([...led].sort(), [...hypotheses, 'null'].sort(), 'each of them leads somewhere');
});

/** What the rest of a fleet may be like. */
const fleets: fc.Arbitrary<FleetContext> = fc.record({
  plant: fc.option(
    fc.record({ name: fc.constant('North'), failing: fc.nat(9), devices: fc.nat(9), timedOut: fc.nat(9) }),
  ),
  train: fc.option(
    fc.record({ name: fc.constant('17.3'), failing: fc.nat(9), devices: fc.nat(9), plantsFailing: fc.nat(3) }),
  ),
  fixed: fc.record({ failing: fc.nat(9), devices: fc.nat(9), succeeded: fc.nat(9), plantsFailing: fc.nat(3) }),
  plants: fc.nat(4),
  plantsFailing: fc.nat(3),
  linksDown: fc.nat(4),
});

t.test('hypothesesOf() and verdictAt() do not depend on the incident that they decide about', async (t) => {
  fc.assert(
    fc.property(
      stories(60),
      stories(60),
      fc.option(fleets),
      fc.nat(99),
      ([device, story], [, other], fleet, ordinal) => {
        const [state, at] = [after(story, device), lastOf(story)];
        const { incident } = after(other, device);
        const judged = (given: DeviceState) =>
          JSON.stringify([hypothesesOf(given, at, advisory, fleet), verdictAt(given, at, advisory)]);
        const expected = judged(state);
        return [null, incident].every((one) => judged({ ...state, incident: one, ordinal }) === expected);
      },
    ),
    { numRuns: 3000 },
  );
  t.pass();
});

t.test('hypothesesOf() lets the hypothesis lead that the table of the advisory says', async (t) => {
  type Row = readonly [why: string, device: keyof typeof devices, story: Story, leader: string | null];
  const dnsOf = { ...commUnresolved, mnemonic: 'COMM_INIT_FAILED' };
  const rows: readonly Row[] = [
    ['nothing', 'affected', [], null],
    ['a score of 2 on an affected release', 'affected', [[0, callHome]], 'trust'],
    ['a score of 2', 'unknown', [[0, callHome]], null],
    [
      'a score of 3',
      'unknown',
      [
        [0, callHome],
        [0, comm],
      ],
      'trust',
    ],
    [
      'the same on a fixed release',
      'fixed',
      [
        [0, callHome],
        [0, comm],
      ],
      'interception',
    ],
    ['proof', 'unknown', [[0, authRefused]], 'trust'],
    ['proof on a fixed release', 'fixed', [[0, authRefused]], 'interception'],
    [
      'timeouts',
      'affected',
      [
        [0, callHomeTimeout],
        [0, listTimeout],
      ],
      'network',
    ],
    ['timeouts of revocation lists alone', 'unknown', [[0, listTimeout]], null],
    [
      'a timeout beside an aborted connection',
      'affected',
      [
        [0, callHomeTimeout],
        [0, callHome],
      ],
      'trust',
    ],
    [
      'names are not resolved',
      'affected',
      [
        [0, dnsOf],
        [0, callHome],
        [0, comm],
      ],
      'dns',
    ],
    [
      'the same beside proof',
      'affected',
      [
        [0, dnsOf],
        [0, callHome],
        [0, commRefused],
      ],
      'trust',
    ],
    [
      'names were not resolved an hour ago',
      'affected',
      [
        [0, dnsOf],
        [1, callHome],
      ],
      'trust',
    ],
    [
      'the transport is disabled',
      'affected',
      [
        [0, commDisabled],
        [0, callHome],
      ],
      'configuration',
    ],
    ['a token was denied', 'unknown', [[0, denied]], 'configuration'],
    [
      'a wrong clock beside proof',
      'affected',
      [
        [0, clockUnset],
        [0, authRefused],
        [0, callHome],
      ],
      'clock',
    ],
    [
      'the own server',
      'affected',
      [
        [0, callHomeOwn],
        [0, comm],
      ],
      'own-server',
    ],
    ['CSLU', 'affected', [[0, commOfCslu]], 'own-server'],
    ['out of compliance', 'affected', [[0, outOfCompliance]], 'out-of-compliance'],
    [
      'out of compliance beside a failure',
      'affected',
      [
        [0, callHome],
        [0, outOfCompliance],
      ],
      'trust',
    ],
    [
      'healed by itself',
      'affected',
      [
        [0, comm],
        [4, restored],
      ],
      'outage',
    ],
    [
      'healed after more than a day',
      'affected',
      [
        [0, comm],
        [25, restored],
      ],
      null,
    ],
    [
      'healed by a repair',
      'affected',
      [
        [0, comm],
        [3, imported],
        [4, restored],
      ],
      null,
    ],
    [
      'healed when the clock was set',
      'unknown',
      [
        [0, comm],
        [1, clockUnset],
        [2, clockSet],
        [3, restored],
      ],
      'clock',
    ],
  ];
  for (const [why, device, story, leader] of rows) {
    const ranked = hypothesesOf(after(story, devices[device]), lastOf(story), advisory);
    t.equal(leaderIn(ranked, advisory), leader, `${why}: ${ranked.map(({ cause, score }) => `${cause} ${score}`)}`);
  }
});

t.test('hypothesesOf() adds what the fleet shows', async (t) => {
  const quiet: FleetContext = {
    plant: { name: 'North', failing: 1, devices: 9, timedOut: 0 },
    train: { name: '17.3', failing: 1, devices: 9, plantsFailing: 1 },
    fixed: { failing: 0, devices: 9, succeeded: 0, plantsFailing: 0 },
    plants: 3,
    plantsFailing: 1,
    linksDown: 0,
  };
  const failing: Story = [
    [0, callHome],
    [0, comm],
  ];
  type Row = readonly [why: string, over: Partial<FleetContext>, points: Record<string, number>];
  const train = { name: '17.3', failing: 3, devices: 9, plantsFailing: 2 };
  const succeeded = { failing: 0, devices: 9, succeeded: 1, plantsFailing: 0 };
  const cut = { plant: { name: 'North', failing: 8, devices: 9, timedOut: 4 } };
  const rows: readonly Row[] = [
    ['nothing', {}, { trust: 5 }],
    ['the train fails, and the fixed ones work', { train, fixed: succeeded }, { trust: 8 }],
    ['the train fails, and the fixed ones are silent', { train }, { trust: 5 }],
    ['the train fails in one plant', { train: { ...train, plantsFailing: 1 }, fixed: succeeded }, { trust: 5 }],
    [
      'two fixed devices of two plants fail',
      { fixed: { ...succeeded, failing: 2, plantsFailing: 2 } },
      { trust: 5, outage: 15 },
    ],
    ['two fixed devices of one plant fail', { fixed: { ...succeeded, failing: 2, plantsFailing: 1 } }, { trust: 5 }],
    ['the plant fails by timeouts', cut, { trust: 5, network: 8 }],
    [
      'the plant fails, links are down',
      { plant: { ...cut.plant, timedOut: 0 }, linksDown: 1 },
      { trust: 5, network: 11 },
    ],
    ['the plant fails otherwise', { plant: { ...cut.plant, timedOut: 3 } }, { trust: 5 }],
    ['another plant fails too', { ...cut, plantsFailing: 2 }, { trust: 5 }],
  ];
  for (const [why, over, points] of rows) {
    const ranked = hypothesesOf(after(failing, devices.affected), T0, advisory, { ...quiet, ...over });
    t.strictSame(Object.fromEntries(ranked.map(({ cause, score }) => [cause, score])), points, why);
  }
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

t.test('the diagnosis of an incident stays where nothing leads any more, until a failure rules it out', async (t) => {
  const pair: Story = [
    [0, callHome],
    [1, comm],
  ];
  const noClock: Story = [[0, clockUnset], ...pair];
  type Row = readonly [why: string, device: keyof typeof devices, story: Story, diagnosis: string | null];
  const rows: readonly Row[] = [
    [
      'nothing has led',
      'unknown',
      [
        [0, comm],
        [1, expired],
      ],
      null,
    ],
    [
      'one symptom is left',
      'unknown',
      [
        [0, callHome],
        [1, list],
        [200, comm],
      ],
      'trust',
    ],
    [
      'a list alone does not lead',
      'unknown',
      [
        [0, commTimeout],
        [0.1, callHomeUnnamed],
        [0.2, comm],
        [900, listTimeout],
      ],
      'network',
    ],
    [
      'the release has the fix now',
      'affected',
      [
        [0, comm],
        [80, restartedOn('17.6.1')],
        [81, comm],
      ],
      null,
    ],
    ['no table says that the release has the fix', 'fixed', [...pair, [2, restartedOn('12.4')], [900, comm]], null],
    ['the clock was set', 'unknown', [...noClock, [2, clockSet]], 'clock'],
    ['it fails after the clock was set', 'unknown', [...noClock, [2, clockSet], [3, callHome]], null],
    ['it fails as lost trust does', 'unknown', [...noClock, [2, clockSet], [3, callHome], [4, comm]], 'trust'],
    ['it works', 'unknown', [...pair, [2, restored]], 'trust'],
    ['an operator opens it again', 'unknown', [...pair, [2, restored], [9, reopen]], 'trust'],
  ];
  for (const [why, device, story, diagnosis] of rows) {
    const { incident } = after(story, devices[device]);
    t.equal(incident?.diagnosis, diagnosis, why);
  }
});
