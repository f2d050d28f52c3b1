/**
 * Finds the device of a line. A device has several names: its own name, the name that a relay writes, its address, its
 * serial number. The names are learnt from the lines themselves (product.md §3). A name that several devices use, such
 * as a relay's address, identifies no device.
 */
import type { Device, KeyFrom } from '../model/device.ts';
import { limits } from '../model/limits.ts';
import { aliasOf, aliasOfSerial, isLoopback, type Names, primaryOf, UNIDENTIFIED } from '../model/names.ts';

export type Directory = {
  readonly keyOf: (name: string) => string | null | undefined;
  readonly device: (key: string) => Device | undefined;
};

/**
 * The key of the device. `learnt`: new names with their key, or null for a name that several devices use. `same`: keys
 * of devices that are the same device.
 */
export type Identified = {
  readonly key: string;
  readonly keyFrom: KeyFrom;
  readonly learnt: readonly (readonly [name: string, key: string | null])[];
  readonly same: readonly string[];
};

/**
 * The key of the line's device in the inventory: by serial number, by name, by address (product.md §3). The sender's
 * address does not match if the line has a name that is not one of the device's names, and the device has sent lines
 * already.
 */
function inventoryKey({ origin, relayHost, peer, serial }: Names, directory: Directory): string | null {
  const inventoryDevice = (alias: string, column: 'serial' | 'hostname' | 'address'): Device | null => {
    const key = directory.keyOf(alias);
    const device = key == null ? undefined : directory.device(key);
    if (device?.inventory == null) return null;
    return device.inventory[column]?.toLowerCase() === alias.replace(/^sn:/, '') ? device : null;
  };
  const named = origin ?? relayHost;
  const found =
    (serial === null ? null : inventoryDevice(aliasOfSerial(serial), 'serial')) ??
    (named === null
      ? null
      : (inventoryDevice(aliasOf(named), 'hostname') ?? inventoryDevice(aliasOf(named), 'address')));
  if (found !== null) return found.key;
  const sender = peer === null || relayHost !== null ? null : inventoryDevice(aliasOf(peer), 'address');
  if (sender === null) return null;
  const usesName = origin === null || sender.lastSeenAt === null || directory.keyOf(aliasOf(origin)) === sender.key;
  return usesName ? sender.key : null;
}

/** `at`: the event time of the line. */
export function identify(names: Names, at: number, directory: Directory): Identified {
  const primary = primaryOf(names);
  const bySerial = names.serial === null ? undefined : directory.keyOf(aliasOfSerial(names.serial));
  if (primary === null) return { key: bySerial ?? UNIDENTIFIED, keyFrom: 'peer', learnt: [], same: [] };
  const alias = aliasOf(primary.name);
  const byName = directory.keyOf(alias);
  const listed = inventoryKey(names, directory);
  // Several devices use this name: only a serial number identifies the device.
  if (byName === null && listed === null)
    return { key: bySerial ?? primary.name, keyFrom: primary.from, learnt: [], same: [] };

  const learnt: string[] = [];
  const shared: string[] = [];
  const same = new Set<string>();
  let key = listed ?? byName ?? primary.name;
  let keyFrom = directory.device(key)?.keyFrom ?? primary.from;
  const mergeWith = (other: string) => {
    // Two rows of the inventory are always two devices.
    if (directory.device(other)?.inventory != null && directory.device(key)?.inventory != null) return;
    const [kept, merged] = isBetterKey(directory, { key, keyFrom }, other) ? [key, other] : [other, key];
    keyFrom = directory.device(kept)?.keyFrom ?? keyFrom;
    key = kept;
    same.delete(kept);
    same.add(merged);
  };

  if (listed !== null && byName != null && byName !== key && !isLoopback(primary.name)) mergeWith(byName);
  if (names.serial !== null && bySerial !== null) {
    if (bySerial !== undefined && bySerial !== key) {
      const verdict = sameBySerial(directory, { key, from: primary.from, serial: names.serial }, bySerial, at);
      if (verdict === 'same') mergeWith(bySerial);
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
      // A device without a name now has one; an address with two names is a relay's address.
      if (other === undefined || holder === undefined) learnt.push(aliasOf(weak));
      else if (isOwnName(holder.keyFrom)) shared.push(aliasOf(weak));
      else mergeWith(other);
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

/** For a device that is known only from the inventory. */
const NEVER = Number.POSITIVE_INFINITY;

/** True if the key is the device's own name or its inventory name. */
function isOwnName(from: KeyFrom): boolean {
  return from === 'origin' || from === 'inventory';
}

/** The key of the higher rank is kept, for example the device's own name; of equal ranks, the key seen first. */
function isBetterKey(directory: Directory, line: { key: string; keyFrom: KeyFrom }, otherKey: string): boolean {
  const [device, other] = [directory.device(line.key), directory.device(otherKey)];
  if (other === undefined) return true;
  if (RANK[line.keyFrom] !== RANK[other.keyFrom]) return RANK[line.keyFrom] > RANK[other.keyFrom];
  return device !== undefined && (device.firstSeenAt ?? NEVER) <= (other.firstSeenAt ?? NEVER);
}

/**
 * Whether a serial number of another device shows that both are the same device. A renamed device no longer uses its
 * old name: if lines with both names are less than `limits.renameSilenceMs` apart, the number is cloned or invented. If
 * the address belongs to one device and the number to another, the address is a relay's address.
 */
function sameBySerial(
  directory: Directory,
  line: { key: string; from: KeyFrom; serial: string },
  otherKey: string,
  at: number,
): 'same' | 'serial-shared' | 'name-shared' {
  const [device, other] = [directory.device(line.key), directory.device(otherKey)];
  if (other === undefined) return 'same';
  const keyFrom = device?.keyFrom ?? line.from;
  if (isOwnName(keyFrom) && isOwnName(other.keyFrom)) {
    if (line.from !== 'origin') return 'name-shared';
    const since = Math.min(at, device?.firstSeenAt ?? at);
    return since - (other.lastSeenAt ?? -NEVER) >= limits.renameSilenceMs ? 'same' : 'serial-shared';
  }
  const known = device?.serial ?? null;
  if (line.from !== 'origin' && known !== null && known !== line.serial) return 'name-shared';
  return isLoopback(line.key) ? 'name-shared' : 'same';
}
