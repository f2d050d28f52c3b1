/** What crosses between the thread that receives and the one that decides. */

import { type PackedLines, packLines } from '../../core/frame/packed-lines.ts';
import type { LossTotals } from '../../core/loss/ledger.ts';
import type { LossRow } from '../../core/loss/loss-row.ts';
import type { Loss } from '../../core/loss/source.ts';
import { type Frame, type Framing, framings, type Transport } from '../../core/model/message.ts';
import type { FilteredFrames } from '../../core/read/frame-collector.ts';
import type { Address, DropReason } from '../receiver.ts';

/** What was received since the last time, by what it is counted as. */
export type Counts = {
  readonly lines: Record<Live, number>;
  readonly bytes: Record<Live, number>;
  readonly framings: Record<Framing, number>;
  /** By `transport reason`. */
  readonly drops: Record<string, number>;
  /** Open stream connections now. */
  readonly connections: Record<Live, number>;
  /** Records that the prefilter let go, with a core of somebody else's and without any. */
  other: number;
  noCore: number;
};

export type Live = Exclude<Transport, 'file'>;
export const liveTransports: readonly Live[] = ['udp', 'tcp', 'tls'];

export function noCounts(connections: Record<Live, number> = { udp: 0, tcp: 0, tls: 0 }): Counts {
  return {
    lines: { udp: 0, tcp: 0, tls: 0 },
    bytes: { udp: 0, tcp: 0, tls: 0 },
    framings: Object.fromEntries(framings.map((framing) => [framing, 0])) as Record<Framing, number>,
    drops: {},
    connections: { ...connections },
    other: 0,
    noCore: 0,
  };
}

/** Frames as bytes that change hands, and their facts by number: nothing of them is copied a second time. */
export type FrameTransfer = PackedLines & {
  readonly receivedAt: Float64Array<ArrayBuffer>;
  /** Into `names`. */
  readonly peers: Uint32Array<ArrayBuffer>;
  readonly names: readonly string[];
  /** The transport's place in `liveTransports`, times two, plus one if it was cut at the limit. */
  readonly marks: Uint8Array<ArrayBuffer>;
};

export type FromReceiver =
  | { readonly kind: 'listening'; readonly transport: Live; readonly address: Address }
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
    }
  /** The ledger, in parts, before it is stopped. */
  | { readonly kind: 'sources'; readonly rows: readonly LossRow[] }
  | { readonly kind: 'stopped' };

/** A source that somebody asks for; `name`: hash of the name that its lines come under, null for lines without one. */
export type LossQuestion = {
  readonly peer: string | null;
  readonly name: number | null;
  readonly since: number | null;
};

export type ToReceiver =
  | { readonly kind: 'taken'; readonly frames: number }
  /** Null asks for the totals, for which all sources are gone through. */
  | { readonly kind: 'ask'; readonly id: number; readonly questions: readonly LossQuestion[] | null }
  | { readonly kind: 'stop' };

/** Null where nothing was kept. */
export function pack({ frames }: Pick<FilteredFrames, 'frames'>): FrameTransfer | null {
  if (frames.length === 0) return null;
  const packed = {
    ...packLines(frames),
    receivedAt: new Float64Array(frames.length),
    peers: new Uint32Array(frames.length),
    marks: new Uint8Array(frames.length),
  };
  const names = new Map<string, number>();
  for (const [index, { peer, transport, receivedAt, truncated }] of frames.entries()) {
    packed.receivedAt[index] = receivedAt;
    const name = peer ?? '';
    const known = names.get(name) ?? names.size;
    names.set(name, known);
    packed.peers[index] = known;
    packed.marks[index] = liveTransports.indexOf(transport as Live) * 2 + Number(truncated);
  }
  return { ...packed, names: [...names.keys()] };
}

/** The frames again. */
export function unpack({ bytes, ends, receivedAt, peers, names, marks }: FrameTransfer): Frame[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from(ends, (end, index) => {
    const mark = marks[index] as number;
    return {
      bytes: buffer,
      start: index === 0 ? 0 : (ends[index - 1] as number),
      end,
      peer: names[peers[index] as number] as string,
      transport: liveTransports[mark >> 1] as Live,
      receivedAt: receivedAt[index] as number,
      truncated: mark % 2 === 1,
    };
  });
}

export function dropKey(transport: Transport, reason: DropReason): string {
  return `${transport} ${reason}`;
}
