import fc from 'fast-check';
import t from 'tap';
import { type Alert, fires, keyOf, RESOLVED_RETENTION_MS } from '../../../src/core/announce/alerts.ts';
import type { Filter } from '../../../src/core/announce/filter.ts';
import type { IncidentState, Severity } from '../../../src/core/model/incident.ts';
import { HOUR, T0 } from '../../given.ts';
import { alertsOf, everything, openIncident, rule } from './open-incident.ts';

const MINUTE = 60_000;
const shown = (alerts: readonly Alert[]) =>
  alerts.map(({ device, severity, startsAt, endsAt }) => {
    const end = endsAt === null ? 'fires' : `ended ${(endsAt - T0) / MINUTE}`;
    return `${device ?? 'plant'} ${severity} since ${(startsAt - T0) / MINUTE} ${end}`;
  });

t.test('alertsOf() ends no alert of an incident that becomes graver, until the incident ends', async (t) => {
  const opened = alertsOf('P1', [openIncident('sw-a', { severity: 'warning' })], [], rule, T0 + MINUTE);
  t.same(shown(opened), ['sw-a warning since 0 fires'], 'since the incident, not since it was sent');
  const raised = alertsOf('P1', [openIncident('sw-a')], opened, rule, T0 + 5 * MINUTE);
  t.same(shown(raised), ['sw-a warning since 0 fires', 'sw-a major since 0 fires'], 'both have the same start');
  t.equal(raised[0], opened[0], 'the lower alert has not changed at all');
  const later = alertsOf('P1', [openIncident('sw-a', { openedAt: T0 - HOUR })], raised, rule, T0 + 6 * MINUTE);
  t.same(shown(later).at(-1), 'sw-a major since 0 fires', 'late evidence does not move the start of a known alert');
  const lowered = alertsOf('P1', [openIncident('sw-a', { severity: 'warning' })], later, rule, T0 + 7 * MINUTE);
  t.same(shown(lowered), shown(later), 'nor does a severity that a late line lowers end an alert');
  const over = alertsOf('P1', [], lowered, rule, T0 + 10 * MINUTE);
  t.same(shown(over), ['sw-a warning since 0 ended 10', 'sw-a major since 0 ended 10'], 'all end together');
  t.same(
    alertsOf('P1', [], over, rule, T0 + 9 * MINUTE + RESOLVED_RETENTION_MS).length,
    2,
    'an ended alert is sent for RESOLVED_RETENTION_MS',
  );
  t.same(alertsOf('P1', [], over, rule, T0 + 10 * MINUTE + RESOLVED_RETENTION_MS), [], 'and no longer');
  const again = alertsOf('P1', [openIncident('sw-a', { severity: 'warning' })], over, rule, T0 + 11 * MINUTE);
  t.same(
    shown(again),
    ['sw-a major since 0 ended 10', 'sw-a warning since 0 fires'],
    'a reopened incident has only the severity that it has now',
  );
});

t.test('alertsOf() ends an alert whose device has a further incident', async (t) => {
  const first = alertsOf('P1', [openIncident('sw-a', { severity: 'critical' })], [], rule, T0);
  const { record, plant } = openIncident('sw-a', { openedAt: T0 + HOUR });
  const second = alertsOf('P1', [{ record: { ...record, id: 'qv-sw-a-2' }, plant }], first, rule, T0 + 2 * HOUR);
  t.same(shown(second), ['sw-a critical since 0 ended 120', 'sw-a major since 60 fires']);
});

t.test('alertsOf() goes on from the alerts that an older version has stored', async (t) => {
  const stored: Alert[] = (['warning', 'major'] as const).map((severity) => ({
    ...{ subject: 'qv-sw-a-1', device: 'sw-a', plant: 'P1', severity, startsAt: T0 },
    endsAt: severity === 'warning' ? T0 + MINUTE : null,
  }));
  const next = alertsOf('P1', [openIncident('sw-a', { severity: 'critical' })], stored, rule, T0 + 2 * MINUTE);
  t.same(shown(next), ['sw-a warning since 0 ended 1', 'sw-a major since 0 fires', 'sw-a critical since 0 fires']);
});

t.test('alertsOf() lets a filter decide what begins, not what ends', async (t) => {
  const only = (filter: Partial<Filter>) => ({ ...rule, only: { ...everything, ...filter } });
  const warnings = only({ severities: ['warning'] });
  const suspected = alertsOf('P1', [openIncident('sw-a', { severity: 'warning' })], [], warnings, T0);
  const graver = alertsOf('P1', [openIncident('sw-a')], suspected, warnings, T0 + MINUTE);
  t.same(shown(graver), ['sw-a warning since 0 fires'], 'the incident got worse: it has not ended');
  t.same(alertsOf('P1', [openIncident('sw-a')], [], warnings, T0), [], 'a major incident begins no alert here');
  const confirmed = only({ states: ['confirmed'] });
  const first = alertsOf('P1', [openIncident('sw-a')], [], confirmed, T0);
  const recovering = alertsOf('P1', [openIncident('sw-a', { state: 'recovering' })], first, confirmed, T0 + MINUTE);
  t.same(shown(recovering), ['sw-a major since 0 fires'], 'a recovering device has not recovered');
  const many = ['a', 'b', 'c', 'd'].map((name) => openIncident(name, { severity: 'warning' }));
  const storm = alertsOf('P1', many, [], warnings, T0);
  t.same(shown(storm), ['plant warning since 0 fires']);
  const worse = many.map(({ record }) => openIncident(record.device));
  t.same(
    shown(alertsOf('P1', worse, storm, warnings, T0 + MINUTE)),
    ['plant warning since 0 fires', 'plant major since 0 fires'],
    'nor has the plant',
  );
  const urgent = only({ severities: ['critical'] });
  const critical = many.map(({ record }) => openIncident(record.device, { severity: 'critical' }));
  const alarm = alertsOf('P1', critical, [], urgent, T0);
  t.same(
    shown(alertsOf('P1', [openIncident('e', { severity: 'warning' })], alarm, urgent, T0 + MINUTE)),
    ['plant critical since 0 ended 1'],
    'a device below what the sink wants does not keep the alert of the plant',
  );
});

t.test('alertsOf() fires an ended alert again with the same labels', async (t) => {
  const first = alertsOf('P1', [openIncident('sw-a')], [], rule, T0);
  const over = alertsOf('P1', [], first, rule, T0 + MINUTE);
  const again = alertsOf('P1', [openIncident('sw-a')], over, rule, T0 + 2 * MINUTE);
  t.same(shown(again), ['sw-a major since 0 fires']);
});

t.test('alertsOf() gives one alert for a plant in which many devices fail at once', async (t) => {
  const three = ['a', 'b', 'c'].map((name) => openIncident(name));
  const few = alertsOf('P1', three, [], rule, T0);
  t.equal(few.length, 3, 'up to `above` incidents are alerts of their devices');
  const many = [...three, openIncident('d', { openedAt: T0 + MINUTE, severity: 'critical' })];
  const storm = alertsOf('P1', many, few, rule, T0 + 2 * MINUTE);
  t.same(
    shown(storm),
    [...['a', 'b', 'c'].map((name) => `${name} major since 0 fires`), 'plant critical since 0 fires'],
    'the plant has the worst severity of its devices; their alerts do not end, as nothing is well',
  );
  const repaired = alertsOf('P1', three.slice(0, 1), storm, rule, T0 + 3 * MINUTE);
  t.same(
    shown(repaired).filter((text) => text.endsWith('fires')),
    ['a major since 0 fires', 'plant critical since 0 fires', 'plant major since 0 fires'],
    'the plant keeps its alerts until the last device has recovered',
  );
  const over = alertsOf('P1', [], repaired, rule, T0 + 4 * MINUTE);
  t.same(
    shown(over).filter((text) => text.startsWith('plant')),
    ['plant critical since 0 ended 4', 'plant major since 0 ended 4'],
  );
});

t.test('alertsOf() groups no devices that failed one after the other', async (t) => {
  const slow = ['a', 'b', 'c', 'd'].map((name, index) => openIncident(name, { openedAt: T0 + index * 4 * MINUTE }));
  t.equal(alertsOf('P1', slow, [], rule, T0).filter(({ device }) => device === null).length, 0, '12 minutes for four');
  const quick = ['a', 'b', 'c', 'd'].map((name, index) => openIncident(name, { openedAt: T0 + index * 3 * MINUTE }));
  t.equal(alertsOf('P1', quick, [], rule, T0).filter(({ device }) => device === null).length, 1, '9 minutes for four');
  const never = { ...rule, grouping: null };
  t.equal(alertsOf('P1', quick, [], never, T0).length, 4, 'without grouping never');
});

t.test('fires() decides what begins, by state and by the filter of the sink', async (t) => {
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
    'a device without a plant belongs to the plant `unknown`',
  );
  t.equal(fires(openIncident('a', { state: 'suspected' }), only({ states: ['confirmed'] })), false);
});

t.test('alertsOf() fires one alert per device or one per plant, and ends what no longer fires', async (t) => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const moment = fc.record({
    open: fc.dictionary(fc.constantFrom(...names), fc.constantFrom<Severity>('warning', 'major', 'critical')),
    wait: fc.integer({ min: 0, max: 20 }),
  });
  const seed = Number(process.env['SEED'] ?? 72298);
  t.comment(`seed ${seed}`);
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 12 }), (moments) => {
      let previous: Alert[] = [];
      let now = T0;
      for (const { open, wait } of moments) {
        now += wait * MINUTE;
        const openIncidents = Object.entries(open).map(([device, severity]) => openIncident(device, { severity }));
        const next = alertsOf('P1', openIncidents, previous, rule, now);
        const firing = next.filter(({ endsAt }) => endsAt === null);
        const keys = new Set(next.map(keyOf));
        if (keys.size !== next.length) return false;
        const fires = (device: string | null) => firing.some((alert) => alert.device === device);
        // Each open incident has an alert, its own or that of the plant, and only open incidents have one.
        if (!openIncidents.every(({ record }) => fires(record.device) || fires(null))) return false;
        if (!firing.every(({ device }) => device === null || device in open)) return false;
        if (openIncidents.length === 0 && firing.length > 0) return false;
        // An alert ends only with its incident, or with the last incident of its plant.
        const isOver = ({ device }: Alert) => (device === null ? openIncidents.length === 0 : !(device in open));
        for (const alert of previous) {
          if (alert.endsAt === null && !isOver(alert) && !firing.includes(alert)) return false;
        }
        // An alert that no longer fires is still there, as ended.
        if (previous.some((alert) => alert.endsAt === null && !keys.has(keyOf(alert)))) return false;
        previous = next;
      }
      return true;
    }),
    { seed, numRuns: 500 },
  );
});
