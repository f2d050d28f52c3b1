/** What stands in the documents for something of the reader's, and what the test puts there. */
import { join } from 'node:path';
import { ROOT } from './blocks.ts';
import type { Site } from './site.ts';

/** A text of the documents, and what is in its place. */
type Place = readonly [text: string, inPlace: (site: Site) => string];

/** In this order; each has to be in a document. */
export const PLACES: readonly Place[] = [
  ['http://127.0.0.1:9514', ({ api }) => api],
  ['http://127.0.0.1:9093', ({ receiver }) => receiver],
  ['https://netbox.example.com', ({ receiver }) => receiver],
  ['--to 192.0.2.10:5514', ({ udp }) => `--to ${udp}`],
  ['--to 192.0.2.10:6514', ({ tls }) => `--to ${tls}`],
  ['--transport tcp --framing octet-counting', ({ tcp }) => `--transport tcp --to ${tcp} --framing octet-counting`],
  ['--server 127.0.0.1 --port 5514', ({ udp }) => `--server 127.0.0.1 --port ${udp.split(':')[1]}`],
  ['sport = :5514', ({ udp }) => `sport = :${udp.split(':')[1]}`],
  // Folders of the machine are folders of the site.
  ['/var/lib/quovadis-watch', () => 'var/lib/quovadis-watch'],
  ['/var/backups/quovadis-watch', () => 'var/backups/quovadis-watch'],
  ['/etc/', () => 'etc/'],
  ['/tmp/', () => 'tmp/'],
  ['-o quovadis-watch -g quovadis-watch ', () => ''],
  ['BACKUP.db', () => 'var/backups/quovadis-watch/quovadis-20260301T020000Z.db'],
  ['INVENTORY.csv', () => 'devices.csv'],
  ['TRUSTPOOL.txt', () => 'trustpool.txt'],
  ['OUTPUT.txt', () => 'trustpool.txt'],
  ['CONFIG.yaml', () => 'quovadis.yaml'],
  ['DEVICE', () => 'sw-press-01'],
  ['confirm-sender sw-a', () => 'confirm-sender sw-press-01'],
  ['cursor=CURSOR', ({ cursor }) => `cursor=${cursor}`],
  ['Bearer TOKEN', ({ token }) => `Bearer ${token}`],
  // A capture of the future would be refused.
  ['2026-11-28T19:00:00Z', ({ anHourAgo }) => anHourAgo],
  // The role and the database of the test's own server have the first names.
  ['createuser quovadis', () => 'createuser plant'],
  ['--owner=quovadis --encoding=UTF8 quovadis', () => '--owner=plant --encoding=UTF8 plant'],
  // The checkout itself, so that nothing in its path is replaced.
  ['/usr/share/doc/quovadis-watch/examples', () => join(ROOT, 'deploy')],
];

/** Commands that end only when they are ended, and what they say before that. */
export const ENDLESS: readonly (readonly [command: string, says: RegExp])[] = [
  ['quovadis-watch serve\n', /"msg":"listening"/],
  ['quovadis-watch serve --log-format text', /listening/],
  ['curl -sN', /event: hello/],
];

/** Programs of Debian that some commands need; curl and bash are in all of them. */
export const PROGRAMS: readonly (readonly [program: string, debianPackage: string])[] = [
  ['curl', 'curl'],
  ['jq', 'jq'],
  ['ss', 'iproute2'],
  ['logger', 'bsdutils'],
  ['sysctl', 'procps'],
  ['sqlite3', 'sqlite3'],
  ['amtool', 'prometheus-alertmanager'],
  ['promtool', 'prometheus'],
  ['createdb', 'postgresql'],
];
