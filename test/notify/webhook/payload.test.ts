import t from 'tap';
import { noticeTypes } from '../../../src/core/announce/notice.ts';
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
