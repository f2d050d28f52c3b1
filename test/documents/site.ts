/** A plant for the commands of the documents: twelve switches that fail, their files, and a service that knows them. */
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { Test } from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { incidentsOf, type Running, running, until } from '../app/running.ts';
import { BODIES, HOUR, temporaryDirectory } from '../given.ts';
import { certificate } from '../receive/certificate.ts';
import { ROOT } from './blocks.ts';
import { writeStandIns } from './stand-ins.ts';

export type Site = {
  readonly directory: string;
  readonly api: string;
  readonly udp: string;
  readonly tcp: string;
  readonly tls: string;
  /** An HTTP server in place of an Alertmanager, a webhook and NetBox. */
  readonly receiver: string;
  readonly token: string;
  readonly cursor: string;
  readonly anHourAgo: string;
};

const TOKEN = 'ad2fc5a1b0e94c6d8f7e';
const DEVICES = Array.from({ length: 12 }, (_, nth) => `sw-press-${`${nth + 1}`.padStart(2, '0')}`);
const STARTED = Date.now();

/** As IOS stamps with `service timestamps log datetime msec show-timezone year`. */
function stamp(at: number): string {
  const [, day, month, year, time] = new Date(at).toUTCString().split(' ');
  return `${month} ${day} ${year} ${time}.120 UTC`;
}

const lines: readonly string[] = DEVICES.flatMap((device) =>
  [BODIES.callHome205, BODIES.commFailed, BODIES.crlSla].map(
    (body, nth) => `<187>10${nth}: 00010${nth}: ${device}: ${stamp(STARTED - HOUR + nth * 1000)}: ${body}`,
  ),
);

const inventory = [
  'hostname,address,pid,release,plant',
  ...DEVICES.map((device, nth) => `${device},192.0.2.${nth + 21},IE-3300-8T2S,17.3.3,North`),
];

const sample = (path: string): string => readFileSync(join(ROOT, 'samples', path), 'utf8');

/** What a reader has: exports, saved outputs and archives, each under the name that the documents give it. */
function writeFiles(directory: string, receiver: string): void {
  const shown = sample('captures/trustpool.txt').replaceAll('sw-a', 'sw-press-01');
  const config = `data: ./data
syslog: { tls: { listen: "127.0.0.1:0", cert: ${directory}/etc/quovadis-watch/tls.pem, key: ${directory}/etc/quovadis-watch/tls.key } }
backup: { directory: ${directory}/var/backups/quovadis-watch, keep: 14 }
sinks:
  - { kind: webhook, url: "${receiver}/hook", allowPrivate: true, secret: whsec_${Buffer.alloc(24, 7).toString('base64')} }
`;
  const files: Readonly<Record<string, string | Buffer>> = {
    'devices.csv': `${inventory.join('\n')}\n`,
    'switch.log': `${lines.join('\n')}\n`,
    'archive.log.gz': gzipSync(`${lines.join('\n')}\n`),
    'trustpool.txt': shown,
    'sw-press-01.txt': shown,
    'captures/sw-press-01.txt': shown,
    'switches.txt': 'sw-press-01\nsw-press-02\n',
    'quovadis.yaml': config,
    'etc/quovadis-watch/quovadis.yaml': config,
    '.curlrc': 'fail-with-body\nshow-error\n',
    'tokens/read': `${TOKEN}\n`,
  };
  const folders = ['captures', 'etc/quovadis-watch', 'etc/systemd/system', 'etc/sysctl.d', 'tmp', 'tokens'];
  for (const folder of [...folders, 'var/backups/quovadis-watch', 'var/lib', '.config/fish/completions'])
    mkdirSync(join(directory, folder), { recursive: true });
  for (const [path, content] of Object.entries(files)) writeFileSync(join(directory, path), content);
}

/** Answers as an Alertmanager, a NetBox and whoever takes anything. */
async function startReceiver(t: Test): Promise<string> {
  const netbox = sample('inventory/netbox.json');
  const server = createServer(async ({ url = '', method }, response) => {
    if (url.startsWith('/api/dcim/')) response.end(netbox);
    else if (method === 'GET') response.setHeader('content-type', 'application/json').end('[]');
    else response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return `http://127.0.0.1:${address.port}`;
}

/** The database of a service that has heard all lines, and was stopped. */
async function seed(t: Test, data: string): Promise<void> {
  const service = await running(t, { data });
  const headers = { 'content-type': 'text/csv' };
  await fetch(`${service.api}/api/v1/inventory`, { method: 'POST', headers, body: inventory.join('\n') });
  const socket = connect(service.addresses.tcp?.port ?? 0, '127.0.0.1');
  socket.end(`${lines.join('\n')}\n`);
  await text(socket);
  await until(
    () => incidentsOf(service.api),
    (found) => found.filter(({ state }) => state === 'confirmed').length === DEVICES.length,
  );
  await service.stop();
}

/** What each command finds. `serving`: a service runs there. */
export type Sites = (t: Test, serving: boolean) => Promise<Site>;

export async function sites(t: Test): Promise<Sites> {
  const template = temporaryDirectory(t);
  const receiver = await startReceiver(t);
  const data = join(template, 'data');
  await seed(t, data);
  const { cert, key } = certificate(template, 'tls', 'IP:127.0.0.1');
  return async (t, serving) => {
    const directory = temporaryDirectory(t);
    writeFiles(directory, receiver);
    writeStandIns(join(directory, 'bin'));
    symlinkSync(join(ROOT, 'deploy'), join(directory, 'deploy'));
    for (const place of ['data', 'var/lib/quovadis-watch']) cpSync(data, join(directory, place), { recursive: true });
    copyFileSync(join(data, 'quovadis.db'), join(directory, 'var/backups/quovadis-watch/quovadis-20260301T020000Z.db'));
    for (const [from, to] of [
      [cert, 'tls.pem'],
      [key, 'tls.key'],
    ] as const)
      copyFileSync(from, join(directory, 'etc/quovadis-watch', to));
    copyFileSync(cert, join(directory, 'ca.pem'));
    const anHourAgo = new Date(STARTED - HOUR).toISOString();
    const none = { api: '', udp: '', tcp: '', tls: '', cursor: '' };
    const service = serving ? await running(t, configOf(directory)) : null;
    return {
      directory,
      receiver,
      token: TOKEN,
      anHourAgo,
      ...none,
      ...(service === null ? {} : await placesOf(service)),
    };
  };
}

/** As its file says, on free ports. Nobody needs a token, but those who have one may give it. */
function configOf(directory: string): Partial<Config> {
  const { syslog, http, ...rest } = loadConfig({ file: join(directory, 'quovadis.yaml'), environment: {}, flags: {} });
  return {
    ...rest,
    data: join(directory, 'data'),
    syslog: { ...syslog, udp: '127.0.0.1:0', tcp: '127.0.0.1:0' },
    http: { ...http, listen: '127.0.0.1:0' },
  };
}

async function placesOf({ api, addresses }: Running) {
  const at = (of: { readonly port: number } | undefined) => `127.0.0.1:${of?.port}`;
  const { next } = (await (await fetch(`${api}/api/v1/incidents?limit=5`)).json()) as { next: string };
  return { api, udp: at(addresses.udp), tcp: at(addresses.tcp), tls: at(addresses.tls), cursor: next };
}
