/** HAProxy before the service: a device keeps its address, and HAProxy's own checks of the port are not counted as denied. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { defaults } from '../../src/config/schema.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';
import { relpClient } from '../receive/relp-client.ts';
import { freePort, get, incidentsOf, metric, peer, running, until } from './running.ts';

/** Linux gives a host all addresses of 127.0.0.0/8. */
const [PROXY, DEVICE] = ['127.0.0.1', '127.0.0.2'];
const line = (counter: number, body: string) => `<187>${counter}: sw-a: Mar  1 18:46:11: ${body}`;

/** A connection from the device's address to HAProxy. */
async function connected(t: Test, port: number): Promise<Socket> {
  const socket = connect({ host: PROXY, port, localAddress: DEVICE });
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

for (const version of ['send-proxy', 'send-proxy-v2']) {
  const title = `HAProxy with ${version}: lines over TCP and RELP are of the device's address`;
  t.test(title, { skip: process.platform === 'linux' ? missing('haproxy', 'haproxy') : 'needs Linux' }, async (t) => {
    const relp = { listen: `${PROXY}:0`, cert: null, key: null, clientCa: null, peers: [] };
    const syslog = { ...defaults.syslog, udp: null, tcp: `${PROXY}:0`, relp, proxy: [PROXY] };
    const { api, addresses } = await running(t, { syslog });
    const fronts = { tcp: await freePort(), relp: await freePort() };
    const file = join(temporaryDirectory(t), 'haproxy.cfg');
    const listeners = (['tcp', 'relp'] as const).map((transport) =>
      [
        `listen ${transport}`,
        `  bind ${PROXY}:${fronts[transport]}`,
        `  server service ${PROXY}:${addresses[transport]?.port} source ${PROXY} ${version} check check-send-proxy inter 50`,
      ].join('\n'),
    );
    const times = 'defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s';
    writeFileSync(file, `${[times, ...listeners].join('\n')}\n`);
    await peer(t, 'haproxy', ['-db', '-q', '-f', file], async () => {
      const probe = connect(fronts.relp, PROXY);
      await once(probe, 'connect');
      probe.destroy();
    });

    const byTcp = await connected(t, fronts.tcp);
    byTcp.write(`${line(1, BODIES.callHome205)}\n`);
    const { open, send, answered } = await relpClient(fronts.relp, await connected(t, fronts.relp));
    await open();
    send(2, 'syslog', line(2, BODIES.commFailed));
    t.equal((await answered(2))[1], '2 rsp 200 OK');
    const [incident] = await until(
      () => incidentsOf(api),
      ([first]) => first?.evidence === 2,
    );
    const { lines } = await get<{ lines: { sender: string; transport: string }[] }>(
      `${api}/api/v1/incidents/${incident?.id}`,
    );
    t.same(lines.map(({ sender, transport }) => `${transport} ${sender}`).sort(), [`relp ${DEVICE}`, `tcp ${DEVICE}`]);
    for (const transport of ['tcp', 'relp']) {
      const name = `quovadis_syslog_connections_denied_total{transport="${transport}",reason="proxy"}`;
      t.equal(await metric(api, name), 0, name);
    }
  });
}
