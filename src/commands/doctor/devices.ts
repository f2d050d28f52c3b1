/** What the devices of a store show of their syslog: who sends, how, and what is missing. Pure: it takes devices one by one. */

import { type Device, heardAt, type KeyFrom } from '../../core/model/device.ts';
import { recoveryVisible, type Visibility } from '../../core/model/heard.ts';
import type { TimeQuality } from '../../core/model/message.ts';
import { counted } from '../counted.ts';
import { type Finding, ok, unknown, wrong } from './finding.ts';

/** An ordinary line is noted once an hour, so a device that sends was heard within a little more. */
export const RECENT_MS = 70 * 60_000;
/** So many names are shown of each kind. */
const MOST_NAMES = 5;

type Known = Pick<Device, 'key' | 'keyFrom' | 'inventory' | 'timeQuality' | 'lastSeenAt' | 'heard' | 'state' | 'peer'>;

const NAMED: Record<KeyFrom, string> = {
  inventory: 'named by the inventory',
  origin: 'named by origin-id',
  serial: 'named by serial number',
  relay: 'named by a relay',
  peer: 'named by address',
};

const TIMED: Record<TimeQuality, string> = {
  synchronized: 'timestamps of a clock that is set',
  unsynchronized: 'timestamps of a clock that was set once',
  unset: 'timestamps of a clock that is not set',
  uptime: 'uptime instead of a time',
  none: 'no timestamps',
};

/** A kind of devices in which something is wrong. */
type Kind = {
  readonly about: string;
  readonly has: (device: Known, visibility: Visibility) => boolean;
  readonly wrong: (names: string) => string;
  readonly ok: string;
  readonly todo: string;
  readonly commands: readonly string[];
};

const isHeard = (device: Known) => heardAt(device) !== null;

const KINDS: readonly Kind[] = [
  {
    about: 'listed switches',
    has: (device) => device.inventory !== null && !isHeard(device),
    wrong: (names) => `in the inventory, but never heard: ${names}`,
    ok: 'each device of the inventory has sent a line, or none is listed',
    todo: 'at these switches, with the address of this machine:',
    commands: ['logging trap informational', 'logging host ADDRESS transport udp port 5514'],
  },
  {
    about: 'origin-id',
    has: (device) => isHeard(device) && device.inventory === null && device.keyFrom === 'peer',
    wrong: (names) => `known only by an address, which a relay or NAT may hide: ${names}`,
    ok: 'each device has a name',
    todo: 'at these switches:',
    commands: ['logging origin-id hostname'],
  },
  {
    about: 'timestamps',
    has: ({ lastSeenAt, timeQuality }) => lastSeenAt !== null && (timeQuality === 'none' || timeQuality === 'uptime'),
    wrong: (names) => `lines without a date: ${names}`,
    ok: 'lines have a date',
    todo: 'at these switches:',
    commands: ['service timestamps log datetime msec show-timezone year'],
  },
  {
    about: 'clocks of switches',
    has: ({ state: { clock }, timeQuality }) => clock === 'unset' || clock === 'off' || timeQuality === 'unset',
    wrong: (names) => `a wrong clock, which makes every certificate look invalid: ${names}`,
    ok: 'no clock of a switch is known to be wrong',
    todo: 'at these switches, with the address of your time server:',
    commands: ['ntp server ADDRESS'],
  },
  {
    about: 'level',
    has: ({ heard }, visibility) => recoveryVisible(heard, visibility) === false,
    wrong: (names) => `send only warnings and worse, so that a recovery cannot be seen: ${names}`,
    ok: 'no device is known to hide its recovery',
    todo: 'at these switches:',
    commands: ['logging trap informational'],
  },
];

export class DeviceSigns {
  readonly #now: number;
  readonly #visibility: Visibility;
  readonly #found = KINDS.map(() => ({ count: 0, names: [] as string[] }));
  readonly #dialects = new Map<string, number>();
  #devices = 0;

  /** `now`: milliseconds. */
  constructor(now: number, visibility: Visibility) {
    this.#now = now;
    this.#visibility = visibility;
  }

  add(device: Known): void {
    this.#devices++;
    for (const [index, kind] of KINDS.entries()) {
      const found = this.#found[index];
      if (found === undefined || !kind.has(device, this.#visibility)) continue;
      if (found.count++ < MOST_NAMES) found.names.push(device.key);
    }
    const at = heardAt(device);
    if (at === null || at < this.#now - RECENT_MS) return;
    const dialect = `${NAMED[device.keyFrom]}, ${device.lastSeenAt === null ? 'no tracked message yet' : TIMED[device.timeQuality]}`;
    this.#dialects.set(dialect, (this.#dialects.get(dialect) ?? 0) + 1);
  }

  findings(): Finding[] {
    return [
      this.#senders(),
      ...KINDS.map((kind, index) => {
        const { count, names } = this.#found[index] as { count: number; names: string[] };
        if (count === 0) return ok(kind.about, kind.ok);
        const more = count > names.length ? ` and ${count - names.length} more` : '';
        return wrong(kind.about, kind.wrong(`${names.join(', ')}${more}`), kind.todo, kind.commands);
      }),
    ];
  }

  #senders(): Finding {
    const minutes = RECENT_MS / 60_000;
    const dialects = [...this.#dialects].sort(([, one], [, other]) => other - one);
    if (dialects.length > 0) {
      const shown = dialects.map(([dialect, count]) => `${count} ${dialect}`).join('; ');
      return ok('senders', `heard in the last ${minutes} minutes: ${shown}`);
    }
    const known = `none of ${counted(this.#devices, 'known device')}`;
    return unknown(
      'senders',
      `${known} was heard in the last ${minutes} minutes`,
      'send a line of one switch: send log 6 test, in enable mode, then run this again',
    );
  }
}
