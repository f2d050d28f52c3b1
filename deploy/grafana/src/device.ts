/** One device: its condition over time, and how much grace it has left. */
import { type Condition, conditions } from '../../../src/core/model/device.ts';
import { severities } from '../../../src/core/model/incident.ts';
import { deviceTransitions } from './annotations.ts';
import { build, linksTo, toConsole } from './dashboard.ts';
import { facts } from './devices.ts';
import { graph, stat, table, timeline, type Words } from './panels.ts';
import { milliseconds, series } from './promql.ts';
import { device as deviceVariable } from './variables.ts';
import { colorOfCondition, colorOfSeverity, LEFT } from './words.ts';

const HERE = 'device="$device"';
const graceEnd = series('quovadis_device_grace_until_timestamp_seconds', HERE);
const graceBound = series('quovadis_device_grace_until_at_most_timestamp_seconds', HERE);
const lastSeen = series('quovadis_device_last_seen_timestamp_seconds', HERE);

/** The position of a label's value in the list, starting at 1. */
function position(label: string, values: readonly string[]): string {
  const positions = values.map(
    (value, index) => `${index + 1} * ${series('quovadis_device_info', HERE, `${label}="${value}"`)}`,
  );
  return `max(${positions.join(' or ')})`;
}

function wordsOf<Value extends string>(values: readonly Value[], colors: Readonly<Record<Value, string>>): Words {
  return values.map((text, index) => ({ value: index + 1, text, color: colors[text] }));
}

export const device = () =>
  build({
    name: 'device',
    page: `/devices/$\{device:percentencode}`,
    title: 'Device',
    description:
      'One device that fails or has recently recovered: its condition over time, its grace, and the time of its last message.',
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
              'The time left of the year after the last successful connection. After this year licensed features may stop. “Not known”: no success is known, or the device is healthy.',
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
              'For a device without any known success: the time left of the year after the first failure. The grace itself may be over already.',
            unit: 'dtdurations',
            width: 6,
            decimals: 1,
            queries: [{ expr: `min(${graceBound}) - time()` }],
            steps: LEFT,
            noValue: 'a success is known',
          }),
          stat({
            title: 'Grace ends',
            description: 'The day on which the year after the last successful connection ends, or ends at the latest.',
            unit: 'dateTimeAsIso',
            width: 6,
            queries: [{ expr: milliseconds(`min(${graceEnd} or ${graceBound})`) }],
            noValue: 'not known',
          }),
          stat({
            title: 'Last seen',
            description: 'When the last licensing message arrived from the device. Silence is not health.',
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
              'The state of the device over time. A gap: the device has no series, because it recovered more than 15 minutes before.',
            unit: 'short',
            width: 24,
            queries: [
              { expr: position('condition', conditions), legend: 'condition' },
              { expr: position('severity', severities), legend: 'severity' },
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
              'The time left of the grace period. It falls by a day each day. A successful connection sets it to a year again.',
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
              'The time since the last message of the device. It falls to 0 with each licensing message. After 35 days an open incident becomes stale.',
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
            title: 'Facts about the device',
            description:
              'Its plant from the inventory, its product and release from the inventory or from its own messages.',
            unit: 'short',
            width: 24,
            height: 4,
            queries: [{ expr: facts(HERE) }],
            columns: [
              { of: 'device', title: 'Device', links: [toConsole('device')] },
              { of: 'plant', title: 'Plant', links: linksTo('plant') },
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
