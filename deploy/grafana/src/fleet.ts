/** The fleet: how bad it is, how long it has, and when it will be done. */
import { burnDown } from './burn-down.ts';
import { build, linkTo } from './dashboard.ts';
import { ANY_GRACE_END, FAILING, facts, GRACE_END, OPEN_CONDITIONS, OPEN_STATES, withFacts } from './devices.ts';
import { bars, type Column, gauges, graph, type Steps, stat, table } from './panels.ts';
import { increase, milliseconds, series, sumBy } from './promql.ts';
import { colorOfCondition, colorOfSeverity, colorOfState, LEFT } from './words.ts';

const DAY = 86_400;

const open = `sum(${series('quovadis_incidents', OPEN_STATES)})`;
const grace = (left: string) => `sum(${series('quovadis_grace_devices', `left=~"${left}"`)})`;

/** The straight line through the open incidents of the time range, per second. */
const trend = `deriv(${open}[$__range:$__interval])`;
const done = `(${open} == 0) + time() or time() + ${open} / (-${trend} > 0)`;

/** The days until the last device of a bucket is due, and the buckets that are due by then. */
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

const PLANT: Column = { of: 'plant', title: 'Plant', link: linkTo('plant') };

export const fleet = () =>
  build({
    name: 'fleet',
    title: 'Fleet exposure',
    description:
      'How many devices no longer trust Cisco’s cloud (FN72298), how long they have, and when the fleet is done.',
    from: 'now-30d',
    refresh: '5m',
    rows: [
      {
        title: 'Now',
        panels: [
          stat({
            title: 'Open incidents',
            description:
              'Devices that fail, or are suspected to, and have not proven that they are well again. Those on offline licences (suppressed) are not counted.',
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
            queries: [{ expr: `sum(${series('quovadis_incidents', OPEN_STATES, 'severity="critical"')})` }],
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
              'Failing devices that have less than 30 days left of the year after their last successful connection.',
            unit: 'short',
            width: 4,
            queries: [{ expr: grace('days7|days30') }],
            steps: ['green', [1, 'orange']],
          }),
          stat({
            title: 'Resolved in 24 hours',
            description:
              'Incidents that were resolved in the last 24 hours: the device connected and has not failed since.',
            unit: 'short',
            width: 4,
            decimals: 0,
            queries: [{ expr: `sum(${increase('quovadis_incident_transitions_total', 'to="resolved"')})` }],
            every: '1d',
          }),
          stat({
            title: 'The fleet is done',
            description:
              'When no incident will be open if it goes on as it did in the time range of this dashboard: a straight line through the number of open incidents. There is no such time while the number does not fall.',
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
              'Suspected: the symptoms may have another cause. Confirmed: they have this one. Recovering: a connection succeeded and has to hold. Stale: silent for 35 days, which is not health. Suppressed: on offline licences, which FN72298 does not affect.',
            unit: 'short',
            width: 12,
            queries: [
              { expr: sumBy('state', series('quovadis_incidents', 'state!~"resolved|closed"')), legend: '{{state}}' },
            ],
            stacked: true,
            colors: colorOfState,
          }),
          graph({
            title: 'Open incidents by severity',
            description:
              'Warning: suspected. Major: confirmed. Critical: out of compliance, expired, or less than 30 days of grace left. Those on offline licences are not counted.',
            unit: 'short',
            width: 12,
            queries: [{ expr: sumBy('severity', series('quovadis_incidents', OPEN_STATES)), legend: '{{severity}}' }],
            stacked: true,
            colors: colorOfSeverity,
          }),
          gauges({
            title: 'Devices by condition',
            description:
              'All devices that are known, as they are now. Watching: something has failed that is no incident by itself. Unheard: listed in the inventory, and no licensing message has come from it yet.',
            unit: 'short',
            width: 8,
            queries: [{ expr: sumBy('condition', series('quovadis_devices')), legend: '{{condition}}' }],
            colors: colorOfCondition,
          }),
          bars({
            title: 'Changes of incidents',
            description:
              'How many incidents came into which state. One that opens as suspected and is then confirmed counts in both.',
            unit: 'short',
            width: 8,
            decimals: 0,
            queries: [{ expr: sumBy('to', increase('quovadis_incident_transitions_total')), legend: '{{to}}' }],
            colors: colorOfState,
            every: '1h',
          }),
          bars({
            title: 'Resolved per day',
            description: 'Incidents that were resolved on each full day. Today is not in it before it is over.',
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
              'So many devices have to be repaired each day, at least, so that none is over its grace within 7, 30, 60 or 180 days; those that are over already count as due at once.',
            unit: 'short',
            width: 8,
            decimals: 1,
            queries: [{ expr: `max(${needed.join(' or ')})` }],
          }),
          stat({
            title: 'Repairs done per day',
            description:
              'By how much the number of open incidents falls each day in the time range of this dashboard: what was resolved less what came anew. Below 0 the fleet gets worse.',
            unit: 'short',
            width: 8,
            decimals: 1,
            queries: [{ expr: `${DAY} * (0 - ${trend})` }],
            steps: ['red', [0, 'green']],
          }),
          stat({
            title: 'Open in 30 days',
            description:
              'How many incidents will be open 30 days from now if it goes on as it did in the time range of this dashboard.',
            unit: 'short',
            width: 8,
            decimals: 0,
            queries: [{ expr: `clamp_min(predict_linear(${open}[$__range:$__interval], ${30 * DAY}), 0)` }],
          }),
          burnDown(
            'Failing devices by what is left of the year that FN72298 grants after the last successful connection. Where no success was ever seen, only a bound is known, and the grace may be over already.',
            grace,
          ),
          table({
            title: 'Grace ends first',
            description:
              'The 50 failing devices whose grace ends first, or has been over for longest. “At the latest”: no success was ever seen, so the end is a year after the first failure and may have been long before.',
            unit: 'short',
            width: 24,
            height: 12,
            queries: [{ expr: `${firstEnding} - time()` }, { expr: milliseconds(firstEnding) }],
            columns: [
              { of: 'device', title: 'Device', link: linkTo('device') },
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
              'Plants by their open incidents, with those that are critical, the failing devices with less than 30 days of grace left or none, and the first known end of a grace period.',
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
              'Open incidents by product family and release. From IOS XE 17.6.1 on the new root certificate is there, so devices of a newer release have another cause.',
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
