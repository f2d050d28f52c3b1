import t from 'tap';
import { type Filter, type Routing, routingOf } from '../../../src/core/announce/filter.ts';
import { type Announcement, announce, toldIn } from '../../../src/core/announce/notice.ts';
import type { Told } from '../../../src/core/announce/told.ts';
import { correlate } from '../../../src/core/correlate/correlate.ts';
import { advisory, HOUR, T0 } from '../../given.ts';
import { callHome, life, nothing, revocation, route, said } from './life.ts';

t.test('announce() gives a notice for each change in the life of an incident, with its reason', async (t) => {
  const announced = life([route('all')]);
  t.same(
    announced.map(({ type, from, to, severity, reason }) => [type, from, to, severity, reason].join(' ')),
    [
      'incident.opened  suspected warning score-reached',
      'incident.updated suspected confirmed major score-reached',
      'incident.acknowledged confirmed confirmed major acknowledged-by-operator',
      'incident.updated confirmed recovering major success-of-an-unnamed-peer',
      'incident.resolved recovering resolved major hold-time-passed',
      'incident.reopened resolved suspected warning failure-soon-after-resolution',
      'incident.closed suspected closed warning closed-by-operator',
    ],
  );
  t.match(announced[2], { by: 'kim', text: 'on it', plant: 'P1', incident: 'qv-sw-a-1' });
  t.match(announced[6], { by: 'kim', text: 'scrapped', disposition: { hypothesis: 'interception' } });
  t.ok(announced.slice(0, 6).every(({ disposition }) => disposition === null));
  t.ok(announced.every(({ record, to }) => record?.state === to));
});

t.test('announce() gives each of several changes of one commit its own state and severity', async (t) => {
  const known = { devices: new Map(), aliases: new Map() };
  const folded = correlate(known, [said(0, callHome), said(1), said(2, revocation)], advisory);
  const drafts = announce({ ...folded, devices: folded.devices.values(), notes: [] }, [route('all')], advisory);
  t.match(
    drafts.map(({ announcement }) => announcement),
    [
      { to: 'suspected', severity: 'warning', record: { state: 'suspected', severity: 'warning' } },
      { to: 'confirmed', severity: 'major', record: { state: 'confirmed', severity: 'major' } },
    ],
  );
});

t.test('announce() gives one draft per change for all sinks that want it', async (t) => {
  const routes = [route('all'), route('ends', { states: ['resolved'] }), route('other', { plants: ['P2'] })];
  t.same(
    life(routes).map(({ sinks }) => sinks.join(' ')),
    ['all', 'all', 'all', 'all', 'all ends other', 'all ends', 'all ends other'],
    'a change out of a wanted state is sent as well, and every end',
  );
  t.same(life([]), [], 'without sinks there are no notices');
});

t.test('routingOf() gives the reason why a change is not sent', async (t) => {
  const subject = { from: 'suspected', to: 'confirmed', severity: 'major', plant: null } as const;
  const rows: [Partial<Filter>, Partial<typeof subject> | object, Routing, string][] = [
    [{}, {}, 'routed', 'an empty filter lets everything pass'],
    [{ states: ['confirmed'] }, {}, 'routed', 'into the state'],
    [{ states: ['suspected'] }, {}, 'routed', 'out of the state'],
    [{ states: ['stale'] }, {}, 'other-state', 'neither into nor out of the state'],
    [{ states: ['stale'] }, { to: 'resolved' }, 'routed', 'an end is always sent'],
    [{ severities: ['critical'] }, {}, 'other-severity', 'a lower severity'],
    [
      { severities: ['major'] },
      { to: 'resolved', severity: 'critical' },
      'routed',
      'an earlier notice may have been sent before the severity rose',
    ],
    [{ severities: ['critical'] }, { to: 'closed' }, 'routed', 'or before a late line lowered the severity'],
    [{ severities: ['critical'] }, { to: 'suppressed' }, 'routed', 'offline licensing is an end as well'],
    [{ severities: ['critical'] }, { from: 'closed', to: 'closed' }, 'other-severity', 'a note after the end'],
    [{ plants: ['P1'] }, {}, 'other-plant', 'a device without a plant'],
    [{ plants: ['P1'] }, { to: 'closed' }, 'routed', 'a withdrawn incident has no plant'],
    [{ states: ['stale'] }, { from: null, to: 'suppressed' }, 'other-state', 'suppressed from its beginning'],
    [{ plants: ['unknown'] }, {}, 'routed', 'the plant `unknown` selects devices without a plant'],
  ];
  for (const [filter, over, expected, why] of rows) {
    t.equal(routingOf({ ...subject, ...over }, { ...nothing, ...filter }), expected, why);
  }
});

t.test('announce() gives each notice what texts say of the device', async (t) => {
  const announced = life([route('all')]);
  t.match(announced[0]?.told, {
    ...{ incident: 'qv-sw-a-1', device: 'sw-a', plant: 'P1', address: null, sender: '192.0.2.7' },
    ...{ state: 'suspected', level: 'suspected', severity: 'warning', diagnosis: 'trust', status: 'unknown' },
    ...{ openedAt: T0 + HOUR, evidence: 2, graceUntil: null },
  });
  t.same(
    announced.map(({ told }) => `${told?.state} ${told?.level}`),
    [
      ...['suspected suspected', 'confirmed confirmed', 'confirmed confirmed', 'recovering confirmed'],
      ...['resolved confirmed', 'suspected suspected', 'closed suspected'],
    ],
  );
  t.same(
    announced.map(({ told }) => ((told?.lastFailureAt ?? 0) - T0) / HOUR),
    [1, 2, 2, 2, 2, 7.5, 7.5],
    'the last failure: not the acknowledgement, the success at 4 h, or the end of the hold time',
  );
});

t.test('toldIn() gives what an older version did not store', async (t) => {
  const announced = life([route('all')])[0] as Announcement;
  const { lastFailureAt: _, clockSetAt, recoveryLevel, ...older } = announced.told as Told;
  const whole = toldIn({ ...announced, told: older }, advisory);
  t.strictSame(whole, { ...older, lastFailureAt: null, clockSetAt, recoveryLevel });
  t.equal(toldIn({ ...announced, told: null }, advisory), null, 'an incident that was withdrawn');
});
