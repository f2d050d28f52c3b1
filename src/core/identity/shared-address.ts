/** Which address an ordinary line shows to be of several devices. */
import { aliasOf, type Names } from '../model/names.ts';
import type { Directory, Identified } from './identify.ts';

/**
 * The address of a line under a second name: it is a relay's, though such a line teaches no names. Null if the line does not
 * show that, or if the inventory lists the address. `learnt`: of `identify()`.
 */
export function sharedAddress(
  { relayHost, peer }: Names,
  learnt: Identified['learnt'],
  directory: Directory,
): string | null {
  const address = aliasOf(relayHost ?? peer ?? '');
  if (!learnt.some(([name, key]) => name === address && key === null)) return null;
  const holder = directory.device(directory.keyOf(address) ?? '');
  const listed = holder?.inventory?.address ?? null;
  return holder === undefined || (listed !== null && aliasOf(listed) === address) ? null : address;
}
