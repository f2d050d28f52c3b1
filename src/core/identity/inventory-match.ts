/** Which device of the inventory a line belongs to (product.md §3). */
import type { Device } from '../model/device.ts';
import { aliasOf, aliasOfLabel, aliasOfSerial, isAddress, labelOf, type Names } from '../model/names.ts';
import type { Directory } from './identify.ts';

/**
 * The key of the line's device in the inventory: by serial number, by name, by the first label of the name, by address.
 * The sender's address does not match if the line has a name that is not one of the device's names, and the device has
 * sent lines already.
 */
export function inventoryKey({ origin, relayHost, peer, serial }: Names, directory: Directory): string | null {
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
      : (inventoryDevice(aliasOf(named), 'hostname') ??
        inventoryDevice(aliasOf(named), 'address') ??
        byLabel(named, directory)));
  if (found !== null) return found.key;
  const sender = peer === null || relayHost !== null ? null : inventoryDevice(aliasOf(peer), 'address');
  if (sender === null) return null;
  const usesName = origin === null || sender.lastSeenAt === null || directory.keyOf(aliasOf(origin)) === sender.key;
  return usesName ? sender.key : null;
}

/**
 * The device of the inventory whose hostname differs from the name only in the domain: one of the two has none. Null if
 * several names with a domain begin with this label, or if the name is another device's of the inventory.
 */
function byLabel(name: string, directory: Directory): Device | null {
  if (isAddress(name)) return null;
  const own = directory.keyOf(aliasOf(name));
  const isListed = own != null && directory.device(own)?.inventory != null;
  if (own === null || isListed) return null;
  const label = labelOf(name);
  const held = directory.keyOf(aliasOfLabel(label ?? aliasOf(name)));
  // A name with a domain is the only one with its label if the label leads nowhere else.
  const key = label === null ? held : held === own ? directory.keyOf(label) : null;
  const device = key == null ? undefined : directory.device(key);
  const hostname = device?.inventory?.hostname ?? null;
  if (device === undefined || hostname === null) return null;
  const matches = label === null ? labelOf(hostname) === aliasOf(name) : hostname.toLowerCase() === label;
  return matches ? device : null;
}
