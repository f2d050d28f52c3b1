import { readFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import t from 'tap';
import { defaults } from '../../src/config/schema.ts';
import { incidentsOf, running, until } from '../app/running.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { certificate, withoutOpenssl as skip } from './certificate.ts';

const line = (body: string) => `<187>12: sw-a: Mar  1 18:46:11: ${body}`;
const counted = (text: string) => `${Buffer.byteLength(text)} ${text}`;

t.test(
  'StreamReceiver takes octet-counted syslog over TLS (RFC 5425), from clients of its CA only',
  { skip },
  async (t) => {
    const directory = temporaryDirectory(t);
    const server = certificate(directory, 'server');
    const client = certificate(directory, 'client');
    const tls = { listen: '127.0.0.1:0', cert: server.cert, key: server.key, clientCa: client.cert };
    const service = await running(t, { syslog: { ...defaults.syslog, udp: null, tcp: null, tls } });
    const { port = 0 } = service.addresses.tls ?? {};
    const ca = readFileSync(server.cert);

    const stranger: TLSSocket = connect({ host: '127.0.0.1', port, ca });
    stranger.on('error', () => {});
    stranger.end(counted(line(BODIES.commFailed)));
    await new Promise((resolve) => stranger.on('close', resolve));

    const known = connect({
      host: '127.0.0.1',
      port,
      ca,
      cert: readFileSync(client.cert),
      key: readFileSync(client.key),
    });
    known.end(counted(line(BODIES.callHome205)) + counted(line(BODIES.commFailed)));
    const [incident] = await until(
      () => incidentsOf(service.api),
      (list) => list.length === 1,
    );
    t.match(incident, { device: 'sw-a', state: 'suspected', evidence: 2 }, 'the stranger was not heard');
  },
);
