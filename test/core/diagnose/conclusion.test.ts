import t from 'tap';
import { conclusionOf } from '../../../src/core/diagnose/conclusion.ts';
import { advisory, HOUR, T0 } from '../../given.ts';
import {
  after,
  callHome,
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
