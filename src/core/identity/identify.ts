/**
 * Which device a line is of. A device is known by several names: what it calls itself, what a relay calls it, its
 * address, its serial number. The names are learnt from the lines themselves (product.md §3); a name that several
 * devices speak under, as a relay's address, is nobody's.
 */
import type { Device, KeyFrom } from '../model/device.ts';
import { limits } from '../model/limits.ts';
import { aliasOf, aliasOfSerial, isLoopback, type Names, primaryOf, UNIDENTIFIED } from '../model/names.ts';

export type Directory = {
  readonly keyOf: (name: string) => string | null | undefined;
  readonly device: (key: string) => Device | undefined;
};

/** The key of the device, what the line teaches, and the keys of devices that turn out to be this one. */
export type Identified = {
  readonly key: string;
  readonly keyFrom: KeyFrom;
  readonly learnt: readonly (readonly [name: string, key: string | null])[];
  readonly same: readonly string[];
};

/**
 * The device that the inventory has for a line: by its serial number, by a name, by its address (product.md §3). The
 * sender's address is no match where a name is there that the listed device is not known by, and it has spoken already.
 */
function listedKey({ origin, relayHost, peer, serial }: Names, directory: Directory): string | null {
  const listed = (alias: string, column: 'serial' | 'hostname' | 'address'): Device | null => {
    const key = directory.keyOf(alias);
    const device = key == null ? undefined : directory.device(key);
    if (device?.inventory == null) return null;
    return device.inventory[column]?.toLowerCase() === alias.replace(/^sn:/, '') ? device : null;
  };
  const named = origin ?? relayHost;
  const found =
    (serial === null ? null : listed(aliasOfSerial(serial), 'serial')) ??
    (named === null ? null : (listed(aliasOf(named), 'hostname') ?? listed(aliasOf(named), 'address')));
  if (found !== null) return found.key;
  const sender = peer === null || relayHost !== null ? null : listed(aliasOf(peer), 'address');
  if (sender === null) return null;
  const speaksSo = origin === null || sender.lastSeenAt === null || directory.keyOf(aliasOf(origin)) === sender.key;
  return speaksSo ? sender.key : null;
}

/** `at`: the event time of the line. */
export function identify(names: Names, at: number, directory: Directory): Identified {
  const primary = primaryOf(names);
  const bySerial = names.serial === null ? undefined : directory.keyOf(aliasOfSerial(names.serial));
  if (primary === null) return { key: bySerial ?? UNIDENTIFIED, keyFrom: 'peer', learnt: [], same: [] };
  const alias = aliasOf(primary.name);
  const byName = directory.keyOf(alias);
  const listed = listedKey(names, directory);
  // Several devices speak under it: only a serial number tells which one this is.
  if (byName === null && listed === null)
    return { key: bySerial ?? primary.name, keyFrom: primary.from, learnt: [], same: [] };

  const learnt: string[] = [];
  const shared: string[] = [];
  const same = new Set<string>();
  let key = listed ?? byName ?? primary.name;
  let keyFrom = directory.device(key)?.keyFrom ?? primary.from;
  const unite = (other: string) => {
    // Two rows of the inventory are two devices, whatever a line says.
    if (directory.device(other)?.inventory != null && directory.device(key)?.inventory != null) return;
    const [kept, left] = keeps(directory, { key, keyFrom }, other) ? [key, other] : [other, key];
    keyFrom = directory.device(kept)?.keyFrom ?? keyFrom;
    key = kept;
    same.delete(kept);
    same.add(left);
  };

  if (listed !== null && byName != null && byName !== key && !isLoopback(primary.name)) unite(byName);
  if (names.serial !== null && bySerial !== null) {
    if (bySerial !== undefined && bySerial !== key) {
      const verdict = sameBySerial(directory, { key, from: primary.from, serial: names.serial }, bySerial, at);
      if (verdict === 'same') unite(bySerial);
      if (verdict === 'serial-shared') shared.push(aliasOfSerial(names.serial));
      if (verdict === 'name-shared') {
        return { key: bySerial, keyFrom, learnt: [[alias, null]], same: [] };
      }
    } else if (bySerial === undefined && !isLoopback(key)) learnt.push(aliasOfSerial(names.serial));
  }
  if (primary.from === 'origin') {
    const weak = names.relayHost ?? names.peer;
    const other = weak === null || isLoopback(weak) ? null : directory.keyOf(aliasOf(weak));
    if (weak !== null && other !== null && other !== key) {
      const holder = other === undefined ? undefined : directory.device(other);
      // What had no name so far has one now; two names under one address are a relay.
      if (other === undefined || holder === undefined) learnt.push(aliasOf(weak));
      else if (isOwnName(holder.keyFrom)) shared.push(aliasOf(weak));
      else unite(other);
    }
  }
  if (byName === undefined) learnt.push(alias);
  return {
    key,
    keyFrom,
    learnt: [...learnt.map((name) => [name, key] as const), ...shared.map((name) => [name, null] as const)],
    same: [...same].filter((other) => directory.device(other) !== undefined),
  };
}

const RANK: Record<KeyFrom, number> = { peer: 0, relay: 1, origin: 2, inventory: 3 };

/** A device that is only listed was never seen. */
const NEVER = Number.POSITIVE_INFINITY;

/** What the device calls itself, or the inventory calls it. */
function isOwnName(from: KeyFrom): boolean {
  return from === 'origin' || from === 'inventory';
}

/** The better name stays: what the device calls itself before what others do; of equals the one known for longer. */
function keeps(directory: Directory, own: { key: string; keyFrom: KeyFrom }, other: string): boolean {
  const [mine, theirs] = [directory.device(own.key), directory.device(other)];
  if (theirs === undefined) return true;
  if (RANK[own.keyFrom] !== RANK[theirs.keyFrom]) return RANK[own.keyFrom] > RANK[theirs.keyFrom];
  return mine !== undefined && (mine.firstSeenAt ?? NEVER) <= (theirs.firstSeenAt ?? NEVER);
}

/**
 * Whether a serial number that is known of another device makes the two one. A renamed device has ended to speak under
 * its old name; if both names speak, or both spoke at the same time, the number is a cloned or invented one. Where an
 * address has one device and the number another, the address is a relay's.
 */
function sameBySerial(
  directory: Directory,
  own: { key: string; from: KeyFrom; serial: string },
  otherKey: string,
  at: number,
): 'same' | 'serial-shared' | 'name-shared' {
  const [mine, other] = [directory.device(own.key), directory.device(otherKey)];
  if (other === undefined) return 'same';
  const myFrom = mine?.keyFrom ?? own.from;
  if (isOwnName(myFrom) && isOwnName(other.keyFrom)) {
    if (own.from !== 'origin') return 'name-shared';
    const since = Math.min(at, mine?.firstSeenAt ?? at);
    return since - (other.lastSeenAt ?? -NEVER) >= limits.renameSilenceMs ? 'same' : 'serial-shared';
  }
  const known = mine?.serial ?? null;
  if (own.from !== 'origin' && known !== null && known !== own.serial) return 'name-shared';
  return isLoopback(own.key) ? 'name-shared' : 'same';
}
