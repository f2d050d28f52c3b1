/** Words about devices without an incident, and those that nobody hears. */
import { count } from './count.ts';

export const why = {
  whyNone: 'Why no incident?',
  whyText:
    'Name a device: by its name, serial number or address. The answer is the sum of what it has sent, and what is missing.',
  deviceName: 'Device, serial number or address',
  showWhy: 'Show why',
  notKnown: 'No device is known by this name: no line of it was read, and the inventory does not list it.',
  similarNames: 'Devices with a name like this',
  whyMissing: 'Why a switch may be missing',
  missingReasons: [
    'It does not send its syslog here: look at "show logging" on the switch, and at what is between it and this service.',
    'It has sent ordinary lines only. A device is known from its first message that counts, or from the inventory.',
    'Its lines name it otherwise: by another host name, its address, or the name that a relay gives it.',
    'It has the default name of its kind, as Switch or Router, which names no device.',
    'The service refuses its address, or has dropped its lines.',
  ],
  importInventory: 'Import an inventory',
  seeDrops: 'See what was dropped',
  neverSent: 'No line of it was ever heard',
  neverSentListed: 'The inventory lists it. Without lines nothing can be said of it: it may fail or work.',
  neverSentUnlisted: 'It is known only by the name that another line has given it.',
  knownAs: 'Lines are taken as its own if they name it',
  unreadLines: (n: number) => `${count(n, 'line of it', 'lines of it')} could not be read:`,
  atTheSwitch: 'Look at the switch, and point its syslog here',
  neverSentReasons: [
    'It sends to another collector, or a firewall or an access list is between it and this service.',
    'Its source address is not the one that the inventory lists: "logging source-interface" decides it.',
    'A relay forwards its lines under another name: compare host name and address with the inventory.',
    'It has the default name of its kind, as Switch or Router, which names no device.',
    'The service refuses its address, or has dropped its lines.',
  ],
  silentSince: 'Not heard since (UTC)',
  itsMessages: 'Its messages',
  level: 'Highest level of its lines',
  levelTooLow: 'no recovery can be seen: "logging trap informational" is needed',
  showTrustpool: 'show it',
  forget: { button: 'Forget', text: 'Why it is forgotten: its history is deleted, and its open incident closed' },
};
