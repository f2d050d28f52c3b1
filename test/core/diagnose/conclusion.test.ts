import t from 'tap';
import { advanceTo } from '../../../src/core/correlate/machine.ts';
import { conclusionOf, wouldChange } from '../../../src/core/diagnose/conclusion.ts';
import { advisory, DAY, HOUR, T0 } from '../../given.ts';
import {
  after,
  callHome,
  clockSet,
  clockUnset,
  comm,
  commTimeout,
  commUnresolved,
  devices,
  expired,
  imported,
  list,
  notYetValid,
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
      'lines of nobody',
      'unknown',
      [[0, { ...callHome, facts: { nobodys: true } }], ...all],
      /^Suspected: .*; not confirmed, because nothing in these lines says which device they are of/,
    ],
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
      /^Suspected: it looks as if the device failed until its clock was set \(/,
    ],
    [
      'a certificate that is not yet valid, by a clock of which nothing else is known',
      'unknown',
      [...failing, [2, notYetValid], [3, restored]],
      /^Recovering/,
    ],
    [
      'no hypothesis leads',
      'unknown',
      [
        [0, comm],
        [1, expired],
      ],
      /^Suspected: licensing fails, and no hypothesis leads \(communication, consequence; highest score 1\)\./,
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

t.test('conclusionOf() says of a stale incident why no recovery can be seen', async (t) => {
  const state = advanceTo(
    after([
      [0, callHome],
      [1, comm],
    ]),
    T0 + 60 * DAY,
    advisory,
  ).state;
  const says = (hidden: string | null) => conclusionOf(state, T0 + 60 * DAY, advisory, null, hidden);
  t.equal(says(null), 'Stale: no evidence for a long time. Silence does not show that the device has recovered.');
  t.equal(says('it sends too little'), 'Stale: no evidence for a long time, and it sends too little.');
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
    [
      'suspected, of an affected release',
      'affected',
      pair,
      [
        /^a success/,
        /^proof alone, a score of 4 from 3 families, or a score of 5 confirms, .* \(the score is 3, from 2\)$/,
        /^a failure with weight 12 h or more after the first one confirms, at a score of 3 and without a success between$/,
      ],
      /another family|second family|trust does not lead/,
    ],
    ['watched, of an affected release', 'affected', [[0, callHome]], [/^proof alone, a score of 4 from 3/], /12 h/],
    ['a fixed release', 'fixed', pair, [/^a success/], /confirm/],
    [
      'another hypothesis leads',
      'affected',
      [
        [0, commUnresolved],
        [0.1, callHome],
        [0.2, comm],
      ],
      [/^proof alone/, /^without proof, nothing confirms while trust does not lead$/],
      /another family/,
    ],
    [
      'it would do, but another hypothesis leads',
      'affected',
      [
        [0, commUnresolved],
        [0.1, callHome],
        [0.2, comm],
        [0.3, list],
      ],
      [/^proof confirms: without it, nothing does while another hypothesis than trust leads$/],
      /proof alone/,
    ],
    [
      'it has worked again twice by itself',
      'affected',
      [...pair, [2, restored], [20, callHome], [21, comm], [22, restored], [40, callHome], [41, comm]],
      [/^a repair that is seen, or 7 d: until then nothing confirms, because the device has worked again 2 times/],
      /proof/,
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
