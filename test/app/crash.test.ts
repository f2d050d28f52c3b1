import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { child, get, incidentsOf, until } from './running.ts';

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

t.test('serve ends on SIGTERM though nobody reads its log any more', async (t) => {
  for (let run = 0; run < 3; run++) {
    const service = await child(t, temporaryDirectory(t));
    service.process.stdout.destroy();
    service.process.kill('SIGTERM');
    t.equal(await service.exit, 0);
  }
});
