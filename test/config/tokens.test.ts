import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { check } from '../../src/config/check.ts';
import { exposureProblems, exposureWarning } from '../../src/config/exposure.ts';
import { loadConfig } from '../../src/config/load.ts';
import { defaults } from '../../src/config/schema.ts';
import { problemOf } from '../../src/config/tokens.ts';
import { temporaryDirectory } from '../given.ts';

const EXAMPLES = [
  ...['changemechangeme', 'change-me-change-me', 'CHANGE_ME_PLEASE_NOW', 'change-me-to-a-secret', 'your-secret-token'],
  ...['my-read-token-here', 'my-secret-password', 'password12345678', 'secretsecretsecret', 'SuperSecretToken2024'],
  ...['tokentokentoken1', 'write-token-write-token', 'quovadis-watch-token', 'admin-admin-admin', 'test-token-123456'],
  ...['1234567890123456', '0123456789012345', 'abcdefgh12345678', 'insert-your-token-here', 'example-token-example'],
];

t.test('A token of example words is refused, and one that is too short', async (t) => {
  for (const token of EXAMPLES) t.match(problemOf(token), /example/, token);
  for (const token of ['r', 'changeme', 'secret', '4f9a8c1d2e3b7a6', ''])
    t.match(problemOf(token), /at least 16/, token);
  for (const token of ['4f9a8c1d 2e3b7a6c5d', 'schlüssel-5d81a07c', '4f9a8c1d2e3b7a6c\u0000'])
    t.match(problemOf(token), /ASCII/, JSON.stringify(token));
});

t.test('Every random token is accepted, also behind a word', async (t) => {
  for (let count = 0; count < 2000; count++) {
    const bytes = randomBytes(24);
    for (const form of ['hex', 'base64', 'base64url'] as const) {
      t.equal(problemOf(bytes.toString(form)), null, bytes.toString(form));
      t.equal(problemOf(`secret-token-${bytes.toString(form)}`), null);
    }
  }
  t.equal(problemOf('4f9a8c1d2e3b7a6c'), null, '16 characters');
});

t.test('loadConfig() and check() refuse each token with its place, and never show it', async (t) => {
  const file = join(temporaryDirectory(t), 'quovadis.yaml');
  const good = randomBytes(12).toString('hex');
  writeFileSync(file, JSON.stringify({ http: { readTokens: [good, 'hunter2'], writeTokens: ['changemechangeme'] } }));
  for (const read of [
    async () => loadConfig({ file, environment: {}, flags: {} }),
    async () => check({ file, advisory: undefined, environment: {}, flags: {} }, 0),
  ]) {
    const error = await read().then(
      () => null,
      (error: Error & { exitCode: number }) => error,
    );
    t.match(error, { exitCode: 2, message: /http\.readTokens\[1\]: a token has at least 16 characters/ });
    t.match(error?.message, /http\.writeTokens\[0\]: .*example.*openssl rand/);
    t.notMatch(error?.message, /hunter2|changemechangeme|readTokens\[0\]/);
  }
  const environment = { QUOVADIS_HTTP_READ_TOKENS: `${good},short` };
  t.throws(() => loadConfig({ environment, flags: {} }), { message: /http\.readTokens\[1\]/ });
});

t.test('Without tokens only a loopback address is allowed, unless http.insecure says so', async (t) => {
  const http = (over: object) => ({ ...defaults.http, ...over });
  const token = ['4f9a8c1d2e3b7a6c'];
  for (const listen of ['127.0.0.1:9514', '127.9.9.9:1', '[::1]:9514', 'localhost:0', null]) {
    t.same(exposureProblems(http({ listen })), [], `${listen}`);
    t.equal(exposureWarning(http({ listen, insecure: true })), null, `${listen}`);
  }
  for (const listen of ['0.0.0.0:9514', '[::]:9514', '192.0.2.1:9514', '[2001:db8::1]:1', 'monitor.example.net:80']) {
    const problems = exposureProblems(http({ listen }));
    t.equal(problems.length, 1, listen);
    t.match(problems[0], { path: 'http.listen', words: /set http\.readTokens.*--insecure/ });
    t.same(exposureProblems(http({ listen, readTokens: token })), []);
    t.same(exposureProblems(http({ listen, writeTokens: token })), []);
    t.same(exposureProblems(http({ listen, insecure: true })), []);
    t.match(exposureWarning(http({ listen, insecure: true })), /everybody/);
    t.equal(exposureWarning(http({ listen, insecure: true, readTokens: token })), null);
  }
  t.equal(
    exposureProblems(http({}), { listen: '0.0.0.0:9514', hasTls: false }).length,
    1,
    'the address on which it listens until a restart',
  );
  const tls = { cert: 'x', key: 'y', clientCa: 'z' } as never;
  const bound = { listen: '0.0.0.0:9514', hasTls: false };
  const { listen } = bound;
  t.same(exposureProblems(http({ listen, tls })), [], 'only clients with a certificate reach it');
  t.equal(exposureProblems(http({ listen, tls }), bound).length, 1, 'it speaks no TLS until a restart');
  t.match(exposureWarning(http({ listen, tls, insecure: true }), bound), /everybody/);
  t.same(exposureProblems(http({ listen, tls }), { ...bound, hasTls: true }), []);
});
