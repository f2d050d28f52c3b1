/** What goes wrong between a switch and the store. */
import { StreamFramer } from '../../src/core/frame/stream.ts';
import type { Frame } from '../../src/core/model/message.ts';
import { OperatingError } from '../../src/errors.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { HOUR } from '../given.ts';
import { noRows } from '../store/stores.ts';
import type { Said } from './fleet.ts';
import type { Random } from './random.ts';
import { withMethods } from './receiver.ts';

export type Delivered = Said & { readonly receivedAt: number };

/** How late a line may come: within the window of 48 h, so that its place in time is kept. */
const LATEST_MS = 40 * HOUR;

/** Some lines come late, some twice, but for those whose receipt decides; in the order of their receipt. */
export function delivered(random: Random, said: readonly Said[]): Delivered[] {
  const lines: Delivered[] = [];
  for (const one of said) {
    if (one.astray) {
      lines.push({ ...one, receivedAt: one.at });
      continue;
    }
    const late = random.chance(0.2) ? random.below(LATEST_MS) : random.below(2000);
    lines.push({ ...one, receivedAt: one.at + late });
    if (random.chance(0.1)) lines.push({ ...one, receivedAt: one.at + random.below(LATEST_MS) });
  }
  return lines.sort((a, b) => a.receivedAt - b.receivedAt);
}

/** As a stream that is cut anywhere, in one of the framings; the frames are those of the lines. */
export function framed(random: Random, lines: readonly Delivered[]): Frame[] {
  const byPeer = new Map<string, Delivered[]>();
  for (const line of lines) byPeer.set(line.peer, [...(byPeer.get(line.peer) ?? []), line]);
  const frames: { frame: Frame; order: number }[] = [];
  for (const [peer, own] of byPeer) {
    const framing = random.pick(['octet-counting', 'lf', 'nul'] as const);
    const stream = Buffer.concat(own.map(({ line }) => encoded(line, framing)));
    const framer = new StreamFramer();
    const records = [];
    for (let from = 0; from < stream.length; ) {
      const to = Math.min(stream.length, from + 1 + random.below(400));
      records.push(...framer.push(stream.subarray(from, to)));
      from = to;
    }
    records.push(...framer.end());
    if (records.length !== own.length) throw new Error(`${own.length} lines became ${records.length} records`);
    for (const [index, { bytes, start, end, truncated }] of records.entries()) {
      const { receivedAt } = own[index] as Delivered;
      const frame = { bytes, start, end, truncated, peer, transport: 'tcp', receivedAt } as const;
      frames.push({ frame, order: lines.indexOf(own[index] as Delivered) });
    }
  }
  return frames.sort((a, b) => a.order - b.order).map(({ frame }) => frame);
}

function encoded(line: string, framing: 'octet-counting' | 'lf' | 'nul'): Buffer {
  if (framing === 'octet-counting') return Buffer.from(`${Buffer.byteLength(line)} ${line}`);
  return Buffer.from(`${line}${framing === 'lf' ? '\n' : '\0'}`);
}

/** Bytes that no switch would send, cut lines, lines without a name. */
export function garbled(random: Random, line: string): Buffer {
  const bytes = Buffer.from(line);
  const kind = random.below(4);
  if (kind === 0) return bytes.subarray(0, random.below(bytes.length));
  if (kind === 1) for (let i = 0; i < 5; i++) bytes[random.below(bytes.length)] = random.below(256);
  if (kind === 2) return Buffer.from(line.replace(/sw-\d+: /, ''));
  return kind === 3 ? Buffer.concat([bytes, Buffer.from(' %SMART_LIC-3-COMM_FAILED: again')]) : bytes;
}

/** A store that is busy now and then, that another writer uses as well, and that asks for a decision more than once. */
export function troubled(random: Random, store: Store, counted: { busy: number; rivals: number }): Store {
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
