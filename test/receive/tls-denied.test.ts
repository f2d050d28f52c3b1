import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectRaw, type Socket as RawSocket } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import t from 'tap';
import { defaults } from '../../src/config/schema.ts';
import { child, get, metric, running, until } from '../app/running.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { certificate, withoutOpenssl as skip } from './certificate.ts';

t.test('a TLS listener closes who speaks no TLS, is not listed, or takes too many connections', { skip }, async (t) => {
  const directory = temporaryDirectory(t);
  const server = certificate(directory, 'server');
  const [listed, other] = [certificate(directory, 'listed'), certificate(directory, 'other')];
  writeFileSync(join(directory, 'ca.pem'), `${readFileSync(listed.cert)}${readFileSync(other.cert)}`);
  const tls = {
    ...{ listen: '127.0.0.1:0', cert: server.cert, key: server.key },
    ...{ clientCa: join(directory, 'ca.pem'), peers: ['127.0.0.1', 'listed'] },
  };
  const perSource = { ...defaults.syslog.perSource, connections: 3 };
  const service = await running(t, { syslog: { ...defaults.syslog, udp: null, tcp: null, tls, perSource } });
  const { port = 0 } = service.addresses.tls ?? {};
  const denied = async (reason: string) =>
    metric(service.api, `quovadis_syslog_connections_denied_total{transport="tls",reason="${reason}"}`);
  const closed = (socket: RawSocket) =>
    new Promise((resolve) =>
      socket
        .on('error', () => {})
        .on('close', resolve)
        .resume(),
    );

  const text = connectRaw(port, '127.0.0.1');
  text.write('GET / HTTP/1.0\r\n\r\n');
  await closed(text);
  for (const options of [
    { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
    { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' },
  ] as const) {
    await closed(connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options }));
  }
  await until(
    () => denied('handshake'),
    (count) => count >= 3,
  );

  const silent = [1, 2, 3].map(() => connectRaw(port, '127.0.0.1').on('error', () => {}));
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  await closed(connectRaw(port, '127.0.0.1'));
  await until(
    () => denied('per_source'),
    (count) => count === 1,
  );
  t.equal(await metric(service.api, 'quovadis_syslog_connections{transport="tls"}'), 3, 'also those in a handshake');
  for (const socket of silent) socket.destroy();
});

t.test(
  'with the peer "device" a client sends only lines of the device that its certificate names',
  { skip },
  async (t) => {
    const directory = temporaryDirectory(t);
    const server = certificate(directory, 'server');
    const [own, relay] = [
      certificate(directory, 'sw-a', 'DNS:sw-a.example.net'),
      certificate(directory, 'relay', 'DNS:relay.example.net'),
    ];
    writeFileSync(join(directory, 'ca.pem'), `${readFileSync(own.cert)}${readFileSync(relay.cert)}`);
    const tls = {
      ...{ listen: '127.0.0.1:0', cert: server.cert, key: server.key },
      ...{ clientCa: join(directory, 'ca.pem'), peers: ['relay.example.net', 'device'] },
    };
    const service = await running(t, { syslog: { ...defaults.syslog, udp: null, tcp: null, tls } });
    const { port = 0 } = service.addresses.tls ?? {};
    const send = async ({ cert, key }: { cert: string; key: string }, lines: readonly string[]) => {
      const certificates = { cert: readFileSync(cert), key: readFileSync(key) };
      const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...certificates });
      await once(socket, 'secureConnect');
      socket.end(lines.map((line) => `${line}\n`).join(''));
      socket.resume();
      await once(socket, 'close');
    };
    const devices = async () =>
      (await get<{ devices: { key: string }[] }>(`${service.api}/api/v1/devices`)).devices.map(({ key }) => key).sort();
    await send(own, [
      `<187>1: sw-b: ${BODIES.commFailed}`,
      `<187>2: sw-a.example.org: ${BODIES.commFailed}`,
      `<187>Nov 27 00:45:54 sw-c 3: ${BODIES.commFailed}`,
      `<187>4: sw-a: ${BODIES.commFailed}`,
      `<187>5: SW-A.example.net: ${BODIES.commFailed}`,
    ]);
    await until(devices, (keys) => keys.length > 0);
    t.equal(await metric(service.api, 'quovadis_syslog_lines_dropped_total{transport="tls",reason="denied"}'), 3);
    t.strictSame(
      (await devices()).map((key) => key.toLowerCase().split('.')[0]),
      ['sw-a', ...(await devices()).slice(1).map(() => 'sw-a')],
    );
    // The serial number of a listed device, in the text of a line of another one.
    const inventory = 'serial,hostname\nFOC0000A1B2,sw-listed\n';
    const headers = { 'content-type': 'text/csv' };
    await fetch(`${service.api}/api/v1/inventory`, { method: 'POST', headers, body: inventory });
    await send(own, [`<187>6: sw-a: ${BODIES.authSignature}`, `<187>7: sw-a: ${BODIES.authSignature}`]);
    await send(relay, [`<187>1: sw-z: ${BODIES.commFailed}`]);
    await until(devices, (keys) => keys.includes('sw-z'));
    const device = await get<{ messages: number }>(`${service.api}/api/v1/devices/sw-listed`);
    t.equal(device.messages, 0, 'the certificate names sw-a, whatever serial number its lines have');
    await send(relay, [`<187>2: sw-y: ${BODIES.authSignature}`]);
    await until(
      () => get<{ messages: number }>(`${service.api}/api/v1/devices/sw-listed`),
      ({ messages }) => messages === 1,
    );
    t.ok(service.logged.some(({ msg }) => /names sw-b, which its certificate does not/.test(String(msg))));
  },
);

t.test(
  'a reload asks the open connections again: who is not listed any more is closed, who is keeps the connection',
  { skip },
  async (t) => {
    const directory = temporaryDirectory(t);
    const [server, stays, goes] = [
      certificate(directory, 'server'),
      certificate(directory, 'stays', 'DNS:stays.example.net'),
      certificate(directory, 'goes', 'DNS:goes.example.net'),
    ];
    const ca = join(directory, 'ca.pem');
    const config = join(directory, 'quovadis.yaml');
    const write = (peers: string, authorities: readonly { cert: string }[]) => {
      writeFileSync(ca, authorities.map(({ cert }) => readFileSync(cert)).join(''));
      const listen = `listen: "127.0.0.1:0", cert: ${server.cert}, key: ${server.key}`;
      writeFileSync(config, `syslog: { tls: { ${listen}, clientCa: ${ca}, peers: [${peers}] } }`);
    };
    write('stays.example.net, goes.example.net', [stays, goes]);
    const service = await child(t, directory, '--config', config);
    const open = async ({ cert, key }: { cert: string; key: string }) => {
      const certificates = { cert: readFileSync(cert), key: readFileSync(key) };
      const socket = connect({
        host: '127.0.0.1',
        port: service.ports.tls ?? 0,
        rejectUnauthorized: false,
        ...certificates,
      });
      const closed = new Promise<void>((resolve) =>
        socket
          .on('error', () => {})
          .on('close', () => resolve())
          .resume(),
      );
      await once(socket, 'secureConnect');
      return { socket, closed };
    };
    const received = () => metric(service.api, 'quovadis_syslog_lines_received_total{transport="tls"}');
    const [kept, refused] = [await open(stays), await open(goes)];
    for (const { socket } of [kept, refused]) socket.write('<187>1: sw-a: of no interest\n');
    await until(received, (count) => count === 2);
    write('stays.example.net', [stays, goes]);
    t.equal((await fetch(`${service.api}/-/reload`, { method: 'POST' })).status, 200);
    await refused.closed;
    kept.socket.write('<187>2: sw-a: of no interest\n');
    await until(received, (count) => count === 3);
    // Who signs certificates has changed: the sender connects again, and its certificate is looked at anew.
    write('stays.example.net', [goes]);
    t.equal((await fetch(`${service.api}/-/reload`, { method: 'POST' })).status, 200);
    kept.socket.end();
    await kept.closed;
    const denied = 'quovadis_syslog_connections_denied_total{transport="tls",reason="handshake"}';
    t.equal(await metric(service.api, denied), 1);
    const again = await open(stays);
    await again.closed;
    await until(
      () => metric(service.api, denied),
      (count) => count === 2,
    );
  },
);
