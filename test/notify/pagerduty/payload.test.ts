import t from 'tap';
import { type Announcement, announce } from '../../../src/core/announce/notice.ts';
import { advanceTime, correlate } from '../../../src/core/correlate/correlate.ts';
import { pagerDutyEvent } from '../../../src/notify/pagerduty/payload.ts';
import { callHome, life, restored, revocation, route, said } from '../../core/announce/life.ts';
import { advisory, HOUR, T0 } from '../../given.ts';

t.test('announce() ends a page whose incident has reached a severity that the sink filters out', async (t) => {
  const overdue = { kind: 'consequence', family: 'consequence', cause: null, weight: 0, critical: true } as const;
  let known = { devices: new Map(), aliases: new Map() } as Parameters<typeof correlate>[0];
  const sent: string[] = [];
  const take = ({ devices, aliases, ...folded }: ReturnType<typeof correlate>) => {
    known = { devices: new Map([...known.devices, ...devices]), aliases: new Map([...known.aliases, ...aliases]) };
    const committing = { ...folded, devices: known.devices.values(), notes: [] };
    for (const { announcement } of announce(committing, [route('pager', { severities: ['major'] })], advisory)) {
      sent.push(`${pagerDutyEvent(announcement, '', '', advisory)?.event_action} ${announcement.severity}`);
    }
  };
  take(correlate(known, [said(0, callHome), said(1), said(2, revocation)], advisory));
  take(correlate(known, [said(3, { mnemonic: 'OUT_OF_COMPLIANCE', ...overdue })], advisory));
  take(correlate(known, [said(4, restored)], advisory));
  take(advanceTime(known.devices.values(), () => T0 + 6 * HOUR, advisory));
  t.same(sent, ['trigger major', 'resolve critical']);
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
    client_url: 'https://watch.example.net/incidents/qv-sw-a-1',
  });
  t.match(events[0]?.payload, {
    summary: "sw-a (plant P1) shows signs of lost trust in Cisco's cloud: suspected, warning; release unknown",
    custom_details: {
      ...{ hypothesis: 'trust', diagnosis: 'trust', status: 'unknown', fix: /^config t\n/, checks: [] },
      description: /^The incident is suspected, severity warning; leading hypothesis: trust\. .* plant P1\. /,
    },
  });
  t.match(events[1]?.payload?.summary, "sw-a (plant P1) no longer trusts Cisco's cloud: confirmed, major;");
  const [opened] = life([route('all')]);
  const long = { ...(opened as Announcement), incident: `qv-${'x'.repeat(400)}-1`, device: 'x'.repeat(2000) };
  const event = pagerDutyEvent(long, '', '', advisory);
  t.equal(event?.dedup_key.length, 255);
  t.ok((event?.payload?.summary.length ?? 0) <= 1024);
  t.equal(
    pagerDutyEvent({ ...long, type: 'incident.noted' }, '', '', advisory),
    null,
    'PagerDuty has no event for a note',
  );
  t.equal(pagerDutyEvent({ ...long, to: 'suppressed' }, '', '', advisory), null, 'offline licensing pages nobody');
  const listed = pagerDutyEvent(
    { ...long, type: 'incident.updated', from: 'confirmed', to: 'suppressed' },
    '',
    '',
    advisory,
  );
  t.equal(listed?.event_action, 'resolve', 'an incident that turns out to be offline licensing is resolved');
});
