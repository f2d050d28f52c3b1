/** Scrapes at 50 000 devices with incidents, idle and under load: how long a scrape takes, and how long it blocks the lines. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { kernelDrops } from '../src/receive/kernel-drops.ts';
import { end, messageFrom, startHelper } from './processes.ts';
import type { Bench, Findings, Section } from './section.ts';
import { median } from './statistics.ts';
import { table, whole } from './table.ts';
import { prepareLoad } from './udp-load.ts';

const LOAD = 0.5;
/** A row without scrapes: it shows what the load alone does to the event loop. */
const NOTHING = 'none';
const PATHS = [NOTHING, '/healthz', '/metrics', '/metrics/devices'];
const QUICK_PATHS = [NOTHING, '/metrics/devices'];
const PAUSE_MS = 1000;
/** The load lasts at least so long for each. */
const LONGEST_SCRAPE_SECONDS = 1.5;

type Helper = ReturnType<typeof startHelper>;
type Scrape = { readonly bytes: number; readonly took: number; readonly held: number };

export const scrapeSection: Section = { name: 'scrape', title: 'Scrapes', measure };

async function measure(bench: Bench): Promise<Findings> {
  const devices = bench.length('devices', 50_000, 1000);
  const rounds = bench.length('rounds', 5, 1);
  const ceiling = await bench.ceiling();
  const rate = ceiling.rate * LOAD;
  const data = mkdtempSync(join(bench.directory, 'scraped-'));
  const helper = startHelper('./watched-service.ts', [data, String(devices)]);
  try {
    const { udp, http } = await messageFrom<{ udp: number; http: number }>(helper);
    const url = `http://127.0.0.1:${http}`;
    const rows: (readonly (string | number)[])[] = [];
    const paths = bench.quick ? QUICK_PATHS : PATHS;
    for (const path of paths) rows.push(row('idle', path, await scrapes(helper, url, path, rounds), 0));
    for (const path of paths) {
      const load = await prepareLoad(udp, rate, (rounds + 1) * LONGEST_SCRAPE_SECONDS);
      try {
        const before = (await kernelDrops(udp)) ?? 0;
        // The load is stopped when the scrapes are done.
        load.run().catch(() => {});
        const results = await scrapes(helper, url, path, rounds);
        rows.push(row(`${LOAD * 100} %`, path, results, ((await kernelDrops(udp)) ?? 0) - before));
      } finally {
        await load.stop();
      }
    }
    return {
      text: `${whole(devices)} devices with an open incident, idle and while ${whole(rate)} lines/s of the 2 % mix come in (${LOAD * 100} % of what
a bare socket takes); medians of ${rounds} scrapes. \`held\`: by how much a timer of 1 ms was late at most; \`dropped by the
kernel\` is of all scrapes of the row.

${table(['load', 'scraped', 'bytes', 'took ms', 'held ms', 'dropped by the kernel'], rows)}`,
      goals: [],
      alarms: [],
      versions: [],
    };
  } finally {
    await end(helper);
  }
}

function row(load: string, path: string, scrapes: readonly Scrape[], dropped: number): (string | number)[] {
  const of = (key: keyof Scrape) => median(scrapes.map((scrape) => scrape[key]));
  const took = path === NOTHING ? '–' : of('took').toFixed(0);
  return [load, path, of('bytes'), took, of('held').toFixed(1), dropped];
}

async function scrapes(helper: Helper, url: string, path: string, rounds: number): Promise<Scrape[]> {
  const results: Scrape[] = [];
  // The first only warms up.
  for (let round = 0; round <= rounds; round++) {
    const result = await scrape(helper, url, path);
    if (round > 0) results.push(result);
  }
  return results;
}

async function scrape(helper: Helper, url: string, path: string): Promise<Scrape> {
  helper.send('watch');
  await messageFrom(helper);
  const started = performance.now();
  let bytes = 0;
  if (path === NOTHING) await delay(PAUSE_MS);
  else bytes = (await (await fetch(`${url}${path}`)).arrayBuffer()).byteLength;
  const took = performance.now() - started;
  helper.send('held');
  const { held } = await messageFrom<{ held: number }>(helper);
  return { bytes, took, held };
}
