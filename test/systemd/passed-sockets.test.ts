import t from 'tap';
import { OperatingError } from '../../src/errors.ts';
import { hasPassedSockets, type Listener, type PassedSocket, takeSockets } from '../../src/systemd/passed-sockets.ts';

const at = (host: string, port: number) => ({ host, port });
const listeners: Listener[] = [
  { name: 'udp', key: 'syslog.udp', kind: 'udp', address: at('0.0.0.0', 514) },
  { name: 'tcp', key: 'syslog.tcp', kind: 'tcp', address: at('0.0.0.0', 514) },
  { name: 'tls', key: 'syslog.tls.listen', kind: 'tcp', address: null },
  { name: 'http', key: 'http.listen', kind: 'tcp', address: at('127.0.0.1', 9514) },
];
const socket = (fd: number, name: string, kind: PassedSocket['kind'], host: string, port: number): PassedSocket => ({
  ...{ fd, name, kind },
  address: kind === 'other' ? null : at(host, port),
});
const taken = (...sockets: PassedSocket[]) =>
  Object.fromEntries(takeSockets(sockets, listeners).map(({ name, fd }) => [name, fd]));

t.test('takeSockets() takes by name, else by type and address', async (t) => {
  t.same(taken(), {});
  t.same(taken(socket(3, 'udp', 'udp', '192.0.2.1', 5514)), { udp: 3 }, 'a name asks for no address');
  t.same(
    taken(socket(3, 'a.socket', 'tcp', '0.0.0.0', 514), socket(4, 'a.socket', 'udp', '0.0.0.0', 514)),
    { tcp: 3, udp: 4 },
    'the type',
  );
  t.same(taken(socket(3, 'unknown', 'tcp', '::', 514)), { tcp: 3 }, 'all addresses of IPv6 are those of IPv4, too');
  t.same(
    taken(socket(3, 'any', 'tcp', '127.0.0.1', 9514), socket(4, 'tcp', 'tcp', '127.0.0.1', 9999)),
    { http: 3, tcp: 4 },
    'both',
  );
});

t.test('takeSockets() refuses a socket that nobody wants, with the reason', async (t) => {
  for (const [name, sockets, words] of [
    [
      'another port',
      [socket(3, 'x', 'tcp', '0.0.0.0', 515)],
      /3 \("x", tcp 0\.0\.0\.0:515\).*no listener has this type.*syslog\.tcp tcp 0\.0\.0\.0:514/,
    ],
    ['another host', [socket(3, '', 'tcp', '192.0.2.1', 514)], /no listener has this type and address/],
    ['another type', [socket(3, 'x', 'udp', '127.0.0.1', 9514)], /no listener/],
    ['a name of another type', [socket(3, 'http', 'udp', '127.0.0.1', 9514)], /http needs a ListenStream= socket/],
    ['off', [socket(3, 'tls', 'tcp', '0.0.0.0', 6514)], /syslog\.tls\.listen is off/],
    [
      'twice',
      [socket(3, 'udp', 'udp', '0.0.0.0', 514), socket(4, 'udp', 'udp', '::', 514)],
      /4 \("udp".*another socket already/,
    ],
    [
      'its place is taken by name',
      [socket(3, 'any', 'tcp', '127.0.0.1', 9514), socket(4, 'http', 'tcp', '::1', 9)],
      /3 \("any".*http\.listen has another socket/,
    ],
    ['no socket', [socket(3, 'udp', 'other', '', 0)], /no UDP socket and no listening TCP socket/],
    [
      'more promised than there are',
      Array.from({ length: 9998 }, (_, index) => socket(3 + index, '', index === 0 ? 'udp' : 'other', '0.0.0.0', 514)),
      /^the socket 4 \(other\) and 9996 more that systemd passes: [^\n;]*as many as LISTEN_FDS says$/,
    ],
    ['a hostile name', [socket(3, '\u001b[2J', 'tcp', '::1', 1)], /"\?\?2J", tcp \[::1\]:1/],
  ] as const) {
    const error = t.throws(() => taken(...sockets), { message: words }, name) as OperatingError;
    t.ok(error instanceof OperatingError && error.exitCode === 2, name);
  }
  t.throws(
    () =>
      taken(socket(3, 'udp', 'udp', '0.0.0.0', 514), socket(4, 'a', 'tcp', '::', 1), socket(5, 'b', 'tcp', '::', 2)),
    { message: /socket 4.*; .*socket 5/ },
    'all of them are named',
  );
});

t.test('hasPassedSockets() is only so for this process', async (t) => {
  for (const [environment, expected] of [
    [{ LISTEN_PID: '7', LISTEN_FDS: '2' }, true],
    [{ LISTEN_PID: '8', LISTEN_FDS: '2' }, false],
    [{ LISTEN_FDS: '2' }, false],
    [{ LISTEN_PID: '7' }, false],
    [{ LISTEN_PID: '7', LISTEN_FDS: '0' }, false],
    [{ LISTEN_PID: '7', LISTEN_FDS: '-1' }, false],
    [{ LISTEN_PID: '7', LISTEN_FDS: 'x' }, false],
  ] as const)
    t.equal(hasPassedSockets(environment as NodeJS.ProcessEnv, 7), expected, JSON.stringify(environment));
});
