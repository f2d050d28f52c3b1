import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import t from 'tap';
import { defaults } from '../../src/config/schema.ts';
import { incidentsOf, running, until } from '../app/running.ts';
import { BODIES, temporaryDirectory } from '../given.ts';

const skip =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed (Debian package openssl)';

/** A key and a certificate that vouches for itself. */
function certificate(directory: string, name: string) {
  const [key, cert] = [join(directory, `${name}.key`), join(directory, `${name}.pem`)];
  const made = spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    key,
    '-out',
    cert,
  ]);
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
  return { key, cert };
}

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
