/** GET /api/v1/about of a service that an operator started, reloaded, and configured with secrets. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { configKeys } from '../../src/config/schema.ts';
import { limits } from '../../src/core/model/limits.ts';
import { version } from '../../src/version.ts';
import { temporaryDirectory } from '../given.ts';
import { child } from './running.ts';

type About = {
  readonly version: string;
  readonly startedAt: string;
  readonly listening: Record<string, { host: string; port: number }>;
  readonly configuration: Record<string, unknown>;
  readonly reload: {
    successful: boolean;
    at: string;
    triedAt: string | null;
    problem: string | null;
    changed: string[];
  };
  readonly needsRestart: string[];
  readonly keysOfStart: string[];
};

const READ = 'read-3f9c1c5c0b7d4a';
const WRITE = 'write-8d21f7a4be9035';
const HOOK = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const sinks = `
sinks:
  - { kind: webhook, name: hook, url: "https://127.0.0.1:9/T0/path-5522?key=query-5523", secret: ${HOOK}, allowPrivate: true, authorization: Basic auth-5524, headers: { X-Key: header-5528 } }
  - { kind: pagerduty, name: pager, routingKey: routing-5525, url: "http://127.0.0.1:9/", allowPrivate: true }
  - { kind: alertmanager, name: am, urls: ["http://127.0.0.1:9/am-5527"], resend: 1h }
`;
const SECRETS = [READ, WRITE, HOOK, 'MDEyMzQ1', ...['21', '22', '23', '24', '25', '27', '28'].map((end) => `55${end}`)];

t.test('GET /api/v1/about says what runs, how it is configured and reloaded, and no secret', async (t) => {
  const file = join(temporaryDirectory(t), 'quovadis.yaml');
  const http = `http: { readTokens: [${READ}], writeTokens: [${WRITE}], publicUrl: "https://someone:pass-5521@syslog.example.net/q" }`;
  writeFileSync(file, `${http}\n${sinks}`);
  const service = await child(t, temporaryDirectory(t), '--config', file);
  const headers = { authorization: `Bearer ${WRITE}` };
  const about = async (): Promise<About> => {
    const text = await (await fetch(`${service.api}/api/v1/about`, { headers })).text();
    for (const secret of SECRETS) t.notOk(text.includes(secret), `${secret} is not shown`);
    return JSON.parse(text);
  };
  const reload = async () => (await fetch(`${service.api}/-/reload`, { method: 'POST', headers })).status;

  t.equal((await fetch(`${service.api}/api/v1/about`)).status, 401, 'it is for those who may read');
  const first = await about();
  t.match(first, {
    ...{ version, node: process.version, limits, needsRestart: [] },
    advisory: { id: 'quovadis-root-ca-2', version: Number },
    reload: { successful: true, triedAt: null, problem: null, changed: [] },
    process: { heapLimitBytes: Number },
  });
  t.same(first.listening['http'], { host: '127.0.0.1', port: service.ports.http });
  t.same(first.listening['udp'], { host: '127.0.0.1', port: service.ports.udp });
  t.match(first.configuration, {
    ...{ 'http.readTokens': '1 set', 'http.writeTokens': '1 set', 'syslog.zone': 'UTC', 'retention.evidence': '400d' },
    'http.publicUrl': 'https://syslog.example.net/q',
    'syslog.udp': '127.0.0.1:0',
    sinks: [
      {
        kind: 'webhook',
        name: 'hook',
        url: 'https://127.0.0.1:9/…',
        secrets: '1 set',
        authorization: '1 set',
        headers: { 'x-key': '1 set' },
      },
      { kind: 'pagerduty', name: 'pager', url: 'http://127.0.0.1:9', routingKey: '1 set', authorization: null },
      { kind: 'alertmanager', name: 'am', urls: ['http://127.0.0.1:9/…'], resendMs: 3_600_000 },
    ],
  });
  for (const key of Object.keys(first.configuration)) t.ok((configKeys as readonly string[]).includes(key), key);

  writeFileSync(file, `${http}\nsyslog: { zone: "+02:00" }\nbackup: { keep: 3 }\n`);
  t.equal(await reload(), 200);
  const second = await about();
  t.match(second.reload, { successful: true, problem: null, changed: ['syslog.zone', 'sinks'] });
  t.equal(second.reload.at, second.reload.triedAt);
  t.same([second.configuration['syslog.zone'], second.configuration['sinks']], ['+02:00', []]);
  t.same([second.needsRestart, second.configuration['backup.keep']], [['backup.keep'], 14], 'the value in use');
  t.ok(second.keysOfStart.includes('backup.keep'));
  t.equal(second.startedAt, first.startedAt);

  writeFileSync(file, `${http}\nsyslog: { zone: nowhere }\n`);
  t.equal(await reload(), 400);
  const third = await about();
  t.match(third.reload, { successful: false, at: second.reload.at, problem: /syslog\.zone/ });
  t.equal(third.configuration['syslog.zone'], '+02:00', 'the former one is in use');

  t.equal((await fetch(`${service.api}/api/v1/about?x=1`, { headers })).status, 400);
  const { paths } = (await (await fetch(`${service.api}/openapi.json`, { headers })).json()) as { paths: object };
  t.ok('/api/v1/about' in paths);
});
