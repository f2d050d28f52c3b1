/**
 * Remembers of which devices ordinary lines came, by sender and by the name in the header, and decides when a line is
 * reported: at the first line of a device, at each new highest level, and once an hour. A device that is forgotten is
 * reported once more.
 */
import { ABSENT } from '../decode/header-bytes.ts';
import type { HeardLines } from '../model/heard.ts';
import { limits } from '../model/limits.ts';

const HOUR_MS = 3_600_000;

type Device = {
  /** The highest level number, or ABSENT; and the one that was reported. */
  level: number;
  reportedLevel: number;
  /** Ordinary lines since the last report. */
  lines: number;
  /** The time of the last report; null before the first one. */
  reportedAt: number | null;
};

export class HeardDevices {
  readonly #most: number;
  /** By sender, then by the hash of the name. Both in the order of their last reports. */
  readonly #senders = new Map<string, Map<number, Device>>();
  #size = 0;

  /** `most`: how many devices are remembered. */
  constructor(most: number = limits.heardDevices) {
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Counts an ordinary line; returns what is to be reported with it, or null. `name`: hash of the name, or NO_NAME.
   * `level`: of its message code, or ABSENT. `at`: milliseconds. `mayReport`: where it is false, the report waits for a later line.
   */
  ordinary(sender: string, name: number, level: number, at: number, mayReport = true): HeardLines | null {
    const device = this.#senders.get(sender)?.get(name) ?? this.#add(sender, name);
    device.lines++;
    if (level > device.level) device.level = level;
    return mayReport && isDue(device, at) ? this.#report(sender, name, device, at) : null;
  }

  /** What is to be reported with a line that is kept for another reason, which costs nothing more; null if nothing is new. */
  kept(sender: string, name: number, at: number): HeardLines | null {
    const device = this.#senders.get(sender)?.get(name);
    return device === undefined || device.lines === 0 ? null : this.#report(sender, name, device, at);
  }

  #report(sender: string, name: number, device: Device, at: number): HeardLines {
    const { level, lines } = device;
    device.reportedLevel = level;
    device.reportedAt = at;
    device.lines = 0;
    const devices = this.#senders.get(sender);
    if (devices !== undefined) {
      moveToEnd(this.#senders, sender, devices);
      moveToEnd(devices, name, device);
    }
    return { level: level === ABSENT ? null : level, lines, partly: false };
  }

  #add(sender: string, name: number): Device {
    if (this.#size >= this.#most) this.#forgetOldest();
    const device = { level: ABSENT, reportedLevel: ABSENT, lines: 0, reportedAt: null };
    const devices = this.#senders.get(sender);
    if (devices === undefined) this.#senders.set(sender, new Map([[name, device]]));
    else devices.set(name, device);
    this.#size++;
    return device;
  }

  #forgetOldest(): void {
    for (const [sender, devices] of this.#senders) {
      for (const name of devices.keys()) {
        devices.delete(name);
        break;
      }
      if (devices.size === 0) this.#senders.delete(sender);
      this.#size--;
      return;
    }
  }
}

function isDue({ level, reportedLevel, reportedAt }: Device, at: number): boolean {
  return reportedAt === null || level > reportedLevel || Math.abs(at - reportedAt) >= HOUR_MS;
}

function moveToEnd<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (map.size === 1) return;
  map.delete(key);
  map.set(key, value);
}
