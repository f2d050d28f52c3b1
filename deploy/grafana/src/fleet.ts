/** The fleet: how many devices fail, how much grace they have left, and when all will be repaired. */
import { burnDown } from './burn-down.ts';
import { build, linksTo } from './dashboard.ts';
import { ANY_GRACE_END, FAILING, facts, GRACE_END, OPEN_CONDITIONS, OPEN_STATES, withFacts } from './devices.ts';
import { bars, type Column, gauges, graph, type Steps, stat, table } from './panels.ts';
import { increase, milliseconds, ofStore, sumBy } from './promql.ts';
import { colorOfCondition, colorOfSeverity, colorOfState, LEFT } from './words.ts';

const DAY = 86_400;

const open = `sum(${ofStore('quovadis_incidents', [OPEN_STATES])})`;
const grace = (left: string) => `sum(${ofStore('quovadis_grace_devices', [`left=~"${left}"`])})`;

/** The straight line through the open incidents of the time range, per second. */
const trend = `deriv(${open}[$__range:$__interval])`;
const done = `(${open} == 0) + time() or time() + ${open} / (-${trend} > 0)`;

/** The periods in days, and the buckets of devices that are due within each period. */
const HORIZONS = [
  { days: 7, due: 'over|days7' },
  { days: 30, due: 'over|days7|days30' },
  { days: 60, due: 'over|days7|days30|days60' },
  { days: 180, due: 'over|days7|days30|days60|days180' },
];
const needed = HORIZONS.map(({ days, due }) => `label_replace(${grace(due)} / ${days}, "within", "${days}d", "", "")`);

const ENDING = withFacts(ANY_GRACE_END, FAILING);
const firstEnding = `bottomk(50, ${ENDING})`;

const RED_FROM_ONE: Steps = ['green', [1, 'red']];

const PLANT: Column = { of: 'plant', title: 'Plant', links: linksTo('plant') };

export const fleet = () =>
  build({
    name: 'fleet',
    page: '/',
    title: 'Fleet exposure',
    description:
      'How many devices no longer trust Cisco’s cloud (FN72298), how much grace they have left, and when the fleet will be repaired.',
    from: 'now-30d',
    refresh: '5m',
    rows: [
      {
        title: 'Now',
        panels: [
          stat({
            title: 'Open incidents',
            description:
              'Devices that fail or are suspected of failing, and are not proven healthy again. Devices on offline licences (suppressed) do not count.',
            unit: 'short',
            width: 4,
            queries: [{ expr: open }],
            steps: RED_FROM_ONE,
          }),
          stat({
            title: 'Critical incidents',
            description:
              'Open incidents of devices that are out of compliance, whose authorization or identity has expired, or that have less than 30 days of grace left.',
            unit: 'short',
            width: 4,
            queries: [{ expr: `sum(${ofStore('quovadis_incidents', [OPEN_STATES, 'severity="critical"'])})` }],
            steps: RED_FROM_ONE,
          }),
          stat({
            title: 'Grace is over',
            description:
              'Failing devices whose last successful connection was more than a year ago: licensed features may stop at any time.',
            unit: 'short',
            width: 4,
            queries: [{ expr: grace('over') }],
            steps: RED_FROM_ONE,
          }),
          stat({
            title: 'Grace ends within 30 days',
            description:
              'Failing devices with less than 30 days left of the year after their last successful connection.',
            unit: 'short',
            width: 4,
            queries: [{ expr: grace('days7|days30') }],
            steps: ['green', [1, 'orange']],
          }),
          stat({
            title: 'Resolved in 24 hours',
            description:
              'Incidents that were resolved in the last 24 hours: the device has connected and has not failed since.',
            unit: 'short',
            width: 4,
            decimals: 0,
            queries: [{ expr: `sum(${increase('quovadis_incident_transitions_total', 'to="resolved"')})` }],
            every: '1d',
          }),
          stat({
            title: 'Fleet repaired',
            description:
              'When no incident will be open any more, if the trend in the time range of this dashboard continues: a straight line through the number of open incidents. No value if the number does not fall.',
            unit: 'dateTimeFromNow',
            width: 4,
            queries: [{ expr: milliseconds(done) }],
            noValue: 'not at this pace',
          }),
        ],
      },
      {
        title: 'Incidents',
        panels: [
          graph({
            title: 'Open incidents by state',
            description:
              'Suspected: the symptoms may have another cause. Confirmed: the device has lost its trust. Recovering: a connection has succeeded, and no failure may follow for an hour. Stale: silent for 35 days, which is not health. Suppressed: on offline licences, which FN72298 does not affect.',
            unit: 'short',
            width: 12,
            queries: [
              {
                expr: sumBy('state', ofStore('quovadis_incidents', ['state!~"resolved|closed"'])),
                legend: '{{state}}',
              },
            ],
            stacked: true,
            colors: colorOfState,
          }),
          graph({
            title: 'Open incidents by severity',
            description:
              'Warning: suspected. Major: confirmed. Critical: out of compliance, expired, or less than 30 days of grace left. Devices on offline licences do not count.',
            unit: 'short',
            width: 12,
            queries: [
              { expr: sumBy('severity', ofStore('quovadis_incidents', [OPEN_STATES])), legend: '{{severity}}' },
            ],
            stacked: true,
            colors: colorOfSeverity,
          }),
          gauges({
            title: 'Devices by condition',
            description:
              'The current condition of all known devices. Watching: a failure was seen, but not enough for an incident. Unheard: in the inventory, but no licensing message has arrived yet.',
            unit: 'short',
            width: 8,
            queries: [{ expr: sumBy('condition', ofStore('quovadis_devices')), legend: '{{condition}}' }],
            colors: colorOfCondition,
          }),
          bars({
            title: 'Changes of incidents',
            description:
              'Changes of incidents by the new state. An incident that opens as suspected and is then confirmed counts in both states.',
            unit: 'short',
            width: 8,
            decimals: 0,
            queries: [{ expr: sumBy('to', increase('quovadis_incident_transitions_total')), legend: '{{to}}' }],
            colors: colorOfState,
            every: '1h',
          }),
          bars({
            title: 'Resolved per day',
            description: 'Incidents that were resolved on each full day. The current day appears when it is over.',
            unit: 'short',
            width: 8,
            decimals: 0,
            queries: [
              {
                expr: `sum(${increase('quovadis_incident_transitions_total', 'to="resolved"')})`,
                legend: 'resolved',
              },
            ],
            colors: colorOfState,
            every: '1d',
          }),
        ],
      },
      {
        title: 'Grace',
        panels: [
          stat({
            title: 'Repairs needed per day',
            description:
              'The least number of devices to repair each day, so that no grace ends within 7, 30, 60 or 180 days. Devices whose grace is over count as due at once.',
            unit: 'short',
            width: 8,
            decimals: 1,
            queries: [{ expr: `max(${needed.join(' or ')})` }],
          }),
          stat({
            title: 'Repairs done per day',
            description:
              'How much the number of open incidents falls per day in the time range of this dashboard: resolved incidents minus new incidents. Below 0 the fleet gets worse.',
            unit: 'short',
            width: 8,
            decimals: 1,
            queries: [{ expr: `${DAY} * (0 - ${trend})` }],
            steps: ['red', [0, 'green']],
          }),
          stat({
            title: 'Open in 30 days',
            description:
              'How many incidents will be open in 30 days, if the trend in the time range of this dashboard continues.',
            unit: 'short',
            width: 8,
            decimals: 0,
            queries: [{ expr: `clamp_min(predict_linear(${open}[$__range:$__interval], ${30 * DAY}), 0)` }],
          }),
          burnDown(
            'Failing devices by the time left of the year that FN72298 grants after the last successful connection. For devices without any known success only an upper bound is known, and their grace may be over already.',
            grace,
          ),
          table({
            title: 'Grace ends first',
            description:
              'The 50 failing devices whose grace ends first, or ended first. “At the latest”: no success is known, so the end shown is a year after the first failure; the real end may be much earlier.',
            unit: 'short',
            width: 24,
            height: 12,
            queries: [{ expr: `${firstEnding} - time()` }, { expr: milliseconds(firstEnding) }],
            columns: [
              { of: 'device', title: 'Device', links: linksTo('device') },
              PLANT,
              { of: 0, title: 'Left', unit: 'dtdurations', decimals: 1, steps: LEFT },
              { of: 1, title: 'Ends', unit: 'dateTimeAsIso' },
              { of: 'end', title: 'The end is' },
              { of: 'condition', title: 'Condition', colors: colorOfCondition },
              { of: 'severity', title: 'Severity', colors: colorOfSeverity },
              { of: 'product', title: 'Product' },
              { of: 'release', title: 'Release' },
            ],
            sortBy: 'Left',
          }),
        ],
      },
      {
        title: 'Where',
        panels: [
          table({
            title: 'Plants most affected',
            description:
              'Plants by open incidents, with the number of critical incidents, the failing devices with less than 30 days of grace left, and the first known end of a grace period.',
            unit: 'short',
            width: 14,
            queries: [
              { expr: `count by (plant) (${facts(OPEN_CONDITIONS)})` },
              { expr: `count by (plant) (${facts(OPEN_CONDITIONS, 'severity="critical"')})` },
              { expr: `count by (plant) (${withFacts(GRACE_END, FAILING)} - time() < ${30 * DAY})` },
              { expr: milliseconds(`min by (plant) (${withFacts(GRACE_END, FAILING)})`) },
            ],
            columns: [
              PLANT,
              { of: 0, title: 'Open' },
              { of: 1, title: 'Critical', steps: ['text', [1, 'red']] },
              { of: 2, title: 'Below 30 days', steps: ['text', [1, 'orange']] },
              { of: 3, title: 'First end', unit: 'dateTimeAsIso' },
            ],
            sortBy: 'Open',
            descending: true,
          }),
          table({
            title: 'Products and releases most affected',
            description:
              'Open incidents by product family and release. IOS XE 17.6.1 and later have the new root certificate, so devices with such a release probably fail for another reason.',
            unit: 'short',
            width: 10,
            queries: [{ expr: `count by (product, release) (${facts(OPEN_CONDITIONS)})` }],
            columns: [
              { of: 'product', title: 'Product' },
              { of: 'release', title: 'Release' },
              { of: 0, title: 'Open' },
            ],
            sortBy: 'Open',
            descending: true,
          }),
        ],
      },
    ],
  });
