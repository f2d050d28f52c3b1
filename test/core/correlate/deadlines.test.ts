/** Time alone: it ends, it is the same in pieces as at once, and a store is told when it changes something. */
import fc from 'fast-check';
import t from 'tap';
import { advanceTime } from '../../../src/core/correlate/correlate.ts';
import { nextDeadline } from '../../../src/core/correlate/deadlines.ts';
import { inventoryDevice } from '../../../src/core/correlate/device-after.ts';
import { advanceTo } from '../../../src/core/correlate/machine.ts';
import type { DeviceState } from '../../../src/core/model/device-state.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, DAY, HOUR, T0 } from '../../given.ts';
import { after, auth, callHome, comm, devices, restored, restoredCslu, type Story, stories } from '../signals.ts';

const YEARS = T0 + 3 * 365 * DAY;
const { deadlineOf } = projectionOf(advisory);

const lastOf = (story: Story) => T0 + (story.at(-1)?.[0] ?? 0) * HOUR;

t.test('advanceTo() changes something at each deadline, nothing before it, and comes to an end', async (t) => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(stories(120), ([device, story]) => {
      let state = after(story, device);
      let now = lastOf(story);
      for (let deadlines = 0; ; deadlines++) {
        const next = nextDeadline(state, advisory);
        if (next === null || next.at > YEARS) return true;
        // A signal may show that a deadline has passed before: a state was of the own server, which holds nothing open.
        if (deadlines > 12 || (deadlines > 0 && next.at <= now)) return false;
        seen.add(next.what);
        if (advanceTo(state, next.at - 1, advisory).state !== state) return false;
        const passed = advanceTo(state, next.at, advisory);
        if (passed.state === state || passed.changes.some(({ at }) => at > next.at)) return false;
        [state, now] = [passed.state, next.at];
      }
    }),
    { numRuns: 4000 },
  );
  t.strictSame([...seen].sort(), ['grace', 'hold', 'server-moved', 'silence', 'state-held']);
});

t.test('advanceTo() gives the same for time that passes in pieces as for time that passes at once', async (t) => {
  const pieces = fc.array(fc.integer({ min: 1, max: 2000 }), { maxLength: 8 });
  fc.assert(
    fc.property(stories(120), pieces, ([device, story], hours) => {
      const start = after(story, device);
      let [piecewise, now] = [start, lastOf(story)];
      for (const more of hours) {
        now += more * HOUR;
        piecewise = advanceTo(piecewise, now, advisory).state;
      }
      return JSON.stringify(piecewise) === JSON.stringify(advanceTo(start, now, advisory).state);
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

t.test('advanceTime() returns a finished incident when time alone opens the next one', async (t) => {
  let renewed = 0;
  fc.assert(
    fc.property(stories(200), ([from, story]) => {
      const state = after(story, from);
      const device = { ...inventoryDevice('sw-a'), state, watermark: lastOf(story) };
      const { devices: changed, past, changes } = advanceTime([device], () => YEARS, advisory);
      const last = new Map(changes.map(({ ordinal, to }) => [ordinal, to]));
      const isRenewed = state.ordinal > 0 && last.has(state.ordinal + 1);
      if (isRenewed) renewed++;
      if (isRenewed && !past.some((one) => one.state.ordinal === state.ordinal)) return false;
      const found = [...past, ...changed.values()].map((one) => one.state.incident);
      return [...last].every(([ordinal, to]) =>
        found.some((one) => one?.ordinal === ordinal && one.phase.state === to),
      );
    }),
    { numRuns: 30_000 },
  );
  t.ok(renewed > 0, `${renewed} devices had a further incident`);
});

t.test('advanceTime() returns every device that was due, so that it is not due any more', async (t) => {
  const deviceOf = (story: Story, from: DeviceState = devices.unknown) => {
    const state = after(story, from);
    return { ...inventoryDevice('sw-a'), state, watermark: lastOf(story) };
  };
  const rows: readonly (readonly [why: string, story: Story])[] = [
    [
      'a success of another server, and no incident',
      [
        [0, { ...comm, peers: ['cssm'] }],
        [1, restoredCslu],
      ],
    ],
    [
      'a hold time',
      [
        [0, callHome],
        [1, auth],
        [2, restored],
      ],
    ],
  ];
  for (const [why, story] of rows) {
    const device = deviceOf(story);
    const due = deadlineOf(device) as number;
    t.equal(due, nextDeadline(device.state, advisory)?.at, why);
    const { devices: changed } = advanceTime([device], () => due, advisory);
    t.strictSame([...changed.keys()], ['sw-a'], `${why}: is stored`);
  }
  fc.assert(
    fc.property(stories(120), ([from, story]) => {
      const device = deviceOf(story, from);
      const due = deadlineOf(device);
      if (due !== (nextDeadline(device.state, advisory)?.at ?? null)) return false;
      if (due === null) return advanceTime([device], () => YEARS, advisory).devices.size === 0;
      const changed = advanceTime([device], () => due, advisory).devices.get('sw-a');
      const next = changed === undefined ? due : deadlineOf(changed);
      return next === null || next > due;
    }),
    { numRuns: 3000 },
  );
});
