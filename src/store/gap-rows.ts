/** What the stores have in common about gaps of lost lines. */
import { NO_NAME, nameHash } from '../core/decode/name-hash.ts';
import type { Gap } from '../core/loss/gaps.ts';
import type { Device } from '../core/model/device.ts';
import { isAddress } from '../core/model/names.ts';
import type { LineGap } from './ports/timeline.ts';

/** Gaps of one source that are so close are one. */
const JOIN_MS = 60_000;
const LONGEST_MS = 3_600_000;

/** Whether a gap makes the one before it longer. */
export function continuesGap(last: LineGap, next: Gap): boolean {
  return next.from >= last.from && next.from - last.to <= JOIN_MS && next.to - last.from <= LONGEST_MS;
}

/** Under which names a device sends, as sources have them. */
export type GapSources = {
  /** Addresses that its lines come from. */
  readonly peers: readonly string[];
  /** Hashes of its names. */
  readonly names: readonly number[];
  /** Addresses that are its own, so that lines without a name are its lines. */
  readonly own: readonly string[];
};

/** `names`: all names of the device. */
export function gapSourcesOf({ key, peer }: Pick<Device, 'key' | 'peer'>, names: readonly string[]): GapSources {
  const all = [...new Set([key, ...names])].filter((name) => !name.startsWith('sn:'));
  const own = all.filter(isAddress);
  return { peers: [...new Set([...own, ...(peer === null ? [] : [peer])])], names: all.map(nameHash), own };
}

export function isOfSources({ peer, name }: Pick<Gap, 'peer' | 'name'>, { peers, names, own }: GapSources): boolean {
  return name === NO_NAME ? own.includes(peer) : peers.includes(peer) && names.includes(name);
}
