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
  /** The line named its device by a default name (`Switch`), which identifies no device and is left out. */
  readonly unnamed?: boolean;
  /** The certificate of the sender has the name in it that the line has (`Frame.certified`). */
  readonly certified?: boolean;
  /** The sender is a relay as the configuration says: its address identifies no device. */
  readonly relayed?: boolean;
};

/**
 * Names from a `NameInterner`: equal names are the same object as long as the interner remembers them, so that the
 * object may be the key of a map. If equal names become two objects, the only cost is a second look-up.
 */
export type InternedNames = Names & {
  /** Every name of the line, in the form for look-ups. */
  readonly aliases: readonly string[];
};

/** For one observation without an interner. */
export function internedAlone(names: Names): InternedNames {
  const { origin, relayHost, peer, serial, unnamed = false, certified = false, relayed = false } = names;
  const aliases = aliasesIn({ origin, relayHost, peer, serial });
  return { origin, relayHost, peer, serial, unnamed, certified, relayed, aliases };
}

/** From name (as in `InternedNames.aliases`) to the key of the device; null if several devices use the name. */
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

/** What an alias begins with that only leads to a name of the device. */
export const LABEL = 'label:';

/** For the label of a name with a domain (`labelOf`). */
export function aliasOfLabel(label: string): string {
  return `${LABEL}${label}`;
}

/** True for an alias that only leads to a name of the device. */
export function isLabelAlias(alias: string): boolean {
  return alias.startsWith(LABEL);
}

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+)$/i;

/** True for an IPv4 or IPv6 address. */
export function isAddress(name: string): boolean {
  return ADDRESS.test(name);
}

/** The first label of a name with a domain, in lower case: `sw-a` of `SW-A.plant1.example.com`; else null. */
export function labelOf(name: string): string | null {
  const dot = name.indexOf('.');
  return dot <= 0 || isAddress(name) ? null : name.slice(0, dot).toLowerCase();
}

/**
 * The further aliases by which a name may lead to a device of the inventory: for `sw-a.plant1` the name `sw-a`, and the
 * names with a domain that begin with this label; for `sw-a` the latter.
 */
export function aliasesOfLabel(name: string): string[] {
  if (isAddress(name)) return [];
  const label = labelOf(name);
  return label === null ? [aliasOfLabel(aliasOf(name))] : [label, aliasOfLabel(label)];
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

function aliasesIn({ origin, relayHost, peer, serial }: Names): string[] {
  const names: string[] = [];
  for (const name of [origin, relayHost, peer]) if (name !== null) names.push(aliasOf(name));
  if (serial !== null) names.push(aliasOfSerial(serial));
  const named = origin ?? relayHost;
  if (named !== null) names.push(...aliasesOfLabel(named));
  return names;
}

/** The keys that the device of a line may get if it is new. */
export function keysOf(names: Names): string[] {
  const name = nameOf(names) ?? UNIDENTIFIED;
  return names.origin !== null || names.serial === null ? [name] : [name, names.serial];
}

/** A name, or a serial number, by which a device is known: what the device's key may be. */
export type Primary = { readonly name: string; readonly alias: string; readonly from: KeyFrom };

/**
 * The name for a device of which nothing was learnt yet: origin-id, else the relay's name for the device, else the
 * sender, else the serial number. Of a device with a default name the serial number goes first.
 */
export function primaryOf({ origin, relayHost, peer, serial, unnamed }: Names): Primary | null {
  if (origin !== null) return { name: origin, alias: aliasOf(origin), from: 'origin' };
  if (unnamed === true && serial !== null) return primaryOfSerial(serial);
  if (relayHost !== null) return { name: relayHost, alias: aliasOf(relayHost), from: 'relay' };
  if (peer !== null) return { name: peer, alias: aliasOf(peer), from: 'peer' };
  return serial === null ? null : primaryOfSerial(serial);
}

export function primaryOfSerial(serial: string): Primary {
  return { name: serial, alias: aliasOfSerial(serial), from: 'serial' };
}

/** The name in a header, else the sender; null if the header names no device and there is no sender. */
export function nameOf({ origin, relayHost, peer }: Pick<Names, 'origin' | 'relayHost' | 'peer'>): string | null {
  return origin ?? relayHost ?? peer;
}

/** The name that Cisco gives a switch, in its first configuration. */
export const FACTORY_NAME = 'Switch';

/** Whether a name identifies no device. `defaultNames`: in lower case. */
export function isDefaultName(name: string, defaultNames: ReadonlySet<string>): boolean {
  // The domain does not tell two of them apart.
  return defaultNames.has(aliasOf(name)) || defaultNames.has(labelOf(name) ?? '');
}

/** The names without default names. `defaultNames`: in lower case. */
export function withoutDefaultNames(names: Names, defaultNames: ReadonlySet<string>): Names {
  const isDefault = (name: string | null) => name !== null && isDefaultName(name, defaultNames);
  const origin = isDefault(names.origin) ? null : names.origin;
  const relayHost = isDefault(names.relayHost) ? null : names.relayHost;
  const unnamed = origin === null && (origin !== names.origin || relayHost !== names.relayHost);
  return { ...names, origin, relayHost, unnamed };
}

/** Returns one object for equal names, as most lines of one device have the same names; forgets the oldest names. */
export class NameInterner {
  /** By one of the names. */
  readonly #known = new GenerationalCache<string, InternedNames>(limits.names);
  /** The names as they are in a line, where a default name was left out. */
  readonly #written = new WeakMap<InternedNames, Names>();
  readonly #defaultNames: ReadonlySet<string>;
  readonly #isRelay: (peer: string) => boolean;

  /** `defaultNames`: names that identify no device, in lower case. `isRelay`: whether an address is a relay's. */
  constructor(defaultNames: ReadonlySet<string> = new Set(), isRelay: (peer: string) => boolean = () => false) {
    this.#defaultNames = defaultNames;
    this.#isRelay = isRelay;
  }

  /** Without an object for the names, for speed: called for each line. */
  intern(
    origin: string | null,
    relayHost: string | null,
    peer: string | null,
    serial: string | null,
    certified = false,
  ): InternedNames {
    const entry = serial ?? origin ?? relayHost ?? peer ?? '';
    const known = this.#known.get(entry);
    if (known !== undefined) {
      if (known.unnamed !== true && areEqual(known, origin, relayHost, peer, serial, certified)) return known;
      const written = this.#written.get(known);
      if (written !== undefined && areEqual(written, origin, relayHost, peer, serial, certified)) return known;
    }
    const relayed = peer !== null && this.#isRelay(peer);
    const written = { origin, relayHost, peer, serial, certified, relayed };
    const names = internedAlone(withoutDefaultNames(written, this.#defaultNames));
    if (!areEqual(names, origin, relayHost, peer, serial, certified)) this.#written.set(names, written);
    this.#known.set(entry, names);
    return names;
  }
}

function areEqual(
  names: Names,
  origin: string | null,
  relayHost: string | null,
  peer: string | null,
  serial: string | null,
  certified: boolean,
): boolean {
  const isWritten = names.origin === origin && names.relayHost === relayHost && names.peer === peer;
  return isWritten && names.serial === serial && (names.certified ?? false) === certified;
}

/** A name with a domain and the same one without it are one name; two domains are not. Both in lower case. */
export function isSameHost(one: string, other: string): boolean {
  return one === other || labelOf(one) === other || labelOf(other) === one;
}

/** True for a host that only this machine reaches. */
export function isOwnHost(host: string): boolean {
  return host === 'localhost' || isLoopback(host);
}

/** True for a relay on this machine, which is never a switch. */
export function isLoopback(name: string): boolean {
  return name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name);
}
