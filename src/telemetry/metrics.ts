/**
 * The metrics of docs/metrics.md. To add one, add a row here, or in `gauges.ts` if a scrape reads it, and a line there.
 */

import { Registry } from 'prom-client';
import type { Advisory } from '../core/advisory/advisory.ts';
import type { DeviceChange } from '../core/correlate/correlated.ts';
import { incidentId, incidentStates } from '../core/model/incident.ts';
import { framings } from '../core/model/message.ts';
import type { BatchStats } from '../pipeline/batch-stats.ts';
import type { DropReason } from '../receive/receiver.ts';
import { denialReasons } from '../receive/senders.ts';
import type { Counts } from '../receive/threads/protocol.ts';
import { liveTransports, transports, zeroByTransport } from '../receive/transports.ts';
import type { Evictions } from '../store/ports/batch.ts';
import type { Retained } from '../store/ports/retention.ts';
import { type Figures, figuresOf } from './figures.ts';
import { scrapedMetrics } from './gauges.ts';
import {
  combinations,
  type Events,
  type HttpCloseReason,
  httpCloseReasons,
  type Labels,
  type LoginResult,
  loginResults,
  type MetricRow,
  type NoticeResult,
  noticeResults,
  type Sample,
  type Setup,
  samplesBy,
} from './metric-row.ts';
import { type Exemplars, openMetricsText } from './open-metrics.ts';
import { type Gauges, readingsOf } from './readings.ts';
import { registerMetric, type Write } from './register-metric.ts';

const streams = liveTransports.filter((name) => transports[name].hasConnections);
const dropReasons: readonly DropReason[] = [
  'kernel',
  'queue_full',
  'oversize',
  'denied',
  'rate_limited',
  'broken_frame',
];
const retainedKinds = ['incidents', 'evidence', 'transitions', 'unparsed', 'deliveries'] satisfies (keyof Retained)[];
const unparsedReasons = ['unknown-mnemonic', 'unknown-body', 'ambiguous'];
const causes = ['trust', 'transport', 'dns', 'network', 'configuration', 'clock', 'ambiguous', 'none'];
const kinds = ['failure', 'consequence', 'recovery', 'remediation', 'clock', 'hint', 'neutral'];
const detectionBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const stepBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
/** The labels of messages whose facility is not in the advisory. */
const OTHER = { facility: 'other', mnemonic: 'other' };

const eventMetrics: readonly MetricRow[] = [
  {
    name: 'syslog_lines_received_total',
    type: 'counter',
    help: 'Syslog records received.',
    labels: ['transport'],
    zeros: () => combinations({ transport: liveTransports }),
    on: { received: ({ lines }) => samplesBy('transport', Object.entries(lines)) },
  },
  {
    name: 'syslog_bytes_received_total',
    type: 'counter',
    help: 'Bytes received on the syslog ports, including datagrams of denied senders.',
    labels: ['transport'],
    zeros: () => combinations({ transport: liveTransports }),
    on: { received: ({ bytes }) => samplesBy('transport', Object.entries(bytes)) },
  },
  {
    name: 'syslog_lines_dropped_total',
    type: 'counter',
    help: 'Records, or parts of records, that were not processed, by reason.',
    labels: ['transport', 'reason'],
    zeros: () => combinations({ transport: liveTransports, reason: dropReasons }),
    on: {
      received: ({ drops }) => samplesByReason(drops),
      batch: ({ stats: { rateLimited } }) =>
        rateLimited.map(({ transport, lines }) => [lines, { transport, reason: 'rate_limited' }]),
    },
    read: async ({ kernelDrops }) => [[await kernelDrops(), { transport: 'udp', reason: 'kernel' }]],
  },
  {
    name: 'syslog_connections_denied_total',
    type: 'counter',
    help: 'Stream connections that were closed before a line was read, by reason.',
    labels: ['transport', 'reason'],
    zeros: () => combinations({ transport: streams, reason: denialReasons }),
    on: { received: ({ denials }) => samplesByReason(denials) },
  },
  {
    name: 'syslog_frames_total',
    type: 'counter',
    help: 'Records by the way in which their end was found.',
    labels: ['framing'],
    zeros: () => combinations({ framing: framings }),
    on: { received: (counts) => samplesBy('framing', Object.entries(counts.framings)) },
  },
  {
    name: 'syslog_connections',
    type: 'gauge',
    help: 'Open stream connections.',
    labels: ['transport'],
    zeros: () => combinations({ transport: streams }),
    on: { received: ({ connections }) => streams.map((transport) => [connections[transport], { transport }]) },
  },
  {
    name: 'messages_total',
    type: 'counter',
    help: 'Cisco messages by facility and mnemonic; "other" if not in the catalogue.',
    labels: ['facility', 'mnemonic'],
    zeros: ({ advisory }) => [OTHER, ...catalogueLabels(advisory)],
    on: {
      received: ({ other }) => [[other, OTHER]],
      batch: ({ stats }, { advisory }) => [
        [stats.outcomes.other, OTHER],
        ...Array.from(stats.messages, ([name, count]): Sample => [count, messageLabels(name, advisory)]),
      ],
    },
  },
  {
    name: 'messages_unparsed_total',
    type: 'counter',
    help: 'Messages of tracked facilities that the grammar could not read, by reason.',
    labels: ['reason'],
    zeros: () => combinations({ reason: unparsedReasons }),
    on: { batch: ({ stats }) => samplesBy('reason', stats.unparsed) },
  },
  {
    name: 'signals_total',
    type: 'counter',
    help: 'Messages of tracked facilities, by the kind and the cause of the reported event.',
    labels: ['kind', 'cause'],
    zeros: () => combinations({ kind: kinds, cause: causes }),
    on: { batch: ({ stats }) => Array.from(stats.signals, ([name, count]) => [count, signalLabels(name)]) },
  },
  {
    name: 'incident_transitions_total',
    type: 'counter',
    help: 'Changes of incident states, by the new state.',
    labels: ['to'],
    zeros: () => combinations({ to: incidentStates }),
    on: {
      changes: (changes, { advisory: { prefix } }) =>
        changes
          .filter(({ from, to }) => from !== to)
          .map(({ to, device, ordinal }) => [1, { to }, { incident: incidentId(prefix, device, ordinal) }]),
    },
  },
  {
    name: 'notices_total',
    type: 'counter',
    help: 'Attempts to deliver notices or alerts to a sink, by result.',
    labels: ['sink', 'result'],
    zeros: ({ sinks }) => combinations({ sink: sinks, result: noticeResults }),
    on: { notices: ({ sink, result, count }) => [[count, { sink, result }]] },
  },
  {
    name: 'notices_last_rejected_timestamp_seconds',
    type: 'gauge',
    help: 'When an Alertmanager last refused alerts as invalid; 0 if never.',
    labels: ['sink'],
    zeros: ({ sinks }) => combinations({ sink: sinks }),
    on: { notices: ({ sink, result, now }) => (result === 'rejected' ? [[now / 1000, { sink }]] : []) },
  },
  {
    name: 'logins_total',
    type: 'counter',
    help: 'Log-ins to the console.',
    labels: ['result'],
    zeros: () => combinations({ result: loginResults }),
    on: { login: (result) => [[1, { result }]] },
  },
  {
    name: 'http_connections_closed_total',
    type: 'counter',
    help: 'Connections to the HTTP port that were closed at a bound.',
    labels: ['reason'],
    zeros: () => combinations({ reason: httpCloseReasons }),
    on: { httpClosed: (reason) => [[1, { reason }]] },
  },
  {
    name: 'messages_copied_total',
    type: 'counter',
    help: 'Repeated copies of messages of tracked facilities, which were not counted again.',
    labels: [],
    on: { batch: ({ stats }) => [[stats.copies]] },
  },
  {
    name: 'messages_late_total',
    type: 'counter',
    help: 'Messages of tracked facilities that came later than correlation.lateness, behind other lines of their device, and changed nothing.',
    labels: [],
    on: { batch: ({ stats }) => [[stats.late]] },
  },
  {
    name: 'messages_refused_total',
    type: 'counter',
    help: 'Discarded messages of tracked facilities from new devices: the limit is reached by devices with an incident or in the inventory.',
    labels: [],
    on: { batch: ({ stats }) => [[stats.refused]] },
  },
  {
    name: 'devices_evicted_total',
    type: 'counter',
    help: 'Devices deleted because the limit of devices was exceeded.',
    labels: [],
    on: { evictions: ({ evicted }) => [[evicted]] },
  },
  {
    name: 'incidents_forgotten_total',
    type: 'counter',
    help: 'Past incidents deleted because the limit of past incidents of one device was exceeded.',
    labels: [],
    on: { evictions: ({ forgotten }) => [[forgotten]] },
  },
  {
    name: 'retention_deleted_total',
    type: 'counter',
    help: 'Rows deleted because they were older than the configuration keeps them.',
    labels: ['kind'],
    zeros: () => retainedKinds.map((kind) => ({ kind })),
    on: { retained: (deleted) => samplesBy('kind', Object.entries(deleted)) },
  },
  {
    name: 'detection_seconds',
    type: 'histogram',
    help: 'Time from the receipt of a line that changed an incident to the commit of the change.',
    labels: [],
    buckets: detectionBuckets,
    on: {
      batch: ({ stats, now }) =>
        stats.changes.flatMap(({ receivedAt }) =>
          receivedAt === null ? [] : [[Math.max(0, now - receivedAt) / 1000] as const],
        ),
    },
  },
  {
    name: 'pipeline_batch_seconds',
    type: 'histogram',
    help: 'Duration of one batch of the pipeline, including its commit.',
    labels: [],
    buckets: stepBuckets,
    on: { batch: ({ seconds }) => [[seconds]] },
  },
  {
    name: 'store_commit_seconds',
    type: 'histogram',
    help: 'Duration of one commit of the store: waiting, the reads that it decides on, writing.',
    labels: [],
    buckets: stepBuckets,
    on: { batch: ({ stats: { commitSeconds } }) => (commitSeconds === null ? [] : [[commitSeconds]]) },
  },
];

function samplesByReason(counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([key, count]) => {
    const [transport = '', reason = ''] = key.split(' ');
    return [count, { transport, reason }];
  });
}

function signalLabels(name: string): Labels {
  const [kind = '', cause = ''] = name.split(' ');
  return { kind, cause };
}

/** A mnemonic that is not in the advisory becomes `other`, so that the number of label values is bounded. */
function messageLabels(name: string, { signals }: Advisory): Labels {
  const [facility = '', mnemonic = ''] = name.split(' ');
  return { facility, mnemonic: signals.get(facility)?.has(mnemonic) === true ? mnemonic : 'other' };
}

function catalogueLabels({ signals }: Advisory): Labels[] {
  return [...signals].flatMap(([facility, rules]) =>
    ['other', ...rules.keys()].map((mnemonic) => ({ facility, mnemonic })),
  );
}

/**
 * Counters and histograms start at 0 with the process. The gauges of incidents, devices and notices are read from the
 * store and survive a restart.
 */
export class Metrics {
  readonly registry = new Registry();
  #setup: Setup;
  readonly #rows: readonly (readonly [on: MetricRow['on'], write: Write])[];
  readonly #exemplars: Exemplars;
  readonly #prepares: readonly ((setup: Setup) => void)[];
  /** Open connections by thread. */
  readonly #connections = new Map<number, Counts['connections']>();

  /** `sinks`: names of the sinks. `database`: as in `registerMetric`. */
  constructor(advisory: Advisory, gauges: Gauges, sinks: readonly string[] = [], database = '') {
    this.#setup = { advisory, sinks };
    const readings = readingsOf(gauges);
    const rows = [...eventMetrics, ...scrapedMetrics].map((row) => {
      return { row, ...registerMetric(row, readings, this.registry, database) };
    });
    this.#rows = rows.map(({ row: { on }, write }) => [on, write]);
    this.#exemplars = new Map(rows.map(({ row: { name }, exemplars }) => [`quovadis_${name}`, exemplars]));
    this.#prepares = rows.map(({ prepare }) => prepare);
    this.use(advisory, sinks);
  }

  /** From now on, label values come from this advisory and these sinks. Counters keep their values. */
  use(advisory: Advisory, sinks: readonly string[]): void {
    this.#setup = { advisory, sinks };
    for (const prepare of this.#prepares) prepare(this.#setup);
  }

  figures(): Promise<Figures> {
    return figuresOf(this.registry);
  }

  /** All metrics as OpenMetrics, with the last incident of each change as an exemplar. */
  async openMetrics(): Promise<string> {
    return openMetricsText(await this.registry.getMetricsAsJSON(), this.#exemplars);
  }

  onLogin(result: LoginResult): void {
    this.#write('login', result);
  }

  onHttpClosed(reason: HttpCloseReason): void {
    this.#write('httpClosed', reason);
  }

  /** Counts of a thread since its last report, and the number of its open connections. */
  onReceived(counts: Counts, thread: number): void {
    this.#connections.set(thread, counts.connections);
    const connections = zeroByTransport();
    for (const open of this.#connections.values()) {
      for (const transport of liveTransports) connections[transport] += open[transport];
    }
    this.#write('received', { ...counts, connections });
  }

  /** A batch of the pipeline has ended. `seconds`: its duration; `now`: the time of its end, in milliseconds. */
  onBatch(stats: BatchStats, seconds: number, now: number): void {
    this.#write('batch', { stats, seconds, now });
    this.onChanges(stats.changes);
    this.onEvictions(stats, now);
  }

  /** Changes that were committed. */
  onChanges(changes: readonly DeviceChange[]): void {
    this.#write('changes', changes);
  }

  /** Rows that a commit evicted because a limit was exceeded. `now`: milliseconds. */
  onEvictions(evictions: Evictions, now: number): void {
    for (const { sink, result, count } of evictions.droppedNotices) this.onNotices(sink, result, count, now);
    this.#write('evictions', evictions);
  }

  /** Rows that were too old are deleted. */
  onRetained(retained: Retained): void {
    this.#write('retained', retained);
  }

  /** `count` notices or alerts of a sink had this result. `now`: milliseconds. */
  onNotices(sink: string, result: NoticeResult, count: number, now: number): void {
    this.#write('notices', { sink, result, count, now });
  }

  #write<E extends keyof Events>(name: E, event: Events[E]): void {
    for (const [on, write] of this.#rows) {
      for (const sample of on?.[name]?.(event, this.#setup) ?? []) write(sample);
    }
  }
}
