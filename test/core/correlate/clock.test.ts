/** What shows that a device's clock is wrong or set, and what that does to its failures. */
import t from 'tap';
import { step } from '../../../src/core/correlate/machine.ts';
import { weigh } from '../../../src/core/judge/claims.ts';
import { type ClockSign, type DeviceState, newDeviceState } from '../../../src/core/model/device-state.ts';
import { advisory, HOUR, observed, T0 } from '../../given.ts';
import {
  after,
  callHome,
  clockSet,
  clockUnset,
  comm,
  list,
  listTimeout,
  notYetValid,
  type Story,
  stamped,
} from '../signals.ts';

t.test('step() follows what lines show of the clock', async (t) => {
  type Clock = DeviceState['clock'];
  const rows: readonly (readonly [before: Clock, sign: ClockSign | null, now: Clock])[] = [
    [null, null, null],
    [null, 'dated', null],
    [null, 'set', 'set'],
    [null, 'off', 'off'],
    [null, 'unset', 'unset'],
    ['set', null, 'set'],
    ['set', 'dated', 'set'],
    ['set', 'set', 'set'],
    ['set', 'off', 'off'],
    ['set', 'unset', 'unset'],
    ['off', null, 'off'],
    ['off', 'dated', 'set'],
    ['off', 'set', 'set'],
    ['off', 'off', 'off'],
    ['off', 'unset', 'unset'],
    ['unset', null, 'unset'],
    ['unset', 'dated', 'unset'],
    ['unset', 'set', 'set'],
    ['unset', 'off', 'unset'],
    ['unset', 'unset', 'unset'],
  ];
  for (const [before, clock, now] of rows) {
    const { state } = step({ ...newDeviceState, clock: before }, observed(T0, { clock }), advisory);
    t.equal(state.clock, now, `${before} and ${clock}`);
    const becameRight = (before === 'unset' || before === 'off') && now === 'set';
    t.equal(state.clockSetAt, becameRight ? T0 : null, `${before} and ${clock}: when it was set`);
  }
});

t.test('step() drops what failed while the clock was wrong, once it is set', async (t) => {
  const times = (story: Story) =>
    Object.values(after(story).claims).map(({ mnemonic, lastAt }) => `${mnemonic} ${(lastAt - T0) / HOUR}`);
  const rows: readonly (readonly [why: string, story: Story, claims: string[]])[] = [
    [
      'only while it was wrong',
      [
        [0, clockUnset],
        [1, comm],
        [2, clockSet],
      ],
      [],
    ],
    [
      'a stamp that was off',
      [
        [0, stamped('off')],
        [1, comm],
        [2, stamped('dated')],
      ],
      [],
    ],
    [
      'the failing line itself was off',
      [
        [1, { ...comm, clock: 'off' }],
        [2, stamped('set')],
      ],
      [],
    ],
    [
      'the failing line itself shows the right date',
      [
        [0, stamped('off')],
        [1, { ...comm, clock: 'set' }],
      ],
      ['COMM_FAILED 1'],
    ],
    [
      'before it was wrong',
      [
        [0, comm],
        [1, clockUnset],
        [2, clockSet],
      ],
      ['COMM_FAILED 0'],
    ],
    [
      'before and while it was wrong',
      [
        [0, comm],
        [1, clockUnset],
        [2, comm],
        [3, clockSet],
      ],
      ['COMM_FAILED 0'],
    ],
    [
      'the next failure counts',
      [
        [0, clockUnset],
        [1, comm],
        [2, clockSet],
        [3, comm],
      ],
      ['COMM_FAILED 3'],
    ],
    [
      'it is still wrong',
      [
        [0, clockUnset],
        [1, comm],
        [2, stamped('dated')],
      ],
      ['COMM_FAILED 1'],
    ],
    [
      'what complains of the time itself',
      [
        [0, notYetValid],
        [1, clockUnset],
        [2, clockSet],
      ],
      [],
    ],
  ];
  for (const [why, story, claims] of rows) t.strictSame(times(story), claims, why);
  const lists: Story = [
    [0, listTimeout],
    [1, clockUnset],
    [2, listTimeout],
    [3, clockSet],
  ];
  t.strictSame(Object.values(after(lists).claims)[0]?.aloneAt, [T0], 'the list of times is cut as well');
});

t.test('step() opens and confirms nothing by failures of a wrong clock, and says that the clock leads', async (t) => {
  const wrong: Story = [
    [0, clockUnset],
    [1, callHome],
    [2, comm],
    [3, list],
  ];
  t.match(after(wrong).incident, { phase: { state: 'suspected' }, diagnosis: 'clock' });
  const set = after([...wrong, [4, clockSet]]);
  t.match(set.incident, { phase: { state: 'suspected' } }, 'an open incident is not withdrawn');
  t.equal(weigh(set, T0 + 4 * HOUR, advisory).score, 0);
  t.equal(after([...wrong, [4, clockSet], [5, comm]]).incident?.phase.state, 'suspected', 'one failure since');
  const again: Story = [
    [5, callHome],
    [6, list],
    [7, comm],
  ];
  t.match(after([...wrong, [4, clockSet], ...again]).incident, { phase: { state: 'confirmed' }, diagnosis: 'trust' });
});
