/** Backups of a service under load, and the service that starts on what was restored. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Backups } from '../../src/backups.ts';
import type { BackupDone } from '../../src/store/ports/backup.ts';
import { BODIES, T0, temporaryDirectory } from '../given.ts';
import { serving } from '../serve/served-store.ts';
import { child, incidentsOf, MAIN, metric, running, until } from './running.ts';

/** Sends two failures of one device after the other until it is stopped: an incident each. Returns how many it sent. */
function load(t: Test, port: number) {
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  // The service may be killed on purpose.
  socket.on('error', () => {});
  let [sent, stopped] = [0, false];
  const sending = (async () => {
    await once(socket, 'connect');
    while (!stopped) {
      const device = `sw-${String(++sent).padStart(5, '0')}`;
      const lines = `<187>1: ${device}: ${BODIES.callHome205}\n<187>2: ${device}: ${BODIES.commFailed}\n`;
      if (!socket.write(lines)) await once(socket, 'drain');
      else await new Promise(setImmediate);
    }
    socket.end();
  })();
  const stop = async () => {
    stopped = true;
    await sending;
    return sent;
  };
  return { stop };
}

const post = (api: string, body?: string) => {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${api}/api/v1/backup`, { method: 'POST', ...(body === undefined ? {} : { body, headers }) });
};

t.test('POST backup backs a service up under load; a service on what is restored has it, and goes on', async (t) => {
  const [data, to, restored] = [temporaryDirectory(t), temporaryDirectory(t), temporaryDirectory(t)];
  const service = await running(t, { data, backup: { directory: to, keep: 2 } });
  const sender = load(t, service.addresses.tcp?.port ?? 0);
  const opened = () => metric(service.api, 'quovadis_incident_transitions_total{to="suspected"}');
  const before = await until(opened, (count) => count >= 50);
  const answers = [await post(service.api), await post(service.api, '{}'), await post(service.api)];
  t.strictSame(
    answers.map(({ status }) => status),
    [200, 200, 200],
  );
  const done = (await answers[0]?.json()) as BackupDone;
  const after = await opened();
  t.ok(done.incidents >= before && done.incidents <= after, `${before} <= ${done.incidents} <= ${after}`);
  const names = readdirSync(to);
  t.ok(names.length >= 1 && names.length <= 2, 'no more than are kept');
  const sent = await sender.stop();
  t.equal(await until(opened, (count) => count >= sent), sent, 'every line that came meanwhile is stored');
  const newest = join(to, names.sort().at(-1) ?? '');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [MAIN, 'restore', newest, '--data', restored, '--json'],
    {
      encoding: 'utf8',
    },
  );
  t.equal(status, 0, stderr);
  const { incidents } = JSON.parse(stdout) as BackupDone;
  const second = await running(t, { data: restored });
  const socket = connect(second.addresses.tcp?.port ?? 0, '127.0.0.1');
  await once(socket, 'connect');
  socket.end(`<187>3: sw-00001: ${BODIES.crlSla}\n`);
  const [first] = await until(
    () => incidentsOf(second.api),
    ([incident]) => incident?.state === 'confirmed',
  );
  t.match(first, { id: 'qv-sw-00001-1', evidence: 3 });
  t.equal(await metric(second.api, 'quovadis_incidents{state="suspected",severity="warning"}'), incidents - 1);
});

t.test('backup and restore are commands: beside a service that runs, and when it is stopped', async (t) => {
  const [data, to] = [temporaryDirectory(t), temporaryDirectory(t)];
  const service = await child(t, data);
  const sender = load(t, service.ports.tcp);
  await until(
    () => incidentsOf(service.api),
    (incidents) => incidents.length > 10,
  );
  const run = async (...args: string[]) => {
    const process_ = spawn(process.execPath, [MAIN, ...args, '--data', data]);
    let said = '';
    for (const stream of [process_.stdout, process_.stderr]) stream.on('data', (text) => (said += text));
    const [code] = await once(process_, 'close');
    return { code, said };
  };
  const file = join(to, 'quovadis.db');
  const backup = await run('backup', file);
  t.match(backup.said, new RegExp(`^${file}: [\\d.]+ MB, \\d+ devices, \\d+ incidents, checked\n$`));
  t.equal(backup.code, 0);
  t.match(await run('restore', file, '--force'), {
    code: 2,
    said: /^quovadis-watch: another service .*\[QVW_REFUSED\]\n$/,
  });
  await sender.stop();
  service.process.kill('SIGKILL');
  await service.exit;
  t.match(await run('restore', file), { code: 2, said: /has a database: give --force .*\[QVW_REFUSED\]\n$/ });
  const restored = await run('restore', file, '--force');
  const [, devices] = /, (\d+) devices,/.exec(backup.said) ?? [];
  t.match(restored, { code: 0, said: `${data}: ${devices} devices,` });
  t.match(restored.said, /the former database is .*quovadis\.db\.before-\d{8}T\d{6}Z\n$/);
  const again = await child(t, data);
  t.equal((await incidentsOf(again.api)).length > 10, true);
  t.match(await run('backup', to, '--keep', '0'), { code: 2, said: /--keep 0 would delete every backup/ });
});

t.test('POST backup is refused where no directory is configured, or a backup is being made', async (t) => {
  const log = { info: () => {}, error: () => {} };
  const backupsOf = (directory: string | null, data = temporaryDirectory(t)) =>
    new Backups({ data, settings: { directory, keep: 1 }, log, now: () => T0 });
  const answer = async (backups: Backups) => {
    const http = await serving(t, { backups }).server.build();
    return (await http.inject({ method: 'POST', url: '/api/v1/backup' })).json();
  };
  t.match(await answer(backupsOf(null)), { status: 409, detail: /set backup\.directory/ });
  const gone = await answer(backupsOf(temporaryDirectory(t)));
  t.match(gone, { status: 503, detail: /there is no .*quovadis\.db/ });
  const service = await running(t);
  t.match((await post(service.api)).status, 409);
  t.match((await post(service.api, '{"to":"/etc/passwd"}')).status, 400, 'nobody names another place');
  const busy = backupsOf(temporaryDirectory(t));
  const runs = await Promise.allSettled([busy.run(), busy.run()]);
  t.match(
    runs.map((run) => (run.status === 'rejected' ? run.reason.code : 'done')),
    ['QVW_FILE_UNREADABLE', 'QVW_REFUSED'],
  );
});

t.test('POST backup answers 503 where the directory is gone, and the service goes on', async (t) => {
  const to = temporaryDirectory(t);
  const directory = join(to, 'backups');
  const service = await running(t, { backup: { directory, keep: 1 } });
  const answer = await post(service.api);
  t.match([answer.status, await answer.json()], [503, { detail: /there is no directory .*backups: make it first/ }]);
  t.equal((await fetch(`${service.api}/readyz`)).status, 200);
});
