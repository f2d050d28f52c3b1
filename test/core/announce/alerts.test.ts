import fc from 'fast-check';
import t from 'tap';
import { postable } from '../../../src/core/announce/alertmanager.ts';
import {
  type Alert,
  type AlertRule,
  alertsOf as alertsByKey,
  fires,
  keyOf,
  type OpenIncident,
  TELL_END_MS,
} from '../../../src/core/announce/alerts.ts';
import type { IncidentState, Severity } from '../../../src/core/model/incident.ts';
import { advisory, HOUR, T0 } from '../../given.ts';

const MINUTE = 60_000;
const everything = { states: [], severities: [], plants: [] };
const rule: AlertRule = { only: everything, grouping: { above: 3, withinMs: 10 * MINUTE } };

type Over = { severity?: Severity; state?: IncidentState; openedAt?: number; plant?: string | null };

function openIncident(
  device: string,
  { severity = 'major', state = 'confirmed', openedAt = T0, plant = 'P1' }: Over = {},
) {
  const record = {
    ...{ id: `qv-${device}-1`, device, state, severity, score: 5, families: ['call-home', 'communication'] },
    ...{ diagnosis: 'trust', openedAt: new Date(openedAt).toISOString(), confirmedAt: null, recoveringAt: null },
    ...{
      resolvedAt: null,
      graceUntil: null,
      graceUntilAtMost: '2023-02-05T06:00:00.000Z',
      evidence: 3,
      regressions: 0,
    },
  };
  return { record, plant } satisfies OpenIncident;
}

/** As lists, in the order in which a peer is told: what has ended, then what fires. */
function alertsOf(
  plant: string,
  openIncidents: readonly OpenIncident[],
  told: readonly Alert[],
  by: AlertRule,
  now: number,
): Alert[] {
  const alerts = [
    ...alertsByKey(plant, openIncidents, new Map(told.map((alert) => [keyOf(alert), alert])), by, now).values(),
  ];
  return [...alerts.filter(({ endsAt }) => endsAt !== null), ...alerts.filter(({ endsAt }) => endsAt === null)];
}

const shown = (alerts: readonly Alert[]) =>
  alerts.map(({ device, severity, startsAt, endsAt }) => {
    const end = endsAt === null ? 'fires' : `ended ${(endsAt - T0) / MINUTE}`;
    return `${device ?? 'plant'} ${severity} since ${(startsAt - T0) / MINUTE} ${end}`;
  });

t.test('alertsOf() follows a device through its severities to the end', async (t) => {
  const opened = alertsOf('P1', [openIncident('sw-a', { severity: 'warning' })], [], rule, T0 + MINUTE);
  t.same(shown(opened), ['sw-a warning since 0 fires'], 'since the incident, not since it was told');
  const raised = alertsOf('P1', [openIncident('sw-a')], opened, rule, T0 + 5 * MINUTE);
  t.same(
    shown(raised),
    ['sw-a warning since 0 ended 5', 'sw-a major since 0 fires'],
    'the old labels end as the new ones begin, with the same start',
  );
  const later = alertsOf('P1', [openIncident('sw-a', { openedAt: T0 - HOUR })], raised, rule, T0 + 6 * MINUTE);
  t.same(shown(later).at(-1), 'sw-a major since 0 fires', 'late evidence does not move the start of what was told');
  const over = alertsOf('P1', [], later, rule, T0 + 10 * MINUTE);
  t.same(shown(over), ['sw-a warning since 0 ended 5', 'sw-a major since 0 ended 10']);
  const told = alertsOf('P1', [], over, rule, T0 + 5 * MINUTE + TELL_END_MS);
  t.same(shown(told), ['sw-a major since 0 ended 10'], 'an end is told for its time and not longer');
  t.same(alertsOf('P1', [], told, rule, T0 + 10 * MINUTE + TELL_END_MS), []);
});

t.test('alertsOf() lets an alert that ended fire again under the labels that it had', async (t) => {
  const first = alertsOf('P1', [openIncident('sw-a')], [], rule, T0);
  const over = alertsOf('P1', [], first, rule, T0 + MINUTE);
  const again = alertsOf('P1', [openIncident('sw-a')], over, rule, T0 + 2 * MINUTE);
  t.same(shown(again), ['sw-a major since 0 fires']);
});

t.test('alertsOf() makes one alert of a plant in which many fail at once', async (t) => {
  const three = ['a', 'b', 'c'].map((name) => openIncident(name));
  const few = alertsOf('P1', three, [], rule, T0);
  t.equal(few.length, 3, 'as many as are allowed stay alerts of their devices');
  const many = [...three, openIncident('d', { openedAt: T0 + MINUTE, severity: 'critical' })];
  const storm = alertsOf('P1', many, few, rule, T0 + 2 * MINUTE);
  t.same(
    shown(storm),
    [...['a', 'b', 'c'].map((name) => `${name} major since 0 ended 2`), 'plant critical since 0 fires'],
    'the devices give way to the plant, which is as grave as the worst of them',
  );
  const repaired = alertsOf('P1', three.slice(0, 1), storm, rule, T0 + 3 * MINUTE);
  t.same(
    shown(repaired).filter((text) => text.endsWith('fires')),
    ['plant major since 0 fires'],
    'it stays one until the last device is well',
  );
  t.same(shown(alertsOf('P1', [], repaired, rule, T0 + 4 * MINUTE)).at(-1), 'plant major since 0 ended 4');
});

t.test('alertsOf() leaves devices alone that failed one after the other', async (t) => {
  const slow = ['a', 'b', 'c', 'd'].map((name, index) => openIncident(name, { openedAt: T0 + index * 4 * MINUTE }));
  t.equal(alertsOf('P1', slow, [], rule, T0).filter(({ device }) => device === null).length, 0, '12 minutes for four');
  const quick = ['a', 'b', 'c', 'd'].map((name, index) => openIncident(name, { openedAt: T0 + index * 3 * MINUTE }));
  t.equal(alertsOf('P1', quick, [], rule, T0).filter(({ device }) => device === null).length, 1, '9 minutes for four');
  const never = { ...rule, grouping: null };
  t.equal(alertsOf('P1', quick, [], never, T0).length, 4, 'without grouping never');
});

t.test('fires() goes by state and by what the sink wants', async (t) => {
  const states: Record<IncidentState, boolean> = {
    ...{ suspected: true, confirmed: true, recovering: true, stale: true },
    ...{ resolved: false, suppressed: false, closed: false },
  };
  for (const [state, expected] of Object.entries(states)) {
    t.equal(fires(openIncident('a', { state: state as IncidentState }), rule), expected, state);
  }
  const only = (filter: object) => ({ ...rule, only: { ...everything, ...filter } });
  t.equal(fires(openIncident('a'), only({ severities: ['critical'] })), false);
  t.equal(fires(openIncident('a'), only({ plants: ['P1'] })), true);
  t.equal(
    fires(openIncident('a', { plant: null }), only({ plants: ['unknown'] })),
    true,
    'no plant is the plant unknown',
  );
  t.equal(fires(openIncident('a', { state: 'suspected' }), only({ states: ['confirmed'] })), false);
});

t.test('alertsOf() holds in any state of incidents', async (t) => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const moment = fc.record({
    open: fc.dictionary(fc.constantFrom(...names), fc.constantFrom<Severity>('warning', 'major', 'critical')),
    wait: fc.integer({ min: 0, max: 20 }),
  });
  const seed = Number(process.env['SEED'] ?? 72298);
  t.comment(`seed ${seed}`);
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 12 }), (moments) => {
      let told: Alert[] = [];
      let now = T0;
      for (const { open, wait } of moments) {
        now += wait * MINUTE;
        const openIncidents = Object.entries(open).map(([device, severity]) => openIncident(device, { severity }));
        const next = alertsOf('P1', openIncidents, told, rule, now);
        const firing = next.filter(({ endsAt }) => endsAt === null);
        const keys = new Set(next.map(keyOf));
        if (keys.size !== next.length) return false;
        // All of the devices, or one for all of them.
        const asOne = firing.length === 1 && firing[0]?.device === null;
        if (!asOne && firing.length !== openIncidents.length) return false;
        if (openIncidents.length === 0 && firing.length > 0) return false;
        // What fired and does no longer is told to have ended.
        if (told.some((alert) => alert.endsAt === null && !keys.has(keyOf(alert)))) return false;
        told = next;
      }
      return true;
    }),
    { seed, numRuns: 500 },
  );
});

t.test('postable() has what identifies the alert in labels and all that changes in annotations', async (t) => {
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
    grace: 'the end of the grace period is not known; it is at most 2023-02-05T06:00:00.000Z',
    grace_until_at_most: '2023-02-05T06:00:00.000Z',
    fix: /crypto pki trustpool import url http:\/\/www\.cisco\.com\/security\/pki\/trs\/ios_core\.p7b\nexit\nwr mem/,
    runbook_url: 'https://watch.example.net/runbook#quovadistrustfailure',
  });
  t.notOk('grace_until' in body.annotations, 'what is not known is not said');
  const ended = postable({ ...alert, endsAt: T0 + 30_000 }, [], moment);
  t.equal(ended.endsAt, '2022-02-05T06:00:30.000Z');
  t.same(ended.labels, body.labels, 'an end has the labels of its beginning');

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
