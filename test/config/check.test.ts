import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { check } from '../../src/config/check.ts';
import { DAY, temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';

/** A key and a self-signed certificate that is valid for two days. */
function certificate(directory: string, name: string) {
  const [key, cert] = [join(directory, `${name}.key`), join(directory, `${name}.pem`)];
  const files = ['-keyout', key, '-out', cert];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const { status, stderr } = spawnSync('openssl', ['req', '-x509', ...kind, '-subj', `/CN=${name}`, ...files]);
  if (status !== 0) throw new Error(`openssl: ${stderr}`);
  return { key, cert };
}

t.test(
  'check() reports each problem of the certificate and its key',
  { skip: missing('openssl', 'openssl') },
  async (t) => {
    const directory = temporaryDirectory(t);
    const [own, other] = [certificate(directory, 'own'), certificate(directory, 'other')];
    const none = join(directory, 'none.pem');
    const file = join(directory, 'config.yaml');
    const made = Date.now();
    type Row = readonly [
      why: string,
      tls: { cert: string; key: string; clientCa?: string },
      now: number,
      says: RegExp[],
    ];
    const rows: readonly Row[] = [
      ['valid', own, made, []],
      ['valid, with a CA for clients', { ...own, clientCa: other.cert }, made, []],
      ['expired', own, made + 3 * DAY, [/^\S+: syslog\.tls\.cert: .*own\.pem expired on 20.*: renew the certificate$/]],
      ['not yet', own, made - DAY, [/^\S+: syslog\.tls\.cert: .*own\.pem is not valid before 20/]],
      [
        'the key of another',
        { ...own, key: other.key },
        made,
        [/^\S+: syslog\.tls\.key: .*other\.key is not the private key of .*own\.pem$/],
      ],
      [
        'expired, and the key of another: both are reported',
        { ...own, key: other.key },
        made + 3 * DAY,
        [/^\S+: syslog\.tls\.cert: .*own\.pem expired/, /^\S+: syslog\.tls\.key: .*other\.key is not the private key/],
      ],
      [
        'a key in place of the certificate',
        { ...own, cert: own.key },
        made,
        [/^\S+: syslog\.tls\.cert: .*own\.key is not a certificate in PEM/],
      ],
      [
        'a missing CA file',
        { ...own, clientCa: none },
        made,
        [/^\S+: syslog\.tls\.clientCa: .*none\.pem cannot be read/],
      ],
    ];
    for (const [why, tls, now, says] of rows) {
      writeFileSync(file, JSON.stringify({ syslog: { tls: { listen: '127.0.0.1:0', ...tls } } }));
      const checking = check({ file, advisory: undefined, environment: {}, flags: {} }, now);
      const problems = await checking.then(
        ({ certificateUntil }) => {
          t.ok((certificateUntil as Date).getTime() > made + DAY, why);
          return [];
        },
        (error: Error & { code: string; problems: string[] }) => {
          t.equal(error.code, 'QVW_CONFIG_INVALID', why);
          return [...error.problems].sort();
        },
      );
      t.equal(problems.length, says.length, `${why}: ${problems.join('; ')}`);
      for (const [index, pattern] of says.entries()) t.match(problems[index], pattern, why);
    }
  },
);
