/** The metrics whose values are read at each scrape. */
import { graceBuckets } from '../core/fleet/fleet-count.ts';
import type { LossTotals } from '../core/loss/ledger.ts';
import { conditions } from '../core/model/device.ts';
import { incidentStates, severities } from '../core/model/incident.ts';
import { liveTransports, transports } from '../receive/transports.ts';
import type { CheckedTable } from '../store/ports/damage.ts';
import { combinations, type MetricRow, samplesBy } from './metric-row.ts';

const descriptorUses = [...liveTransports.filter((name) => transports[name].hasConnections), 'http', 'check'];
const isChecked: Readonly<Record<CheckedTable, true>> = {
  ...{ device: true, tail: true, incident: true, evidence: true, alias: true, transition: true, note: true },
  ...{
    notice: true,
    delivered: true,
    inventory_change: true,
    source: true,
    alert: true,
    gone_incident: true,
    member: true,
    index: true,
    wal: true,
  },
};
/** What damaged rows are counted by. */
export const checkedTables = Object.keys(isChecked) as readonly CheckedTable[];
const lossStates = ['received', 'lost', 'reordered', 'duplicates'] as const;

export const scrapedMetrics: readonly MetricRow[] = [
  {
    name: 'build_info',
    type: 'gauge',
    help: 'Always 1: the versions of the service and of Node.js, and the advisory in use.',
    labels: ['version', 'node', 'advisory'],
    read: async ({ process }) => [[1, process().build]],
  },
  {
    name: 'certificate_until_timestamp_seconds',
    type: 'gauge',
    help: 'When the first certificate of a file in use ends, by the key of the configuration that names the file.',
    labels: ['key'],
    read: async ({ process }) => process().certificates.map(({ key, until }) => [until / 1000, { key }]),
  },
  {
    name: 'console_info',
    type: 'gauge',
    help: 'Always 1: the address of the console, as in http.publicUrl, for links of dashboards.',
    labels: ['url'],
    read: async ({ process }) => {
      const url = process().console;
      return url === null ? [] : [[1, { url }]];
    },
  },
  {
    name: 'file_descriptors_short_total',
    type: 'counter',
    help: 'Connections that were closed, and checks that failed, because file descriptors were used up.',
    labels: ['use'],
    zeros: () => combinations({ use: descriptorUses }),
    read: async ({ process }) => samplesBy('use', Object.entries(process().descriptors)),
  },
  {
    name: 'heap_live_bytes',
    type: 'gauge',
    help: 'Old objects of the main thread that the last full garbage collection has left.',
    labels: [],
    read: async ({ process }) => [[process().heap.live]],
  },
  {
    name: 'heap_limit_bytes',
    type: 'gauge',
    help: 'The limit of these objects, at which the process ends.',
    labels: [],
    read: async ({ process }) => [[process().heap.limit]],
  },
  {
    name: 'log_lines_dropped_total',
    type: 'counter',
    help: 'Lines of the log of the service that were not written.',
    labels: [],
    read: async ({ logDrops }) => [[logDrops()]],
  },
  {
    name: 'pipeline_queue_lines',
    type: 'gauge',
    help: 'Records that wait in the queue before the pipeline.',
    labels: [],
    read: async ({ queueLines }) => [[queueLines()]],
  },
  {
    name: 'stream_listeners',
    type: 'gauge',
    help: 'Clients that listen to the event stream.',
    labels: [],
    read: async ({ streamListeners }) => [[streamListeners()]],
  },
  {
    name: 'loss_lines',
    type: 'gauge',
    help: 'Lines of senders with reliable sequence numbers, by the state that the numbers show.',
    labels: ['state'],
    read: async ({ losses }) => {
      const totals = await losses();
      return lossStates.map((state) => [sumOf(totals, state), { state }]);
    },
  },
  {
    name: 'loss_sources',
    type: 'gauge',
    help: 'Senders by the reliability of their sequence numbers.',
    labels: ['state'],
    read: async ({ losses }) => {
      const totals = await losses();
      const unreliable = sumOf(totals, 'unreliable');
      return [
        [sumOf(totals, 'sources') - unreliable, { state: 'reliable' }],
        [unreliable, { state: 'unreliable' }],
        [sumOf(totals, 'forgotten'), { state: 'forgotten' }],
      ];
    },
  },
  {
    name: 'incidents',
    type: 'gauge',
    help: 'Incidents by state and severity.',
    labels: ['state', 'severity'],
    isOfStore: true,
    zeros: () => combinations({ state: incidentStates, severity: severities }),
    read: async ({ counts }) =>
      (await counts())?.incidents.map(({ state, severity, count }) => [count, { state, severity }]),
  },
  {
    name: 'devices',
    type: 'gauge',
    help: 'Devices by condition.',
    labels: ['condition'],
    isOfStore: true,
    zeros: () => combinations({ condition: conditions }),
    read: async ({ counts }) => (await counts())?.devices.map(({ condition, count }) => [count, { condition }]),
  },
  {
    name: 'devices_not_counted',
    type: 'gauge',
    help: 'Devices of a former version that are not brought over yet: the other gauges of devices leave them out.',
    labels: [],
    isOfStore: true,
    read: async ({ counts }) => {
      const all = await counts();
      return all === null ? undefined : [[all.notCounted]];
    },
  },
  {
    name: 'devices_set_aside',
    type: 'gauge',
    help: 'Devices that this version could not judge anew: their rows are set aside, and their next lines make new devices.',
    labels: [],
    isOfStore: true,
    read: async ({ setAside }) => {
      const count = await setAside();
      return count === null ? undefined : [[count]];
    },
  },
  {
    name: 'config_last_reload_successful',
    type: 'gauge',
    help: '1 if the last reload of the configuration was successful, or if there was none; else 0.',
    labels: [],
    read: async ({ lastReload }) => [[lastReload().successful ? 1 : 0]],
  },
  {
    name: 'config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    help: 'When the configuration was last read successfully.',
    labels: [],
    read: async ({ lastReload }) => [[lastReload().at / 1000]],
  },
  {
    name: 'clock_steps_total',
    type: 'counter',
    help: 'Steps of the wall clock against the monotonic clock; a step is not used before it has held for five minutes.',
    labels: [],
    read: async ({ clockSteps }) => [[clockSteps()]],
  },
  {
    name: 'clock_offset_seconds',
    type: 'gauge',
    help: 'How far the clock of PostgreSQL is ahead of that of this machine.',
    labels: [],
    read: async ({ clockOffset }) => {
      const offset = clockOffset();
      return offset === null ? [] : [[offset / 1000]];
    },
  },
  {
    name: 'store_damaged_rows',
    type: 'gauge',
    help: 'Rows of the database that were not what was stored, by table: they are left out, and the log has their names.',
    labels: ['table'],
    zeros: () => combinations({ table: checkedTables }),
    read: async ({ damaged }) => {
      const counts = await damaged();
      return counts === null ? undefined : checkedTables.map((table) => [counts[table], { table }]);
    },
  },
  {
    name: 'devices_recovery_hidden',
    type: 'gauge',
    help: 'Devices that send no line that could be a recovery: logging trap informational is needed.',
    labels: [],
    isOfStore: true,
    read: async ({ counts }) => {
      const all = await counts();
      return all === null ? undefined : [[all.recoveryHidden]];
    },
  },
  {
    name: 'grace_devices',
    type: 'gauge',
    help: 'Failing devices by the time that is left of their grace period.',
    labels: ['left'],
    isOfStore: true,
    zeros: () => combinations({ left: graceBuckets }),
    read: async ({ counts }) => {
      const grace = (await counts())?.grace;
      return grace === undefined ? undefined : samplesBy('left', Object.entries(grace));
    },
  },
  {
    name: 'notices_pending',
    type: 'gauge',
    help: 'Notices, or alerts for an Alertmanager, that the sink has not accepted yet.',
    labels: ['sink'],
    isOfStore: true,
    read: async ({ pendingNotices }) => (await pendingNotices())?.map(({ sink, pending }) => [pending, { sink }]),
  },
  {
    name: 'notices_dead',
    type: 'gauge',
    help: 'Dead letters: stored notices that could not be delivered.',
    labels: ['sink'],
    isOfStore: true,
    read: async ({ pendingNotices }) => (await pendingNotices())?.map(({ sink, dead }) => [dead, { sink }]),
  },
  {
    name: 'notice_oldest_pending_timestamp_seconds',
    type: 'gauge',
    help: 'When the oldest pending notice or alert of a sink was created; 0 if none is pending.',
    labels: ['sink'],
    isOfStore: true,
    read: async ({ pendingNotices }) =>
      (await pendingNotices())?.map(({ sink, oldestAt }) => [oldestAt === null ? 0 : oldestAt / 1000, { sink }]),
  },
];

function sumOf(totals: readonly LossTotals[], field: Exclude<keyof LossTotals, 'drops'>): number {
  return totals.reduce((sum, { [field]: count }) => sum + count, 0);
}
