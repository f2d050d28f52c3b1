/** The configuration is read again while lines arrive: all of it is used, or nothing. */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { BODIES, temporaryDirectory } from '../given.ts';
import { child, incidentsOf, metric, until } from './running.ts';

type Problem = { readonly detail: string };

async function started(t: Test, content: string) {
  const file = join(temporaryDirectory(t), 'quovadis.yaml');
  writeFileSync(file, content);
  const service = await child(t, temporaryDirectory(t), '--config', file);
  const write = (text: string) => writeFileSync(file, text);
  const post = async (token = '') => {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`${service.api}/-/reload`, { method: 'POST', headers });
    return { status: answer.status, body: (await answer.json()) as object };
  };
  return { service, write, post };
}

const successful = (api: string) => metric(api, 'quovadis_config_last_reload_successful');

t.test('SIGHUP uses another configuration, and leaves the former one in use if it is not valid', async (t) => {
  const { service, write } = await started(t, 'syslog: { allow: [127.0.0.0/8] }');
  t.equal(await successful(service.api), 1);
  const denied = () => metric(service.api, 'quovadis_syslog_connections_denied_total{transport="tcp",reason="allow"}');
  const refused = () =>
    new Promise((resolve) =>
      connect(service.ports.tcp, '127.0.0.1')
        .on('error', () => {})
        .on('close', resolve)
        .resume(),
    );

  write('syslog: { allow: [192.0.2.0/24], nonsense: 1 }');
  service.process.kill('SIGHUP');
  await until(
    () => successful(service.api),
    (value) => value === 0,
  );
  t.equal(await denied(), 0);

  write('syslog: { allow: [192.0.2.0/24] }');
  service.process.kill('SIGHUP');
  await until(
    () => successful(service.api),
    (value) => value === 1,
  );
  await refused();
  await until(denied, (count) => count > 0);
  service.process.kill('SIGTERM');
  t.equal(await service.exit, 0);
});

t.test(
  'POST /-/reload says what is used, what needs a restart, and what is wrong; it needs a write token',
  async (t) => {
    const tokens = (write: string) => `http: { readTokens: [a-token-for-reading], writeTokens: [${write}] }`;
    const { write, post } = await started(t, tokens('the-first-write-token'));
    t.equal((await post()).status, 401);
    t.equal((await post('a-token-for-reading')).status, 403);
    write(`${tokens('another-write-token')}\nsyslog: { perSource: { lines: 7 } }\nbackup: { keep: 3 }`);
    t.same(await post('the-first-write-token'), {
      status: 200,
      body: { changed: ['syslog.perSource.lines', 'http.writeTokens'], needsRestart: ['backup.keep'] },
    });
    t.equal((await post('the-first-write-token')).status, 401, 'the former token is not known any more');
    write('syslog: { zone: Nowhere }');
    const { status, body } = await post('another-write-token');
    t.equal(status, 400);
    t.match((body as Problem).detail, /syslog\.zone/);
    t.equal((await post('another-write-token')).status, 400, 'what was in use is in use');
  },
);

t.test('a file that is half written takes away no token, and an empty one nothing', async (t) => {
  const whole = 'http: { writeTokens: [the-first-write-token] }\nsyslog: { allow: [127.0.0.0/8] }\n';
  const { service, write, post } = await started(t, whole);
  const reads = async () => (await fetch(`${service.api}/api/v1/sinks`)).status;
  for (const [part, words] of [
    ['', /the file is empty: write it again/],
    ['# http:\n', /the file is empty: write it again/],
    ['syslog: { allow: [127.0.0.0/8] }\n', /http\.readTokens: the service asks for tokens now/],
    ['http: { writeTokens: [] }\n', /http\.readTokens: the service asks for tokens now/],
  ] as const) {
    write(part);
    const { status, body } = await post('the-first-write-token');
    t.equal(status, 400, part);
    t.match((body as Problem).detail, words);
    t.equal((await post()).status, 401, 'the token is asked for as before');
  }
  const before = await reads();
  write('http: { insecure: true }\nsyslog: { allow: [127.0.0.0/8] }\n');
  t.equal((await post('the-first-write-token')).status, 200, 'who says so may take the tokens away');
  t.equal((await post()).status, 200);
  t.equal(await reads(), before);
});

t.test('no line is lost and none counts twice while the configuration is read again and again', async (t) => {
  const { service, write } = await started(t, '{}');
  const socket = connect(service.ports.tcp, '127.0.0.1');
  const LINES = 400;
  for (let line = 1; line <= LINES; line++) {
    const number = String(line).padStart(6, '0');
    socket.write(
      `<187>${number}: sw-${line % 4}: Mar  1 2022 18:${String(line % 60).padStart(2, '0')}:11: ${BODIES.commFailed}\n`,
    );
    if (line % 100 !== 0) continue;
    write(`syslog: { perSource: { lines: ${1000 + line} } }`);
    service.process.kill('SIGHUP');
    await until(
      () => metric(service.api, 'quovadis_syslog_lines_received_total{transport="tcp"}'),
      (count) => count === line,
    );
  }
  socket.end();
  const evidence = async () => (await incidentsOf(service.api)).reduce((sum, incident) => sum + incident.evidence, 0);
  const kept = async () => metric(service.api, 'quovadis_messages_total{facility="SMART_LIC",mnemonic="COMM_FAILED"}');
  await until(kept, (count) => count === LINES);
  t.ok((await evidence()) <= LINES);
  t.equal(await successful(service.api), 1);
  service.process.kill('SIGTERM');
  t.equal(await service.exit, 0);
});
