/** What the console needs at the size of a fleet, in a real browser: a first view, a change until it is seen, an open page. */
import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { loadAdvisory, shippedAdvisory } from '../src/config/advisory-file.ts';
import { incidentId } from '../src/core/model/incident.ts';
import { FAILURES, fleetFixture, nameOf, PLANTS } from './fleet-fixture.ts';
import { ready, withCopy, withLoad } from './fleet-load.ts';
import { end, messageFrom, startHelper } from './processes.ts';
import type { Bench, Findings, Goal, Section } from './section.ts';
import { quantile } from './statistics.ts';
import { list, table, whole } from './table.ts';
import { openDatagrams } from './udp-probe.ts';

/** No wait of a page is longer. */
const PATIENCE_MS = 30_000;
const SEEN_MS = 1000;

/** `paint` and `rows`: goals in ms, of the incidents. */
const lines = [
  { name: 'this machine', slow: null, paint: 400, rows: 800 },
  {
    name: '150 ms, 1.6 Mbit/s, CPU/4',
    slow: { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 200_000 },
    paint: 1500,
    rows: 2500,
  },
] as const;
type Line = (typeof lines)[number];

export const consoleSection: Section = { name: 'console', title: 'The console at the size of a fleet', measure };

async function measure(bench: Bench): Promise<Findings> {
  const executablePath = spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).stdout.trim();
  if (executablePath === '')
    return { text: 'Not measured: there is no `chromium`.', goals: [], alarms: [], versions: [] };
  const devices = bench.length('devices', 50_000, 500);
  const rounds = bench.length('probes', 9, 1);
  const fixture = await fleetFixture(devices);
  const { prefix } = await loadAdvisory(shippedAdvisory);
  const all = ['/', '/incidents', `/incidents/${incidentId(prefix, nameOf(1), 1)}`];
  const paths = bench.quick ? all.slice(1, 2) : all;
  const goals: Goal[] = [];
  const add = (what: string, ms: number, most: number) =>
    goals.push({ promise: `${what}: at most ${whole(most)} ms`, measured: `${whole(ms)} ms`, met: ms <= most });
  const [views, changes, opened]: (string | number)[][][] = [[], [], []];
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] });
  try {
    await withCopy(bench, fixture.data, async (data) => {
      const helper = startHelper('./watched-service.ts', [data, '0']);
      try {
        const { udp, http } = await messageFrom<{ udp: number; http: number }>(helper);
        const url = `http://127.0.0.1:${http}`;
        await ready(url);
        for (const line of lines)
          for (const path of paths) {
            const seen = await firstViews(browser, url + path, line, rounds);
            const [paint, rows] = [quantile(seen.paint, 0.5), quantile(seen.rows, 0.5)];
            views?.push([path, line.name, paint.toFixed(0), rows.toFixed(0)]);
            add(`${path}, ${line.name}: first paint`, paint, line.paint);
            add(`${path}, ${line.name}: what was asked for`, rows, line.rows);
          }
        let probe = 0;
        const watch = async (load: string) => {
          const took: number[] = [];
          for (let round = 0; round < rounds; round++)
            took.push(await untilSeen(browser, url, udp, `probe-${probe++}`));
          const [p50, most] = [quantile(took, 0.5), Math.max(...took)];
          changes?.push([load, p50.toFixed(0), most.toFixed(0)]);
          add(`a change, ${load}: from its second line until it is seen`, p50, SEEN_MS);
          const busy = await busyOf(browser, `${url}/incidents`, bench.quick ? 2 : 20);
          opened?.push([load, busy.script.toFixed(2), busy.all.toFixed(2)]);
        };
        await watch('idle');
        await withLoad(bench, udp, devices, () => watch('bad day'));
      } finally {
        await end(helper);
      }
    });
  } finally {
    await browser.close();
  }
  return {
    text: `${whole(devices)} devices in ${PLANTS} plants. Chromium and the service share this machine; ${rounds} rounds, each with an empty cache; medians.

${table(['page', 'line', 'first paint ms', 'rows ms'], views ?? [])}

From the sending of the second line of a new incident, over UDP, until a list that asks for its device (\`q=\`) shows it:

${table(['load', 'median ms', 'longest ms'], changes ?? [])}

The list of incidents, open and not touched: how much of its main thread it uses, in percent.

${table(['load', 'scripts %', 'all %'], opened ?? [])}

${list(['`bad day` is that of the API: 50,000 lines/s of ordinary syslog, and 500 devices a second that open an incident.'])}`,
    goals: bench.quick ? [] : goals,
    alarms: goals.length === 0 ? ['no page was seen'] : [],
    versions: [`Chromium ${browser.version()}`],
  };
}

/** Resolves with the time, in ms, when the page has what it asked for; fails in the end. */
const THERE = `new Promise((done, fail) => {
  const look = () => {
    const isThere = document.querySelector('main h1') !== null && document.querySelector('.ghost, main > [aria-busy=true]') === null;
    if (isThere) done(performance.now());
    else if (performance.now() > ${PATIENCE_MS}) fail(new Error('the page is not there yet'));
    else requestAnimationFrame(look);
  };
  look();
})`;

/** In the page: when it painted something first. The browser says so some time after. */
const PAINTED = `new Promise((done) => {
  new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntriesByName('first-contentful-paint')) done(startTime);
  }).observe({ type: 'paint', buffered: true });
})`;

async function inPage<T>(browser: Browser, work: (page: Page, debug: CDPSession) => Promise<T>): Promise<T> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    return await work(page, await context.newCDPSession(page));
  } finally {
    await context.close();
  }
}

/** Of each round, in ms since the navigation began. `rows`: nothing of the page is a ghost, or busy, any more. */
async function firstViews(browser: Browser, url: string, { slow }: Line, rounds: number) {
  const [paint, rows]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++)
    await inPage(browser, async (page, debug) => {
      if (slow !== null) {
        await debug.send('Network.enable');
        await debug.send('Network.emulateNetworkConditions', slow);
        await debug.send('Emulation.setCPUThrottlingRate', { rate: 4 });
      }
      await page.goto(url, { waitUntil: 'commit' });
      rows.push(await page.evaluate<number>(THERE));
      paint.push(await page.evaluate<number>(PAINTED));
    });
  return { paint, rows };
}

/** How long it takes until a list shows a device that fails now. */
function untilSeen(browser: Browser, url: string, port: number, device: string): Promise<number> {
  return inPage(browser, async (page) => {
    const send = await openDatagrams(port);
    try {
      await page.goto(`${url}/incidents?q=${device}`);
      await page.getByText('● live').waitFor();
      const [first, second] = FAILURES;
      await send(`<187>1: ${device}: ${first}`);
      const started = performance.now();
      await send(`<187>2: ${device}: ${second}`);
      await page
        .getByRole('link', { name: device })
        .or(page.getByRole('button', { name: 'new or changed: show' }))
        .first()
        .waitFor();
      return performance.now() - started;
    } finally {
      send.close();
    }
  });
}

/** How much of its main thread an open page uses, in percent. */
function busyOf(browser: Browser, url: string, seconds: number): Promise<{ script: number; all: number }> {
  return inPage(browser, async (page, debug) => {
    await page.goto(url);
    await page.locator('tr[data-row]').first().waitFor();
    await page.getByText('● live').waitFor();
    await delay(1000);
    await debug.send('Performance.enable');
    const read = async () =>
      new Map((await debug.send('Performance.getMetrics')).metrics.map((m) => [m.name, m.value]));
    const before = await read();
    await delay(seconds * 1000);
    const after = await read();
    const share = (name: string) => (100 * ((after.get(name) ?? 0) - (before.get(name) ?? 0))) / seconds;
    return { script: share('ScriptDuration'), all: share('TaskDuration') };
  });
}
