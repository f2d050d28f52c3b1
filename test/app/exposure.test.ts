/** Who may read over a real socket: by address, tokens, `http.metrics` and `http.insecure`. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { defaults } from '../../src/config/schema.ts';
import { temporaryDirectory } from '../given.ts';
import { child, MAIN, running, until } from './running.ts';

const READ = '7c1be0a94f26d3587a90';
const WRITE = 'e83f5d1207bc64a9fe11';

/** The status of GET with this token, and with this name of a host. */
const ask = (api: string, path: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number | undefined; challenge: string | undefined }>((resolve, reject) => {
    request(`${api}${path}`, { headers, agent: false }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode, challenge: answer.headers['www-authenticate'] });
    })
      .on('error', reject)
      .end();
  });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const serveOnce = (t: Test, ...args: string[]) =>
  spawnSync(
    process.execPath,
    [MAIN, 'serve', '--data', temporaryDirectory(t), '--udp', 'off', '--tcp', 'off', ...args],
    {
      encoding: 'utf8',
      timeout: 120_000,
    },
  );

t.test('serve refuses to listen for everybody without tokens, in one line with exit code 2', async (t) => {
  const { status, stdout, stderr } = serveOnce(t, '--http', '0.0.0.0:0');
  t.same([status, stdout, stderr.trim().split('\n').length], [2, '', 1], stderr);
  t.match(stderr, /http\.listen: 0\.0\.0\.0:0 .*http\.readTokens.*--insecure/);
  const file = join(temporaryDirectory(t), 'quovadis.yaml');
  writeFileSync(file, JSON.stringify({ http: { listen: '0.0.0.0:0' } }));
  const checked = spawnSync(process.execPath, [MAIN, 'check', '--config', file], { encoding: 'utf8' });
  t.equal(checked.status, 2);
  t.match(checked.stderr, /http\.listen: 0\.0\.0\.0:0/);
  writeFileSync(file, JSON.stringify({ http: { readTokens: ['changemechangeme'] } }));
  const example = serveOnce(t, '--config', file, '--http', '127.0.0.1:0');
  t.equal(example.status, 2);
  t.match(example.stderr, /^.*http\.readTokens\[0\].*\n$/);
});

t.test('--insecure listens for everybody, and the log warns of it', async (t) => {
  const service = await child(t, temporaryDirectory(t), '--insecure', '--http', '0.0.0.0:0');
  t.equal((await ask(service.api, '/api/v1/devices')).status, 200);
  service.process.kill('SIGTERM');
  t.equal(await service.exit, 0);
});

t.test('A reload cannot take away the tokens of an address that everybody reaches', async (t) => {
  const file = join(temporaryDirectory(t), 'quovadis.yaml');
  const write = (http: object) => writeFileSync(file, JSON.stringify({ http }));
  write({ readTokens: [READ], writeTokens: [WRITE] });
  const service = await child(t, temporaryDirectory(t), '--config', file, '--http', '0.0.0.0:0');
  const reload = async () => {
    const answer = await fetch(`${service.api}/-/reload`, { method: 'POST', headers: bearer(WRITE) });
    return { status: answer.status, body: await answer.json() };
  };
  write({});
  t.match(await reload(), { status: 400, body: { detail: /http\.listen: 0\.0\.0\.0:0/ } });
  t.equal((await ask(service.api, '/api/v1/devices')).status, 401);
  write({ writeTokens: [WRITE] });
  t.equal((await reload()).status, 200);
  t.equal((await ask(service.api, '/api/v1/devices')).status, 401, 'the write token is needed to read');
  t.equal((await ask(service.api, '/api/v1/devices', bearer(READ))).status, 401, 'a former token');
  t.equal((await ask(service.api, '/api/v1/devices', bearer(WRITE))).status, 200);
  write({ insecure: true });
  t.equal((await reload()).status, 200);
  await until(
    async () => (await ask(service.api, '/api/v1/devices')).status,
    (status) => status === 200,
  );
  service.process.kill('SIGTERM');
  t.equal(await service.exit, 0);
});

t.test('http.metrics: token asks for a token at the metrics; probes, runbook and OpenAPI need none', async (t) => {
  const http = { ...defaults.http, listen: '127.0.0.1:0', readTokens: [READ], writeTokens: [WRITE] };
  for (const metrics of ['open', 'token'] as const) {
    const { api } = await running(t, { http: { ...http, metrics } });
    for (const path of ['/metrics', '/metrics/devices']) {
      const without = await ask(api, path);
      t.equal(without.status, metrics === 'token' ? 401 : 200, `${metrics} ${path}`);
      if (metrics === 'token') t.match(without.challenge, /^Bearer realm="quovadis-watch"$/);
      for (const token of [READ, WRITE]) t.equal((await ask(api, path, bearer(token))).status, 200);
      t.equal((await ask(api, path, bearer('8'.repeat(20)))).status, metrics === 'token' ? 401 : 200);
    }
    for (const path of ['/healthz', '/readyz', '/runbook', '/openapi.json'])
      t.equal((await ask(api, path)).status, 200, path);
  }
});

t.test('Without tokens a page whose name resolves to this machine reads nothing of the service', async (t) => {
  const { api } = await running(t, {
    http: { ...defaults.http, listen: '127.0.0.1:0', publicUrl: 'https://monitor.example.net/q' },
  });
  const paths = ['/api/v1/devices', '/metrics', '/metrics/devices', '/runbook', '/openapi.json'];
  for (const path of paths) {
    t.equal((await ask(api, path, { host: 'attacker.example.com' })).status, 403, path);
    t.equal((await ask(api, path, { host: 'monitor.example.net' })).status, 200, path);
    t.equal((await ask(api, path)).status, 200, path);
  }
  for (const path of ['/healthz', '/readyz'])
    t.equal((await ask(api, path, { host: 'attacker.example.com' })).status, 200, path);
});
