import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Advisory } from '../core/advisory/advisory.ts';
import type { DeviceChange } from '../core/correlate/correlate.ts';
import { graceBuckets } from '../core/fleet/fleet-count.ts';
import type { LossTotals } from '../core/loss/ledger.ts';
import { conditions } from '../core/model/device.ts';
import { incidentStates, severities } from '../core/model/incident.ts';
import { framings } from '../core/model/message.ts';
import type { BatchStats } from '../pipeline/batch-stats.ts';
import type { DropReason, LiveTransport } from '../receive/receiver.ts';
import type { Counts } from '../receive/threads/protocol.ts';
import { liveTransports, transports } from '../receive/transports.ts';
import type { Evictions, Counts as StoreCounts } from '../store/store.ts';
import { nullWhileFailing, singleFlight } from './single-flight.ts';

const dropReasons: readonly DropReason[] = ['kernel', 'queue_full', 'oversize', 'denied', 'rate_limited'];
const unparsedReasons = ['unknown-mnemonic', 'unknown-body', 'ambiguous'];
const causes = ['trust', 'transport', 'dns', 'network', 'configuration', 'clock', 'ambiguous', 'none'];
const noticeResults = ['delivered', 'failed', 'rejected', 'dead', 'dropped'] as const;
const kinds = ['failure', 'consequence', 'recovery', 'remediation', 'clock', 'hint', 'neutral'];

/** Read when the metrics are. */
export type Gauges = {
  readonly counts: () => Promise<StoreCounts>;
  readonly queueLines: () => number;
  /** Datagrams that the kernel dropped on our sockets since they were opened. */
  readonly kernelDrops: () => Promise<number>;
  /** Lines of the service's own log that were dropped since it began. */
  readonly logDrops: () => number;
  /** What the ledger of each thread says of all sources. */
  readonly losses: () => Promise<readonly LossTotals[]>;
  /** What each sink has not been told yet. */
  readonly waiting: () => Promise<readonly Waiting[]>;
  /** Told once when `counts` or `waiting` begin to fail, and with null when they work again. */
  readonly troubled: (error: unknown) => void;
};

/** `oldestAt`: milliseconds; null if nothing is pending. */
export type Waiting = {
  readonly sink: string;
  readonly pending: number;
  readonly dead: number;
  readonly oldestAt: number | null;
};

/**
 * The metrics of product.md §7. Counters are per process and begin at 0; incidents and devices are gauges out of the
 * store, so that they survive a restart. Every label set that can occur is there from the start.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #linesReceived: Counter<'transport'>;
  readonly #bytesReceived: Counter<'transport'>;
  readonly #linesDropped: Counter<'transport' | 'reason'>;
  readonly #frames: Counter<'framing'>;
  readonly #connections: Gauge<'transport'>;
  /** By thread. */
  readonly #open = new Map<number, Counts['connections']>();
  readonly #messages: Counter<'facility' | 'mnemonic'>;
  readonly #unparsed: Counter<'reason'>;
  readonly #signals: Counter<'kind' | 'cause'>;
  readonly #transitions: Counter<'to'>;
  readonly #notices: Counter<'sink' | 'result'>;
  readonly #rejectedAt: Gauge<'sink'>;
  readonly #copies: Counter;
  readonly #refused: Counter;
  readonly #evicted: Counter;
  readonly #forgotten: Counter;
  readonly #detection: Histogram;
  readonly #batch: Histogram;
  readonly #commit: Histogram;
  readonly #known: ReadonlySet<string>;
  #kernelDropped = 0;

  /** `sinks`: their names. */
  constructor(advisory: Advisory, gauges: Gauges, sinks: readonly string[] = []) {
    const counter = <L extends string>(
      name: string,
      help: string,
      labelNames: readonly L[] = [],
      collect?: (this: Counter<L>) => void | Promise<void>,
    ) =>
      new Counter<L>({
        name: `quovadis_${name}`,
        help,
        labelNames,
        registers: [this.registry],
        ...(collect === undefined ? {} : { collect }),
      });
    const gauge = <L extends string>(
      name: string,
      help: string,
      labelNames: readonly L[],
      collect?: (this: Gauge<L>) => void | Promise<void>,
    ) =>
      new Gauge<L>({
        name: `quovadis_${name}`,
        help,
        labelNames,
        registers: [this.registry],
        ...(collect === undefined ? {} : { collect }),
      });
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name: `quovadis_${name}`, help, buckets, registers: [this.registry] });

    this.#linesReceived = counter('syslog_lines_received_total', 'Syslog records received.', ['transport']);
    this.#bytesReceived = counter('syslog_bytes_received_total', 'Bytes received on the syslog ports.', ['transport']);
    this.#linesDropped = counter(
      'syslog_lines_dropped_total',
      'Records, or parts of records, that were not processed, by reason.',
      ['transport', 'reason'],
      async () => this.#sampleKernel(await gauges.kernelDrops()),
    );
    this.#frames = counter('syslog_frames_total', 'Records by how their end was found.', ['framing']);
    this.#connections = gauge('syslog_connections', 'Open stream connections.', ['transport']);
    this.#messages = counter(
      'messages_total',
      'Messages with a core, by facility and mnemonic; those not in the catalogue are "other".',
      ['facility', 'mnemonic'],
    );
    this.#unparsed = counter(
      'messages_unparsed_total',
      'Messages of our facilities that the grammar could not read, by reason.',
      ['reason'],
    );
    this.#signals = counter('signals_total', 'What messages of our facilities meant, by kind and cause.', [
      'kind',
      'cause',
    ]);
    this.#transitions = counter('incident_transitions_total', 'Changes of incident states, by the new state.', ['to']);
    this.#notices = counter('notices_total', 'Tries to tell sinks of something, by how they ended.', [
      'sink',
      'result',
    ]);
    this.#rejectedAt = gauge(
      'notices_last_rejected_timestamp_seconds',
      'When an Alertmanager last refused alerts as invalid; 0 if it never did.',
      ['sink'],
    );
    this.#copies = counter(
      'messages_copied_total',
      'Messages of our facilities that arrived once more, on this or another way, and were not counted again.',
    );
    this.#refused = counter(
      'messages_refused_total',
      'Messages of our facilities from devices that there was no room for beside those with an incident or in the inventory.',
    );
    this.#evicted = counter('devices_evicted_total', 'Devices forgotten because the limit of devices was reached.');
    this.#forgotten = counter(
      'incidents_forgotten_total',
      'Past incidents forgotten because their device had more than the limit of them.',
    );
    this.#detection = histogram(
      'detection_seconds',
      'From the receipt of the deciding line to the committed incident.',
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    );
    this.#batch = histogram(
      'pipeline_batch_seconds',
      'Duration of one turn of the pipeline, its commit included.',
      [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    );
    this.#commit = histogram(
      'store_commit_seconds',
      'Duration of one commit of the store.',
      [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    );
    let logDropped = 0;
    counter('log_lines_dropped_total', 'Lines of the log that could not be written.', [], function () {
      const total = gauges.logDrops();
      this.inc(total - logDropped);
      logDropped = total;
    });
    gauge('pipeline_queue_lines', 'Records that wait for the pipeline.', [], function () {
      this.set(gauges.queueLines());
    });
    const losses = singleFlight(gauges.losses);
    gauge(
      'loss_lines',
      'Lines by what their numbers tell: received, lost before they came here.',
      ['state'],
      async function () {
        const totals = await losses();
        for (const state of lossStates) this.set({ state }, sumOf(totals, state));
      },
    );
    gauge('loss_sources', 'Senders by whether their numbers tell what was lost.', ['state'], async function () {
      const totals = await losses();
      const unreliable = sumOf(totals, 'unreliable');
      this.set({ state: 'reliable' }, sumOf(totals, 'sources') - unreliable);
      this.set({ state: 'unreliable' }, unreliable);
      this.set({ state: 'forgotten' }, sumOf(totals, 'forgotten'));
    });
    const look = nullWhileFailing(gauges.troubled);
    const counts = look(gauges.counts);
    const waiting = look(gauges.waiting);
    /** Without samples while the store cannot be read: what it held before may be wrong. */
    const stored = <T, L extends string>(
      name: string,
      help: string,
      labelNames: readonly L[],
      seen: () => Promise<T | null>,
      show: (gauge: Gauge<L>, seen: T) => void,
    ) =>
      gauge(name, help, labelNames, async function () {
        const found = await seen();
        if (found === null) this.reset();
        else show(this, found);
      });
    stored('incidents', 'Incidents by state and severity.', ['state', 'severity'], counts, (gauge, { incidents }) => {
      for (const state of incidentStates) for (const severity of severities) gauge.set({ state, severity }, 0);
      for (const { state, severity, count } of incidents) gauge.set({ state, severity }, count);
    });
    stored('devices', 'Devices by condition.', ['condition'], counts, (gauge, { devices }) => {
      for (const condition of conditions) gauge.set({ condition }, 0);
      for (const { condition, count } of devices) gauge.set({ condition }, count);
    });
    const graceHelp = 'Devices that fail, by what is left of their grace period.';
    stored('grace_devices', graceHelp, ['left'], counts, (gauge, { grace }) => {
      for (const left of graceBuckets) gauge.set({ left }, grace[left]);
    });
    stored('notices_pending', 'What a sink has not been told yet.', ['sink'], waiting, (gauge, all) => {
      for (const { sink, pending } of all) gauge.set({ sink }, pending);
    });
    stored('notices_dead', 'Notices that were given up and are kept.', ['sink'], waiting, (gauge, all) => {
      for (const { sink, dead } of all) gauge.set({ sink }, dead);
    });
    stored(
      'notice_oldest_pending_timestamp_seconds',
      'When the oldest of what a sink has not been told was made; 0 if it has been told all.',
      ['sink'],
      waiting,
      (gauge, all) => {
        for (const { sink, oldestAt } of all) gauge.set({ sink }, oldestAt === null ? 0 : oldestAt / 1000);
      },
    );
    for (const sink of sinks) {
      for (const result of noticeResults) this.#notices.inc({ sink, result }, 0);
      this.#rejectedAt.set({ sink }, 0);
    }
    this.#known = this.#createZeros(advisory);
  }

  /** What a thread has received since the last time. `thread`: connections are those of all threads. */
  received({ lines, bytes, framings: framed, drops, connections, other }: Counts, thread: number): void {
    for (const transport of liveTransports) {
      if (lines[transport] > 0) this.#linesReceived.inc({ transport }, lines[transport]);
      if (bytes[transport] > 0) this.#bytesReceived.inc({ transport }, bytes[transport]);
    }
    for (const framing of framings) if (framed[framing] > 0) this.#frames.inc({ framing }, framed[framing]);
    for (const [key, count] of Object.entries(drops)) {
      const [transport, reason] = key.split(' ') as [LiveTransport, DropReason];
      this.#linesDropped.inc({ transport, reason }, count);
    }
    if (other > 0) this.#messages.inc({ facility: 'other', mnemonic: 'other' }, other);
    this.#open.set(thread, connections);
    for (const transport of liveTransports) {
      if (!transports[transport].hasConnections) continue;
      const open = [...this.#open.values()].reduce((sum, of) => sum + of[transport], 0);
      this.#connections.set({ transport }, open);
    }
  }

  /** A turn of the pipeline is over. `now` is when, in milliseconds. */
  batch(stats: BatchStats, seconds: number, now: number): void {
    this.#batch.observe(seconds);
    if (stats.commitSeconds !== null) this.#commit.observe(stats.commitSeconds);
    if (stats.outcomes.other > 0) this.#messages.inc({ facility: 'other', mnemonic: 'other' }, stats.outcomes.other);
    for (const [name, count] of stats.messages) this.#messages.inc(this.#labels(name), count);
    for (const [reason, count] of stats.unparsed) this.#unparsed.inc({ reason }, count);
    for (const [name, count] of stats.signals) {
      const [kind = '', cause = ''] = name.split(' ');
      this.#signals.inc({ kind, cause }, count);
    }
    this.changed(stats.changes);
    for (const { receivedAt } of stats.changes) {
      if (receivedAt !== null) this.#detection.observe(Math.max(0, now - receivedAt) / 1000);
    }
    this.evicted(stats, now);
    if (stats.copies > 0) this.#copies.inc(stats.copies);
    if (stats.refused > 0) this.#refused.inc(stats.refused);
  }

  /** What the bounds took in a commit. */
  evicted({ evicted, forgotten, droppedNotices: given }: Evictions, now: number): void {
    for (const { sink, result, count } of given) this.noticed(sink, result, count, now);
    if (evicted > 0) this.#evicted.inc(evicted);
    if (forgotten > 0) this.#forgotten.inc(forgotten);
  }

  /** Notices, or alerts, that ended so. `now`: milliseconds. */
  noticed(sink: string, result: (typeof noticeResults)[number], count: number, now: number): void {
    this.#notices.inc({ sink, result }, count);
    if (result === 'rejected') this.#rejectedAt.set({ sink }, now / 1000);
  }

  changed(changes: readonly DeviceChange[]): void {
    for (const { from, to } of changes) if (from !== to) this.#transitions.inc({ to });
  }

  #labels(name: string): { facility: string; mnemonic: string } {
    const [facility = '', mnemonic = ''] = name.split(' ');
    return { facility, mnemonic: this.#known.has(name) ? mnemonic : 'other' };
  }

  #sampleKernel(total: number): void {
    const more = total - this.#kernelDropped;
    if (more > 0) this.#linesDropped.inc({ transport: 'udp', reason: 'kernel' }, more);
    this.#kernelDropped = Math.max(this.#kernelDropped, total);
  }

  #createZeros(advisory: Advisory): ReadonlySet<string> {
    const known = new Set<string>();
    for (const transport of liveTransports) {
      this.#linesReceived.inc({ transport }, 0);
      this.#bytesReceived.inc({ transport }, 0);
      for (const reason of dropReasons) this.#linesDropped.inc({ transport, reason }, 0);
      if (transports[transport].hasConnections) this.#connections.set({ transport }, 0);
    }
    for (const framing of framings) this.#frames.inc({ framing }, 0);
    for (const reason of unparsedReasons) this.#unparsed.inc({ reason }, 0);
    for (const to of incidentStates) this.#transitions.inc({ to }, 0);
    for (const kind of kinds) for (const cause of causes) this.#signals.inc({ kind, cause }, 0);
    this.#messages.inc({ facility: 'other', mnemonic: 'other' }, 0);
    for (const [facility, rules] of advisory.signals) {
      this.#messages.inc({ facility, mnemonic: 'other' }, 0);
      for (const mnemonic of rules.keys()) {
        known.add(`${facility} ${mnemonic}`);
        this.#messages.inc({ facility, mnemonic }, 0);
      }
    }
    return known;
  }
}

const lossStates = ['received', 'lost', 'reordered', 'duplicates'] as const;

function sumOf(totals: readonly LossTotals[], field: Exclude<keyof LossTotals, 'drops'>): number {
  return totals.reduce((sum, { [field]: count }) => sum + count, 0);
}
