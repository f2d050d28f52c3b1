import type { Correlated, DeviceChange, RateLimited } from '../core/correlate/correlated.ts';
import type { Outcome, TrackedMessage } from '../core/model/message.ts';
import type { Interpretation } from '../core/read/interpret.ts';
import type { Evictions } from '../store/ports/batch.ts';
import type { DroppedNotices } from '../store/ports/outbox.ts';

/** The counts of one batch, for metrics, `replay` and logs. */
export type BatchStats = {
  lines: number;
  oversize: number;
  readonly outcomes: Record<Outcome, number>;
  /** By `FACILITY MNEMONIC`. */
  readonly messages: Map<string, number>;
  /** By `kind cause`; a signal without a cause has `none`. */
  readonly signals: Map<string, number>;
  /** By reason. */
  readonly unparsed: Map<string, number>;
  /** Keys of the devices that were decided on, and of those that became another one. */
  readonly devices: string[];
  readonly changes: DeviceChange[];
  /** Notices that were dropped because a limit was exceeded. */
  readonly droppedNotices: DroppedNotices[];
  /** Tracked messages that were counted before, by another route. */
  copies: number;
  /** Tracked messages, and restarts, that came too late to change anything. */
  late: number;
  /** Devices, and past incidents of other devices, that were deleted because a limit was exceeded. */
  evicted: number;
  forgotten: number;
  /** Tracked messages of new devices that the store had no room for. */
  refused: number;
  /** Tracked messages of new devices beyond what their sender may make. */
  readonly rateLimited: RateLimited[];
  /** How long the store waited, read and wrote; null if nothing was committed. */
  commitSeconds: number | null;
  /** `counted`: the keys under which the message and its signal are counted. */
  message(message: TrackedMessage, counted: Interpretation['countedAs']): void;
};

export function newBatchStats(): BatchStats {
  return {
    lines: 0,
    oversize: 0,
    outcomes: { parsed: 0, 'text-only': 0, other: 0, 'no-core': 0 },
    messages: new Map(),
    signals: new Map(),
    unparsed: new Map(),
    devices: [],
    changes: [],
    droppedNotices: [],
    copies: 0,
    late: 0,
    evicted: 0,
    forgotten: 0,
    refused: 0,
    rateLimited: [],
    commitSeconds: null,
    message(message, counted) {
      this.outcomes[message.outcome]++;
      count(this.messages, counted.message);
      count(this.signals, counted.signal);
      if (message.outcome === 'text-only') count(this.unparsed, message.why);
    },
  };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Adds what was decided and stored. */
export function addDecision(stats: BatchStats, decided: Correlated, evictions: Evictions, commitSeconds: number): void {
  stats.commitSeconds = commitSeconds;
  stats.evicted += evictions.evicted;
  stats.forgotten += evictions.forgotten;
  stats.copies += decided.copies;
  stats.late += decided.late;
  stats.refused += decided.refused;
  for (const key of decided.devices.keys()) stats.devices.push(key);
  for (const { from } of decided.merges) stats.devices.push(from);
  for (const limited of decided.rateLimited) stats.rateLimited.push(limited);
  // There may be more than a call takes arguments.
  for (const dropped of evictions.droppedNotices) stats.droppedNotices.push(dropped);
  for (const change of decided.changes) stats.changes.push(change);
}
