import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { isCleanStop } from '../../src/store/sqlite/clean-stop.ts';
import { DATABASE_NAME } from '../../src/store/sqlite/open.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { child, get, incidentsOf, MAIN, until } from './running.ts';

async function send(port: number, ...bodies: readonly string[]) {
  const sender = await openSender('udp', { host: '127.0.0.1', port });
  for (const body of bodies) await sender.line(Buffer.from(`<187>12: sw-a: Mar  1 18:46:11: ${body}`));
  await sender.end();
}

t.test('serve goes on where SIGKILL ended it, and exits 0 on SIGTERM', async (t) => {
  const data = temporaryDirectory(t);
  const first = await child(t, data);
  await send(first.ports.udp, BODIES.callHome205, BODIES.commFailed);
  await until(
    () => incidentsOf(first.api),
    ([incident]) => incident?.state === 'suspected',
  );
  first.process.kill('SIGKILL');
  await first.exit;

  const second = await child(t, data);
  matchWhole(t, await incidentsOf(second.api), [{ id: 'qv-sw-a-1', state: 'suspected', evidence: 2 }]);
  await send(second.ports.udp, BODIES.crlSla);
  const [incident, ...others] = await until(
    () => incidentsOf(second.api),
    ([one]) => one?.state === 'confirmed',
  );
  t.match(incident, { id: 'qv-sw-a-1', evidence: 3 });
  t.same(others, [], 'the next line continued the incident');
  const { lines } = await get<{ lines: unknown[] }>(`${second.api}/api/v1/incidents/qv-sw-a-1`);
  t.equal(lines.length, 3);
  second.process.kill('SIGTERM');
  t.equal(await second.exit, 0);
});

t.test('serve finds a damaged page after SIGKILL, also if it was stopped cleanly before', async (t) => {
  const data = temporaryDirectory(t);
  const file = join(data, DATABASE_NAME);
  const first = await child(t, data);
  await send(first.ports.udp, BODIES.callHome205, BODIES.commFailed);
  await until(
    () => incidentsOf(first.api),
    ([incident]) => incident?.state === 'suspected',
  );
  first.process.kill('SIGTERM');
  t.equal(await first.exit, 0);
  t.ok(isCleanStop(file), 'the next start needs not read all pages');

  const second = await child(t, data);
  t.notOk(isCleanStop(file));
  second.process.kill('SIGKILL');
  await second.exit;
  t.notOk(isCleanStop(file));
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 4096 * 2, 4096 * 5);
  writeFileSync(file, bytes);
  const third = spawnSync(process.execPath, [MAIN, 'serve', '--data', data, '--udp', '127.0.0.1:0'], {
    encoding: 'utf8',
  });
  t.match(third.stderr + third.stdout, 'QVW_DATABASE_DAMAGED');
  t.not(third.status, 0);
});

t.test('serve ends on SIGTERM though nobody reads its log any more', async (t) => {
  for (let run = 0; run < 3; run++) {
    const service = await child(t, temporaryDirectory(t));
    service.process.stdout.destroy();
    service.process.kill('SIGTERM');
    t.equal(await service.exit, 0);
  }
});
