import fc from 'fast-check';
import t from 'tap';
import { type Alert, fires, keyOf, RESOLVED_RETENTION_MS } from '../../../src/core/announce/alerts.ts';
import type { IncidentState, Severity } from '../../../src/core/model/incident.ts';
import { HOUR, T0 } from '../../given.ts';
import { alertsOf, everything, openIncident, rule } from './open-incident.ts';

const MINUTE = 60_000;
const shown = (alerts: readonly Alert[]) =>
  alerts.map(({ device, severity, startsAt, endsAt }) => {
    const end = endsAt === null ? 'fires' : `ended ${(endsAt - T0) / MINUTE}`;
    return `${device ?? 'plant'} ${severity} since ${(startsAt - T0) / MINUTE} ${end}`;
  });

t.test('alertsOf() follows a device through its severities to the end', async (t) => {
  const opened = alertsOf('P1', [openIncident('sw-a', { severity: 'warning' })], [], rule, T0 + MINUTE);
  t.same(shown(opened), ['sw-a warning since 0 fires'], 'since the incident, not since it was sent');
  const raised = alertsOf('P1', [openIncident('sw-a')], opened, rule, T0 + 5 * MINUTE);
  t.same(
    shown(raised),
    ['sw-a warning since 0 ended 5', 'sw-a major since 0 fires'],
    'the alert with the old labels ends when the new one begins, and both have the same start',
  );
  const later = alertsOf('P1', [openIncident('sw-a', { openedAt: T0 - HOUR })], raised, rule, T0 + 6 * MINUTE);
  t.same(shown(later).at(-1), 'sw-a major since 0 fires', 'late evidence does not move the start of a known alert');
  const over = alertsOf('P1', [], later, rule, T0 + 10 * MINUTE);
  t.same(shown(over), ['sw-a warning since 0 ended 5', 'sw-a major since 0 ended 10']);
  const previous = alertsOf('P1', [], over, rule, T0 + 5 * MINUTE + RESOLVED_RETENTION_MS);
  t.same(shown(previous), ['sw-a major since 0 ended 10'], 'an ended alert is sent for RESOLVED_RETENTION_MS only');
  t.same(alertsOf('P1', [], previous, rule, T0 + 10 * MINUTE + RESOLVED_RETENTION_MS), []);
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
    [...['a', 'b', 'c'].map((name) => `${name} major since 0 ended 2`), 'plant critical since 0 fires'],
    'the alert of the plant replaces those of its devices, with the worst severity of them',
  );
  const repaired = alertsOf('P1', three.slice(0, 1), storm, rule, T0 + 3 * MINUTE);
  t.same(
    shown(repaired).filter((text) => text.endsWith('fires')),
    ['plant major since 0 fires'],
    'the plant keeps its alert until the last device has recovered',
  );
  t.same(shown(alertsOf('P1', [], repaired, rule, T0 + 4 * MINUTE)).at(-1), 'plant major since 0 ended 4');
});

t.test('alertsOf() groups no devices that failed one after the other', async (t) => {
  const slow = ['a', 'b', 'c', 'd'].map((name, index) => openIncident(name, { openedAt: T0 + index * 4 * MINUTE }));
  t.equal(alertsOf('P1', slow, [], rule, T0).filter(({ device }) => device === null).length, 0, '12 minutes for four');
  const quick = ['a', 'b', 'c', 'd'].map((name, index) => openIncident(name, { openedAt: T0 + index * 3 * MINUTE }));
  t.equal(alertsOf('P1', quick, [], rule, T0).filter(({ device }) => device === null).length, 1, '9 minutes for four');
  const never = { ...rule, grouping: null };
  t.equal(alertsOf('P1', quick, [], never, T0).length, 4, 'without grouping never');
});

t.test('fires() decides by state and by the filter of the sink', async (t) => {
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
        // One alert for each device, or one for all devices.
        const asOne = firing.length === 1 && firing[0]?.device === null;
        if (!asOne && firing.length !== openIncidents.length) return false;
        if (openIncidents.length === 0 && firing.length > 0) return false;
        // An alert that no longer fires is still there, as ended.
        if (previous.some((alert) => alert.endsAt === null && !keys.has(keyOf(alert)))) return false;
        previous = next;
      }
      return true;
    }),
    { seed, numRuns: 500 },
  );
});
