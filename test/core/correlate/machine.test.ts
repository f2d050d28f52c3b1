import t from 'tap';
import { nextDeadline } from '../../../src/core/correlate/deadlines.ts';
import { advanceTo, step } from '../../../src/core/correlate/machine.ts';
import { remediationOf } from '../../../src/core/diagnose/remediation.ts';
import { graceOf } from '../../../src/core/judge/verdict.ts';
import { type DeviceState, newDeviceState, type SignalEvent } from '../../../src/core/model/device-state.ts';
import type { Change } from '../../../src/core/model/incident.ts';
import { advisory, DAY, HOUR, observed, T0 } from '../../given.ts';

const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' } as const;
const crl = { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' } as const;
const auth = { family: 'authorization', weight: 1, mnemonic: 'AUTH_RENEW_FAILED' } as const;
const proof = { family: 'trust-proof', weight: 3, cause: 'trust', mnemonic: 'AUTH_RENEW_FAILED' } as const;
const dns = { weight: 0, cause: 'dns' } as const;
const restored = { kind: 'recovery', family: null, cause: null, weight: 0, mnemonic: 'COMM_RESTORED' } as const;
const lost = {
  kind: 'consequence',
  family: 'consequence',
  cause: null,
  weight: 0,
  mnemonic: 'OUT_OF_COMPLIANCE',
  critical: true,
} as const;

/** Hours after T0, and the signal at that time. */
type Given = readonly (readonly [hours: number, over: Partial<SignalEvent>])[];

function run(given: Given, untilHours?: number, from: DeviceState = newDeviceState) {
  let state = from;
  const changes: Change[] = [];
  for (const [hours, over] of given) {
    const next = step(state, observed(T0 + hours * HOUR, over), advisory);
    state = next.state;
    changes.push(...next.changes);
  }
  if (untilHours !== undefined) {
    const next = advanceTo(state, T0 + untilHours * HOUR, advisory);
    state = next.state;
    changes.push(...next.changes);
  }
  const { incident } = state;
  return {
    deviceState: state,
    incident,
    state: incident?.phase.state ?? 'none',
    changes,
    reported: changes.map(({ type, reason }) => `${type} ${reason}`),
  };
}

const suspected: Given = [
  [0, callHome],
  [1, {}],
];
const confirmed: Given = [...suspected, [2, crl]];
const imported = {
  kind: 'remediation',
  family: null,
  cause: null,
  weight: 0,
  mnemonic: 'TRUSTPOOL_DOWNLOAD_SUCCESS',
} as const;
const clockSet = {
  kind: 'clock',
  family: null,
  cause: null,
  weight: 0,
  mnemonic: 'AUTHORITATIVE_CLOCK',
  clock: 'set',
} as const;
const close = { kind: 'operator', family: null, cause: null, weight: 0, mnemonic: 'CLOSE' } as const;
/** A device that the inventory has on offline licensing. */
const offline: DeviceState = { ...newDeviceState, imported: { pid: null, release: null, licensing: 'PLR' } };

t.test('step() opens an incident by the thresholds of the advisory', async (t) => {
  const rows: readonly (readonly [why: string, given: Given, state: string])[] = [
    [
      'one failing family alone is watched, however often it fails',
      [
        [0, callHome],
        [1, callHome],
        [2, callHome],
      ],
      'none',
    ],
    ['call-home 205 and COMM_FAILED', suspected, 'suspected'],
    ['with a failed CRL fetch for SLA-TrustPoint as well', confirmed, 'confirmed'],
    [
      'COMM_FAILED and an ambiguous AUTH_RENEW_FAILED score 2',
      [
        [0, {}],
        [1, auth],
      ],
      'none',
    ],
    [
      'COMM_FAILED and proof',
      [
        [0, {}],
        [1, proof],
      ],
      'confirmed',
    ],
    [
      'proof alone is one family',
      [
        [0, proof],
        [1, proof],
      ],
      'none',
    ],
    [
      'DNS failures have no weight',
      [
        [0, dns],
        [1, dns],
        [2, dns],
        [3, { ...callHome, weight: 0, cause: 'network' }],
      ],
      'none',
    ],
    [
      'the window of an event is 7 days',
      [
        [0, callHome],
        [168, {}],
      ],
      'none',
    ],
    [
      'just inside the window',
      [
        [0, callHome],
        [167.99, {}],
      ],
      'suspected',
    ],
    [
      'lost rights alone are no trust failure',
      [
        [0, lost],
        [1, {}],
      ],
      'none',
    ],
  ];
  for (const [why, given, state] of rows) t.equal(run(given).state, state, why);
});

t.test('step() never confirms while the clock is unset', async (t) => {
  const unset = confirmed.map(([hours, over]) => [hours, { ...over, clock: 'unset' }] as const);
  t.equal(run(unset).state, 'suspected');
  const set: Given = [...unset, [3, clockSet]];
  t.equal(run(set).state, 'suspected', 'what failed while the clock was wrong does not count when it is set');
  const again = confirmed.map(([hours, over]) => [hours + 4, over] as const);
  t.equal(run([...set, ...again]).state, 'confirmed', 'what fails afterwards does');
});

t.test('step() and advanceTo() resolve an incident after a success and the hold time', async (t) => {
  t.equal(run([...confirmed, [3, restored]]).state, 'recovering');
  t.equal(run([...confirmed, [3, restored]], 3.99).state, 'recovering', 'the hold time is 1 h');
  const resolved = run([...confirmed, [3, restored]], 4);
  t.equal(resolved.state, 'resolved');
  t.same(resolved.reported.slice(-2), [
    'IncidentRecovering success-of-an-unnamed-peer',
    'IncidentResolved hold-time-passed',
  ]);
  t.equal(graceOf(resolved.deviceState, advisory).until, T0 + 3 * HOUR + 365 * DAY);
});

t.test('step() lets an incident recover from every open state', async (t) => {
  const days36 = 2 + 36 * 24;
  const rows: readonly (readonly [why: string, given: Given, from: DeviceState, silent: number, opened: string[]])[] = [
    ['suspected', suspected, newDeviceState, 3, ['IncidentSuspected score-reached']],
    [
      'stale: no message for 36 days',
      confirmed,
      newDeviceState,
      days36,
      ['IncidentSuspected score-reached', 'IncidentConfirmed score-reached', 'IncidentWentStale no-evidence-for-long'],
    ],
  ];
  for (const [why, given, from, silent, opened] of rows) {
    const recovering = run([...given, [silent, restored]], undefined, from);
    t.equal(recovering.state, 'recovering', why);
    t.strictSame(recovering.reported, [...opened, 'IncidentRecovering success-of-an-unnamed-peer'], why);
    const resolved = run([...given, [silent, restored]], silent + 1, from);
    t.equal(resolved.state, 'resolved', why);
    t.equal(resolved.reported.at(-1), 'IncidentResolved hold-time-passed', why);
  }
});

t.test('step() resolves an incident of offline licensing at the first success, however late it is', async (t) => {
  const expected = ['IncidentSuppressed offline-licensing', 'IncidentResolved success-of-an-unnamed-peer'];
  for (const hours of [3, 2 + 36 * 24]) {
    const ended = run([...confirmed, [hours, restored]], undefined, offline);
    t.strictSame([ended.state, ended.reported], ['resolved', expected], `after ${hours} hours`);
  }
});

t.test('step() counts a failure while recovering as a regression', async (t) => {
  const one = run([...confirmed, [3, restored], [3.5, {}]]);
  t.match([one.state, one.incident?.regressions], ['recovering', 0], 'one symptom alone would open no incident');
  const { incident, state } = run([...confirmed, [3, restored], [3.5, {}], [3.6, callHome]]);
  t.equal(state, 'confirmed', 'the incident has its former state again');
  t.equal(incident?.regressions, 1);
});

t.test('step() reopens an incident for as long as the way in which it ended says', async (t) => {
  const healed: Given = [...confirmed, [3, restored]];
  const repaired: Given = [...confirmed, [2.5, imported], [3, restored]];
  const moved: Given = [
    [0, { ...callHome, peers: ['cssm'] }],
    [1, { peers: ['cssm'] }],
    [2, { ...restored, server: 'cslu', peers: ['cslu'] }],
  ];
  // Of the first two incidents the hold time is over 4 h after T0, of the third 3 h after T0.
  type Row = readonly [why: string, given: Given, hours: number, ordinal: number, endedBy: string];
  const rows: readonly Row[] = [
    ['healed: just within 7 days', healed, 4 + 168, 1, 'healed'],
    ['healed: just after 7 days', healed, 4 + 168.001, 2, 'healed'],
    ['repaired: just within 24 h', repaired, 28, 1, 'repair'],
    ['repaired: just after 24 h', repaired, 28.001, 2, 'repair'],
    ['moved: just within 7 days', moved, 3 + 168, 1, 'moved'],
    ['moved: just after 7 days', moved, 3 + 168.001, 2, 'moved'],
  ];
  for (const [why, given, hours, ordinal, endedBy] of rows) {
    t.match(run(given, hours).incident, { phase: { state: 'resolved' }, endedBy }, why);
    const again = run([...given, [hours - 0.5, {}], [hours, callHome]]);
    t.match(again.incident, { ordinal, phase: { state: 'suspected' }, endedBy: null, regressions: 2 - ordinal }, why);
    const expected = ordinal === 1 ? 'Reopened failure-soon-after-resolution' : 'Suspected score-reached';
    t.equal(again.reported.at(-1), `Incident${expected}`, why);
  }
  t.equal(run([...healed, [20, {}]]).state, 'resolved', 'one symptom alone reopens nothing');
});

t.test('step() accepts a recovery only of a failing peer or of an unnamed one', async (t) => {
  const failing: Given = [
    [0, callHome],
    [1, { peers: ['cssm'] }],
  ];
  t.equal(run([...failing, [2, { ...restored, peers: ['cslu'] }]]).state, 'suspected');
  t.equal(run([...failing, [2, { ...restored, peers: ['cssm', 'satellite'] }]]).state, 'recovering');
  t.equal(run([...failing, [2, restored]]).state, 'recovering', 'an unnamed peer');
});

t.test('step() accepts a recovery only if it is later than the last failure', async (t) => {
  const same = run([...confirmed, [2, restored]]);
  t.equal(same.state, 'confirmed', 'it is not known which of the two was first');
  t.equal(same.deviceState.lastSuccessAt, null);
  t.equal(same.deviceState.firstFailureAt, T0);
  t.equal(run([...confirmed, [2 + 1 / 3_600_000, restored]]).state, 'recovering', 'a millisecond later');
});

t.test('step() counts all messages that a signal stands for', async (t) => {
  const { incident } = run(confirmed);
  t.equal(incident?.evidence, 3);
  t.equal(run([...confirmed, [3, { times: 66 }]]).incident?.evidence, 69);
  t.equal(
    run([
      [0, { ...callHome, times: 66 }],
      [1, {}],
    ]).incident?.evidence,
    67,
    'also of a signal before the incident opened',
  );
});

t.test('step() leaves settled evidence out of the next incident', async (t) => {
  const before: Given = [[0, dns], ...confirmed];
  for (const [why, end] of [
    ['an operator closed the incident', [3, close]],
    ['a success settled the failures', [3, restored]],
  ] as const) {
    const { deviceState } = run([...before, end]);
    t.strictSame(deviceState.claims, [], why);
    const next = run([...before, end, [240, callHome], [241, {}]]).incident;
    t.match(next, { ordinal: 2, evidence: 2, firstEvidenceAt: T0 + 240 * HOUR }, why);
  }
});

t.test('step() and advanceTo() leave an incident of offline licensing a warning', async (t) => {
  const suppressed = ['IncidentSuppressed offline-licensing'];
  const graveFrom = 336 * 24;
  const rows: readonly (readonly [why: string, given: Given, until: number, reported: string[]])[] = [
    ['lost rights', [...confirmed, [3, lost]], 4, suppressed],
    [
      'a grace that is nearly over',
      [
        [0, restored],
        [graveFrom, callHome],
        [graveFrom + 1, {}],
      ],
      graveFrom + 2,
      suppressed,
    ],
    ['time alone', confirmed, 400 * 24, suppressed],
  ];
  for (const [why, given, until, expected] of rows) {
    const { incident, reported } = run(given, until, offline);
    t.strictSame([reported, incident?.severity], [expected, 'warning'], why);
  }
});

t.test('step() begins a claim anew once it holds no more: an event after 7 days, a state after 35 days', async (t) => {
  const seen = (over: Partial<SignalEvent>, hours: number) => {
    const { claims } = run([
      [0, over],
      [1, over],
      [1 + hours, { ...over, times: 3 }],
    ]).deviceState;
    return claims.map(({ firstAt, lastAt, count }) => [(firstAt - T0) / HOUR, (lastAt - T0) / HOUR, count]);
  };
  t.strictSame(seen(callHome, 167), [[0, 168, 5]], 'an event within the window');
  t.strictSame(seen(callHome, 168), [[169, 169, 3]], 'the window is over');
  t.strictSame(seen({}, 35 * 24 - 1), [[0, 35 * 24, 5]], 'a state that was said again in time');
  t.strictSame(seen({}, 35 * 24), [[1 + 35 * 24, 1 + 35 * 24, 3]], 'a state that was not');
});

t.test('advanceTo() makes an open incident stale after 35 days, and never resolves it', async (t) => {
  t.equal(run(confirmed, 2 + 35 * 24 - 1).state, 'confirmed');
  const stale = run(confirmed, 2 + 35 * 24);
  t.equal(stale.state, 'stale');
  t.equal(nextDeadline(stale.deviceState, advisory)?.what, 'grace', 'only the grace period still runs');
  t.equal(run([...confirmed, [2 + 36 * 24, {}]]).state, 'confirmed', 'a failure reopens the incident');
});

t.test('step() raises the severity if rights are lost or the grace period is nearly over', async (t) => {
  t.equal(run(suspected).incident?.severity, 'warning');
  t.equal(run(confirmed).incident?.severity, 'major');
  t.equal(run([...confirmed, [3, lost]]).incident?.severity, 'critical');
  t.equal(run([...suspected, [3, lost]]).incident?.severity, 'critical');
  const success: Given = [[0, restored]];
  const late = (hours: number): Given => [...success, [hours, callHome], [hours + 1, {}]];
  t.equal(run(late(330 * 24)).incident?.severity, 'warning', '34 days are left');
  t.equal(run(late(336 * 24)).incident?.severity, 'critical', 'less than 30 days are left');
  t.equal(run(late(330 * 24), 335 * 24).incident?.severity, 'critical', 'time alone raises it');
});

t.test('graceOf() returns only an upper bound without a success, and nothing without a failure', async (t) => {
  t.same(graceOf(newDeviceState, advisory), { until: null, untilAtMost: null });
  t.same(graceOf(run(suspected).deviceState, advisory), { until: null, untilAtMost: T0 + 365 * DAY });
  t.same(
    graceOf(
      run([
        [0, restored],
        [1, {}],
      ]).deviceState,
      advisory,
    ),
    { until: T0 + 365 * DAY, untilAtMost: null },
  );
});

t.test('step() closes and reopens an incident on an operator action', async (t) => {
  const reopen = { ...close, mnemonic: 'REOPEN' };
  const closed = run([...confirmed, [3, close]]);
  t.same(closed.reported.at(-1), 'IncidentClosed closed-by-operator');
  t.equal(closed.state, 'closed');
  const again = run([...confirmed, [3, close], [4, {}]]);
  t.equal(again.state, 'closed', 'one failing family after it opens nothing: the others were settled');
  const next = run([...confirmed, [3, close], [4, {}], [5, crl]]);
  t.match(next.incident, { ordinal: 2, phase: { state: 'suspected' } }, 'two families open a new incident');
  const reopened = run([...confirmed, [3, close], [4, reopen]]);
  t.match(reopened.incident, { ordinal: 1, phase: { state: 'confirmed' }, regressions: 0 });
  t.same(reopened.reported.at(-1), 'IncidentReopened reopened-by-operator');
  const resolved = run([...confirmed, [3, restored], [5, reopen]]);
  t.equal(resolved.state, 'confirmed');
  for (const [why, given] of [
    ['nothing to close', [[0, close]]],
    ['nothing to reopen', [[0, reopen]]],
    ['open already', [...confirmed, [3, reopen]]],
    ['closed already', [...confirmed, [3, close], [4, close]]],
  ] as const) {
    const { reported } = run(given);
    t.notMatch(reported.at(-1) ?? '', why === 'closed already' ? /nothing/ : /operator/, why);
  }
  t.equal(run([...confirmed, [3, close], [4, close]]).reported.filter((change) => change.includes('Closed')).length, 1);
});

t.test('remediationOf() goes from seen to verifying to verified, and back', async (t) => {
  const hint = { kind: 'hint', family: null, cause: null, weight: 0, mnemonic: 'NOCONFIGAUTOSAVE' } as const;
  const at = (given: Given, hours: number) => remediationOf(run(given).deviceState, T0 + hours * HOUR, advisory);
  t.equal(at(confirmed, 3), null);
  t.equal(at([...confirmed, [3, restored]], 9), null, 'a success alone is no repair');
  t.match(at([...confirmed, [3, imported]], 9), { state: 'seen', by: 'import', saved: null });
  t.match(at([...confirmed, [3, imported], [3.1, { ...hint, facts: { saved: false } }]], 9), { saved: false });
  t.match(at([...confirmed, [3, imported], [4, restored]], 4.5), { state: 'verifying' });
  t.match(at([...confirmed, [3, imported], [4, restored]], 5), { state: 'verified', verifiedAt: T0 + 5 * HOUR });
  t.match(at([...confirmed, [3, imported], [4, restored], [4.5, {}]], 9), { state: 'seen' }, 'the device failed again');
  const list = { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL', server: 'unnamed' } as const;
  const worked: Given = [...confirmed, [3, imported], [4, restored], [4.5, list]];
  t.match(at(worked, 9), { state: 'verified' }, 'a revocation list fails wherever HTTP is closed');
  t.equal(run([...confirmed, [3, imported], [3.5, list], [3.6, {}]]).deviceState.repair?.failures, 1);
  const check = { ...hint, kind: 'remediation', mnemonic: 'TRUSTPOOL_CHECK', facts: { checked: true } } as const;
  t.match(at([...confirmed, [3, check]], 4), { state: 'seen', by: 'check' });
  t.equal(
    at([...confirmed, [3, imported], [4, { ...hint, facts: { checked: false } }]], 5),
    null,
    'a check did not find the new root',
  );
});

t.test('step() opens a critical incident only if rights are lost, not after a warning', async (t) => {
  const warned = { ...lost, mnemonic: 'ID_CERT_EXPIRED_WARNING', critical: false };
  const rows: readonly (readonly [why: string, given: Given, severity: string])[] = [
    ['a warning before', [[-1, warned], ...suspected], 'warning'],
    ['a warning after', [...suspected, [2, warned]], 'warning'],
    ['rights lost before anything failed', [[-1, lost], ...suspected], 'warning'],
    [
      'rights lost after the first failure',
      [
        [0, callHome],
        [0.5, lost],
        [1, {}],
      ],
      'critical',
    ],
    [
      'and a warning after that',
      [
        [0, callHome],
        [0.5, lost],
        [0.6, warned],
        [1, {}],
      ],
      'critical',
    ],
    ['rights lost, and a success since', [[-2, lost], [-1, restored], ...suspected], 'warning'],
    ['rights lost long before', [[-50, lost], ...suspected], 'warning'],
  ];
  for (const [why, given, severity] of rows) t.equal(run(given).incident?.severity, severity, why);
});
