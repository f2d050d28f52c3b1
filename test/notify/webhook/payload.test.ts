import t from 'tap';
import { type Announcement, noticeTypes } from '../../../src/core/announce/notice.ts';
import type { Told } from '../../../src/core/announce/told.ts';
import { summaryOf } from '../../../src/core/announce/wording.ts';
import { cloudEvent } from '../../../src/notify/webhook/payload.ts';
import { life, route } from '../../core/announce/life.ts';
import { advisory } from '../../given.ts';

t.test('cloudEvent() makes a CloudEvent that meets Standard Webhooks, of less than 20 kB', async (t) => {
  const announcements = life([route('all')]);
  for (const announcement of announcements) {
    const event = cloudEvent('0b0e7c1e', announcement, 'https://watch.example.net', advisory);
    t.match(event, {
      ...{ specversion: '1.0', id: '0b0e7c1e', source: 'https://watch.example.net', subject: 'qv-sw-a-1' },
      ...{ type: `quovadis.${announcement.type}`, datacontenttype: 'application/json' },
      data: { device: { key: 'sw-a', plant: 'P1' }, incidentId: 'qv-sw-a-1' },
    });
    t.equal(event.timestamp, event.time);
    t.equal(event.data.summary, summaryOf(announcement.told as Told));
    t.ok(event.data.description.length > 100);
    t.equal(event.data.fix === null, announcement.to === 'resolved' || announcement.to === 'closed', announcement.to);
    // CloudEvents 1.0 §3: attribute names are lower-case letters and digits.
    t.same(
      Object.keys(event).filter((name) => !/^[a-z0-9]+$/.test(name)),
      [],
    );
    t.ok(JSON.stringify(event).length < 20_000);
  }
  const said = announcements.map((announcement) => {
    const { type, data } = cloudEvent('0b0e7c1e', announcement, 'https://watch.example.net', advisory);
    return [type, data.change.disposition?.hypothesis ?? null] as const;
  });
  t.strictSame(
    said.filter(([, hypothesis]) => hypothesis !== null),
    [['quovadis.incident.closed', 'interception']],
  );
  t.same(
    new Set(announcements.map(({ type }) => type)),
    new Set(noticeTypes.filter((type) => type !== 'incident.noted')),
    'life() has every type except the note',
  );
});

t.test(
  'cloudEvent() makes texts also of a notice that an older version stored, or of a withdrawn incident',
  async (t) => {
    const opened = life([route('all')])[0] as Announcement;
    const { told: _, ...old } = { ...opened, pid: 'IE-3300-8T2S', release: '17.3.3' };
    const event = cloudEvent('0b0e7c1e', old, 'https://watch.example.net', advisory);
    t.equal(
      event.data.summary,
      "sw-a (plant P1) shows signs of lost trust in Cisco's cloud: suspected, warning; release 17.3.3 is affected, 17.6.1 has the fix",
    );
    const withdrawn = { ...opened, type: 'incident.closed', to: 'closed', record: null, told: null } as const;
    const gone = cloudEvent('0b0e7c1e', withdrawn, 'https://watch.example.net', advisory);
    t.match(gone.data, { summary: 'sw-a has no open incident any more', fix: null, checks: [] });
  },
);
