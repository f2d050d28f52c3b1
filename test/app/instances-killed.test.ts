/** Two instances tell a webhook and Debian's Alertmanager; the one that tells is killed in a storm: people are paged as by one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { stringify } from 'yaml';
import { openSender } from '../../src/commands/send.ts';
import { limits } from '../../src/core/model/limits.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';
import { answering, receiver } from '../notify/receiver.ts';
import { newDatabase, query, skipWithoutPostgres } from '../store/postgres/cluster.ts';
import { type Child, child, freePort, incidentsOf, peer, until } from './running.ts';

const skip = skipWithoutPostgres || missing('prometheus-alertmanager', 'prometheus-alertmanager');
const DEVICES = Array.from({ length: 40 }, (_, n) => `sw-${n}`);

type Way = Child & { readonly firstCounter: number };

/** The same line of each device to some instances, each with its own counter: that of the nth line of the device. */
async function say(to: readonly Way[], body: string, nth: number, at: number): Promise<void> {
  const stamp = new Date(at).toISOString();
  const month = new Date(at).toLocaleString('en', { month: 'short', timeZone: 'UTC' });
  const when = `${month} ${stamp.slice(8, 10)} ${stamp.slice(0, 4)} ${stamp.slice(11, 23)} UTC`;
  await Promise.all(
    to.map(async ({ ports, firstCounter }) => {
      const sender = await openSender('tcp', { host: '127.0.0.1', port: ports.tcp });
      for (const device of DEVICES)
        await sender.line(Buffer.from(`<187>${firstCounter + nth}: ${device}: ${when}: ${body}`));
      await sender.end();
    }),
  );
}

type Page = { readonly status: 'firing' | 'resolved'; readonly labels: Readonly<Record<string, string>> };

t.test(
  'the instance that tells is killed in a storm: each notice comes once, and each alert fires once',
  { skip },
  async (t) => {
    const store = await newDatabase();
    const pages: Page[] = [];
    const pager = await receiver(t, ({ body }, response) => {
      pages.push(...(JSON.parse(body) as { alerts: Page[] }).alerts);
      response.end();
    });
    const directory = temporaryDirectory(t);
    const file = join(directory, 'alertmanager.yaml');
    const hooks = { webhook_configs: [{ url: pager.url, send_resolved: true }] };
    // Each alert is notified of alone, at each change.
    const route = { receiver: 'only', group_by: ['...'], group_wait: '1s', group_interval: '1s' };
    writeFileSync(file, stringify({ route, receivers: [{ name: 'only', ...hooks }] }));
    const am = `http://127.0.0.1:${await freePort()}`;
    const args = [`--config.file=${file}`, `--storage.path=${directory}`, `--web.listen-address=${am.slice(7)}`];
    await peer(t, 'prometheus-alertmanager', [...args, '--cluster.listen-address='], async () => {
      if (!(await fetch(`${am}/-/ready`)).ok) throw new Error('not ready');
    });

    const hook = await receiver(t, answering(200));
    const start = async (instance: string, firstCounter: number): Promise<Way> => {
      const data = temporaryDirectory(t);
      const config = join(data, 'config.yaml');
      const sinks = [
        { kind: 'webhook', url: hook.url, secret: `whsec_${'A'.repeat(32)}`, allowPrivate: true },
        { kind: 'alertmanager', urls: [am], resend: '10s' },
      ];
      writeFileSync(config, stringify({ store, instance, sinks, correlation: { holdTime: '1s' } }));
      return { ...(await child(t, data, '--config', config)), firstCounter };
    };
    const pair = [await start('plant-a', 100), await start('plant-b', 7000)] as const;
    const inventory = ['hostname,plant', ...DEVICES.map((device) => `${device},hall of ${device}`)].join('\n');
    const headers = { 'content-type': 'text/csv' };
    await fetch(`${pair[0].api}/api/v1/inventory`, { method: 'POST', body: inventory, headers });
    const [onDuty] = await until(
      async () => (await query(store, 'SELECT instance FROM duty')).rows,
      (rows) => rows.length === 1,
    );
    const [killed, other] = onDuty.instance === 'plant-a' ? pair : [pair[1], pair[0]];

    const now = Date.now();
    await say(pair, BODIES.callHome205, 1, now - 3000);
    const storm = say(pair, BODIES.commFailed, 2, now - 2000).catch(() => {});
    await hook.count(DEVICES.length / 2);
    killed.process.kill('SIGKILL');
    await killed.exit;
    await storm;
    // The claims and the duty of the killed one run out; a minute, and 15 s, pass here at once.
    await query(
      store,
      `UPDATE notice SET claimed_until = now(); UPDATE duty SET until = now() WHERE instance = '${onDuty.instance}'`,
    );
    await say([other], BODIES.commFailed, 2, now - 2000);
    await say([other], BODIES.crlSla, 3, now - 1000);
    const severities = (status: Page['status'], severity: string) =>
      pages.filter((page) => page.status === status && page.labels['severity'] === severity);
    await until(
      async () => severities('firing', 'major').length,
      (count) => count >= DEVICES.length,
    );
    t.same(severities('resolved', 'major').concat(severities('resolved', 'warning')), [], 'nothing is over yet');

    await say([other], BODIES.commRestored, 4, now);
    await until(
      async () => incidentsOf(other.api),
      (all) => all.length === DEVICES.length && all.every(({ state }) => state === 'resolved'),
    );
    await until(
      async () => severities('resolved', 'major').length,
      (count) => count >= DEVICES.length,
    );
    const numbers = (some: readonly Page[]) => {
      const counts = new Map<string, number>();
      for (const { labels } of some) counts.set(labels['device'] ?? '', (counts.get(labels['device'] ?? '') ?? 0) + 1);
      return counts;
    };
    const once = new Map(DEVICES.map((device) => [device, 1]));
    t.same(numbers(severities('firing', 'major')), once, 'each alert fires once');
    t.same(numbers(severities('resolved', 'major')), once, 'and ends once');
    for (const [device, count] of numbers(severities('firing', 'warning'))) t.equal(count, 1, device);

    const { rows } = await query(store, 'SELECT count(*)::int AS changes FROM transition');
    const ids = new Map<string, Set<unknown>>();
    const told = () => {
      for (const { body, headers } of hook.requests) {
        const { subject, data } = JSON.parse(body) as { subject: string; data: { change: { to: string } } };
        const change = `${subject} ${data.change.to}`;
        ids.set(change, (ids.get(change) ?? new Set()).add(headers['webhook-id']));
      }
      return ids.size;
    };
    await until(
      async () => told(),
      (count) => count >= rows[0].changes,
    );
    t.same(
      new Set(ids.keys()),
      new Set(
        DEVICES.flatMap((device) =>
          ['suspected', 'confirmed', 'recovering', 'resolved'].map((to) => `qv-${device}-1 ${to}`),
        ),
      ),
    );
    t.ok(
      [...ids.values()].every(({ size }) => size === 1),
      'each change has one id',
    );
    const again = hook.requests.length - ids.size;
    t.ok(again <= limits.noticesInFlight, `${again} were sent again`);
  },
);
