/** Which device a capture is of: by the names and serial numbers that it shows, and by how its text came. */
import type { Capture } from '../core/capture/fact.ts';
import { inventoryKey } from '../core/identity/inventory-match.ts';
import type { Device } from '../core/model/device.ts';
import { aliasesMeant, aliasesOfLabel, aliasOf, aliasOfSerial, keyMeant, keysIn } from '../core/model/names.ts';
import type { Store } from '../store/ports/store.ts';

/** How a text came. Both count only where the text does not say another known device. */
export type CaptureHints = {
  /** The name by which its file goes, for a capture that names no device; null without one. */
  readonly fileOf?: string | null;
  /** The name or address by which a program reached the device (Ansible's host); null without one. */
  readonly reachedAs?: string | null;
};

/** Finds devices by names and serial numbers; both are asked of the store at once. */
type Known = {
  readonly named: (name: string) => Device | null;
  readonly withSerial: (serial: string) => Device | null;
};

/**
 * The device of a capture, or one line that says why nothing of it is taken. `wanted`: the device that a person says it is of;
 * null if the capture says it.
 */
export async function deviceOf(
  capture: Capture,
  wanted: Device | null,
  hints: CaptureHints,
  store: Pick<Store, 'aliases' | 'load'>,
): Promise<Device | string> {
  const [serials, ofStack] = serialsOf(capture);
  const names = [capture.device, hints.reachedAs ?? null, hints.fileOf ?? null].filter((name) => name !== null);
  const known = await knownBy(names, [...serials, ...ofStack], store);
  const holders = new Map(
    serials.flatMap((serial) => {
      const holder = known.withSerial(serial);
      return holder === null ? [] : [[holder.key, { holder, serial }] as const];
    }),
  );
  const [holder, second] = [...holders.values()];
  if (holder !== undefined && second !== undefined)
    return `The serial numbers ${holder.serial} and ${second.serial} are of two devices, ${holder.holder.key} and ${second.holder.key}: nothing of them is taken. Give the output of each in a file of its own.`;
  const found =
    wanted === null
      ? foundBy(capture.device, hints, known, holder?.holder ?? null)
      : asked(wanted, capture.device ?? hints.reachedAs ?? null, known, holders.has(wanted.key));
  if (typeof found === 'string') return found;
  const isOwn = [...serials, ...ofStack].some((serial) => hasSerial(found, serial));
  return holder === undefined || holders.has(found.key) || isOwn
    ? found
    : `The serial number ${holder.serial} is that of ${holder.holder.key}, and the capture is given for ${found.key}: nothing of it is taken. Give it for ${holder.holder.key}, or correct the serial number in the inventory.`;
}

/** The device that the capture says, then the one that its text came from. */
function foundBy(
  shown: string | null,
  { fileOf = null, reachedAs = null }: CaptureHints,
  { named }: Known,
  holder: Device | null,
): Device | string {
  const reached = reachedAs === null ? null : named(reachedAs);
  if (shown === null) {
    const found = reached ?? (fileOf === null ? null : named(fileOf)) ?? holder;
    if (found !== null) return found;
    return reachedAs === null ? 'The capture names no device: say which one it is of.' : unknown(reachedAs);
  }
  const isSure = holder !== null && (holder.inventory?.serial != null || !hasName(holder));
  return named(shown) ?? (isSure ? holder : null) ?? (reached?.inventory == null ? null : reached) ?? unknown(shown);
}

function unknown(name: string): string {
  return `There is no device ${name}: import it with the inventory, or say the name under which it is known. Nothing of it is taken.`;
}

/** The device that was asked for, if nothing says that the capture is of another one. */
function asked(wanted: Device, name: string | null, { named }: Known, holds: boolean): Device | string {
  if (name === null) return wanted;
  const other = named(name);
  const isWanted = other === null ? holds || mayBe(wanted, name) : other.key === wanted.key;
  return isWanted
    ? wanted
    : `The capture is of ${name}, and not of ${wanted.key}: nothing of it is taken. Give it for ${name}.`;
}

/** IOS cuts the name in its prompt to 20 characters. */
const PROMPT_CHARACTERS = 20;

/** Whether a name that nobody knows may be the device's: its prompt cuts the name, or no line has named the device yet. */
function mayBe(device: Device, name: string): boolean {
  if (!hasName(device)) return true;
  const [whole, shown] = [device.key.toLowerCase(), name.toLowerCase()];
  return shown.length >= PROMPT_CHARACTERS ? whole.startsWith(shown) : whole.split('.')[0] === shown;
}

function hasName({ keyFrom }: Device): boolean {
  return keyFrom !== 'peer' && keyFrom !== 'serial';
}

function hasSerial({ serial, inventory }: Device, shown: string): boolean {
  return [serial, inventory?.serial].some((own) => own != null && aliasOf(own) === aliasOf(shown));
}

/** The device's own serial numbers, and those of the other units of its stack. */
function serialsOf({ facts }: Capture): readonly [own: readonly string[], ofStack: readonly string[]] {
  const shown = facts.filter((fact) => fact.kind === 'serial');
  const [others, own] = [shown.filter(isOtherUnit), shown.filter((fact) => !isOtherUnit(fact))].map((some) => [
    ...new Set(some.map(({ serial }) => serial)),
  ]);
  return [own ?? [], others ?? []];
}

function isOtherUnit({ unit }: { readonly unit: string | null }): boolean {
  return unit === 'member' || unit === 'standby';
}

async function knownBy(
  names: readonly string[],
  serials: readonly string[],
  store: Pick<Store, 'aliases' | 'load'>,
): Promise<Known> {
  const ofNames = names.flatMap((name) => [...aliasesMeant(name), ...aliasesOfLabel(name)]);
  const aliases = await store.aliases([...ofNames, ...serials.map(aliasOfSerial)]);
  const devices = await store.load([...keysIn(aliases, [...names, ...serials])]);
  const directory = { keyOf: (alias: string) => aliases.get(alias), device: (key: string) => devices.get(key) };
  return {
    named(name) {
      const listed = inventoryKey({ origin: name, relayHost: null, peer: null, serial: null }, directory);
      return devices.get(listed ?? keyMeant(name, aliases)) ?? null;
    },
    withSerial(serial) {
      const key = aliases.get(aliasOfSerial(serial));
      if (key === null) return null;
      const device = devices.get(key ?? serial);
      return device !== undefined && (key !== undefined || device.keyFrom === 'serial') ? device : null;
    },
  };
}
