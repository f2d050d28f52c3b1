/** What a sender over TLS 1.3 has written arrives, also if the sender closes without reading anything. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import t from 'tap';
import { temporaryDirectory } from '../given.ts';
import { certificate, withoutOpenssl as skip } from '../receive/certificate.ts';
import { child, metric, until } from './running.ts';

const LINES = 9000;

/** Passes bytes on. Once `closeUnread` was called, it reads nothing of the service any more, and closes at the sender's end. */
async function relay(port: number) {
  let stopReading = () => {};
  const server = createServer((inner) => {
    const outer = connect(port, '127.0.0.1');
    for (const socket of [inner, outer]) socket.on('error', () => {});
    outer.on('data', (bytes) => inner.write(bytes));
    stopReading = () => outer.pause();
    inner.on('data', (bytes) => {
      if (!outer.write(bytes)) {
        inner.pause();
        outer.once('drain', () => inner.resume());
      }
    });
    // A close with bytes that nobody has read: the kernel resets the connection.
    inner.on('end', () => outer.destroySoon());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  return { port: own, closeUnread: () => stopReading(), close: () => server.close() };
}

t.test('lines of a sender that writes and closes without reading are all taken', { skip }, async (t) => {
  const directory = temporaryDirectory(t);
  const { key, cert } = certificate(directory, 'server');
  process.env['QUOVADIS_SYSLOG_TLS_CERT'] = cert;
  process.env['QUOVADIS_SYSLOG_TLS_KEY'] = key;
  t.teardown(() => {
    delete process.env['QUOVADIS_SYSLOG_TLS_CERT'];
    delete process.env['QUOVADIS_SYSLOG_TLS_KEY'];
  });
  const service = await child(t, temporaryDirectory(t), '--tls', '127.0.0.1:0');
  const between = await relay(service.ports.tls as number);
  const socket = connectTls({ host: '127.0.0.1', port: between.port, rejectUnauthorized: false });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  t.equal(socket.getProtocol(), 'TLSv1.3');
  between.closeUnread();
  socket.end(
    Array.from({ length: LINES }, (_, line) => `<189>${line}: sw-a: an ordinary line of some length\n`).join(''),
  );
  const received = () => metric(service.api, 'quovadis_syslog_lines_received_total{transport="tls"}');
  await until(
    () => metric(service.api, 'quovadis_syslog_connections{transport="tls"}'),
    (open) => open === 0,
  );
  await until(received, (count) => count === LINES);
  t.equal(await received(), LINES);
  between.close();
  service.process.kill('SIGTERM');
  t.equal(await service.exit, 0);
});
