/** One sink of a kind that gets changes, built as in the app, with the clock of the test. */

import type { Test } from 'tap';
import type { Announcement } from '../../src/core/announce/notice.ts';
import { Notifier } from '../../src/notify/notifier.ts';
import type { SinkSettings } from '../../src/notify/sinks.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { advisory, T0 } from '../given.ts';
import { answering, type Receiver, receiver } from './receiver.ts';

const announcement: Announcement = {
  ...{ type: 'incident.opened', incident: 'qv-sw-a-1', device: 'sw-a', plant: null, at: T0, from: null },
  ...{ to: 'confirmed', severity: 'major', reason: 'score-reached', by: null, text: null, record: null },
  ...{ disposition: null, pid: null, serial: null, release: null },
};

export const common = {
  ...{ name: 'sink', only: { states: [], severities: [], plants: [] }, timeoutMs: 5000, authorization: null },
  allowPrivate: true,
};

/** Status and headers of an answer, the outcome of the notice (a number: milliseconds until the next try), and why. */
export type AnswerRow = readonly [
  status: number,
  headers: Record<string, string>,
  outcome: 'delivered' | 'dead' | number,
  why: string,
];

/** For each row, sends one notice once to a receiver with this answer. Returns the requests. */
export async function checkAnswers(
  t: Test,
  settingsFor: (url: string) => SinkSettings,
  rows: readonly AnswerRow[],
): Promise<Receiver['requests']> {
  const requests: Receiver['requests'][number][] = [];
  for (const [status, headers, expected, why] of rows) {
    const peer = await receiver(t, answering(status, headers));
    const { row } = await sinkWithNotice(t, settingsFor(peer.url))();
    const found = row === null ? 'delivered' : row.state === 'dead' ? 'dead' : (row.nextAt ?? 0) - T0;
    t.strictSame([found, peer.requests.length], [expected, 1], `${status}: ${why}`);
    requests.push(...peer.requests);
  }
  return requests;
}

/** Lets every try of a notice fail until it is a dead letter. The waits between the tries must be the schedule. */
export async function checkSchedule(
  t: Test,
  settingsFor: (url: string) => SinkSettings,
  schedule: readonly number[],
): Promise<void> {
  const peer = await receiver(t, answering(500));
  const next = sinkWithNotice(t, settingsFor(peer.url));
  const waits: number[] = [];
  let { row } = await next();
  while (row?.state === 'pending') {
    const tried = await next();
    waits.push(tried.wait);
    row = tried.row;
  }
  t.strictSame(waits, schedule);
  t.match(row, { state: 'dead', attempts: schedule.length + 1, error: /^HTTP 500 \(after \d+ tries\)$/ });
  t.equal(peer.requests.length, schedule.length + 1, 'no further request');
}

/**
 * Returns a function that tries the notice when it is due, and gives its row in the outbox; null after its delivery.
 */
function sinkWithNotice(t: Test, settings: SinkSettings) {
  const store = new MemoryStore(projectionOf(advisory));
  let now = T0;
  const notifier = new Notifier({
    ...{ sinks: [settings], store, advisory, publicUrl: 'https://watch.example.net', now: () => now },
    ...{ random: () => 0, isPublicAddress: () => false, onResult: () => {} },
    log: { info() {}, warn() {}, error() {}, debug() {} } as unknown as Log,
    fleetDiagnosisOf: async () => null,
  });
  t.teardown(() => notifier.stop());
  store.outbox.write([{ announcement, sinks: ['sink'] }], now);
  const left = async () => (await store.outbox.list({ limit: 9 })).rows[0] ?? null;
  return async () => {
    const before = await left();
    const wait = (before?.nextAt ?? now) - now;
    now += wait;
    notifier.notify([]);
    let row = before;
    while (row !== null && row.state === 'pending' && row.attempts === before?.attempts) {
      await new Promise((resolve) => setImmediate(resolve));
      row = await left();
    }
    return { row, wait };
  };
}
