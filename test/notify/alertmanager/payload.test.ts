import t from 'tap';
import type { Alert } from '../../../src/core/announce/alerts.ts';
import { postable } from '../../../src/notify/alertmanager/payload.ts';
import { alertsOf, openIncident, rule } from '../../core/announce/open-incident.ts';
import { advisory, T0 } from '../../given.ts';

const MINUTE = 60_000;

t.test('postable() puts the identity of the alert into labels and changing values into annotations', async (t) => {
  const moment = { advisory, publicUrl: 'https://watch.example.net', now: T0 + MINUTE, resendMs: MINUTE };
  const [alert] = alertsOf('P1', [openIncident('sw-a')], [], rule, T0) as [Alert];
  const body = postable(alert, [openIncident('sw-a')], moment);
  t.same(body.labels, {
    ...{ alertname: 'QuoVadisTrustFailure', device: 'sw-a', plant: 'P1' },
    ...{ advisory: 'quovadis-root-ca-2', severity: 'major' },
  });
  t.equal(body.startsAt, '2022-02-05T06:00:00.000Z');
  t.equal(body.endsAt, '2022-02-05T06:05:00.000Z', 'four resends from now');
  t.equal(body.generatorURL, 'https://watch.example.net/api/v1/incidents/qv-sw-a-1');
  t.match(body.annotations, {
    summary: "sw-a no longer trusts Cisco's cloud: confirmed, major",
    ...{ diagnosis: 'trust', state: 'confirmed', evidence: '3', families: 'call-home, communication' },
    grace: 'the end of the grace period is not known; it is not later than 2023-02-05T06:00:00.000Z',
    grace_until_at_most: '2023-02-05T06:00:00.000Z',
    fix: /crypto pki trustpool import url http:\/\/www\.cisco\.com\/security\/pki\/trs\/ios_core\.p7b\nexit\nwr mem/,
    runbook_url: 'https://watch.example.net/runbook#quovadistrustfailure',
  });
  t.notOk('grace_until' in body.annotations, 'an unknown end of the grace is left out');
  const ended = postable({ ...alert, endsAt: T0 + 30_000 }, [], moment);
  t.equal(ended.endsAt, '2022-02-05T06:00:30.000Z');
  t.same(ended.labels, body.labels, 'the end of an alert has the same labels as its start');

  const many = ['a', 'b', 'c', 'd'].map((name) => openIncident(name, { plant: 'Halle 4/Süd' }));
  const [plant] = alertsOf('Halle 4/Süd', many, [], rule, T0) as [Alert];
  const grouped = postable(plant, many, moment);
  t.same(grouped.labels, {
    ...{ alertname: 'QuoVadisPlantTrustFailure', plant: 'Halle 4/Süd' },
    ...{ advisory: 'quovadis-root-ca-2', severity: 'major' },
  });
  t.match(grouped.annotations, {
    devices: '4',
    major: '4',
    critical: '0',
    summary: /^4 devices of plant Halle 4\/Süd /,
  });
  t.equal(grouped.generatorURL, 'https://watch.example.net/api/v1/devices?plant=Halle%204%2FS%C3%BCd');
});
