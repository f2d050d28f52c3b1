/** The messages between the threads that receive and the main thread. */

import { type PackedLines, packLines } from '../../core/frame/packed-lines.ts';
import type { Gap } from '../../core/loss/gaps.ts';
import type { LossTotals } from '../../core/loss/ledger.ts';
import type { LossRow } from '../../core/loss/loss-row.ts';
import type { SenderLoss } from '../../core/loss/sender-loss.ts';
import type { Loss, DropReason as LossReason } from '../../core/loss/source.ts';
import { type Framing, framings, type LiveTransport } from '../../core/model/message.ts';
import type { FilteredFrames } from '../../core/read/frame-collector.ts';
import { type HeardFrame, packReports, unpackReport } from '../../core/read/hearing.ts';
import type { Address, DropReason } from '../receiver.ts';
import type { DenialReason, SenderSettings } from '../senders.ts';
import { liveTransports, type TlsByTransport, zeroByTransport } from '../transports.ts';

/** What a thread has received since its last message. */
export type Counts = {
  readonly lines: Record<LiveTransport, number>;
  readonly bytes: Record<LiveTransport, number>;
  readonly framings: Record<Framing, number>;
  /** By `reasonKey`. */
  readonly drops: Record<string, number>;
  /** Stream connections that were closed before a line was read, by `reasonKey`. */
  readonly denials: Record<string, number>;
  /** How many connections are open now. */
  readonly connections: Record<LiveTransport, number>;
  /** Records that the prefilter discarded: with the message code of another message, and without one. */
  other: number;
  noCore: number;
};

/** Nothing received. `connections`: those that are open. */
export function noCounts(connections: Record<LiveTransport, number> = zeroByTransport()): Counts {
  return {
    lines: zeroByTransport(),
    bytes: zeroByTransport(),
    framings: Object.fromEntries(framings.map((framing) => [framing, 0])) as Record<Framing, number>,
    drops: {},
    denials: {},
    connections: { ...connections },
    other: 0,
    noCore: 0,
  };
}

/** Frames as buffers that are moved to the other thread, not copied. */
export type FrameTransfer = PackedLines & {
  readonly receivedAt: Float64Array<ArrayBuffer>;
  /** The place of each frame's peer in `names`. */
  readonly peers: Uint32Array<ArrayBuffer>;
  readonly names: readonly string[];
  /** For each frame: the place of its transport in `liveTransports`, times four, plus two if it is certified, plus one if it was cut at the limit. */
  readonly marks: Uint8Array<ArrayBuffer>;
  /** As `packReports` makes them. */
  readonly reports: Float64Array<ArrayBuffer>;
};

export type FromReceiver =
  | { readonly kind: 'listening'; readonly transport: LiveTransport; readonly address: Address }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'warning'; readonly message: string }
  | {
      readonly kind: 'received';
      readonly packed: FrameTransfer | null;
      readonly counts: Counts;
      readonly links: readonly (readonly [peer: string, at: number])[];
    }
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly losses: readonly Loss[];
      readonly totals: LossTotals | null;
      readonly senders: readonly SenderLoss[];
      readonly heard: number;
    }
  /** The rows of the loss ledger, in parts, before the thread stops. */
  | { readonly kind: 'sources'; readonly rows: readonly LossRow[] }
  /** The rows of the loss ledger that have changed since the last time, in parts. */
  | { readonly kind: 'told'; readonly rows: readonly LossRow[] }
  /** Gaps that are over, in parts. */
  | { readonly kind: 'gaps'; readonly gaps: readonly Gap[] }
  | { readonly kind: 'stopped' };

/**
 * Asks for the losses of one source of lines. `peer`: the address of its sender. `name`: the hash of the name in its lines,
 * null for lines without one. `since`: milliseconds; null: ever.
 */
export type LossQuestion = {
  readonly peer: string | null;
  readonly name: number | null;
  readonly since: number | null;
};

/**
 * About some sources, the totals of all, the senders of which lines are missing, or how many senders were heard lately; the
 * last three take longer.
 */
export type LossQuestions = readonly LossQuestion[] | 'totals' | 'senders' | 'heard';

export type ToReceiver =
  /** As `FilteringIntake.acknowledge()`. */
  | { readonly kind: 'ack'; readonly ordinals: readonly number[] }
  | { readonly kind: 'ask'; readonly id: number; readonly questions: LossQuestions }
  /** So many lines of a sender were dropped after the thread had sent them. */
  | { readonly kind: 'dropped'; readonly peer: string; readonly reason: LossReason; readonly count: number }
  /** Uses other settings from now on, and leaves the sockets open. */
  | { readonly kind: 'configure'; readonly senders: SenderSettings; readonly tls: TlsByTransport }
  /** Its clock is so many milliseconds ahead of that of the machine. */
  | { readonly kind: 'clock'; readonly aheadMs: number }
  /** Asks for `told`. */
  | { readonly kind: 'tell' }
  | { readonly kind: 'stop' };

/** Null for no frames. */
export function pack({ frames }: Pick<FilteredFrames, 'frames'>): FrameTransfer | null {
  if (frames.length === 0) return null;
  const packed = {
    ...packLines(frames),
    receivedAt: new Float64Array(frames.length),
    peers: new Uint32Array(frames.length),
    marks: new Uint8Array(frames.length),
    reports: packReports(frames),
  };
  const names = new Map<string, number>();
  for (const [index, { peer, transport, receivedAt, truncated, certified }] of frames.entries()) {
    packed.receivedAt[index] = receivedAt;
    const name = peer ?? '';
    const known = names.get(name) ?? names.size;
    names.set(name, known);
    packed.peers[index] = known;
    const place = liveTransports.indexOf(transport as LiveTransport);
    packed.marks[index] = place * 4 + Number(certified === true) * 2 + Number(truncated);
  }
  return { ...packed, names: [...names.keys()] };
}

/** The buffers to move with the message. */
export function buffersOf({ bytes, ends, receivedAt, peers, marks, reports }: FrameTransfer): ArrayBuffer[] {
  return [bytes, ends, receivedAt, peers, marks, reports].map(({ buffer }) => buffer);
}

/** The inverse of `pack`. */
export function unpack({ bytes, ends, receivedAt, peers, names, marks, reports }: FrameTransfer): HeardFrame[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from(ends, (end, index) => {
    const mark = marks[index] as number;
    return {
      bytes: buffer,
      start: index === 0 ? 0 : (ends[index - 1] as number),
      end,
      peer: names[peers[index] as number] as string,
      transport: liveTransports[mark >> 2] as LiveTransport,
      receivedAt: receivedAt[index] as number,
      truncated: (mark & 1) === 1,
      certified: (mark & 2) === 2,
      ...unpackReport(reports[index] as number),
    };
  });
}

/** The key of `Counts.drops` and `Counts.denials`. */
export function reasonKey(transport: LiveTransport, reason: DropReason | DenialReason): string {
  return `${transport} ${reason}`;
}
