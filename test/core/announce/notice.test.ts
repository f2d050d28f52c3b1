import t from 'tap';
import { type Filter, type Routing, routingOf } from '../../../src/core/announce/filter.ts';
import { announce } from '../../../src/core/announce/notice.ts';
import { correlate } from '../../../src/core/correlate/correlate.ts';
import { advisory } from '../../given.ts';
import { callHome, life, nothing, revocation, route, said } from './life.ts';

t.test('announce() gives notices of the life of an incident, each change with its reason', async (t) => {
  const announced = life([route('all')]);
  t.same(
    announced.map(({ type, from, to, severity, reason }) => [type, from, to, severity, reason].join(' ')),
    [
      'incident.opened  suspected warning score-reached',
      'incident.updated suspected confirmed major score-reached',
      'incident.acknowledged confirmed confirmed major acknowledged-by-operator',
      'incident.updated confirmed recovering major success-of-an-unnamed-peer',
      'incident.resolved recovering resolved major hold-time-passed',
      'incident.reopened resolved confirmed major failure-soon-after-resolution',
      'incident.closed confirmed closed major closed-by-operator',
    ],
  );
  t.match(announced[2], { by: 'kim', text: 'on it', plant: 'P1', incident: 'qv-sw-a-1' });
  t.match(announced[6], { by: 'kim', text: 'scrapped' });
  t.ok(announced.every(({ record, to }) => record?.state === to));
});

t.test('announce() says each of several changes of one commit in its own state', async (t) => {
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

t.test('announce() gives a happening one draft for all sinks that want it', async (t) => {
  const routes = [route('all'), route('ends', { states: ['resolved'] }), route('other', { plants: ['P2'] })];
  t.same(
    life(routes).map(({ sinks }) => sinks.join(' ')),
    ['all', 'all', 'all', 'all', 'all ends other', 'all ends', 'all ends other'],
    'what leads out of a wanted state is sent as well, and every end',
  );
  t.same(life([]), [], 'without sinks there are no notices');
});

t.test('routingOf() says why a change is not sent', async (t) => {
  const subject = { from: 'suspected', to: 'confirmed', severity: 'major', plant: null } as const;
  const rows: [Partial<Filter>, Partial<typeof subject> | object, Routing, string][] = [
    [{}, {}, 'routed', 'no filter wants all'],
    [{ states: ['confirmed'] }, {}, 'routed', 'into the state'],
    [{ states: ['suspected'] }, {}, 'routed', 'out of the state'],
    [{ states: ['stale'] }, {}, 'other-state', 'neither'],
    [{ states: ['stale'] }, { to: 'resolved' }, 'routed', 'an end is always sent'],
    [{ severities: ['critical'] }, {}, 'other-severity', 'less grave'],
    [
      { severities: ['major'] },
      { to: 'resolved', severity: 'critical' },
      'routed',
      'it may have been sent before it rose',
    ],
    [{ severities: ['critical'] }, { to: 'closed' }, 'routed', 'or before a late line took its severity back'],
    [{ severities: ['critical'] }, { to: 'suppressed' }, 'routed', 'offline licensing ends it as well'],
    [{ severities: ['critical'] }, { from: 'closed', to: 'closed' }, 'other-severity', 'a note about an end is none'],
    [{ plants: ['P1'] }, {}, 'other-plant', 'in no plant'],
    [{ plants: ['P1'] }, { to: 'closed' }, 'routed', 'withdrawn, its plant is not known any more'],
    [{ states: ['stale'] }, { from: null, to: 'suppressed' }, 'other-state', 'suppressed from its beginning'],
    [{ plants: ['unknown'] }, {}, 'routed', 'no plant has a name'],
  ];
  for (const [filter, over, expected, why] of rows) {
    t.equal(routingOf({ ...subject, ...over }, { ...nothing, ...filter }), expected, why);
  }
});
