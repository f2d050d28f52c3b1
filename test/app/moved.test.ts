/** The files of the database are removed, renamed or replaced under a running service. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { child, incidentsOf, MAIN, type Running, running, until } from './running.ts';

async function send({ addresses }: Pick<Running, 'addresses'>, ...lines: readonly string[]) {
  const sender = await openSender('tcp', { host: '127.0.0.1', port: addresses.tcp?.port ?? 0 });
  for (const line of lines) await sender.line(Buffer.from(line));
  await sender.end();
}

const line = (counter: number, body: string) => `<187>${counter}: sw-a: Mar  1 18:46:1${counter % 10}: ${body}`;

const statusOf = async (api: string) => (await fetch(`${api}/readyz`)).status;
const notReady = ({ api }: Running) =>
  until(
    () => statusOf(api),
    (status) => status === 503,
  );
const ready = ({ api }: Running) =>
  until(
    () => statusOf(api),
    (status) => status === 200,
  );

const errorsOf = ({ logged }: Running) => logged.flatMap(({ err }) => (err instanceof Error ? [err.message] : []));

/** A service that has stored two lines of an incident. */
async function withIncident(t: Test, data: string): Promise<Running> {
  const service = await running(t, { data });
  await send(service, line(11, BODIES.callHome205), line(12, BODIES.commFailed));
  await until(
    () => incidentsOf(service.api),
    ([incident]) => incident?.evidence === 2,
  );
  return service;
}

/** The pump has tried to store the line that was sent, and could not. */
const refused = ({ logged }: Running) =>
  until(
    async () => {
      await new Promise(setImmediate);
      return logged.some(({ msg }) => `${msg}`.includes('cannot commit'));
    },
    (seen) => seen,
  );

for (const path of ['quovadis.db', 'quovadis.db-wal', 'quovadis.db-shm']) {
  for (const replaced of [false, true]) {
    const what = replaced ? 'replaced' : 'renamed';
    t.test(
      `a service whose ${path} is ${what} stores nothing until it is back, and then every line once`,
      async (t) => {
        const data = temporaryDirectory(t);
        const service = await withIncident(t, data);
        const [here, away] = [join(data, path), join(data, 'away')];
        renameSync(here, away);
        if (replaced) copyFileSync(away, here);
        await notReady(service);
        await send(service, line(13, BODIES.crlSla));
        await refused(service);
        t.match(
          errorsOf(service).at(-1),
          new RegExp(`${path} was ${replaced ? 'replaced by another file' : 'removed or'}`),
        );
        t.equal((await incidentsOf(service.api))[0]?.evidence, 2, 'no commit is called stored');
        renameSync(away, here);
        await ready(service);
        const [incident] = await until(
          () => incidentsOf(service.api),
          ([one]) => one?.evidence !== 2,
        );
        t.match(incident, { id: 'qv-sw-a-1', evidence: 3 });
        t.ok(
          service.logged.some(({ msg }) => msg === 'the store can commit again'),
          'clear words',
        );
        await service.stop();
        const again = await running(t, { data });
        t.match(await incidentsOf(again.api), [{ id: 'qv-sw-a-1', evidence: 3 }]);
      },
    );
  }
}

t.test(
  'a service sees within a check of the deadlines that its database was removed, without a line or a probe',
  async (t) => {
    const data = temporaryDirectory(t);
    const service = await withIncident(t, data);
    unlinkSync(join(data, 'quovadis.db'));
    await refused(service);
    t.match(errorsOf(service).at(-1), /quovadis\.db was removed or renamed while it is open: put the same file back/);
    await service.stop();
    for (const name of readdirSync(data)) if (name.startsWith('quovadis.db')) rmSync(join(data, name));
    const again = await running(t, { data });
    t.ok(again.logged.some(({ msg }) => `${msg}`.includes('there was no database: a new one is begun')));
    t.same(await incidentsOf(again.api), []);
  },
);

t.test('a service without its write-ahead log brings what was stored into the database when it stops', async (t) => {
  const data = temporaryDirectory(t);
  const service = await withIncident(t, data);
  unlinkSync(join(data, 'quovadis.db-wal'));
  unlinkSync(join(data, 'quovadis.db-shm'));
  await notReady(service);
  await service.stop();
  const again = await running(t, { data });
  t.match(await incidentsOf(again.api), [{ id: 'qv-sw-a-1', evidence: 2 }]);
  t.equal(await statusOf(again.api), 200);
});

t.test('a service refuses a write-ahead log without its database', async (t) => {
  const data = temporaryDirectory(t);
  writeFileSync(join(data, 'quovadis.db-wal'), 'frames');
  await t.rejects(running(t, { data }), {
    code: 'QVW_DATABASE_DAMAGED',
    message: /quovadis\.db is gone, but its write-ahead log is there/,
  });
  t.ok(readdirSync(data).includes('quovadis.db-wal'), 'it is left as it is');
});

t.test('a second serve on one data directory is refused in one line, until the first is killed', async (t) => {
  const data = temporaryDirectory(t);
  const first = await child(t, data);
  const listen = ['--udp', '127.0.0.1:0', '--tcp', '127.0.0.1:0', '--http', '127.0.0.1:0'];
  const second = spawnSync(process.execPath, [MAIN, 'serve', '--data', data, ...listen], { encoding: 'utf8' });
  t.equal(second.status, 2);
  t.match(
    second.stderr,
    new RegExp(`^[^\\n]*another service \\(process ${first.process.pid}\\) uses this data directory[^\\n]*\\n$`),
  );
  t.equal((await fetch(`${first.api}/readyz`)).status, 200);
  first.process.kill('SIGKILL');
  await first.exit;
  const third = await child(t, data);
  t.equal((await fetch(`${third.api}/readyz`)).status, 200, 'a kill leaves no lock behind');
});

t.test('a service whose lock was removed takes it again, and never runs beside another one', async (t) => {
  const data = temporaryDirectory(t);
  const lock = join(data, 'quovadis.lock');
  const first = await child(t, data);
  const listen = ['--udp', '127.0.0.1:0', '--tcp', '127.0.0.1:0', '--http', '127.0.0.1:0'];
  unlinkSync(lock);
  // A look at the readiness asks the store.
  t.equal((await fetch(`${first.api}/readyz`)).status, 200);
  await until(
    async () => existsSync(lock),
    (exists) => exists,
  );
  const second = spawnSync(process.execPath, [MAIN, 'serve', '--data', data, ...listen], { encoding: 'utf8' });
  t.equal(second.status, 2);
  t.match(second.stderr, `another service (process ${first.process.pid}) uses this data directory`);
  // While the first one cannot look, another takes its place.
  first.process.kill('SIGSTOP');
  unlinkSync(lock);
  const third = await child(t, data);
  first.process.kill('SIGCONT');
  await until(
    async () => (await fetch(`${first.api}/readyz`).catch(() => null))?.status ?? 0,
    (status) => status !== 200,
  );
  t.equal((await fetch(`${third.api}/readyz`)).status, 200);
});
