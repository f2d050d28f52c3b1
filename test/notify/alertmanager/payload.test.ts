import t from 'tap';
import type { Alert } from '../../../src/core/announce/alerts.ts';
import { countPlant, plantDescriptionOf, plantSummaryOf } from '../../../src/core/announce/plant-wording.ts';
import type { Told } from '../../../src/core/announce/told.ts';
import { descriptionOf, summaryOf } from '../../../src/core/announce/wording.ts';
import { postable } from '../../../src/notify/alertmanager/payload.ts';
import { alertsOf, openIncident, rule, told } from '../../core/announce/open-incident.ts';
import { advisory, DAY, T0 } from '../../given.ts';

const MINUTE = 60_000;
const suspected = { state: 'suspected', level: 'suspected', severity: 'warning' } as const;

t.test('postable() puts the identity of the alert into labels and changing values into annotations', async (t) => {
  const moment = { advisory, publicUrl: 'https://watch.example.net', now: T0 + MINUTE, resendMs: MINUTE };
  const [alert] = alertsOf('P1', [openIncident('sw-a')], [], rule, T0) as [Alert];
  const grace = Date.parse('2023-02-05T06:00:00.000Z');
  const incident = told('sw-a', { graceUntilAtMost: grace, release: '17.3.3', status: 'affected', fixedIn: '17.6.1' });
  const body = postable(alert, [incident], moment);
  t.same(body.labels, {
    ...{ alertname: 'QuoVadisTrustFailure', device: 'sw-a', plant: 'P1' },
    ...{ advisory: 'quovadis-root-ca-2', severity: 'major' },
  });
  t.equal(body.startsAt, '2022-02-05T06:00:00.000Z');
  t.equal(body.endsAt, '2022-02-05T06:05:00.000Z', 'four resends from now');
  t.equal(body.generatorURL, 'https://watch.example.net/incidents/qv-sw-a-1');
  t.match(body.annotations, {
    summary: summaryOf(incident),
    description: descriptionOf(incident, T0 + MINUTE),
    ...{ diagnosis: 'trust', state: 'confirmed', evidence: '3', families: 'call-home, communication' },
    ...{ score: '5', regressions: '0', release: '17.3.3', last_failure: '2022-02-05T07:30:00.000Z' },
    grace: 'the end of the grace period is not known; it is not later than 2023-02-05 06:00 UTC',
    grace_until_at_most: '2023-02-05T06:00:00.000Z',
    fix: /crypto pki trustpool import url http:\/\/www\.cisco\.com\/security\/pki\/trs\/ios_core\.p7b\nexit\nwr mem/,
    runbook_url: 'https://watch.example.net/runbook#quovadistrustfailure',
  });
  for (const name of ['grace_until', 'product', 'address', 'checks']) {
    t.notOk(name in body.annotations, `${name} is not known and left out`);
  }
  const other = postable(
    alert,
    [told('sw-a', { fleetDiagnosis: 'outage', checks: ['the status page', 'other plants'] })],
    moment,
  );
  t.notOk('fix' in other.annotations, 'a repair that cannot help is left out');
  t.equal(other.annotations['checks'], 'the status page; other plants');
  t.equal(other.annotations['diagnosis'], 'outage (by the messages of this device alone: trust)');
});

t.test('postable() ends an alert under the same labels, and says why', async (t) => {
  const moment = { advisory, publicUrl: 'https://watch.example.net', now: T0 + MINUTE, resendMs: MINUTE };
  const [alert] = alertsOf('P1', [openIncident('sw-a')], [], rule, T0) as [Alert];
  const fires = postable(alert, [told('sw-a')], moment);
  const rows: readonly (readonly [string, Partial<Told> | null, string])[] = [
    ['resolved', { state: 'resolved' }, 'sw-a (plant P1) works again: its incident is resolved'],
    ['in another plant', { plant: 'P2' }, 'sw-a is in plant P2 now, and has another alert there'],
    ['reopened', suspected, 'sw-a had recovered for a time; its incident is open again: suspected'],
    ['withdrawn', null, 'sw-a has no open incident any more'],
  ];
  for (const [why, over, summary] of rows) {
    const ended = postable({ ...alert, endsAt: T0 + 30_000 }, over === null ? [] : [told('sw-a', over)], moment);
    t.equal(ended.endsAt, '2022-02-05T06:00:30.000Z', why);
    t.same(ended.labels, fires.labels, `${why}: the end of an alert has the same labels as its start`);
    t.equal(ended.annotations['summary'], summary);
    t.ok(ended.annotations['description'], `${why}: has a description`);
  }
});

t.test('postable() counts the devices of a plant', async (t) => {
  const moment = { advisory, publicUrl: 'https://watch.example.net', now: T0 + MINUTE, resendMs: MINUTE };
  const names = ['a', 'b', 'c', 'd'];
  const many = names.map((name) => openIncident(name, { plant: 'Halle 4/Süd' }));
  const [plant] = alertsOf('Halle 4/Süd', many, [], rule, T0) as [Alert];
  const behind = names.map((name) => told(name, name === 'd' ? suspected : { graceUntil: T0 + DAY }));
  const grouped = postable(plant, behind, moment);
  t.same(grouped.labels, {
    ...{ alertname: 'QuoVadisPlantTrustFailure', plant: 'Halle 4/Süd' },
    ...{ advisory: 'quovadis-root-ca-2', severity: 'major' },
  });
  t.match(grouped.annotations, {
    ...{ devices: '4', confirmed: '3', suspected: '1', major: '3', critical: '0', warning: '1' },
    ...{ grace_until: '2022-02-06T06:00:00.000Z', fix: /crypto pki/ },
    summary: plantSummaryOf('Halle 4/Süd', countPlant(behind)),
    description: plantDescriptionOf(behind, T0, 'FN72298'),
  });
  t.equal(grouped.generatorURL, 'https://watch.example.net/plants/Halle%204%2FS%C3%BCd');
  const ended = postable({ ...plant, endsAt: T0 }, [], moment);
  t.match(ended.annotations['summary'], 'Plant Halle 4/Süd: the incidents of all devices have ended');
  t.ok(ended.annotations['description']);
});
