/** The names that a line has for its device, and how the names are looked up. */
import type { KeyFrom } from './device.ts';
import { GenerationalCache } from './generational-cache.ts';
import { limits } from './limits.ts';

/** The names of a device in one line. Absent values are null. */
export type Names = {
  readonly origin: string | null;
  readonly relayHost: string | null;
  readonly peer: string | null;
  /** Never a blackened one (`XXX`). */
  readonly serial: string | null;
};

/**
 * Names from a `NameInterner`: equal names are the same object as long as the interner remembers them, so that the
 * object may be the key of a map. If equal names become two objects, the only cost is a second look-up.
 */
export type InternedNames = Names & { readonly [interned]: true };
declare const interned: unique symbol;

/** For one observation without an interner. */
export function internedAlone(names: Names): InternedNames {
  return names as InternedNames;
}

/** From name (as `aliasesIn` writes it) to the key of the device; null if several devices use the name. */
export type Aliases = ReadonlyMap<string, string | null>;

/** The key for lines that name no device and have no sender. */
export const UNIDENTIFIED = 'unidentified';

/** The keys in `aliases`, and `keys`. */
export function keysIn(aliases: Aliases, keys: Iterable<string>): ReadonlySet<string> {
  const all = new Set(keys);
  for (const key of aliases.values()) if (key !== null) all.add(key);
  return all;
}

/** Names and addresses are compared in lower case. The prefix of `aliasOfSerial` keeps serial numbers apart. */
export function aliasOf(name: string): string {
  return name.toLowerCase();
}

export function aliasOfSerial(serial: string): string {
  return `sn:${serial.toLowerCase()}`;
}

/** The aliases that a person may mean by a name: a hostname or address, or a serial number. */
export function aliasesMeant(name: string): string[] {
  return [aliasOf(name), aliasOfSerial(name)];
}

/** The key of the device that a person means; the name itself if no alias is known. */
export function keyMeant(name: string, known: Aliases): string {
  const [first, second] = aliasesMeant(name).map((alias) => known.get(alias));
  return first ?? second ?? name;
}

/** Every name of a line, in the form for look-ups. */
export function aliasesIn({ origin, relayHost, peer, serial }: Names): string[] {
  const names: string[] = [];
  for (const name of [origin, relayHost, peer]) if (name !== null) names.push(aliasOf(name));
  if (serial !== null) names.push(aliasOfSerial(serial));
  return names;
}

/**
 * The name for a device of which nothing was learnt yet: origin-id, else the relay's name for the device, else the
 * sender.
 */
export function primaryOf({ origin, relayHost, peer }: Omit<Names, 'serial'>): { name: string; from: KeyFrom } | null {
  if (origin !== null) return { name: origin, from: 'origin' };
  if (relayHost !== null) return { name: relayHost, from: 'relay' };
  return peer === null ? null : { name: peer, from: 'peer' };
}

/** The name of `primaryOf`; null if the line names no device and has no sender. */
export function nameOf(names: Omit<Names, 'serial'>): string | null {
  return primaryOf(names)?.name ?? null;
}

/** Returns one object for equal names, as most lines of one device have the same names; forgets the oldest names. */
export class NameInterner {
  readonly #known = new GenerationalCache<string, InternedNames>(limits.names);

  intern(origin: string | null, relayHost: string | null, peer: string | null, serial: string | null): InternedNames {
    const entry = serial ?? origin ?? relayHost ?? peer ?? '';
    const known = this.#known.get(entry);
    if (
      known !== undefined &&
      known.origin === origin &&
      known.relayHost === relayHost &&
      known.peer === peer &&
      known.serial === serial
    ) {
      return known;
    }
    const names = internedAlone({ origin, relayHost, peer, serial });
    this.#known.set(entry, names);
    return names;
  }
}

/** True for a relay on this machine, which is never a switch. */
export function isLoopback(name: string): boolean {
  return name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name);
}
