import t from 'tap';
import { type Filter, type Routing, routingOf } from '../../../src/core/announce/filter.ts';
import { type Announcement, announce, noticeTypes, type Route } from '../../../src/core/announce/notice.ts';
import { pagerDutyEvent } from '../../../src/core/announce/pagerduty.ts';
import { eventOf } from '../../../src/core/announce/webhook.ts';
import { advanceTime, applyAction, correlate } from '../../../src/core/correlate/correlate.ts';
import { enrol } from '../../../src/core/correlate/enrol.ts';
import { closedBy } from '../../../src/core/correlate/operator-action.ts';
import { advisory, event, HOUR, observed, T0 } from '../../given.ts';

const nothing: Filter = { states: [], severities: [], plants: [] };
const route = (sink: string, only: Partial<Filter> = {}): Route => ({
  sink,
  only: { ...nothing, ...only },
  wants: () => true,
});
const callHome = { mnemonic: 'SL_MESSAGE_FAILED', family: 'call-home', weight: 2, cause: 'transport' } as const;
const revocation = { mnemonic: 'CRL_FETCH_FAIL', family: 'revocation', weight: 2, cause: 'network' } as const;
const restored = { mnemonic: 'COMM_RESTORED', kind: 'recovery', family: null, cause: null, weight: 0 } as const;

const said = (hours: number, over: Parameters<typeof observed>[1] = {}) =>
  event(observed(T0 + hours * HOUR, over), { origin: 'sw-a', peer: '192.0.2.7' });

/** All that is announced of a life, with what it was. */
function life(routes: readonly Route[]): (Announcement & { readonly sinks: readonly string[] })[] {
  const told: (Announcement & { sinks: readonly string[] })[] = [];
  let known = { devices: new Map(), aliases: new Map() } as Parameters<typeof correlate>[0];
  const take = (folded: ReturnType<typeof correlate>, notes: Parameters<typeof announce>[0]['notes'] = []) => {
    known = {
      devices: new Map([...known.devices, ...folded.devices]),
      aliases: new Map([...known.aliases, ...folded.aliases]),
    };
    const drafts = announce({ ...folded, devices: known.devices.values(), notes }, routes, advisory);
    told.push(...drafts.map(({ announcement, sinks }) => ({ ...announcement, sinks })));
  };
  const columns = ['hostname', 'plant'] as const;
  const row = { hostname: 'sw-a', plant: 'P1', address: null, serial: null, pid: null, release: null, licensing: null };
  take(enrol(known, [{ row, columns: [...columns] }], advisory));
  take(correlate(known, [said(0, callHome), said(1)], advisory));
  take(correlate(known, [said(2, revocation)], advisory));
  const acknowledged = {
    device: 'sw-a',
    ordinal: 1,
    at: T0 + 3 * HOUR,
    by: 'kim',
    kind: 'acknowledged',
    text: 'on it',
  } as const;
  take({ ...correlate(known, [], advisory) }, [acknowledged]);
  take(correlate(known, [said(4, restored)], advisory));
  take(advanceTime(known.devices.values(), () => T0 + 6 * HOUR, advisory));
  take(correlate(known, [said(7, callHome), said(7.5)], advisory));
  const note = { device: 'sw-a', ordinal: 1, at: T0 + 8 * HOUR, by: 'kim', kind: 'closed', text: 'scrapped' } as const;
  take(applyAction(known, 'sw-a', closedBy(T0 + 8 * HOUR, 'kim', 'scrapped'), advisory), [note]);
  return told;
}

t.test('announce() reports the life of an incident, each change with its reason', async (t) => {
  const told = life([route('all')]);
  t.same(
    told.map(({ type, from, to, severity, reason }) => [type, from, to, severity, reason].join(' ')),
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
  t.match(told[2], { by: 'kim', text: 'on it', plant: 'P1', incident: 'qv-sw-a-1' });
  t.match(told[6], { by: 'kim', text: 'scrapped' });
  t.ok(told.every(({ record, to }) => record?.state === to));
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
    'what leads out of a wanted state is told as well, and every end',
  );
  t.same(life([]), [], 'without sinks there are no notices');
});

t.test('routingOf() says why something is not told', async (t) => {
  const subject = { from: 'suspected', to: 'confirmed', severity: 'major', plant: null } as const;
  const rows: [Partial<Filter>, Partial<typeof subject> | object, Routing, string][] = [
    [{}, {}, 'told', 'no filter wants all'],
    [{ states: ['confirmed'] }, {}, 'told', 'into the state'],
    [{ states: ['suspected'] }, {}, 'told', 'out of the state'],
    [{ states: ['stale'] }, {}, 'other-state', 'neither'],
    [{ states: ['stale'] }, { to: 'resolved' }, 'told', 'an end is always told'],
    [{ severities: ['critical'] }, {}, 'other-severity', 'less grave'],
    [
      { severities: ['major'] },
      { to: 'resolved', severity: 'critical' },
      'told',
      'it may have been told before it rose',
    ],
    [{ severities: ['critical'] }, { to: 'closed' }, 'told', 'or before a late line took its severity back'],
    [{ severities: ['critical'] }, { to: 'suppressed' }, 'told', 'offline licensing ends it as well'],
    [{ severities: ['critical'] }, { from: 'closed', to: 'closed' }, 'other-severity', 'a note about an end is none'],
    [{ plants: ['P1'] }, {}, 'other-plant', 'in no plant'],
    [{ plants: ['P1'] }, { to: 'closed' }, 'told', 'withdrawn, its plant is not known any more'],
    [{ states: ['stale'] }, { from: null, to: 'suppressed' }, 'other-state', 'suppressed from its beginning'],
    [{ plants: ['unknown'] }, {}, 'told', 'no plant has a name'],
  ];
  for (const [filter, over, expected, why] of rows) {
    t.equal(routingOf({ ...subject, ...over }, { ...nothing, ...filter }), expected, why);
  }
});

t.test('announce() ends a page whose incident has become graver than the sink wants to hear of', async (t) => {
  const overdue = { kind: 'consequence', family: 'consequence', cause: null, weight: 0, critical: true } as const;
  let known = { devices: new Map(), aliases: new Map() } as Parameters<typeof correlate>[0];
  const told: string[] = [];
  const take = ({ devices, aliases, ...folded }: ReturnType<typeof correlate>) => {
    known = { devices: new Map([...known.devices, ...devices]), aliases: new Map([...known.aliases, ...aliases]) };
    const committing = { ...folded, devices: known.devices.values(), notes: [] };
    for (const { announcement } of announce(committing, [route('pager', { severities: ['major'] })], advisory)) {
      told.push(`${pagerDutyEvent(announcement, '', '', advisory)?.event_action} ${announcement.severity}`);
    }
  };
  take(correlate(known, [said(0, callHome), said(1), said(2, revocation)], advisory));
  take(correlate(known, [said(3, { mnemonic: 'OUT_OF_COMPLIANCE', ...overdue })], advisory));
  take(correlate(known, [said(4, restored)], advisory));
  take(advanceTime(known.devices.values(), () => T0 + 6 * HOUR, advisory));
  t.same(told, ['trigger major', 'resolve critical']);
});

t.test('eventOf() is a CloudEvent with what Standard Webhooks asks for, of less than 20 kB', async (t) => {
  const told = life([route('all')]);
  for (const announcement of told) {
    const event = eventOf('0b0e7c1e', announcement, 'https://watch.example.net', advisory);
    t.match(event, {
      ...{ specversion: '1.0', id: '0b0e7c1e', source: 'https://watch.example.net', subject: 'qv-sw-a-1' },
      ...{ type: `quovadis.${announcement.type}`, datacontenttype: 'application/json' },
      data: { device: { key: 'sw-a', plant: 'P1' }, incidentId: 'qv-sw-a-1' },
    });
    t.equal(event.timestamp, event.time);
    // CloudEvents 1.0 §3: attribute names are lower-case letters and digits.
    t.same(
      Object.keys(event).filter((name) => !/^[a-z0-9]+$/.test(name)),
      [],
    );
    t.ok(JSON.stringify(event).length < 20_000);
  }
  t.same(
    new Set(told.map(({ type }) => type)),
    new Set(noticeTypes.filter((type) => type !== 'incident.noted')),
    'every type but the note is in this life',
  );
});

t.test('pagerDutyEvent() triggers, acknowledges and resolves one incident', async (t) => {
  const events = life([route('all')]).map((announcement) =>
    pagerDutyEvent(announcement, 'R0UT1NG', 'https://watch.example.net', advisory),
  );
  t.same(
    events.map((event) => event?.event_action),
    ['trigger', 'trigger', 'acknowledge', 'trigger', 'resolve', 'trigger', 'resolve'],
  );
  t.same(new Set(events.map((event) => event?.dedup_key)), new Set(['qv-sw-a-1']));
  t.match(events[1], {
    routing_key: 'R0UT1NG',
    payload: { severity: 'error', source: 'sw-a', group: 'P1', timestamp: '2022-02-05T08:00:00.000Z' },
    client_url: 'https://watch.example.net/api/v1/incidents/qv-sw-a-1',
  });
  const [opened] = life([route('all')]);
  const long = { ...(opened as Announcement), incident: `qv-${'x'.repeat(400)}-1`, device: 'x'.repeat(2000) };
  const event = pagerDutyEvent(long, '', '', advisory);
  t.equal(event?.dedup_key.length, 255);
  t.ok((event?.payload?.summary.length ?? 0) <= 1024);
  t.equal(pagerDutyEvent({ ...long, type: 'incident.noted' }, '', '', advisory), null, 'it has no word for a note');
  t.equal(pagerDutyEvent({ ...long, to: 'suppressed' }, '', '', advisory), null, 'offline licensing pages nobody');
  const listed = pagerDutyEvent(
    { ...long, type: 'incident.updated', from: 'confirmed', to: 'suppressed' },
    '',
    '',
    advisory,
  );
  t.equal(listed?.event_action, 'resolve', 'what turns out to be offline licensing is taken back');
});
