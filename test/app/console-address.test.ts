/** The address of the console: as Prometheus is told, and as alerts, notices and `explain` link below it. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { defaults } from '../../src/config/schema.ts';
import { devicesAt, list } from '../console/failing.ts';
import { temporaryDirectory } from '../given.ts';
import { answering, receiver } from '../notify/receiver.ts';
import { MAIN, running, until } from './running.ts';

const addresses = async (api: string) => {
  const text = await (await fetch(`${api}/metrics`)).text();
  return [...text.matchAll(/^quovadis_console_info\{url="(.*)"\} 1$/gm)].map(([, url]) => url);
};

t.test('quovadis_console_info has the address that people reach, also after a reload', async (t) => {
  const http = { ...defaults.http, listen: '127.0.0.1:0' };
  const service = await running(t, { http });
  t.same(await addresses(service.api), [service.api], 'that of the port');
  const config = { ...defaults, http: { ...http, publicUrl: 'https://monitor.example.net/quovadis/' } };
  await service.use(config);
  t.same(await addresses(service.api), ['https://monitor.example.net/quovadis'], 'one at a time');
});

t.test('links of notices, alerts and explain lead to pages of the console', async (t) => {
  const [hook, alerts] = [await receiver(t, answering(204)), await receiver(t, answering(200))];
  const data = temporaryDirectory(t);
  const file = join(data, 'sinks.yaml');
  const sinks = [
    { kind: 'webhook', name: 'pager', url: hook.url, allowPrivate: true, secret: `whsec_${btoa('x'.repeat(32))}` },
    { kind: 'alertmanager', name: 'alerts', urls: [alerts.url] },
  ];
  writeFileSync(file, JSON.stringify({ sinks }));
  const config = loadConfig({ file, environment: {}, flags: {} });
  const { api, ...service } = await running(t, { data, sinks: config.sinks });
  const device = 'sw-1.plant%2F';
  await list(api, `hostname,plant,release,pid\n${device},"Hall 1/2 ü",17.3.3,IE-3300-8T2S\n`);
  const { fail } = await devicesAt(t, service.addresses.tcp as { host: string; port: number });
  await fail(device);
  await until(
    async () => [hook, alerts],
    (both) => both.every(({ requests }) => requests.length > 0),
  );
  const links = [
    JSON.parse(hook.requests[0]?.body ?? '').data.links.incident,
    ...(JSON.parse(alerts.requests[0]?.body ?? '') as { generatorURL: string }[]).map((alert) => alert.generatorURL),
  ];
  const args = [MAIN, 'explain', device, '--json', '--data', data];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  t.equal(stderr, '');
  links.push(JSON.parse(stdout).consoleUrl);
  t.ok(links.length >= 3);
  for (const link of links) {
    const { pathname } = new URL(link);
    t.match(pathname, /^\/(?:incidents|plants)\/[^/]+$/, 'a page of one incident or plant');
    const page = await fetch(api + pathname, { headers: { accept: 'text/html' } });
    t.equal(page.status, 200, link);
    t.equal((await fetch(`${api}/api/v1${pathname}`)).status, 200, `there is something at ${link}`);
  }
});
