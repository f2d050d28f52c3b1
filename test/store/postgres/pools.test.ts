/** Connections that cannot be made are errors of whoever asked, and of nobody else. */
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { poolsOf } from '../../../src/store/postgres/pools.ts';
import { sessionOf } from '../../../src/store/postgres/session.ts';
import { targetOf } from '../../../src/store/postgres/target.ts';
import { temporaryDirectory } from '../../given.ts';

t.test('a file of a certificate that is gone for a moment fails what is asked, and ends nothing', async (t) => {
  const file = join(temporaryDirectory(t), 'ca.pem');
  writeFileSync(file, 'no certificate yet');
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
    // All connections of the pool are being made, and more questions wait: then the server stops.
    if (sockets.length < 4) return;
    rmSync(file, { force: true });
    for (const each of sockets) each.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const pools = poolsOf(targetOf(`postgres://q@127.0.0.1:${port}/x?sslmode=verify-full&sslrootcert=${file}`));
  const asked = Array.from({ length: 8 }, () => sessionOf(pools.reading).rows('SELECT 1'));
  const answers = await Promise.allSettled(asked);
  const said = answers.map((answer) => (answer.status === 'rejected' ? String(answer.reason.message) : 'an answer'));
  t.equal(said.filter((message) => /^PostgreSQL at 127\.0\.0\.1.* is not asked, as .*ca\.pem/.test(message)).length, 4);
  t.notOk(said.includes('an answer'));
  await pools.reading.end();
});
