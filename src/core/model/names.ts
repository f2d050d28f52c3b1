/** The names that a line gives its device, and how they are looked up. */
import type { KeyFrom } from './device.ts';
import { GenerationalCache } from './generational-cache.ts';
import { limits } from './limits.ts';

/** What a line says of its device. Absent values are null. */
export type Names = {
  readonly origin: string | null;
  readonly relayHost: string | null;
  readonly peer: string | null;
  /** Never one in which every sign is blackened. */
  readonly serial: string | null;
};

/**
 * Names out of a `NameInterner`: the same names are the same object as long as it remembers them, so that the object may
 * be the key of a map. Names that were interned twice are only looked up twice.
 */
export type InternedNames = Names & { readonly [interned]: true };
declare const interned: unique symbol;

/** Names of one observation that stands alone. */
export function internedAlone(names: Names): InternedNames {
  return names as InternedNames;
}

/** By name, as `aliasesIn` writes it: the key of the device, or null where several speak under it. */
export type Aliases = ReadonlyMap<string, string | null>;

/** Lines that name no device and have no sender are kept under this name. */
export const UNIDENTIFIED = 'unidentified';

/** The keys that these names lead to, and `keys`. */
export function keysIn(aliases: Aliases, keys: Iterable<string>): ReadonlySet<string> {
  const all = new Set(keys);
  for (const key of aliases.values()) if (key !== null) all.add(key);
  return all;
}

/** Names and addresses are compared without their case; a serial number never equals a name. */
export function aliasOf(name: string): string {
  return name.toLowerCase();
}

export function aliasOfSerial(serial: string): string {
  return `sn:${serial.toLowerCase()}`;
}

/** What a person may mean by a name: a hostname or address, or a serial number. */
export function aliasesMeant(name: string): string[] {
  return [aliasOf(name), aliasOfSerial(name)];
}

/** The key of the device that a person means; without any other knowledge the name itself. */
export function keyMeant(name: string, known: Aliases): string {
  const [first, second] = aliasesMeant(name).map((alias) => known.get(alias));
  return first ?? second ?? name;
}

/** Every name in a line, as it is looked up. */
export function aliasesIn({ origin, relayHost, peer, serial }: Names): string[] {
  const names: string[] = [];
  for (const name of [origin, relayHost, peer]) if (name !== null) names.push(aliasOf(name));
  if (serial !== null) names.push(aliasOfSerial(serial));
  return names;
}

/** The name that a line is kept under before anything was learnt: origin-id, the relay's name for it, its sender. */
export function primaryOf({ origin, relayHost, peer }: Omit<Names, 'serial'>): { name: string; from: KeyFrom } | null {
  if (origin !== null) return { name: origin, from: 'origin' };
  if (relayHost !== null) return { name: relayHost, from: 'relay' };
  return peer === null ? null : { name: peer, from: 'peer' };
}

/** That name alone; null where the line names no device and has no sender. */
export function nameOf(names: Omit<Names, 'serial'>): string | null {
  return primaryOf(names)?.name ?? null;
}

/** Lines of one device have the same names: the same object for the same names, as far as it is remembered. */
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

/** A relay on this machine, never a switch. */
export function isLoopback(name: string): boolean {
  return name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name);
}
