/** A service at the size of a fleet: a copy of its database, and a bad day. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { end, messageFrom, startHelper } from './processes.ts';
import type { Bench } from './section.ts';
import { prepareLoad } from './udp-load.ts';

/** Lines a second of ordinary syslog, and devices a second that open an incident. */
export const [RATE, OPENING] = [50_000, 500];

/** Resolves once the service is ready. */
export async function ready(url: string): Promise<void> {
  while (!(await fetch(`${url}/readyz`)).ok) await delay(5);
}

/** The fixture itself is never written to. */
export async function withCopy<T>(bench: Bench, from: string, work: (data: string) => Promise<T>): Promise<T> {
  const data = mkdtempSync(join(bench.directory, 'fleet-'));
  try {
    cpSync(from, data, { recursive: true });
    return await work(data);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** `work` while the service at this port has a bad day. */
export async function withLoad(bench: Bench, port: number, devices: number, work: () => Promise<void>): Promise<void> {
  // The senders are ended when the requests are done.
  const seconds = bench.quick ? 5 : 60;
  const opening = { port, devicesPerSecond: bench.quick ? 20 : OPENING, devices };
  const sender = startHelper('./opening-sender.ts', [JSON.stringify(opening)]);
  const load = await prepareLoad(port, bench.quick ? RATE / 10 : RATE, seconds, { share: 0 });
  let isDone = false;
  try {
    await messageFrom(sender);
    sender.send('go');
    load.run().catch(() => {
      if (!isDone) process.stderr.write('the load has ended before the requests\n');
    });
    await delay(1000);
    await work();
  } finally {
    isDone = true;
    await load.stop();
    await end(sender);
  }
}
