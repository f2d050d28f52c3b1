/** HTTP over TLS on real sockets: suites, client certificates, and certificates and tokens that are replaced while it serves. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type SecureVersion } from 'node:tls';
import t from 'tap';
import { check } from '../../src/config/check.ts';
import { loadConfig } from '../../src/config/load.ts';
import { publicUrlOf } from '../../src/config/public-url.ts';
import { defaults } from '../../src/config/schema.ts';
import { DAY, temporaryDirectory } from '../given.ts';
import { certificate, withoutOpenssl } from '../receive/certificate.ts';
import { child, running, until } from './running.ts';

const skip = withoutOpenssl;
const [FIRST, SECOND] = ['e83f5d1207bc64a9fe11', '05d7aa31cc92e8f64b70'] as const;

type Client = { readonly cert?: string; readonly key?: string; readonly token?: string; readonly method?: string };

/** One request on a connection of its own: the status, and the name in the certificate of the server. */
const ask = (port: number, path: string, { token, method = 'GET', ...files }: Client = {}) =>
  new Promise<{ status: number; name: string; body: string }>((resolve, reject) => {
    const client = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, readFileSync(file)]));
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const options = { ...client, host: '127.0.0.1', port, path, method, headers, agent: false };
    const sent = request({ ...options, rejectUnauthorized: false, checkServerIdentity: () => undefined }, (answer) => {
      const name = (answer.socket as ReturnType<typeof connectTls>).getPeerCertificate().subject.CN as string;
      let body = '';
      answer.on('data', (part) => {
        body += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, name, body }));
    });
    sent.on('error', reject).end();
  });

const httpOf = (cert: { cert: string; key: string }, clientCa: string | null = null) => ({
  ...defaults.http,
  listen: '127.0.0.1:0',
  tls: { ...cert, clientCa },
});

t.test('http.tls serves every route over TLS, also to many at once, and nothing in plain text', { skip }, async (t) => {
  const service = await running(t, { http: httpOf(certificate(temporaryDirectory(t), 'one')) });
  const port = service.addresses.http?.port ?? 0;
  const paths = ['/healthz', '/readyz', '/metrics', '/api/v1/devices', '/openapi.json', '/runbook'];
  const answers = await Promise.all([...paths, ...paths, ...paths].map((path) => ask(port, path)));
  for (const answer of answers) t.match(answer, { status: 200, name: 'one' });
  const plain = connect(port, '127.0.0.1');
  let heard = '';
  plain.on('data', (part) => {
    heard += part;
  });
  plain.on('error', () => {});
  plain.write('GET /api/v1/devices HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
  await once(plain, 'close');
  t.notMatch(heard, /devices/, 'a request in plain text is closed without an answer');
  t.match(await ask(port, '/healthz'), { status: 200 });
});

t.test('http.probe answers in plain text beside TLS, and has nothing else', { skip }, async (t) => {
  const http = httpOf(certificate(temporaryDirectory(t), 'one'));
  const service = await running(t, { http: { ...http, probe: '127.0.0.1:0', readTokens: [FIRST] } });
  const port = service.addresses.probe?.port;
  for (const [path, status] of [
    ['/healthz', 200],
    ['/readyz', 200],
    ['/metrics', 404],
    ['/api/v1/devices', 404],
  ] as const)
    t.equal((await fetch(`http://127.0.0.1:${port}${path}`)).status, status, path);
  const about = await ask(service.addresses.http?.port ?? 0, '/api/v1/about', { token: FIRST });
  t.match(JSON.parse(about.body), { listening: { probe: { host: '127.0.0.1', port } } });
});

t.test('http.tls has the versions and suites of syslog over TLS, and no others', { skip }, async (t) => {
  const service = await running(t, { http: httpOf(certificate(temporaryDirectory(t), 'one')) });
  const port = service.addresses.http?.port ?? 0;
  const shake = (versions: SecureVersion, ciphers: string) =>
    new Promise<boolean>((resolve) => {
      const options = { host: '127.0.0.1', port, minVersion: versions, maxVersion: versions, ciphers };
      const socket = connectTls({ ...options, rejectUnauthorized: false });
      socket.on('secureConnect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('secureConnect', () => socket.destroy());
    });
  const rows: readonly (readonly [SecureVersion, string, boolean])[] = [
    ['TLSv1.3', 'TLS_AES_256_GCM_SHA384', true],
    ['TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256', true],
    ['TLSv1.2', 'ECDHE-RSA-AES128-SHA', false],
    ['TLSv1.2', 'AES128-GCM-SHA256', false],
    ['TLSv1.1', 'ECDHE-RSA-AES128-SHA:@SECLEVEL=0', false],
  ];
  for (const [version, ciphers, works] of rows) t.equal(await shake(version, ciphers), works, `${version} ${ciphers}`);
});

t.test('Neither port that speaks TLS renegotiates, and both go on', { skip }, async (t) => {
  const pair = certificate(temporaryDirectory(t), 'one');
  const tls = { listen: '127.0.0.1:0', ...pair, clientCa: null, peers: [] };
  const syslog = { ...defaults.syslog, udp: null, tcp: null, tls };
  const service = await running(t, { http: httpOf(pair), syslog });
  const ports = { http: service.addresses.http?.port ?? 0, syslog: service.addresses.tls?.port ?? 0 };
  for (const [name, port] of Object.entries(ports)) {
    const options = { host: '127.0.0.1', port, rejectUnauthorized: false } as const;
    const socket = connectTls({ ...options, maxVersion: 'TLSv1.2' });
    await once(socket, 'secureConnect');
    const refused = once(socket, 'error');
    socket.renegotiate({ rejectUnauthorized: false }, () => {});
    t.match(await refused, [{ code: 'ERR_SSL_NO_RENEGOTIATION' }], name);
    socket.destroy();
    const next = connectTls(options);
    await once(next, 'secureConnect');
    next.destroy();
    t.pass(`${name} goes on`);
  }
});

t.test(
  'http.tls.clientCa lets in only clients with a certificate; it is switched while it serves',
  { skip },
  async (t) => {
    const directory = temporaryDirectory(t);
    const [server, client, other] = ['server', 'client', 'other'].map((name) => certificate(directory, name)) as [
      ReturnType<typeof certificate>,
      ReturnType<typeof certificate>,
      ReturnType<typeof certificate>,
    ];
    const service = await running(t, { http: httpOf(server, client.cert) });
    const port = service.addresses.http?.port ?? 0;
    const use = (clientCa: string | null) =>
      service.use({ ...defaults, data: 'unused', http: httpOf(server, clientCa) });
    const isLetIn = (pair: Client = {}) =>
      ask(port, '/api/v1/devices', pair).then(
        ({ status }) => status === 200,
        () => false,
      );
    const all = async () => [await isLetIn(), await isLetIn(other), await isLetIn(client)];
    t.same(await all(), [false, false, true]);
    await use(null);
    t.same(await all(), [true, true, true]);
    await use(other.cert);
    t.same(await all(), [false, true, false]);
  },
);

t.test('Certificate and tokens are replaced by a reload and by the watch, all or nothing', { skip }, async (t) => {
  const directory = temporaryDirectory(t);
  const pairs = ['one', 'two', 'three'].map((name) => certificate(directory, name));
  const [cert, key, file] = ['http.pem', 'http.key', 'quovadis.yaml'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const put = (index: number) => {
    writeFileSync(key, readFileSync(pairs[index]?.key ?? ''));
    writeFileSync(cert, readFileSync(pairs[index]?.cert ?? ''));
  };
  const configure = (token: string) =>
    writeFileSync(file, JSON.stringify({ http: { tls: { cert, key }, writeTokens: [token] } }));
  put(0);
  configure(FIRST);
  const service = await child(t, temporaryDirectory(t), '--config', file);
  const port = service.ports.http;
  const reload = (token: string) => ask(port, '/-/reload', { token, method: 'POST' });
  t.match(await ask(port, '/healthz'), { status: 200, name: 'one' });

  writeFileSync(key, readFileSync(pairs[1]?.key ?? ''));
  configure(SECOND);
  const refused = await reload(FIRST);
  t.match(refused, { status: 400, name: 'one', body: /http\.tls\.key: .* is not the private key of/ });
  t.match(await reload(SECOND), { status: 401 }, 'the token is not replaced either');

  put(1);
  t.match(await reload(FIRST), { status: 200 });
  t.match(await ask(port, '/healthz'), { status: 200, name: 'two' });
  t.match(await reload(FIRST), { status: 401 });

  put(2);
  const { name } = await until(
    () => ask(port, '/healthz'),
    (answer) => answer.name === 'three',
  );
  t.equal(name, 'three', 'the watch sees the files');

  writeFileSync(file, JSON.stringify({ http: { writeTokens: [SECOND] } }));
  const switched = await reload(SECOND);
  t.match(switched, { status: 200, body: /needsRestart":\["http\.tls\.cert","http\.tls\.key"/ });
  t.match(await ask(port, '/healthz'), { status: 200, name: 'three' }, 'until then it speaks TLS');
});

t.test('check() and the public URL know http.tls', { skip }, async (t) => {
  const directory = temporaryDirectory(t);
  const [own, other] = [certificate(directory, 'own'), certificate(directory, 'other')];
  const file = join(directory, 'quovadis.yaml');
  const made = Date.now();
  const problemsOf = async (tls: object, now = made) => {
    writeFileSync(file, JSON.stringify({ http: { tls } }));
    return check({ file, advisory: undefined, environment: {}, flags: {} }, now).then(
      ({ certificateUntil }) => `${certificateUntil?.toISOString()}`,
      (error: Error) => error.message,
    );
  };
  t.match(await problemsOf(own), /^20\d\d-/);
  t.match(await problemsOf({ ...own, key: other.key }), /http\.tls\.key: .*other\.key is not the private key of/);
  t.match(await problemsOf(own, made + 3 * DAY), /http\.tls\.cert: .*expired on/);
  t.match(await problemsOf({ ...own, clientCa: join(directory, 'none') }), /http\.tls\.clientCa: .*cannot be read/);
  t.match(await problemsOf({ cert: own.cert }), /http\.tls.*key/);
  const environment = { QUOVADIS_HTTP_TLS_CERT: own.cert, QUOVADIS_HTTP_TLS_KEY: own.key };
  const { http } = loadConfig({ environment, flags: {} });
  t.strictSame(http.tls, { ...own, clientCa: null });
  t.equal(publicUrlOf(http, { host: '127.0.0.1', port: 9514 }), 'https://127.0.0.1:9514');
});
