/** Who ended an incident can be found out: each line of evidence has its sender and transport. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import t from 'tap';
import { BODIES } from '../given.ts';
import { get, incidentsOf, running, until } from './running.ts';

type Shown = { readonly mnemonic: string; readonly sender: string | null; readonly transport: string | null };

t.test('each line of evidence has the address that it came from, and the transport', async (t) => {
  const service = await running(t);
  const { tcp, udp } = service.addresses;
  const socket = connect({ port: tcp?.port ?? 0, host: '127.0.0.1', localAddress: '127.0.0.7' });
  socket.write(`<187>1: sw-a: ${BODIES.callHome205}\n<187>2: sw-a: ${BODIES.commFailed}\n`);
  const [incident] = await until(
    () => incidentsOf(service.api),
    (list) => list.length === 1,
  );
  const forger = createSocket('udp4');
  await new Promise<void>((resolve) => forger.bind(0, '127.0.0.66', resolve));
  forger.send(`<189>3: sw-a: ${BODIES.commRestored}`, udp?.port ?? 0, '127.0.0.1');
  const { lines } = await until(
    () => get<{ lines: readonly Shown[] }>(`${service.api}/api/v1/incidents/${incident?.id}`),
    (page) => page.lines.length === 3,
  );
  t.same(Object.fromEntries(lines.map(({ mnemonic, sender, transport }) => [mnemonic, [sender, transport]])), {
    SL_MESSAGE_FAILED: ['127.0.0.7', 'tcp'],
    COMM_FAILED: ['127.0.0.7', 'tcp'],
    COMM_RESTORED: ['127.0.0.66', 'udp'],
  });
  socket.destroy();
  forger.close();
});
