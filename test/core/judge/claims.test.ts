import fc from 'fast-check';
import t from 'tap';
import { weigh } from '../../../src/core/judge/claims.ts';
import { advisory, HOUR, T0 } from '../../given.ts';
import {
  after,
  auth,
  authRefused,
  callHome,
  callHomeOwn,
  callHomeTimeout,
  callHomeUnnamed,
  comm,
  commDisabled,
  commOfCslu,
  commRefused,
  commTimeout,
  commUnresolved,
  denied,
  expired,
  inCompliance,
  list,
  listTimeout,
  notYetValid,
  outOfCompliance,
  restored,
  type Story,
} from '../signals.ts';

const weighedAt = (story: Story, hours: number) => weigh(after(story), T0 + hours * HOUR, advisory);
const scoreAt = (story: Story, hours: number) => weighedAt(story, hours).score;
const DAYS = 24;

t.test('weigh() counts a failure by its server and its manner', async (t) => {
  const rows: readonly (readonly [why: string, said: Story[number][1], score: number])[] = [
    ['aborted by a server of Cisco', callHome, 2],
    ['aborted, and the host is not in the text', callHomeUnnamed, 2],
    ['refused', commRefused, 3],
    ['the own server of the customer', callHomeOwn, 0],
    ['CSLU', commOfCslu, 0],
    ['a timeout', callHomeTimeout, 0],
    ['a name that was not resolved', commUnresolved, 0],
    ['a transport that is disabled', commDisabled, 0],
    ['a token that was denied', denied, 0],
    ['a certificate that is not valid yet', notYetValid, 0],
    ['a revocation list', list, 2],
    ['a revocation list that timed out', listTimeout, 2],
    ['a consequence', outOfCompliance, 0],
  ];
  for (const [why, said, score] of rows) t.equal(scoreAt([[0, said]], 0), score, why);
});

t.test('weigh() holds a state until a success or for 35 days, and an event for 7 days', async (t) => {
  const held = (story: Story, hours: number) => weighedAt(story, hours).claims.length;
  const rows: readonly (readonly [why: string, story: Story, hours: number, claims: number])[] = [
    ['a state at the end of 35 days', [[0, comm]], 35 * DAYS - 0.01, 1],
    ['a state after 35 days', [[0, comm]], 35 * DAYS, 0],
    [
      'a state 35 days behind its repetition',
      [
        [0, comm],
        [30 * DAYS, comm],
      ],
      65 * DAYS - 0.01,
      1,
    ],
    [
      'a state after a success',
      [
        [0, comm],
        [1, restored],
      ],
      1,
      0,
    ],
    ['an event at the end of 7 days', [[0, callHome]], 7 * DAYS - 0.01, 1],
    ['an event after 7 days', [[0, callHome]], 7 * DAYS, 0],
    [
      'an event after a success',
      [
        [0, callHome],
        [1, restored],
      ],
      1,
      0,
    ],
    [
      'out of compliance after a success',
      [
        [0, outOfCompliance],
        [1, restored],
      ],
      1,
      1,
    ],
    [
      'out of compliance after IN_COMPLIANCE',
      [
        [0, outOfCompliance],
        [1, inCompliance],
      ],
      1,
      0,
    ],
    [
      'expired after a success',
      [
        [0, expired],
        [1, restored],
      ],
      1,
      0,
    ],
  ];
  for (const [why, story, hours, claims] of rows) t.equal(held(story, hours), claims, why);
});

t.test(
  'weigh() takes a text that names Cisco for the own server while call-home fails on an own host only',
  async (t) => {
    const said = [comm, auth, commRefused, callHomeOwn];
    fc.assert(
      fc.property(fc.shuffledSubarray(said, { minLength: said.length }), (order) => {
        const story = order.map((one, hours) => [hours, one] as const);
        const { score, claims } = weighedAt(story, 4);
        return score === 0 && claims.every(({ server }) => server === 'own');
      }),
    );
    const both = [comm, callHomeOwn, callHome];
    fc.assert(
      fc.property(fc.shuffledSubarray(both, { minLength: both.length }), (order) => {
        return (
          scoreAt(
            order.map((one, hours) => [hours, one] as const),
            4,
          ) === 3
        );
      }),
    );
    t.equal(
      scoreAt(
        [
          [0, callHomeOwn],
          [1, list],
        ],
        1,
      ),
      2,
      'a revocation list is of no licensing server',
    );
    t.equal(
      scoreAt(
        [
          [0, callHomeOwn],
          [1, restored],
          [2, comm],
        ],
        2,
      ),
      1,
      'a success empties what is known of hosts',
    );
  },
);

t.test('weigh() counts a message with proof once, whatever else it gives as its reason', async (t) => {
  const rows: readonly (readonly [why: string, story: Story, families: string[], score: number])[] = [
    [
      'one message, two reasons',
      [
        [0, comm],
        [1, commRefused],
      ],
      ['trust-proof'],
      3,
    ],
    [
      'in the other order',
      [
        [0, commRefused],
        [1, comm],
      ],
      ['trust-proof'],
      3,
    ],
    [
      'another message has its own family',
      [
        [0, commRefused],
        [1, auth],
      ],
      ['trust-proof', 'authorization'],
      4,
    ],
    [
      'two messages with proof are one family',
      [
        [0, commRefused],
        [1, authRefused],
      ],
      ['trust-proof'],
      3,
    ],
    [
      'two messages of one family are one',
      [
        [0, auth],
        [1, { ...auth, mnemonic: 'ID_CERT_RENEW_FAILED' }],
      ],
      ['authorization'],
      1,
    ],
  ];
  for (const [why, story, families, score] of rows) t.match(weighedAt(story, 1), { families, score }, why);
});

t.test(
  'weigh() counts no revocation list that times out within an hour of a failure that shows no way out',
  async (t) => {
    const lists = 5;
    const at = (hours: number) => [hours, listTimeout] as const;
    const rows: readonly (readonly [why: string, story: Story, score: number])[] = [
      ['an hour after a timeout', [[0, callHomeTimeout], at(1)], 0],
      ['more than an hour after a timeout', [[0, callHomeTimeout], at(1.001)], 2],
      ['an hour before a timeout', [at(0), [1, callHomeTimeout]], 0],
      ['more than an hour before a timeout', [at(0), [1.001, callHomeTimeout]], 2],
      ['beside a name that is not resolved', [[0, commUnresolved], at(0.5)], 0],
      ['beside a timeout of Smart Licensing', [[0, commTimeout], at(0.5)], 0],
      ['beside an aborted connection', [[0, callHome], at(0.5)], 4],
      ['beside another list', [at(0), at(0.5)], 2],
      ['some beside a timeout, one long before', [at(0), at(5), [5.5, callHomeTimeout], at(6)], 2],
      ['all beside timeouts', [[0, callHomeTimeout], at(0.5), [5, callHomeTimeout], at(5.5)], 0],
      [
        'aborted lists count beside a timeout',
        [
          [0, callHomeTimeout],
          [0.5, list],
        ],
        2,
      ],
    ];
    for (const [why, story, score] of rows) t.equal(scoreAt(story, 10), score, why);
    const many = Array.from({ length: lists * 60 }, (_, index) => at(index / 60));
    const claim = Object.values(after(many).claims)[0];
    t.equal(claim?.count, lists * 60);
    t.ok((claim?.aloneAt?.length ?? 0) <= 12, `of many a few times are kept: ${claim?.aloneAt?.length}`);
    t.equal(scoreAt([...many, [lists, callHomeTimeout]], lists), 2, 'the first ones count still');
  },
);
