/**
 * Finds the device of a line. A device has several names: its own name, the name that a relay writes, its address, its
 * serial number. The names are learnt from the lines themselves (product.md §3). A name that several devices use, such
 * as a relay's address, identifies no device.
 */
import type { Device, KeyFrom } from '../model/device.ts';
import {
  aliasOf,
  aliasOfLabel,
  aliasOfSerial,
  isAddress,
  isLoopback,
  isSameHost,
  labelOf,
  type Names,
  type Primary,
  primaryOf,
  primaryOfSerial,
  UNIDENTIFIED,
} from '../model/names.ts';
import { inventoryKey } from './inventory-match.ts';
import { compareNames, serialOf, shows, showsAnother } from './same-serial.ts';

export type Directory = {
  readonly keyOf: (name: string) => string | null | undefined;
  readonly device: (key: string) => Device | undefined;
};

/**
 * The key of the device. `learnt`: new names with their key, or null for a name that several devices use. `same`: keys
 * of devices that are the same device. `rekeyed`: devices whose key is an address that turned out to be a relay's, with
 * their serial number, which is their key from now on.
 */
export type Identified = {
  readonly key: string;
  readonly keyFrom: KeyFrom;
  readonly learnt: readonly (readonly [name: string, key: string | null])[];
  readonly same: readonly string[];
  readonly rekeyed: readonly (readonly [key: string, serial: string])[];
  /** The serial number in the line is another device's, which still sends lines, or of several. */
  readonly foreign: boolean;
  /** Several devices send from the address, and nothing in the line says which one: the key stands for all of them. */
  readonly nobodys: boolean;
};

/** `at`: the event time of the line. `partly`: not every ordinary line beside it is looked at. */
export function identify(written: Names, at: number, known: Directory, partly = false): Identified {
  const directory = written.relayed === true ? withoutAddress(written.peer, known) : known;
  const held = written.serial === null ? undefined : holderOf(written.serial, directory);
  const spoken = written.certified === true ? certifiedNames(written) : written;
  // A cloned serial number identifies no device, and a certificate speaks only for the device that it names.
  const isAnothers =
    held === null || (spoken.certified === true && held !== undefined && !leadsTo(held, spoken, directory));
  const names = isAnothers ? { ...spoken, serial: null } : spoken;
  const { serial } = names;
  const named = primaryOf(names);
  if (named === null) return only(UNIDENTIFIED, 'peer');
  const listed = inventoryKey(names, known);
  const isShared = directory.keyOf(named.alias) === null || isLoopback(named.name);
  const bySerial = isShared && named.from !== 'origin' && listed === null && serial !== null;
  const primary = bySerial ? primaryOfSerial(serial) : named;
  const byName = primary.from === 'serial' ? ownerOf(primary, held, at, directory) : directory.keyOf(primary.alias);
  if (byName === null && listed === null) {
    return held == null ? { ...only(primary.name, primary.from), nobodys: true } : only(held, primary.from);
  }

  const learnt: string[] = [];
  const shared: string[] = [];
  const rekeyed: (readonly [string, string])[] = [];
  const same = new Set<string>();
  let key = listed ?? byName ?? primary.name;
  let keyFrom = directory.device(key)?.keyFrom ?? primary.from;
  let undecided = false;
  let foreign = isAnothers;
  const mergeWith = (other: string) => {
    // Two rows of the inventory are always two devices.
    if (directory.device(other)?.inventory != null && directory.device(key)?.inventory != null) return;
    const [kept, merged] = isBetterKey(directory, { key, keyFrom }, other) ? [key, other] : [other, key];
    keyFrom = directory.device(kept)?.keyFrom ?? keyFrom;
    key = kept;
    same.delete(kept);
    same.add(merged);
  };
  const shareAddress = (alias: string, holder: Device | undefined) => {
    shared.push(alias);
    if (holder !== undefined && aliasOf(holder.key) === alias && !isOwnName(holder.keyFrom) && holder.serial !== null)
      rekeyed.push([holder.key, holder.serial]);
  };

  if (listed !== null && byName != null && byName !== key && !isLoopback(primary.name)) mergeWith(byName);
  if (serial !== null && primary.from !== 'serial' && held !== key) {
    const alias = aliasOfSerial(serial);
    const owner = ownerOf({ ...primaryOfSerial(serial), from: primary.from }, held, at, directory);
    const [device, other] = [directory.device(key), owner == null ? undefined : directory.device(owner)];
    if (
      isOtherSerial(primary, listed, device, serial) ||
      (other !== undefined && isOtherName(primary, device, other, serial))
    ) {
      shareAddress(primary.alias, device);
      if (other === undefined) learnt.push(alias);
      [key, keyFrom] = other === undefined ? [serial, 'serial'] : [other.key, other.keyFrom];
      return { ...only(key, keyFrom), learnt: entries(learnt, key, shared), rekeyed };
    }
    if (owner == null) {
      if (!isLoopback(key)) learnt.push(alias);
    } else if (other === undefined || !isOwnName(keyFrom) || !isOwnName(other.keyFrom)) mergeWith(owner);
    else {
      const verdict = compareNames(device, serial, at, other, partly);
      if (verdict === 'same') mergeWith(owner);
      if (verdict === 'moved') learnt.push(alias);
      if (verdict === 'cloned') shared.push(alias);
      undecided = verdict === 'undecided';
      foreign = verdict !== 'same' && verdict !== 'moved';
    }
  }
  const weak = names.relayHost ?? names.peer;
  if ((primary.from === 'origin' || primary.from === 'serial') && weak !== null && !isLoopback(weak) && !undecided) {
    const [alias, other] = [aliasOf(weak), directory.keyOf(aliasOf(weak))];
    const holder = other == null ? undefined : directory.device(other);
    const isOne = other === key || (other != null && same.has(other));
    if (other !== null && !isOne) {
      if (other === undefined || holder === undefined) learnt.push(alias);
      else {
        const doubt = doubtOf(primary, serial, directory.device(key), holder);
        if (doubt === 'two') shareAddress(alias, holder);
        // A device without a name now has one.
        if (doubt === 'one') mergeWith(other);
      }
    }
  }
  if (byName === undefined) learnt.push(primary.alias);
  const label = primary.from === 'serial' || primary.from === 'peer' ? null : labelOf(primary.name);
  if (label !== null) {
    const other = directory.keyOf(aliasOfLabel(label));
    if (other === undefined) learnt.push(aliasOfLabel(label));
    else if (other !== null && other !== key && !same.has(other)) shared.push(aliasOfLabel(label));
  }
  return {
    key,
    keyFrom,
    learnt: entries(learnt, key, shared),
    same: [...same].filter((other) => directory.device(other) !== undefined),
    rekeyed,
    foreign,
    nobodys: false,
  };
}

/** The address of a relay leads to no device, whatever was learnt of it before. */
function withoutAddress(peer: string | null, { keyOf, device }: Directory): Directory {
  const relay = peer === null ? null : aliasOf(peer);
  return { keyOf: (name) => (name === relay ? null : keyOf(name)), device };
}

/** The certificate was compared with one name of the line only: with its own name, if it has one. */
function certifiedNames(names: Names): Names {
  return names.origin === null ? names : { ...names, relayHost: null };
}

/** Whether the names of a line lead to this device, whatever serial number the line has. */
function leadsTo(key: string, names: Names, directory: Directory): boolean {
  const named = primaryOf({ ...names, serial: null });
  if (named === null) return false;
  const found = inventoryKey({ ...names, serial: null }, directory) ?? directory.keyOf(named.alias);
  return found === key || (found === undefined && isSameHost(named.alias, aliasOf(key)));
}

/** A line from which nothing is learnt. */
function only(key: string, keyFrom: KeyFrom): Identified {
  return { key, keyFrom, learnt: [], same: [], rekeyed: [], foreign: false, nobodys: false };
}

function entries(learnt: readonly string[], key: string, shared: readonly string[]): Identified['learnt'] {
  return [...learnt.map((name) => [name, key] as const), ...shared.map((name) => [name, null] as const)];
}

/** Null if several devices show the serial number. */
function holderOf(serial: string, directory: Directory): string | null | undefined {
  const held = directory.keyOf(aliasOfSerial(serial));
  if (held !== undefined) return held;
  return directory.device(serial)?.keyFrom === 'serial' ? serial : undefined;
}

/**
 * The device that the serial number identifies: the holder, unless the holder has shown another serial number since.
 * `from`: what else the line has; a line with a name of its own needs no order of times.
 */
function ownerOf(
  { name: serial, from }: Primary,
  held: string | null | undefined,
  at: number,
  directory: Directory,
): string | null | undefined {
  const holder = held == null ? undefined : directory.device(held);
  if (holder === undefined || !showsAnother(holder, serial)) return held;
  return from === 'origin' || at >= (holder.serialAt ?? at) ? undefined : held;
}

/**
 * True if the line has no name of its own, and its address is known with another serial number; or the name by a relay,
 * if nothing but a serial number names its device.
 */
function isOtherSerial({ name, from }: Primary, listed: string | null, device: Device | undefined, serial: string) {
  if (from === 'origin' || listed !== null || device === undefined) return false;
  return (isAddress(name) || device.keyFrom === 'serial') && showsAnother(device, serial);
}

/**
 * For a line without a name of its own: true if its address, or its name by a relay, belongs to another device than its
 * serial number.
 */
function isOtherName({ from }: Primary, device: Device | undefined, owner: Device, serial: string): boolean {
  if (from === 'origin' || device === undefined) return false;
  return (isOwnName(device.keyFrom) && isOwnName(owner.keyFrom)) || showsAnother(device, serial);
}

/**
 * Whether the device of a line and the one that its address leads to are one device or two; null if unknown.
 * `serial`: the one in the line.
 */
function doubtOf({ from }: Primary, serial: string | null, device: Device | undefined, holder: Device) {
  const own = serial ?? (device === undefined ? null : (serialOf(device) ?? device.foreignSerial?.serial ?? null));
  const differ = own !== null && showsAnother(holder, own);
  if (!isOwnName(holder.keyFrom)) return differ ? 'two' : 'one';
  if (differ) return 'two';
  // A default name is no second name. Equal serial numbers under two names: it may be a renamed device.
  const mayBeOne = from === 'serial' || (serial === null && own !== null && shows(holder, own));
  return mayBeOne ? null : 'two';
}

const RANK: Record<KeyFrom, number> = { peer: 0, relay: 1, serial: 2, origin: 3, inventory: 4 };

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
