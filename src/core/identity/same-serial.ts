/**
 * Whether a serial number under a second name shows a renamed device, a spare that is used at another place, or a
 * number that was cloned. Event times decide, so that the order of arrival matters little.
 */
import { type Device, heardAt } from '../model/device.ts';
import { earlier } from '../model/instant.ts';
import { limits } from '../model/limits.ts';

/**
 * `same`: one device, renamed. `moved`: two devices, and the number is the line's from now on. `kept`: two devices, and
 * the number stays the holder's. `cloned`: both show it again and again, so it identifies neither. `undecided`: the
 * first name has not been silent for long enough; a later line decides.
 */
export type SerialVerdict = 'same' | 'moved' | 'kept' | 'cloned' | 'undecided';

/**
 * `device`: the device with the name of the line; undefined if the name is new. `holder`: the device that the serial
 * number leads to so far, under another name. `partly`: not every ordinary line is looked at, so a device that sends
 * may seem silent.
 */
export function compareNames(
  device: Device | undefined,
  serial: string,
  at: number,
  holder: Device,
  partly: boolean,
): SerialVerdict {
  const held = spokenBy(holder);
  if (held === null) return 'same';
  const silence = partly ? limits.renameSilencePartlyMs : limits.renameSilenceMs;
  // A holder that has just shown it is there: another name in a line with its number is a mistake or a lie.
  const byHolder = shownAt(holder, serial) ?? held.first;
  const speaks = Math.abs(at - held.last) < silence && Math.abs(at - byHolder) < limits.serialShownMs;
  if (device !== undefined && showsAnother(device, serial)) {
    return speaks || (device.serialAt ?? at) > at ? 'kept' : 'moved';
  }
  const before = device === undefined ? null : spokenBy(device);
  const line = { first: Math.min(at, before?.first ?? at), last: Math.max(at, before?.last ?? at) };
  const [older, newer] = held.first <= line.first ? [held, line] : [line, held];
  if (older.last <= newer.first) return newer.last - older.last >= silence ? 'same' : 'undecided';
  const other = shownAt(device, serial) ?? at;
  const [first, last] = [Math.min(at, other), Math.max(at, other)];
  if (first < byHolder && byHolder < last) return 'cloned';
  return speaks || byHolder > last ? 'kept' : 'moved';
}

/** The serial number of a device: the inventory's, else the last one that the device showed. */
export function serialOf({ inventory, serial }: Device): string | null {
  return inventory?.serial ?? serial;
}

export function shows(device: Device, serial: string): boolean {
  return serialOf(device)?.toLowerCase() === serial.toLowerCase();
}

/** True if the serial number of the device is known, and is another one. */
export function showsAnother(device: Device, serial: string): boolean {
  return serialOf(device) !== null && !shows(device, serial);
}

/** When the device showed this serial number last; null if never, or if it showed another one since. */
function shownAt(device: Device | undefined, serial: string): number | null {
  if (device?.serial?.toLowerCase() === serial.toLowerCase()) return device.serialAt;
  const { foreignSerial = null } = device ?? {};
  return foreignSerial?.serial.toLowerCase() === serial.toLowerCase() ? foreignSerial.at : null;
}

/** The event times of the first and the last line of any kind; null if there was none. */
function spokenBy(device: Device): { first: number; last: number } | null {
  const ordinary = device.heard?.watched?.firstAt ?? device.heard?.lastAt ?? null;
  const [first, last] = [earlier(device.firstSeenAt, ordinary), heardAt(device)];
  return first === null || last === null ? null : { first, last };
}
