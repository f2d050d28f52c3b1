/** What a process runs out of, in processes that really do: heap, file descriptors, the time of a certificate. */

import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { version } from '../../src/version.ts';
import { temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';
import { certificate, withoutOpenssl } from '../receive/certificate.ts';
import { type Child, child, listening, MAIN, metric, until } from './running.ts';

const free = '127.0.0.1:0';
const serve = (data: string) => [MAIN, 'serve', '--data', data, '--udp', free, '--tcp', free, '--http', free];
const readiness = async (api: string) => {
  const response = await fetch(`${api}/readyz`);
  return `${response.status} ${((await response.json()) as { detail?: string }).detail ?? ''}`;
};

t.test('/metrics has the versions, and what Node.js knows of the process', async (t) => {
  const { api } = await child(t, temporaryDirectory(t));
  const text = await (await fetch(`${api}/metrics`)).text();
  const advisory = /advisory="(?<name>quovadis-root-ca-2[^"]*)"/.exec(text)?.groups?.['name'];
  t.match(text, `quovadis_build_info{version="${version}",node="${process.version}",advisory="${advisory}"} 1\n`);
  for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds', 'nodejs_heap_size_used_bytes'])
    t.ok((await metric(api, name)) > 0, name);
  t.match(text, 'TYPE nodejs_gc_duration_seconds histogram');
  const limit = await metric(api, 'quovadis_heap_limit_bytes');
  t.ok(limit > 64 * 1024 * 1024, `${limit}`);
  await fetch(`${api}/metrics`).then((response) => t.equal(response.status, 200, 'a second scrape'));
});

t.test(
  '/metrics says when the certificates in use end, also after another took their place',
  { skip: withoutOpenssl },
  async (t) => {
    const directory = temporaryDirectory(t);
    const [first, second] = [certificate(directory, 'first'), certificate(directory, 'second')];
    // The list of CAs has one that ends sooner than the others.
    const sooner = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=sooner'],
      ...['-keyout', join(directory, 'sooner.key'), '-out', join(directory, 'sooner.pem')],
    ]);
    t.equal(sooner.status, 0);
    const clientCa = join(directory, 'ca.pem');
    writeFileSync(clientCa, `${readFileSync(first.cert)}${readFileSync(join(directory, 'sooner.pem'))}`);
    const config = join(directory, 'quovadis.yaml');
    writeFileSync(
      config,
      `syslog: { tls: { listen: "${free}", cert: ${first.cert}, key: ${first.key}, clientCa: ${clientCa} } }`,
    );
    const service = await child(t, directory, '--config', config);
    const end = (file: string) => Date.parse(new X509Certificate(readFileSync(file)).validTo) / 1000;
    const shown = (key: string) => metric(service.api, `quovadis_certificate_until_timestamp_seconds{key="${key}"}`);
    t.equal(await shown('syslog.tls.cert'), end(first.cert));
    t.equal(await shown('syslog.tls.clientCa'), end(join(directory, 'sooner.pem')));
    const longer = spawnSync('openssl', [
      'req',
      '-x509',
      '-key',
      second.key,
      '-days',
      '400',
      '-subj',
      '/CN=longer',
      '-out',
      second.cert,
    ]);
    t.equal(longer.status, 0, `${longer.stderr}`);
    renameSync(second.key, first.key);
    renameSync(second.cert, first.cert);
    t.equal((await fetch(`${service.api}/-/reload`, { method: 'POST' })).status, 200);
    t.equal(await shown('syslog.tls.cert'), end(first.cert));
    t.ok(end(first.cert) > Date.now() / 1000 + 300 * 86_400);
  },
);

t.test(
  '/readyz says that the heap is near its limit before the process ends, and when there is room again',
  async (t) => {
    // Another part of the process takes memory when it is told to.
    const ballast = `
    const held = [];
    process.on('SIGWINCH', () => { for (let n = 0; n < 4; n++) held.push(Array.from({ length: 131072 }, () => n + 0.5)); });
    process.on('SIGCONT', () => { held.length = 0; });`;
    const preload = `data:text/javascript,${encodeURIComponent(ballast)}`;
    const node = ['--max-old-space-size=160', '--import', preload];
    const service = await listening(t, spawn(process.execPath, [...node, ...serve(temporaryDirectory(t))]));
    t.equal(await metric(service.api, 'quovadis_heap_limit_bytes'), 160 * 1024 * 1024);
    t.equal(await readiness(service.api), '200 ');
    let said = '';
    // One step is 4 MiB.
    for (let step = 0; step < 40 && !said.startsWith('503'); step++) {
      service.process.kill('SIGWINCH');
      const before = await metric(service.api, 'process_resident_memory_bytes');
      if (before === 0) t.fail(`step ${step}: no answer`);
      said = await readiness(service.api);
    }
    said = await until(
      () => readiness(service.api),
      (one) => one.startsWith('503'),
    );
    t.match(said, /^503 the heap is near its limit: \d+ of 160 MiB; at the limit the process ends$/);
    service.process.kill('SIGCONT');
    await until(
      () => readiness(service.api),
      (one) => one === '200 ',
    );
  },
);

/** `serve` with so many file descriptors, and what it logs. */
async function withDescriptors(t: Test, count: number): Promise<Child & { logged: { msg: string; use?: string }[] }> {
  const script = `ulimit -n ${count}; exec "$0" "$@"`;
  const args = ['-c', script, process.execPath, ...serve(temporaryDirectory(t))];
  const service = await listening(t, spawn('sh', args));
  const logged: { msg: string; use?: string }[] = [];
  createInterface({ input: service.process.stdout }).on('line', (line) => logged.push(JSON.parse(line)));
  return { ...service, logged };
}

function hold(t: Test, port: number, count: number): Socket[] {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => {}));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  return sockets;
}

const short = (api: string, use: string) => metric(api, `quovadis_file_descriptors_short_total{use="${use}"}`);

for (const use of ['tcp', 'http'] as const) {
  t.test(
    `connections over ${use} that take all file descriptors are closed, counted and logged, and the service is not ready`,
    async (t) => {
      // One source may have 16 connections over TCP; each of these is another one.
      const service = await withDescriptors(t, 128);
      t.equal(await readiness(service.api), '200 ');
      const sockets =
        use === 'http'
          ? hold(t, service.ports.http, 120)
          : Array.from({ length: 12 }, (_, source) =>
              Array.from({ length: 10 }, () =>
                connect({ port: service.ports.tcp, host: '127.0.0.1', localAddress: `127.0.0.${source + 2}` }).on(
                  'error',
                  () => {},
                ),
              ),
            ).flat();
      t.teardown(() => {
        for (const socket of sockets) socket.destroy();
      });
      let closed = 0;
      for (const socket of sockets) socket.on('close', () => closed++);
      await until(
        () => new Promise<number>((resolve) => setImmediate(() => resolve(closed))),
        (many) => many > 20,
      );
      for (const socket of sockets) socket.destroy();
      const counted = await until(
        () => short(service.api, use).catch(() => 0),
        (many) => many > 0,
      );
      t.ok(counted > 20, `${counted} closed, ${closed} seen`);
      t.match(await readiness(service.api), /^503 file descriptors are used up/);
      const lines = service.logged.filter(({ msg }) => msg.startsWith('file descriptors are used up'));
      t.same(
        lines.map((line) => line.use),
        [use],
        'one line',
      );
      if (use === 'tcp')
        t.equal(
          await metric(service.api, 'quovadis_syslog_connections_denied_total{transport="tcp",reason="descriptors"}'),
          counted,
        );
    },
  );
}

t.test(
  'a limit that is lowered below what is in use is seen, too',
  { skip: missing('prlimit', 'util-linux') },
  async (t) => {
    const service = await child(t, temporaryDirectory(t));
    t.equal(await short(service.api, 'check'), 0);
    const lowered = spawnSync('prlimit', ['--pid', String(service.process.pid), '--nofile=20:']);
    t.equal(lowered.status, 0, `${lowered.stderr}`);
    // The service cannot accept a connection now; one second later the limit is as before.
    const logged = createInterface({ input: service.process.stdout });
    for await (const line of logged) if (JSON.parse(line).msg.startsWith('file descriptors are used up')) break;
    t.equal(spawnSync('prlimit', ['--pid', String(service.process.pid), '--nofile=1024:']).status, 0);
    t.ok(
      (await until(
        () => short(service.api, 'check').catch(() => 0),
        (many) => many > 0,
      )) > 0,
    );
    t.match(await readiness(service.api), /^503 file descriptors are used up/);
    service.process.kill('SIGTERM');
    t.same(await service.exit, 0);
  },
);
