/** A service that has lived through the campaign: its clock stands where it ended. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { loadConfig } from '../../../src/config/load.ts';
import { defaults } from '../../../src/config/schema.ts';
import { get, type Running, running, until } from '../../app/running.ts';
import { temporaryDirectory } from '../../given.ts';
import { events, inventory, NOW, recovering, type Switch, shown } from './campaign.ts';

/** A webhook that takes what it gets, and one whose address is gone. */
async function sinks(t: Pick<Test, 'teardown'>) {
  const hook = createServer((request, response) => {
    request.resume();
    response.writeHead(request.url === '/gone' ? 410 : 204).end();
  });
  hook.listen(0, '127.0.0.1');
  await once(hook, 'listening');
  t.teardown(() => hook.close());
  const { port } = hook.address() as AddressInfo;
  const sink = (name: string, path: string) => ({
    ...{ kind: 'webhook', name, url: `http://127.0.0.1:${port}/${path}`, allowPrivate: true },
    secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  });
  const file = join(temporaryDirectory(t), 'sinks.yaml');
  writeFileSync(file, JSON.stringify({ sinks: [sink('pager', 'taken'), sink('tickets', 'gone')] }));
  return loadConfig({ file, environment: {}, flags: {} }).sinks;
}

export async function campaign(t: Pick<Test, 'teardown'>): Promise<Running> {
  let now = events[0]?.at ?? NOW;
  const syslog = { ...defaults.syslog, udp: null, tcp: '127.0.0.1:0', proxy: ['127.0.0.1'] };
  const service = await running(t, { syslog, sinks: await sinks(t) }, () => now);
  await ask(service, 'POST', 'inventory', inventory);
  const numbers = new Map<Switch, number>();
  let sent = 0;
  for (const event of events) {
    now = event.at;
    if ('method' in event) {
      await ask(service, event.method, event.path, event.body);
      continue;
    }
    const { from, body, skip = 0 } = event;
    const number = (numbers.get(from) ?? 100) + 1 + skip;
    numbers.set(from, number);
    await say(service, from, `<187>${number}: ${`${number}`.padStart(6, '0')}: ${from.name}: ${body}`);
    sent++;
    await until(
      () => signals(service),
      (count) => count >= sent,
    );
  }
  now = NOW;
  // Hold times that have ended meanwhile, and notices: what waits only for time is done once it is there.
  const { api } = service;
  await until(
    () => get<{ total: number }>(`${api}/api/v1/incidents/facets?state=recovering`),
    ({ total }) => total === recovering.length,
  );
  await until(
    () => get<{ notices: object[] }>(`${api}/api/v1/notices?state=pending`),
    ({ notices }) => notices.length === 0,
  );
  // Where lines were lost is stored a little later.
  await until(
    () => get<{ timeline: object[] }>(`${api}/api/v1/devices/${shown.name}/timeline?kinds=gap`),
    ({ timeline }) => timeline.length > 0,
  );
  return service;
}

/** A line as a balancer hands it on: in the name of the switch's own address (the PROXY protocol, version 1). */
async function say({ addresses }: Running, { address }: Switch, line: string): Promise<void> {
  const socket = connect(addresses.tcp?.port as number, '127.0.0.1');
  socket.end(`PROXY TCP4 ${address} 192.0.2.1 514 514\r\n${line}\n`);
  socket.resume();
  await once(socket, 'close');
}

/** Lines that the service has read and stored. */
async function signals({ api }: Running): Promise<number> {
  const text = await (await fetch(`${api}/metrics`)).text();
  const counts = text.matchAll(/^quovadis_signals_total\{[^}]*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function ask({ api }: Running, method: string, path: string, body: object | string = {}): Promise<void> {
  const isText = typeof body === 'string';
  const answer = await fetch(`${api}/api/v1/${path}`, {
    ...{ method, body: isText ? body : JSON.stringify(body) },
    headers: { 'content-type': isText ? 'text/csv' : 'application/json' },
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
}
