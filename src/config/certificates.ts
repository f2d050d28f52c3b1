import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { OperatingError } from '../errors.ts';
import { parseAddress } from './load.ts';
import type { Config } from './schema.ts';

type Files = { readonly cert: string; readonly key: string; readonly clientCa: string | null };

export type Certificates = {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer | null;
  /** When the certificate ends; null if there is none. */
  readonly until: Date | null;
  /** Why no listener can be made of them: then the others are not to be used. */
  readonly unusable: readonly string[];
  /** A listener can be made of them, but clients will refuse its certificate now. */
  readonly untimely: readonly string[];
};

/** The certificates of the TLS listener, read, looked at and put together as it will do it. `now`: milliseconds. */
export function readCertificates(files: Files, now: number): Certificates {
  const unusable: string[] = [];
  const cert = readPem('syslog.tls.cert', files.cert, (pem) => new X509Certificate(pem), unusable);
  const key = readPem('syslog.tls.key', files.key, createPrivateKey, unusable);
  const { clientCa } = files;
  const ca =
    clientCa === null ? null : readPem('syslog.tls.clientCa', clientCa, (pem) => new X509Certificate(pem), unusable);
  if (cert.parsed !== null && key.parsed !== null && !cert.parsed.checkPrivateKey(key.parsed)) {
    unusable.push(`syslog.tls.key: ${files.key} is not the key of ${files.cert}`);
  }
  const pems = { cert: cert.pem, key: key.pem, ca: ca?.pem ?? null };
  if (unusable.length === 0) unusable.push(...untogether(pems));
  const until = cert.parsed === null ? null : new Date(cert.parsed.validTo);
  return { ...pems, until, unusable, untimely: cert.parsed === null ? [] : untimely(files.cert, cert.parsed, now) };
}

/**
 * The certificate, key and CA that TLS listens with; null where it does not listen. Throws `QVW_CONFIG_INVALID` if they
 * cannot be used. A certificate that clients will refuse is no reason to receive nothing by UDP and TCP: `warn` is called.
 */
export function usableCertificates(tls: Config['syslog']['tls'], now: number, warn: (message: string) => void) {
  if (tls === null) return null;
  const { listen, ...files } = tls;
  const { cert, key, ca, unusable, untimely } = readCertificates(files, now);
  if (unusable.length > 0) throw new OperatingError('QVW_CONFIG_INVALID', unusable.join('; '));
  for (const warning of untimely) warn(warning);
  return { address: parseAddress(listen), cert, key, ca };
}

function untimely(file: string, { validFrom, validTo }: X509Certificate, now: number): string[] {
  const [from, until] = [new Date(validFrom), new Date(validTo)];
  if (until.getTime() < now) return [`syslog.tls.cert: ${file} ended on ${until.toISOString()}; renew it`];
  return from.getTime() > now ? [`syslog.tls.cert: ${file} begins only on ${from.toISOString()}`] : [];
}

/** What only OpenSSL sees: a broken chain, a form that is not PEM, a key that is too short. */
function untogether({ cert, key, ca }: Pick<Certificates, 'cert' | 'key' | 'ca'>): string[] {
  try {
    createSecureContext({ cert, key, ...(ca === null ? {} : { ca }) });
    return [];
  } catch (error) {
    return [`syslog.tls: these files cannot be used: ${(error as Error).message}`];
  }
}

function readPem<T>(path: string, file: string, parse: (pem: Buffer) => T, problems: string[]) {
  let pem: Buffer = Buffer.alloc(0);
  try {
    pem = readFileSync(file);
  } catch (error) {
    problems.push(`${path}: ${file} cannot be read: ${(error as Error).message}`);
    return { pem, parsed: null };
  }
  try {
    return { pem, parsed: parse(pem) };
  } catch {
    problems.push(`${path}: ${file} is not what it should be, in PEM`);
    return { pem, parsed: null };
  }
}
