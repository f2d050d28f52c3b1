/**
 * A database like that of a large fleet after a year: 100,000 devices in 40 plants, 120,000 incidents in 400 days. Each row
 * is made by the pipeline and the store's own commits. It is kept in a directory of the user between runs.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadAdvisory, shippedAdvisory } from '../src/config/advisory-file.ts';
import type { Frame } from '../src/core/model/message.ts';
import { liveTime } from '../src/core/read/event-time.ts';
import { readInventory } from '../src/operate/inventory-file.ts';
import { Operations } from '../src/operate/operations.ts';
import { Pipeline } from '../src/pipeline/pipeline.ts';
import { openStore } from '../src/store/open-store.ts';
import { projectionOf } from '../src/store/projection.ts';
import { DAY_MS } from './generate.ts';

export const HISTORY_DAYS = 400;
export const PLANTS = 40;
/** A fixture that is older would have other deadlines and another history than it was made for. */
const OLDEST_DAYS = 7;
/** Each fifth device fails twice. */
const TWICE = 5;
const LINES_AT_ONCE = 2000;
const DUE_AT_ONCE = 2000;
const SOURCES = ['../src/store/sqlite/', '../src/core/correlate/', '../advisories/'];

const CSSM = 'the Cisco Smart Software Manager (CSSM)';
export const FAILURES = [
  '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)',
  `%SMART_LIC-3-COMM_FAILED: Communications failure with ${CSSM} : Fail to send out Call Home HTTP message.`,
  '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed Reason : Failed to select socket. Timeout : 5 (Connection timed out)',
] as const;
const RESTORED = `%SMART_LIC-5-COMM_RESTORED: Communications with ${CSSM} restored`;
const RENEWED = `%SMART_LIC-6-AUTH_RENEW_SUCCESS: Authorization renewal with ${CSSM} is successful for udi PID:IE-3300-8T2S,SN:`;

export type Fixture = { readonly data: string; readonly bytes: number; readonly madeInSeconds: number | null };

export function nameOf(device: number): string {
  return `sw-${String(device).padStart(6, '0')}`;
}

/** The fixture of so many devices, made now unless there is one of the same sources. */
export async function fleetFixture(devices: number): Promise<Fixture> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'quovadis-watch-bench');
  const data = join(cache, `fleet-${devices}-${digestOfSources()}`);
  const file = join(data, 'quovadis.db');
  const made = statSync(file, { throwIfNoEntry: false });
  if (made !== undefined && Date.now() - made.mtimeMs < OLDEST_DAYS * DAY_MS)
    return { data, bytes: made.size, madeInSeconds: null };
  mkdirSync(cache, { recursive: true });
  // One that is younger may be of other sources, or be made by another run just now.
  for (const name of readdirSync(cache)) {
    const { mtimeMs } = statSync(join(cache, name));
    if (Date.now() - mtimeMs > OLDEST_DAYS * DAY_MS) rmSync(join(cache, name), { recursive: true, force: true });
  }
  const started = performance.now();
  const half = `${data}.${process.pid}`;
  await fill(half, devices);
  if (existsSync(data)) rmSync(data, { recursive: true, force: true });
  renameSync(half, data);
  return { data, bytes: statSync(file).size, madeInSeconds: (performance.now() - started) / 1000 };
}

/** Other sources may make other rows. */
function digestOfSources(): string {
  const digest = createHash('sha256').update(readFileSync(new URL(import.meta.url)));
  for (const directory of SOURCES) {
    const url = new URL(directory, import.meta.url);
    const files = readdirSync(url, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { parentPath, name } of files.toSorted((a, b) =>
      a.parentPath + a.name < b.parentPath + b.name ? -1 : 1,
    ))
      digest.update(readFileSync(join(parentPath, name)));
  }
  return digest.digest('hex').slice(0, 12);
}

type Line = { readonly at: number; readonly device: number; readonly body: string };

async function fill(data: string, devices: number): Promise<void> {
  const advisory = await loadAdvisory(shippedAdvisory);
  const store = await openStore(data, projectionOf(advisory), 'service');
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
  const begin = Date.now() - HISTORY_DAYS * DAY_MS;
  let now = begin;
  const operations = new Operations({ store, advisory, routes: [], now: () => now, onCommit: () => {} });
  await operations.import(readInventory(inventoryOf(devices), 'csv'));
  const byDay: Line[][] = Array.from({ length: HISTORY_DAYS }, () => []);
  for (let device = 0; device < devices; device++) {
    for (const line of storyOf(device, devices)) byDay[Math.floor(line.at / DAY_MS)]?.push(line);
  }
  for (const [day, lines] of byDay.entries()) {
    lines.sort((a, b) => a.at - b.at);
    for (let from = 0; from < lines.length; from += LINES_AT_ONCE) {
      const some = lines.slice(from, from + LINES_AT_ONCE);
      now = begin + (some.at(-1) as Line).at;
      await pipeline.run(
        some.map((line, index) => frameOf(line, begin, from + index)),
        now,
      );
    }
    now = begin + (day + 1) * DAY_MS;
    while ((await pipeline.due(now, DUE_AT_ONCE)).commitSeconds !== null);
  }
  await store.close();
}

/** When a device fails, and what it says; milliseconds since the beginning. Two of three recover after some days. */
function storyOf(device: number, devices: number): Line[] {
  const opened = (device / devices) * HISTORY_DAYS * DAY_MS;
  const early = device % TWICE === 0 ? [opened / 2] : [];
  return [...early, opened].flatMap((from, index, all) => {
    const bodies: string[] = [...FAILURES];
    const isLast = index === all.length - 1;
    const recovers = !isLast || device % 3 !== 0;
    const failures = bodies.map((body, hour) => ({ at: from + hour * 600_000, device, body }));
    if (!recovers) return failures;
    const after = from + (2 + (device % 4)) * DAY_MS;
    return [
      ...failures,
      { at: after, device, body: RESTORED },
      { at: after + 60_000, device, body: `${RENEWED}FOC${String(device).padStart(8, '0')}` },
    ];
  });
}

function frameOf({ at, device, body }: Line, begin: number, counter: number): Frame {
  const bytes = Buffer.from(`<187>${counter}: ${nameOf(device)}: ${body}`);
  const place = { start: 0, end: bytes.length, peer: null, transport: 'udp', truncated: false } as const;
  return { ...place, bytes, receivedAt: begin + at };
}

function inventoryOf(devices: number): string {
  const [pids, releases] = [
    ['IE-3300-8T2S', 'IE-3400-8T2S', 'C9300-48P', 'ESS-3300-NCP'],
    ['16.12.4', '17.3.3', '17.6.1', '17.9.2'],
  ];
  const rows = Array.from({ length: devices }, (_, device) => {
    const address = `10.${device >> 16}.${(device >> 8) & 255}.${device & 255}`;
    const of = (values: readonly string[]) => values[Math.floor(device / PLANTS) % values.length];
    const serial = `FOC${String(device).padStart(8, '0')}`;
    return [nameOf(device), address, serial, of(pids), of(releases), plantOf(device), 'online'].join();
  });
  return ['hostname,address,serial,pid,release,plant,licensing', ...rows].join('\n');
}

export function plantOf(device: number): string {
  return `plant-${device % PLANTS}`;
}
