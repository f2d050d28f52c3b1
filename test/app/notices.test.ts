/** Webhooks of a service that is killed, and dead letters in the hands of an operator. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { answering, type Manner, receiver } from '../notify/receiver.ts';
import { Random } from '../simulation/random.ts';
import { child, get, incidentsOf, MAIN, metric, until } from './running.ts';

const run = promisify(execFile);
const SECRET = 'whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIz';
const KILLS = 15;

type Event = {
  readonly id: string;
  readonly subject: string;
  readonly type: string;
  readonly time: string;
  readonly data: { readonly change: { readonly from: string | null; readonly to: string; readonly reason: string } };
};
type Whole = { changes: { at: string; from: string | null; to: string; severity: string; reason: string }[] };

async function say(port: number, device: string, ...bodies: readonly string[]) {
  const sender = await openSender('tcp', { host: '127.0.0.1', port });
  for (const body of bodies) await sender.line(Buffer.from(`<187>12: ${device}: Mar  1 18:46:11: ${body}`));
  await sender.end();
}

const configured = (t: Parameters<typeof temporaryDirectory>[0], url: string, more = '') => {
  const data = temporaryDirectory(t);
  const config = join(data, 'config.yaml');
  const sink = `{ kind: webhook, url: "${url}", secret: ${SECRET}, allowPrivate: true${more} }`;
  writeFileSync(config, `correlation: { holdTime: 1s }\nsinks: [${sink}]\n`);
  return { data, config };
};

t.test('serve loses no notice and sends none under a second id, whenever it is killed', async (t) => {
  const seed = Number(process.env['SEED'] ?? 72298);
  t.comment(`seed ${seed}`);
  const random = new Random(seed);
  // Some first tries fail, some answers are lost: it is killed while it waits, sends, or has been answered.
  const seen = new Set<unknown>();
  const manner: Manner = (request, response, nth) => {
    const known = seen.has(request.headers['webhook-id']);
    seen.add(request.headers['webhook-id']);
    if (!known && random.chance(0.3)) return void response.socket?.destroy();
    answering(!known && random.chance(0.2) ? 500 : 200)(request, response, nth);
  };
  const hook = await receiver(t, manner);
  const { data, config } = configured(t, hook.url);
  for (let kill = 0; kill < KILLS; kill++) {
    const service = await child(t, data, '--config', config);
    const device = `sw-${kill}`;
    const before = hook.requests.length;
    await say(service.ports.tcp, device, BODIES.callHome205, BODIES.commFailed, BODIES.crlSla);
    const moment = random.below(3);
    if (moment > 0) {
      await until(
        () => incidentsOf(service.api),
        (incidents) => incidents.some((incident) => incident.device === device),
      );
    }
    if (moment > 1) await hook.count(before + 1);
    service.process.kill('SIGKILL');
    await service.exit;
  }
  const last = await child(t, data, '--config', config);
  for (let kill = 0; kill < KILLS; kill += 3) await say(last.ports.tcp, `sw-${kill}`, BODIES.commRestored);
  await until(
    () => incidentsOf(last.api),
    (incidents) => incidents.filter(({ state }) => state === 'resolved').length > 0,
  );
  await until(
    () => incidentsOf(last.api),
    (incidents) => incidents.every(({ state }) => state !== 'recovering'),
  );
  await until(
    () => metric(last.api, 'quovadis_notices_pending{sink="webhook"}'),
    (pending) => pending === 0,
  );
  const changes: string[] = [];
  for (const { id } of await incidentsOf(last.api)) {
    const whole = await get<Whole>(`${last.api}/api/v1/incidents/${id}`);
    changes.push(...whole.changes.map(({ at, from, to, reason }) => `${id} ${at} ${from} ${to} ${reason}`));
  }
  const ids = new Map<string, Set<string>>();
  for (const { body } of hook.requests) {
    const { id, subject, time, data: event } = JSON.parse(body) as Event;
    const { from, to, reason } = event.change;
    const change = `${subject} ${time} ${from} ${to} ${reason}`;
    ids.set(change, (ids.get(change) ?? new Set()).add(id));
  }
  t.same([...ids.keys()].sort(), changes.sort(), `${changes.length} changes, ${hook.requests.length} requests`);
  t.same(
    [...ids].filter(([, known]) => known.size > 1),
    [],
    'each under one id',
  );
  t.ok(hook.requests.length > changes.length, 'some were sent more than once');
  t.equal(new Set([...ids.values()].flatMap((known) => [...known])).size, changes.length, 'no id stands for two');
  last.process.kill('SIGTERM');
  t.equal(await last.exit, 0);
});

t.test('notices lists dead letters, counts them, and has them sent again', async (t) => {
  let gone = true;
  const hook = await receiver(t, (request, response, nth) =>
    answering(gone ? 410 : 200, {}, '\u001b[2J')(request, response, nth),
  );
  const { data, config } = configured(t, hook.url, ', name: console, only: { states: [confirmed] }');
  const service = await child(t, data, '--config', config);
  await say(service.ports.tcp, 'sw-a', BODIES.callHome205, BODIES.commFailed, BODIES.crlSla);
  await until(
    () => metric(service.api, 'quovadis_notices_dead{sink="console"}'),
    (dead) => dead === 1,
  );
  t.equal(await metric(service.api, 'quovadis_notices_total{sink="console",result="dead"}'), 1);
  const { notices } = await get<{ notices: { id: string }[] }>(`${service.api}/api/v1/notices?state=dead`);
  matchWhole(t, notices, [
    {
      ...{ sink: 'console', state: 'dead', type: 'incident.updated', incident: 'qv-sw-a-1' },
      ...{ attempts: 1, error: 'HTTP 410: \u001b[2J', nextAt: null },
    },
  ]);
  const cli = (...args: string[]) =>
    run(process.execPath, [MAIN, 'notices', '--data', data, '--config', config, ...args]);
  t.match((await cli()).stdout, /^dead console incident\.updated qv-sw-a-1 \S+ \(1 attempt\): HTTP 410: \ufffd\[2J\n$/);
  gone = false;
  const url = `${service.api}/api/v1/notices/retry`;
  const ask = {
    method: 'POST',
    body: JSON.stringify({ sink: 'console' }),
    headers: { 'content-type': 'application/json' },
  };
  t.same(await (await fetch(url, ask)).json(), { retried: 1, withoutSink: 0 });
  await hook.count(2);
  t.equal(JSON.parse(hook.requests[1]?.body ?? '').id, notices[0]?.id);
  await until(
    () => metric(service.api, 'quovadis_notices_pending{sink="console"}'),
    (pending) => pending === 0,
  );
  t.equal((await cli()).stdout, '', 'nothing waits any more');
  t.equal((await cli('--retry')).stdout, '0 notifications queued to be sent again\n');
  gone = true;
  await say(service.ports.tcp, 'sw-b', BODIES.callHome205, BODIES.commFailed, BODIES.crlSla);
  await until(
    () => metric(service.api, 'quovadis_notices_dead{sink="console"}'),
    (dead) => dead === 1,
  );
  service.process.kill('SIGTERM');
  await service.exit;
  const without = await child(t, data);
  const again = await fetch(`${without.api}/api/v1/notices/retry`, { method: 'POST' });
  t.same(await again.json(), { retried: 0, withoutSink: 1 }, 'nobody would ever send it');
  t.equal(await metric(without.api, 'quovadis_notices_pending{sink="console"}'), 0);
  const { stdout } = await run(process.execPath, [MAIN, 'notices', '--data', data, '--retry']);
  t.equal(
    stdout,
    '0 notifications queued to be sent again; 1 skipped, because the configuration does not have the sink (see --config)\n',
  );
  t.equal((await cli('--retry')).stdout, '1 notification queued to be sent again\n');
});
