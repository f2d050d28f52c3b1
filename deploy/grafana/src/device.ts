/** One device: what it was at which time, and how long it has. */
import { type Condition, conditions } from '../../../src/core/model/device.ts';
import { severities } from '../../../src/core/model/incident.ts';
import { deviceTransitions } from './annotations.ts';
import { build, linkTo } from './dashboard.ts';
import { facts } from './devices.ts';
import { graph, stat, table, timeline, type Words } from './panels.ts';
import { milliseconds, series } from './promql.ts';
import { device as deviceVariable } from './variables.ts';
import { colorOfCondition, colorOfSeverity, LEFT } from './words.ts';

const HERE = 'device="$device"';
const graceEnd = series('quovadis_device_grace_until_timestamp_seconds', HERE);
const graceBound = series('quovadis_device_grace_until_at_most_timestamp_seconds', HERE);
const lastSeen = series('quovadis_device_last_seen_timestamp_seconds', HERE);

/** The place of a label's value in the list, from 1 on. */
function place(label: string, values: readonly string[]): string {
  const places = values.map(
    (value, index) => `${index + 1} * ${series('quovadis_device_info', HERE, `${label}="${value}"`)}`,
  );
  return `max(${places.join(' or ')})`;
}

function wordsOf<Value extends string>(values: readonly Value[], colors: Readonly<Record<Value, string>>): Words {
  return values.map((text, index) => ({ value: index + 1, text, color: colors[text] }));
}

export const device = () =>
  build({
    name: 'device',
    title: 'Device',
    description:
      'One device that fails or has lately recovered: its condition over time, its grace, and when it was last heard of.',
    from: 'now-7d',
    refresh: '1m',
    variable: deviceVariable(),
    marks: deviceTransitions('Changes of the device', '{{condition}} {{severity}}', 'condition, severity', HERE),
    rows: [
      {
        title: 'Now',
        panels: [
          stat({
            title: 'Grace left',
            description:
              'What is left of the year after the last successful connection. Then licensed features may stop. “Not known”: no success was ever seen, or the device is well.',
            unit: 'dtdurations',
            width: 6,
            decimals: 1,
            queries: [{ expr: `min(${graceEnd}) - time()` }],
            steps: LEFT,
            noValue: 'not known',
          }),
          stat({
            title: 'Grace left at most',
            description:
              'Where no success was ever seen: what is left of the year after the first failure. The grace itself may be over already.',
            unit: 'dtdurations',
            width: 6,
            decimals: 1,
            queries: [{ expr: `min(${graceBound}) - time()` }],
            steps: LEFT,
            noValue: 'a success was seen',
          }),
          stat({
            title: 'Grace ends',
            description:
              'The day on which the year after the last successful connection is over, or is over at the latest.',
            unit: 'dateTimeAsIso',
            width: 6,
            queries: [{ expr: milliseconds(`min(${graceEnd} or ${graceBound})`) }],
            noValue: 'not known',
          }),
          stat({
            title: 'Last seen',
            description: 'When the last licensing message came from the device. Silence is not health.',
            unit: 'dateTimeFromNow',
            width: 6,
            queries: [{ expr: milliseconds(`max(${lastSeen})`) }],
            noValue: 'nothing to report',
          }),
        ],
      },
      {
        title: 'History',
        panels: [
          timeline({
            title: 'Condition, severity and incident',
            description:
              'What the device was at which time. Gaps: it had nothing to report, as devices that are well do 15 minutes after their recovery.',
            unit: 'short',
            width: 24,
            queries: [
              { expr: place('condition', conditions), legend: 'condition' },
              { expr: place('severity', severities), legend: 'severity' },
              { expr: `max(${series('quovadis_device_incident', HERE)})`, legend: 'incident' },
            ],
            words: [
              wordsOf<Condition>(conditions, colorOfCondition),
              wordsOf(severities, colorOfSeverity),
              [
                { value: 0, text: 'over', color: 'green' },
                { value: 1, text: 'open', color: 'red' },
              ],
            ],
          }),
          graph({
            title: 'Grace left',
            description:
              'What was left of the grace period. It falls by a day each day; a successful connection sets it to a year again.',
            unit: 'dtdurations',
            width: 12,
            queries: [
              { expr: `min(${graceEnd}) - time()`, legend: 'left' },
              { expr: `min(${graceBound}) - time()`, legend: 'left at most' },
            ],
            fromZero: false,
          }),
          graph({
            title: 'Silence',
            description:
              'How long nothing was heard of the device. It falls to 0 with each licensing message; after 35 days an open incident is stale.',
            unit: 'dtdurations',
            width: 12,
            queries: [{ expr: `time() - max(${lastSeen})`, legend: 'silent for' }],
          }),
        ],
      },
      {
        title: 'Facts',
        panels: [
          table({
            title: 'What is known of it',
            description:
              'Its plant from the inventory, its product and release from the inventory or from its own messages.',
            unit: 'short',
            width: 24,
            height: 4,
            queries: [{ expr: facts(HERE) }],
            columns: [
              { of: 'device', title: 'Device' },
              { of: 'plant', title: 'Plant', link: linkTo('plant') },
              { of: 'product', title: 'Product' },
              { of: 'release', title: 'Release' },
              { of: 'condition', title: 'Condition', colors: colorOfCondition },
              { of: 'severity', title: 'Severity', colors: colorOfSeverity },
            ],
            sortBy: 'Device',
          }),
        ],
      },
    ],
  });
