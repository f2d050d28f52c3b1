import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Why tests of TLS are skipped; false where they are not. */
export const withoutOpenssl =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed (Debian package openssl)';

/** A key and a certificate that vouches for itself. `names`: as OpenSSL writes its `subjectAltName`. */
export function certificate(directory: string, name: string, names = 'IP:127.0.0.1') {
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
    `subjectAltName=${names}`,
    '-keyout',
    key,
    '-out',
    cert,
  ]);
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
  return { key, cert };
}
