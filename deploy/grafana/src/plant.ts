/** One or more plants: which of their devices fail, and how much grace they have left. */
import { deviceTransitions } from './annotations.ts';
import { burnDown } from './burn-down.ts';
import { build, linksTo, toConsole } from './dashboard.ts';
import {
  ANY_GRACE_END,
  FAILING,
  facts,
  GRACE_BOUND,
  GRACE_END,
  graceCount,
  OPEN_CONDITIONS,
  withFacts,
} from './devices.ts';
import { graph, stat, table } from './panels.ts';
import { milliseconds, ofStore, orZero } from './promql.ts';
import { plant as plantVariable } from './variables.ts';
import { colorOfCondition, colorOfSeverity, LEFT } from './words.ts';

const HERE = 'plant=~"$plant"';
const countBy = (label: string, ...matchers: readonly string[]) => `count by (${label}) (${facts(HERE, ...matchers)})`;

export const plant = () =>
  build({
    name: 'plant',
    page: '/plants',
    title: 'Plant',
    description: 'The devices of a plant that fail or have recently recovered. Healthy devices have no series here.',
    from: 'now-7d',
    refresh: '1m',
    variable: plantVariable(),
    marks: deviceTransitions('Changes of the devices shown', '{{plant}}: {{condition}}', 'plant, condition', HERE),
    rows: [
      {
        title: 'Now',
        panels: [
          stat({
            title: 'Open incidents',
            description:
              'Devices of the plant that fail or are suspected of failing, and are not proven healthy again. Devices on offline licences (suppressed) do not count.',
            unit: 'short',
            width: 6,
            queries: [{ expr: orZero(`count(${facts(HERE, OPEN_CONDITIONS)})`) }],
            steps: ['green', [1, 'red']],
          }),
          stat({
            title: 'Critical incidents',
            description:
              'Devices of the plant that are out of compliance, whose authorization or identity has expired, or that have less than 30 days of grace left.',
            unit: 'short',
            width: 6,
            queries: [{ expr: orZero(`count(${facts(HERE, OPEN_CONDITIONS, 'severity="critical"')})`) }],
            steps: ['green', [1, 'red']],
          }),
          stat({
            title: 'Watched devices',
            description: 'Devices with a failure that is not enough for an incident.',
            unit: 'short',
            width: 6,
            queries: [{ expr: orZero(`count(${facts(HERE, 'condition="watching"')})`) }],
          }),
          stat({
            title: 'First known end of grace',
            description:
              'When the first grace period of the plant ends or ended; only known ends count. One year after the last successful connection licensed features may stop.',
            unit: 'dateTimeFromNow',
            width: 6,
            queries: [{ expr: milliseconds(`min(${withFacts(GRACE_END, HERE, FAILING)})`) }],
            noValue: 'no end is known',
          }),
        ],
      },
      {
        title: 'Devices',
        panels: [
          table({
            title: 'Devices',
            description:
              'The failing devices of the plant, and those that have recovered within the last 15 minutes. Left: the time left of the year after the last successful connection. At most: no success is known, and this is the upper bound of the time left. A click on a device opens its history.',
            unit: 'short',
            width: 24,
            height: 14,
            queries: [
              { expr: facts(HERE) },
              { expr: `${withFacts(GRACE_END, HERE)} - time()` },
              { expr: `${withFacts(GRACE_BOUND, HERE)} - time()` },
              { expr: milliseconds(withFacts(ofStore('quovadis_device_last_seen_timestamp_seconds'), HERE)) },
            ],
            columns: [
              { of: 'device', title: 'Device', links: linksTo('device') },
              { of: 'plant', title: 'Plant', links: [toConsole('plant')] },
              { of: 'condition', title: 'Condition', colors: colorOfCondition },
              { of: 'severity', title: 'Severity', colors: colorOfSeverity },
              { of: 'product', title: 'Product' },
              { of: 'release', title: 'Release' },
              { of: 1, title: 'Left', unit: 'dtdurations', decimals: 1, steps: LEFT },
              { of: 2, title: 'At most', unit: 'dtdurations', decimals: 1, steps: LEFT },
              { of: 3, title: 'Last seen', unit: 'dateTimeFromNow' },
            ],
            sortBy: 'Left',
          }),
        ],
      },
      {
        title: 'History',
        panels: [
          graph({
            title: 'Devices by condition',
            description:
              'Devices of the plant that are not ok. Watching: a failure was seen, but not enough for an incident. A device that is healthy again leaves the graph.',
            unit: 'short',
            width: 12,
            queries: [{ expr: countBy('condition', 'condition!~"ok|heard|unheard"'), legend: '{{condition}}' }],
            stacked: true,
            colors: colorOfCondition,
          }),
          graph({
            title: 'Open incidents by severity',
            description:
              'Warning: suspected. Major: confirmed. Critical: out of compliance, expired, or less than 30 days of grace left.',
            unit: 'short',
            width: 12,
            queries: [{ expr: countBy('severity', OPEN_CONDITIONS), legend: '{{severity}}' }],
            stacked: true,
            colors: colorOfSeverity,
          }),
          burnDown(
            'Failing devices of the plant by the time left of the year after their last successful connection. For devices without any known success only an upper bound is known.',
            (left) => orZero(graceCount(left, HERE, FAILING)),
          ),
        ],
      },
      {
        title: 'Releases',
        panels: [
          table({
            title: 'Products and releases',
            description:
              'Open incidents of the plant by product family and release: shows which images the repair needs.',
            unit: 'short',
            width: 12,
            queries: [{ expr: countBy('product, release', OPEN_CONDITIONS) }],
            columns: [
              { of: 'product', title: 'Product' },
              { of: 'release', title: 'Release' },
              { of: 0, title: 'Open' },
            ],
            sortBy: 'Open',
            descending: true,
          }),
          table({
            title: 'Grace ends first',
            description: 'The ten failing devices of the plant whose grace ends first, or ended first.',
            unit: 'short',
            width: 12,
            queries: [{ expr: `bottomk(10, ${withFacts(ANY_GRACE_END, HERE, FAILING)}) - time()` }],
            columns: [
              { of: 'device', title: 'Device', links: linksTo('device') },
              { of: 0, title: 'Left', unit: 'dtdurations', decimals: 1, steps: LEFT },
              { of: 'end', title: 'The end is' },
              { of: 'condition', title: 'Condition', colors: colorOfCondition },
            ],
            sortBy: 'Left',
          }),
        ],
      },
    ],
  });
