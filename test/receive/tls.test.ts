import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import t from 'tap';
import { defaults } from '../../src/config/schema.ts';
import { incidentsOf, MAIN, running, until } from '../app/running.ts';
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
    const tls = { listen: '127.0.0.1:0', cert: server.cert, key: server.key, clientCa: client.cert, peers: [] };
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
    t.match(incident, { device: 'sw-a', state: 'suspected', evidence: 2 }, 'nothing of the stranger was received');
  },
);

t.test(
  'serve refuses, a line for each problem, what no TLS listener can be made of, and check says the same',
  { skip },
  async (t) => {
    const directory = temporaryDirectory(t);
    const [server, other] = [certificate(directory, 'server'), certificate(directory, 'other')];
    const [text, chain] = [join(directory, 'text.pem'), join(directory, 'chain.pem')];
    writeFileSync(text, 'nope');
    writeFileSync(chain, `${readFileSync(server.cert)}-----BEGIN CERTIFICATE-----\nnope\n-----END CERTIFICATE-----\n`);
    const rows: [cert: string, key: string, says: RegExp][] = [
      [
        text,
        text,
        /syslog\.tls\.cert: .*text\.pem is not a certificate[^\n]*\n.* syslog\.tls\.key: .*text\.pem is not a private key/,
      ],
      [server.cert, other.key, /syslog\.tls\.key: .*other\.key is not the private key of .*server\.pem/],
      [chain, server.key, /syslog\.tls: OpenSSL cannot use cert, key and clientCa: /],
      [join(directory, 'none.pem'), server.key, /syslog\.tls\.cert: .*none\.pem cannot be read/],
    ];
    const config = join(directory, 'config.yaml');
    for (const [cert, key, says] of rows) {
      writeFileSync(
        config,
        `syslog: { udp: null, tcp: null, tls: { listen: "127.0.0.1:0", cert: ${cert}, key: ${key} } }\n`,
      );
      const data = ['--data', join(directory, 'data'), '--http', 'off'];
      for (const args of [
        ['serve', '--config', config, ...data],
        ['check', '--config', config],
      ]) {
        const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
        t.same([status, stdout], [2, ''], args.join(' '));
        t.match(stderr, says);
        t.match(
          stderr,
          /^(?:quovadis-watch: [^\n]*config\.yaml:1: [^\n]* \[QVW_CONFIG_INVALID\]\n)+$/,
          'one line each',
        );
      }
    }
    t.notOk(existsSync(join(directory, 'data')), 'before anything was made');
  },
);

t.test('serve goes on with a certificate that has ended, and says so', { skip }, async (t) => {
  const { cert, key } = certificate(temporaryDirectory(t), 'server');
  const tls = { listen: '127.0.0.1:0', cert, key, clientCa: null, peers: [] };
  const later = () => Date.now() + 9 * 24 * 3_600_000;
  const { addresses, logged } = await running(t, { syslog: { ...defaults.syslog, udp: null, tcp: null, tls } }, later);
  t.ok(addresses.tls);
  t.match(logged, [{ msg: /syslog\.tls\.cert: .*server\.pem expired on .*: renew the certificate/ }]);
});
