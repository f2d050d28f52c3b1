/**
 * `/metrics` and `/metrics/devices` at 50 000 devices with incidents: how long a scrape takes, and how long it holds up
 * the event loop on which lines come in. `node bench/scrape.ts [--devices N]`
 */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs, promisify } from 'node:util';
import { startService } from '../src/app.ts';
import { loadAdvisory, shippedAdvisory } from '../src/config/advisory-file.ts';
import { defaults } from '../src/config/schema.ts';
import type { Frame } from '../src/core/message.ts';
import { liveTime } from '../src/core/timekeeper.ts';
import { openLog } from '../src/observe/log.ts';
import { Pipeline } from '../src/pipeline.ts';
import { projectionOf } from '../src/store/projection.ts';
import { openDatabase } from '../src/store/sqlite/open.ts';
import { SqliteStore } from '../src/store/sqlite/sqlite-store.ts';

const { values } = parseArgs({ options: { devices: { type: 'string', default: '50000' } } });
const devices = Number(values.devices);
const directory = mkdtempSync(join(tmpdir(), 'quovadis-bench-'));
const BODIES = [
  '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)',
  '%SMART_LIC-3-COMM_FAILED: Communications failure with the Cisco Smart Software Manager (CSSM) : Fail to send out Call Home HTTP message.',
  '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed Reason : Failed to select socket. Timeout : 5 (Connection timed out)',
];

const run = promisify(execFile);
const CLIENT = `fetch(process.argv[1]).then((r) => r.arrayBuffer()).then((b) => console.log(b.byteLength))`;

/** Every device has a confirmed incident. */
async function fill(): Promise<void> {
  const advisory = loadAdvisory(shippedAdvisory);
  const store = new SqliteStore(openDatabase(directory), projectionOf(advisory));
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => performance.now() / 1000 });
  const now = Date.now();
  for (let from = 0; from < devices; from += 500) {
    const frames: Frame[] = [];
    for (let device = from; device < Math.min(devices, from + 500); device++) {
      for (const [index, body] of BODIES.entries()) {
        const bytes = Buffer.from(`<187>${index + 1}: sw-${device}: ${body}`);
        frames.push({
          bytes,
          start: 0,
          end: bytes.length,
          peer: null,
          transport: 'udp',
          receivedAt: now,
          truncated: false,
        });
      }
    }
    await pipeline.run(frames, now);
  }
  await store.close();
}

/** The longest time between two turns of the event loop while something runs, and how long it ran. Milliseconds. */
async function watched(work: () => Promise<unknown>): Promise<{ longest: number; took: number }> {
  let longest = 0;
  let last = performance.now();
  let going = true;
  const tick = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (going) setImmediate(tick);
  };
  setImmediate(tick);
  const started = performance.now();
  await work();
  going = false;
  return { longest, took: performance.now() - started };
}

try {
  await fill();
  const config = {
    ...defaults,
    data: directory,
    syslog: { ...defaults.syslog, udp: '127.0.0.1:0', tcp: null },
    http: { ...defaults.http, listen: '127.0.0.1:0' },
  };
  const service = await startService(config, openLog('silent'));
  const rows: string[] = [];
  for (const path of ['/healthz', '/metrics', '/metrics/devices']) {
    const url = `http://127.0.0.1:${service.addresses.http?.port}${path}`;
    let bytes = 0;
    // The client is a process of its own: what it does is not what holds the service up.
    const scrape = async () => {
      const { stdout } = await run(process.execPath, ['-e', CLIENT, url]);
      bytes = Number(stdout);
    };
    await scrape();
    const runs: { longest: number; took: number }[] = [];
    for (let round = 0; round < 5; round++) runs.push(await watched(scrape));
    const median = (key: 'longest' | 'took') => runs.map((run) => run[key]).sort((a, b) => a - b)[2] ?? 0;
    rows.push(`| ${path} | ${bytes} | ${median('took').toFixed(0)} | ${median('longest').toFixed(1)} |`);
  }
  process.stdout.write(`${devices} devices with an open incident; medians of 5 scrapes
| path | bytes | took ms | event loop held at most ms |
| --- | ---: | ---: | ---: |
${rows.join('\n')}
`);
  await service.stop();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
