/** Each row of the tables of verdict.ts, just below and just above its bounds. */
import t, { type Test } from 'tap';
import { type Verdict, verdictAt } from '../../../src/core/judge/verdict.ts';
import { advisory, HOUR, T0 } from '../../given.ts';
import {
  after,
  auth,
  authRefused,
  callHome,
  callHomeOwn,
  clockSet,
  clockUnset,
  comm,
  commDisabled,
  commOfCslu,
  commRefused,
  commTimeout,
  commUnresolved,
  devices,
  expired,
  idExpired,
  imported,
  list,
  outOfCompliance,
  restored,
  type Story,
  stamped,
} from '../signals.ts';

const DAYS = 24;
const NEARLY = 1 / 3_600_000;
type Row = readonly [why: string, device: keyof typeof devices, story: Story, hours: number, expected: string];

/** Level, reason and cap, as far as there are any. */
const wordsOf = ({ level, reason, cap }: Verdict) => [level, reason, cap].filter((word) => word !== null).join(' ');

function hold(t: Test, rows: readonly Row[]): void {
  for (const [why, device, story, hours, expected] of rows) {
    const state = after(story, devices[device]);
    t.equal(wordsOf(verdictAt(state, T0 + hours * HOUR, advisory)), expected, `${why}: ${device}`);
  }
}

t.test('verdictAt() suspects by score and families', async (t) => {
  hold(t, [
    [
      '3 from two families',
      'unknown',
      [
        [0, callHome],
        [1, comm],
      ],
      1,
      'suspected score-reached',
    ],
    [
      'the same',
      'fixed',
      [
        [0, callHome],
        [1, comm],
      ],
      1,
      'suspected score-reached',
    ],
    [
      '2 from two families',
      'unknown',
      [
        [0, comm],
        [1, auth],
      ],
      1,
      '',
    ],
    ['3 from one family', 'unknown', [[0, authRefused]], 1, ''],
    [
      '2 from one family',
      'affected',
      [
        [0, callHome],
        [1, callHome],
      ],
      1,
      '',
    ],
  ]);
});

t.test('verdictAt() suspects by proof in COMM_FAILED alone', async (t) => {
  hold(t, [
    ['refused', 'unknown', [[0, commRefused]], 0, 'suspected proof'],
    ['refused', 'fixed', [[0, commRefused]], 0, 'suspected proof'],
    ['another message', 'unknown', [[0, authRefused]], 0, ''],
    [
      'on the own server',
      'unknown',
      [
        [0, callHomeOwn],
        [1, commRefused],
      ],
      1,
      '',
    ],
    [
      'until a success',
      'unknown',
      [
        [0, commRefused],
        [1, restored],
      ],
      1,
      '',
    ],
  ]);
});

t.test('verdictAt() suspects a state that has held for 3 days on an affected release', async (t) => {
  hold(t, [
    ['nearly 3 days', 'affected', [[0, comm]], 3 * DAYS - NEARLY, ''],
    ['3 days', 'affected', [[0, comm]], 3 * DAYS, 'suspected state-held'],
    [
      '3 days since the first report',
      'affected',
      [
        [0, comm],
        [2 * DAYS, comm],
      ],
      3 * DAYS,
      'suspected state-held',
    ],
    ['any state that counts', 'affected', [[0, auth]], 3 * DAYS, 'suspected state-held'],
    ['3 days', 'unknown', [[0, comm]], 3 * DAYS, ''],
    ['3 days', 'fixed', [[0, comm]], 3 * DAYS, ''],
    [
      'an event holds nothing',
      'affected',
      [
        [0, callHome],
        [3 * DAYS, callHome],
      ],
      3 * DAYS,
      '',
    ],
    ['a timeout', 'affected', [[0, commTimeout]], 3 * DAYS, ''],
    ['a name that is not resolved', 'affected', [[0, commUnresolved]], 3 * DAYS, ''],
    ['a transport that is disabled', 'affected', [[0, commDisabled]], 3 * DAYS, ''],
    ['CSLU', 'affected', [[0, commOfCslu]], 3 * DAYS, ''],
    ['out of compliance', 'affected', [[0, outOfCompliance]], 3 * DAYS, ''],
    ['at the end of 35 days', 'affected', [[0, comm]], 35 * DAYS - NEARLY, 'suspected state-held'],
    ['nobody has said it for 35 days', 'affected', [[0, comm]], 35 * DAYS, ''],
    [
      'a success between',
      'affected',
      [
        [0, comm],
        [1, restored],
        [2, comm],
      ],
      3 * DAYS + 1,
      '',
    ],
  ]);
});

t.test('verdictAt() suspects AUTHORIZATION_EXPIRED while a state holds', async (t) => {
  hold(t, [
    [
      'beside a state',
      'unknown',
      [
        [0, comm],
        [1, expired],
      ],
      1,
      'suspected expired-while-a-state-held',
    ],
    [
      'beside a state',
      'affected',
      [
        [0, comm],
        [1, expired],
      ],
      1,
      'suspected expired-while-a-state-held',
    ],
    [
      'beside a state',
      'fixed',
      [
        [0, comm],
        [1, expired],
      ],
      1,
      '',
    ],
    ['alone', 'affected', [[0, expired]], 0, ''],
    [
      'beside an event',
      'unknown',
      [
        [0, callHome],
        [1, expired],
      ],
      1,
      '',
    ],
    [
      'beside a state by timeout',
      'unknown',
      [
        [0, commTimeout],
        [1, expired],
      ],
      1,
      '',
    ],
    [
      'another consequence',
      'unknown',
      [
        [0, comm],
        [1, idExpired],
      ],
      1,
      '',
    ],
    [
      'for 7 days',
      'unknown',
      [
        [0, comm],
        [1, expired],
      ],
      1 + 7 * DAYS - NEARLY,
      'suspected expired-while-a-state-held',
    ],
    [
      'after 7 days',
      'unknown',
      [
        [0, comm],
        [1, expired],
      ],
      1 + 7 * DAYS,
      '',
    ],
  ]);
});

t.test('verdictAt() confirms by score, and by proof and another family', async (t) => {
  hold(t, [
    [
      '5',
      'unknown',
      [
        [0, callHome],
        [0, list],
        [1, comm],
      ],
      1,
      'confirmed score-reached',
    ],
    [
      '4 from three families',
      'unknown',
      [
        [0, callHome],
        [0, auth],
        [1, comm],
      ],
      1,
      'suspected score-reached',
    ],
    [
      '4 from two families',
      'unknown',
      [
        [0, callHome],
        [1, list],
      ],
      1,
      'suspected score-reached',
    ],
    [
      'proof and another family',
      'unknown',
      [
        [0, authRefused],
        [1, comm],
      ],
      1,
      'confirmed proof-and-another-family',
    ],
    [
      'proof and another reason of the message',
      'unknown',
      [
        [0, comm],
        [1, commRefused],
      ],
      1,
      'suspected proof',
    ],
  ]);
});

t.test('verdictAt() confirms sooner on an affected release', async (t) => {
  const early: Story = [
    [0, callHome],
    [12 - NEARLY, comm],
  ];
  const late: Story = [
    [0, callHome],
    [12, comm],
  ];
  hold(t, [
    ['proof alone', 'affected', [[0, authRefused]], 0, 'confirmed proof'],
    [
      '4 from three families',
      'affected',
      [
        [0, callHome],
        [0, auth],
        [1, comm],
      ],
      1,
      'confirmed affected-release',
    ],
    [
      '4 from two families',
      'affected',
      [
        [0, callHome],
        [1, list],
      ],
      1,
      'suspected score-reached',
    ],
    ['a failure nearly 12 h after the first', 'affected', early, 12, 'suspected score-reached'],
    ['a failure 12 h after the first', 'affected', late, 12, 'confirmed failures-for-long'],
    ['a failure 12 h after the first', 'unknown', late, 12, 'suspected score-reached'],
    [
      'the time alone is no failure',
      'affected',
      [
        [0, callHome],
        [1, comm],
      ],
      24,
      'suspected score-reached',
    ],
    [
      'a success between',
      'affected',
      [
        [0, callHome],
        [1, restored],
        [12, callHome],
        [13, comm],
      ],
      13,
      'suspected score-reached',
    ],
    [
      'a later failure without weight',
      'affected',
      [
        [0, callHome],
        [1, comm],
        [14, commTimeout],
      ],
      14,
      'suspected score-reached',
    ],
    [
      'a score of 2',
      'affected',
      [
        [0, callHome],
        [13, callHome],
      ],
      13,
      '',
    ],
  ]);
});

t.test('verdictAt() caps at suspected', async (t) => {
  const all = (hours: number): Story => [
    [hours, callHome],
    [hours, list],
    [hours + 1, comm],
  ];
  const heal = (hours: number): Story => [
    [hours, callHome],
    [hours + 1, restored],
  ];
  hold(t, [
    ['a fixed release', 'fixed', all(0), 1, 'suspected score-reached fixed-release'],
    [
      'a fixed release, proof',
      'fixed',
      [
        [0, authRefused],
        [1, comm],
      ],
      1,
      'suspected score-reached fixed-release',
    ],
    [
      'lines of nobody',
      'affected',
      [[0, { ...callHome, facts: { nobodys: true } }], ...all(1)],
      2,
      'suspected score-reached of-several',
    ],
    ['a clock without authority', 'unknown', [[0, clockUnset], ...all(1)], 2, 'suspected score-reached clock-wrong'],
    ['a stamp that is off', 'unknown', [[0, stamped('off')], ...all(1)], 2, 'suspected score-reached clock-wrong'],
    ['a mark alone', 'unknown', [[0, stamped('dated')], ...all(1)], 2, 'confirmed score-reached'],
    ['a clock that was set', 'unknown', [[0, clockUnset], [0.5, clockSet], ...all(1)], 2, 'confirmed score-reached'],
    ['healed once', 'unknown', [...heal(0), ...all(48)], 49, 'confirmed score-reached'],
    ['healed twice', 'unknown', [...heal(0), ...heal(24), ...all(48)], 49, 'suspected score-reached heals-by-itself'],
    ['proof', 'affected', [...heal(0), ...heal(24), [48, authRefused]], 48, 'suspected proof heals-by-itself'],
    [
      'within 7 days',
      'unknown',
      [...heal(0), ...heal(24), ...all(1 + 7 * DAYS - 2)],
      1 + 7 * DAYS - NEARLY,
      'suspected score-reached heals-by-itself',
    ],
    [
      '7 days later',
      'unknown',
      [...heal(0), ...heal(24), ...all(1 + 7 * DAYS - 1)],
      1 + 7 * DAYS,
      'confirmed score-reached',
    ],
    ['a repair since', 'unknown', [...heal(0), ...heal(24), [40, imported], ...all(48)], 49, 'confirmed score-reached'],
    [
      'names are not resolved',
      'unknown',
      [...all(0), [1, { ...commUnresolved, mnemonic: 'COMM_INIT_FAILED' }]],
      1,
      'suspected score-reached other-diagnosis',
    ],
    [
      'the same, with proof',
      'unknown',
      [
        [0, authRefused],
        [0, commUnresolved],
        [1, callHome],
      ],
      1,
      'confirmed proof-and-another-family',
    ],
  ]);
});
