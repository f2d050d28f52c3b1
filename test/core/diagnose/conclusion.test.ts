import t from 'tap';
import { conclusionOf, wouldChange } from '../../../src/core/diagnose/conclusion.ts';
import { advisory, HOUR, T0 } from '../../given.ts';
import {
  after,
  callHome,
  clockSet,
  clockUnset,
  comm,
  commTimeout,
  devices,
  imported,
  list,
  outOfCompliance,
  restored,
  restoredCslu,
  type Story,
} from '../signals.ts';

t.test('conclusionOf() says the verdict, why it is not confirmed, and how the last incident ended', async (t) => {
  const failing: Story = [
    [0, { ...callHome, peers: ['cssm'] }],
    [1, comm],
  ];
  const all: Story = [...failing, [1, list]];
  type Row = readonly [why: string, device: keyof typeof devices, story: Story, says: RegExp];
  const rows: readonly Row[] = [
    ['suspected', 'unknown', failing, /^Suspected: it looks as if the device no longer trusts/],
    ['confirmed', 'unknown', all, /^Confirmed: the device no longer trusts/],
    ['a fixed release', 'fixed', all, /^Suspected: .*opens TLS.*; not confirmed, because its release has the fix/],
    [
      'a wrong clock',
      'unknown',
      [[0, clockUnset], ...all],
      /^Suspected: .*clock.*; not confirmed, because its clock is wrong/,
    ],
    [
      'a clock that was set',
      'unknown',
      [[0, clockUnset], ...all, [2, clockSet]],
      /the clock of the device was wrong when licensing failed/,
    ],
    ['recovering', 'unknown', [...failing, [2, restored]], /^Recovering: resolved 60 min after the success/],
    ['a state again', 'unknown', [...failing, [2, restored], [2.5, comm]], /^Recovering, but licensing fails again/],
    [
      'a state by timeout',
      'unknown',
      [...failing, [2, restored], [2.5, commTimeout]],
      /^Recovering, but licensing fails/,
    ],
    ['of CSLU', 'unknown', [...failing, [2, restored], [2.5, { ...comm, server: 'cslu' }]], /^Recovering: resolved/],
    ['watched', 'unknown', [[0, callHome]], /^No incident: only call-home failed, and 2 families are needed/],
    [
      'timeouts',
      'affected',
      [[0, commTimeout]],
      /^No incident: the network to Cisco's servers is broken, which is no lost/,
    ],
    ['licences', 'affected', [[0, outOfCompliance]], /^No incident: the account has too few licences/],
    [
      'healed',
      'unknown',
      [...failing, [2, restored], [9, outOfCompliance]],
      /^The last incident healed by itself after 2 h/,
    ],
    [
      'repaired',
      'unknown',
      [...failing, [1.5, imported], [2, restored], [9, outOfCompliance]],
      /^The last incident was repaired \(import\)/,
    ],
    [
      'moved',
      'unknown',
      [...failing, [2, restoredCslu], [30, outOfCompliance]],
      /^The last incident ended.*moved to another/,
    ],
  ];
  for (const [why, device, story, says] of rows) {
    const at = T0 + (story.at(-1)?.[0] ?? 0) * HOUR;
    t.match(conclusionOf(after(story, devices[device]), at, advisory), says, why);
  }
});

t.test('conclusionOf() says what the other devices point to, where that is something else', async (t) => {
  const state = after([
    [0, { ...callHome, peers: ['cssm'] }],
    [1, comm],
    [1, list],
  ]);
  const alone = conclusionOf(state, T0 + HOUR, advisory);
  t.equal(conclusionOf(state, T0 + HOUR, advisory, 'trust'), alone);
  t.equal(
    conclusionOf(state, T0 + HOUR, advisory, 'outage'),
    `${alone} The other devices point to something else: Cisco's servers had or have an outage.`,
  );
});

t.test('wouldChange() names only what can change the verdict', async (t) => {
  const pair: Story = [
    [0, callHome],
    [1, comm],
  ];
  type Row = readonly [why: string, device: keyof typeof devices, story: Story, says: RegExp[], silentOn: RegExp];
  const rows: readonly Row[] = [
    ['suspected', 'unknown', pair, [/^a success/, /^a score of 5/, /^product and release/], /second family/],
    ['confirmed', 'affected', [...pair, [1, list]], [/^a success/], /confirms/],
    ['an event of an affected release', 'affected', [[0, callHome]], [/^a second family/], /a state that holds/],
    [
      'a state of an affected release',
      'affected',
      [[0, comm]],
      [/^a second family/, /^a state that holds/],
      /a success/,
    ],
    ['a wrong clock', 'unknown', [[0, clockUnset], ...pair, [1, list]], [/^a clock that is set/], /score of/],
    ['nothing', 'unknown', [], [], /./],
  ];
  for (const [why, device, story, says, silentOn] of rows) {
    const at = T0 + (story.at(-1)?.[0] ?? 0) * HOUR;
    const said = wouldChange(after(story, devices[device]), at, advisory);
    for (const text of says)
      t.ok(
        said.some((line) => text.test(line)),
        `${why}: ${text}`,
        { said },
      );
    t.notOk(
      said.some((line) => silentOn.test(line)),
      `${why}: not ${silentOn}`,
      { said },
    );
  }
});
