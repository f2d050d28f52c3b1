/** What a success ends, which successes count, and what the hold time waits for. */
import t from 'tap';
import { advanceTo } from '../../../src/core/correlate/machine.ts';
import { graceOf } from '../../../src/core/judge/verdict.ts';
import { advisory, DAY, HOUR, T0 } from '../../given.ts';
import {
  after,
  auth,
  callHome,
  callHomeOwn,
  callHomeTimeout,
  clockSet,
  clockUnset,
  comm,
  commTimeout,
  devices,
  imported,
  list,
  outOfCompliance,
  restartedOn,
  restored,
  restoredCslu,
  restoredCssm,
  restoredOwn,
  type Story,
} from '../signals.ts';

/** The incident after the story, at a time in hours. */
function at(story: Story, hours: number, device: keyof typeof devices = 'unknown') {
  return advanceTo(after(story, devices[device]), T0 + hours * HOUR, advisory).state;
}
const stateAt = (story: Story, hours: number) => at(story, hours).incident?.phase.state;

const failing: Story = [
  [0, { ...callHome, peers: ['cssm'] }],
  [1, comm],
];

t.test('step() counts a success of another server once the one that failed has been silent for 24 h', async (t) => {
  const moved: Story = [...failing, [2, restoredCslu]];
  t.equal(stateAt(moved, 25.99), 'suspected');
  t.match(at(moved, 26).incident, {
    phase: { state: 'resolved', since: T0 + 2 * HOUR, at: T0 + 3 * HOUR },
    endedBy: 'moved',
  });
  t.equal(at(moved, 26).lastSuccessAt, T0 + 2 * HOUR, 'from its own time on');
  const rows: readonly (readonly [why: string, said: Story, hours: number, state: string])[] = [
    ['the old server fails again', [[25, comm]], 50, 'suspected'],
    ['the old server fails again, by timeout', [[25, commTimeout]], 50, 'suspected'],
    ['call-home fails again, by timeout', [[25, callHomeTimeout]], 50, 'suspected'],
    [
      'the old server fails again, and the new one answers again',
      [
        [25, comm],
        [26, restoredCslu],
      ],
      50,
      'resolved',
    ],
    ['a revocation list is of no licensing server', [[25, list]], 50, 'resolved'],
    ['the new server fails', [[25, { ...callHomeOwn }]], 50, 'resolved'],
    ['the old server answers', [[3, restoredCssm]], 4, 'resolved'],
  ];
  for (const [why, said, hours, state] of rows) t.equal(stateAt([...moved, ...said], hours), state, why);
  t.match(at([...moved, [3, restoredCssm]], 4).incident, { endedBy: 'healed' });
});

t.test('graceOf() begins a new year only with a success of Cisco or of an unnamed peer', async (t) => {
  const until = (story: Story, hours: number) => graceOf(at(story, hours), advisory).until;
  const year = (hours: number) => T0 + hours * HOUR + 365 * DAY;
  const rows: readonly (readonly [why: string, story: Story, hours: number, until: number | null])[] = [
    [
      'Cisco',
      [
        [0, restored],
        [1, comm],
        [2, restoredCssm],
      ],
      2,
      year(2),
    ],
    [
      'an unnamed peer',
      [
        [0, restored],
        [1, comm],
        [2, restored],
      ],
      2,
      year(2),
    ],
    [
      'CSLU',
      [
        [0, restored],
        [1, comm],
        [2, restoredCslu],
      ],
      99,
      year(0),
    ],
    ['CSLU, and nothing failed', [[0, restoredCslu]], 1, null],
    [
      'an own server',
      [
        [0, restored],
        [1, comm],
        [2, restoredOwn],
      ],
      99,
      year(0),
    ],
    [
      'a text that names Cisco for the own server',
      [
        [0, restored],
        [1, callHomeOwn],
        [2, restoredCssm],
      ],
      2,
      year(0),
    ],
  ];
  for (const [why, story, hours, expected] of rows) t.equal(until(story, hours), expected, why);
});

t.test('step() remembers that a device has healed by itself, and nothing else', async (t) => {
  const heals = (story: Story, device: keyof typeof devices = 'unknown') =>
    after(story, devices[device]).heals.map((time) => (time - T0) / HOUR);
  t.strictSame(
    heals([
      [0, comm],
      [1, restored],
      [2, auth],
      [3, restored],
    ]),
    [1, 3],
  );
  t.strictSame(
    heals([
      [0, comm],
      [1, restored],
      [2, restored],
    ]),
    [1],
    'a success without a failure',
  );
  t.strictSame(
    heals([
      [0, list],
      [1, restored],
    ]),
    [],
    'revocation alone',
  );
  t.strictSame(
    heals([
      [0, commTimeout],
      [1, restored],
    ]),
    [],
    'failures without weight',
  );
  t.strictSame(
    heals([
      [0, comm],
      [0.5, imported],
      [1, restored],
    ]),
    [],
    'a repair',
  );
  t.strictSame(
    heals(
      [
        [0, comm],
        [0.5, restartedOn('17.6.1')],
        [1, restored],
      ],
      'affected',
    ),
    [],
    'an upgrade',
  );
  t.strictSame(
    heals(
      [
        [0, comm],
        [0.5, restartedOn('17.3.3')],
        [1, restored],
      ],
      'affected',
    ),
    [1],
    'a restart alone',
  );
  t.strictSame(
    heals([
      [0, clockUnset],
      [0, comm],
      [0.5, clockSet],
      [0.6, comm],
      [1, restored],
    ]),
    [],
    'the clock was set',
  );
  t.equal(heals(Array.from({ length: 40 }, (_, hour) => [hour, hour % 2 === 0 ? comm : restored] as const)).length, 8);
});

t.test('step() starts the hold time anew with a call-home failure, and waits while a state holds', async (t) => {
  const back: Story = [...failing, [3, restored]];
  const rows: readonly (readonly [why: string, said: Story, hours: number, state: string])[] = [
    ['an hour', [], 4, 'resolved'],
    ['call-home fails: nearly an hour later', [[3.5, callHome]], 4.49, 'recovering'],
    ['call-home fails: an hour later', [[3.5, callHome]], 4.5, 'resolved'],
    ['by timeout as well', [[3.5, callHomeTimeout]], 4.49, 'recovering'],
    ['a revocation list fails', [[3.5, list]], 4, 'resolved'],
    ['the own server of the customer fails', [[3.5, callHomeOwn]], 4, 'resolved'],
    ['a state began', [[3.5, comm]], 30 * 24, 'recovering'],
    ['a state by timeout began', [[3.5, commTimeout]], 30 * 24, 'recovering'],
    ['a state began, and was said no more', [[3.5, comm]], 36 * 24, 'stale'],
    ['out of compliance is no failure to connect', [[3.5, outOfCompliance]], 4, 'resolved'],
    [
      'a state began and ended: nearly an hour later',
      [
        [3.5, comm],
        [5, restored],
      ],
      5.99,
      'recovering',
    ],
    [
      'a state began and ended: an hour later',
      [
        [3.5, comm],
        [5, restored],
      ],
      6,
      'resolved',
    ],
    [
      'a state by timeout began and ended',
      [
        [3.5, commTimeout],
        [5, restored],
      ],
      5.99,
      'recovering',
    ],
    [
      'call-home failed, then worked',
      [
        [3.5, callHome],
        [4, restored],
      ],
      4.99,
      'recovering',
    ],
    ['a second success starts nothing anew', [[3.5, restored]], 4, 'resolved'],
  ];
  for (const [why, said, hours, state] of rows) t.equal(stateAt([...back, ...said], hours), state, why);
  const [first] = [at([...back, [3.5, comm], [5, restored]], 6).incident];
  t.match(first, { phase: { state: 'resolved', at: T0 + 6 * HOUR }, regressions: 0 }, 'not before the state ended');
});

t.test('step() makes nothing critical that follows a success', async (t) => {
  const severity = (story: Story) => after(story).incident?.severity;
  t.equal(severity([...failing, [2, restored], [2.1, outOfCompliance]]), 'warning', 'the answer of Cisco itself');
  t.equal(severity([...failing, [2, outOfCompliance]]), 'critical');
  t.equal(
    severity([
      [0, callHomeOwn],
      [0.1, outOfCompliance],
      [1, callHome],
      [2, comm],
    ]),
    'warning',
  );
  t.equal(stateAt([...failing, [2, restored], [2.1, outOfCompliance]], 3), 'resolved');
});
