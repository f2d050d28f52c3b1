/** Faults between a switch and the store. */
import { StreamFramer } from '../../src/core/frame/stream.ts';
import type { Frame } from '../../src/core/model/message.ts';
import { OperatingError } from '../../src/errors.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { HOUR } from '../given.ts';
import { noRows } from '../store/stores.ts';
import type { SentLine } from './fleet.ts';
import type { Random } from './random.ts';
import { withMethods } from './receiver.ts';

export type Delivered = SentLine & { readonly receivedAt: number };

/** The longest delay of a line: within the window of 48 h, so that the line keeps its place in time. */
const LATEST_MS = 40 * HOUR;

/** The lines in the order of their receipt. Some arrive late, some twice, except those with a wrong stamp. */
export function delivered(random: Random, sent: readonly SentLine[]): Delivered[] {
  const lines: Delivered[] = [];
  for (const line of sent) {
    if (line.wrongStamp) {
      lines.push({ ...line, receivedAt: line.at });
      continue;
    }
    const late = random.chance(0.2) ? random.below(LATEST_MS) : random.below(2000);
    lines.push({ ...line, receivedAt: line.at + late });
    if (random.chance(0.1)) lines.push({ ...line, receivedAt: line.at + random.below(LATEST_MS) });
  }
  return lines.sort((a, b) => a.receivedAt - b.receivedAt);
}

/** The frames of the lines, after a stream per peer in a random framing, cut at random places. */
export function framed(random: Random, lines: readonly Delivered[]): Frame[] {
  const byPeer = new Map<string, Delivered[]>();
  for (const line of lines) byPeer.set(line.peer, [...(byPeer.get(line.peer) ?? []), line]);
  const frames: { frame: Frame; order: number }[] = [];
  for (const [peer, linesOfPeer] of byPeer) {
    const framing = random.pick(['octet-counting', 'lf', 'nul'] as const);
    const stream = Buffer.concat(linesOfPeer.map(({ line }) => encoded(line, framing)));
    const framer = new StreamFramer();
    const records = [];
    for (let from = 0; from < stream.length; ) {
      const to = Math.min(stream.length, from + 1 + random.below(400));
      records.push(...framer.push(stream.subarray(from, to)));
      from = to;
    }
    records.push(...framer.end());
    if (records.length !== linesOfPeer.length)
      throw new Error(`${linesOfPeer.length} lines became ${records.length} records`);
    for (const [index, { bytes, start, end, truncated }] of records.entries()) {
      const { receivedAt } = linesOfPeer[index] as Delivered;
      const frame = { bytes, start, end, truncated, peer, transport: 'tcp', receivedAt } as const;
      frames.push({ frame, order: lines.indexOf(linesOfPeer[index] as Delivered) });
    }
  }
  return frames.sort((a, b) => a.order - b.order).map(({ frame }) => frame);
}

function encoded(line: string, framing: 'octet-counting' | 'lf' | 'nul'): Buffer {
  if (framing === 'octet-counting') return Buffer.from(`${Buffer.byteLength(line)} ${line}`);
  return Buffer.from(`${line}${framing === 'lf' ? '\n' : '\0'}`);
}

/** A line with wrong bytes, a cut line, a line without a name, or a line with a second message. */
export function garbled(random: Random, line: string): Buffer {
  const bytes = Buffer.from(line);
  const kind = random.below(4);
  if (kind === 0) return bytes.subarray(0, random.below(bytes.length));
  if (kind === 1) for (let i = 0; i < 5; i++) bytes[random.below(bytes.length)] = random.below(256);
  if (kind === 2) return Buffer.from(line.replace(/sw-\d+: /, ''));
  return kind === 3 ? Buffer.concat([bytes, Buffer.from(' %SMART_LIC-3-COMM_FAILED: again')]) : bytes;
}

/** A store that is sometimes busy, that a second writer uses, and that sometimes calls `fold` twice. */
export function unreliable(random: Random, store: Store, counted: { busy: number; rivals: number }): Store {
  const busy = () => {
    if (!random.chance(0.05)) return;
    counted.busy++;
    throw new OperatingError('QVW_DATABASE_FAILED', 'the database is locked');
  };
  return withMethods(store, {
    commit: async (about, fold) => {
      busy();
      if (!random.chance(0.05)) return store.commit(about, fold);
      counted.rivals++;
      const rival = { names: [], keys: [...about.keys], newDevices: 0 };
      await store.commit(rival, ({ devices }) => ({ ...noRows, devices: [...devices.values()], now: 0 }));
      return store.commit(about, (known) => {
        fold({ ...known, devices: new Map() });
        return fold(known);
      });
    },
    due: async (now, limit, fold) => {
      busy();
      return store.due(now, limit, fold);
    },
  });
}
