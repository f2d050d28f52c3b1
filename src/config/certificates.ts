import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
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
  /** The end of the certificate's validity; null if the certificate cannot be read. */
  readonly until: Date | null;
  /** Problems with which no TLS listener can start. If there are any, the other properties must not be used. */
  readonly unusable: readonly string[];
  /** Problems with which a listener can start, but clients refuse its certificate: expired, or not yet valid. */
  readonly untimely: readonly string[];
};

/** The section of the configuration with the files of a TLS listener. */
export type TlsSection = 'syslog.tls' | 'http.tls';

/** Reads and checks the certificates as the TLS listener will use them. `now`: milliseconds since 1970. */
export function readCertificates(files: Files, now: number, section: TlsSection = 'syslog.tls'): Certificates {
  const unusable: string[] = [];
  const cert = readPem(`${section}.cert`, files.cert, certificateIn, unusable);
  const key = readPem(`${section}.key`, files.key, privateKeyIn, unusable);
  const { clientCa } = files;
  const ca = clientCa === null ? null : readPem(`${section}.clientCa`, clientCa, certificateIn, unusable);
  if (cert.parsed !== null && key.parsed !== null && !cert.parsed.checkPrivateKey(key.parsed)) {
    unusable.push(`${section}.key: ${files.key} is not the private key of ${files.cert}`);
  }
  const pems = { cert: cert.pem, key: key.pem, ca: ca?.pem ?? null };
  if (unusable.length === 0) unusable.push(...opensslProblems(pems, section));
  const until = cert.parsed === null ? null : new Date(cert.parsed.validTo);
  return {
    ...pems,
    until,
    unusable,
    untimely: cert.parsed === null ? [] : validityProblems(section, files.cert, cert.parsed, now),
  };
}

/**
 * The address, certificate, key and CA of the TLS listener; null without a TLS listener. Throws `QVW_CONFIG_INVALID` if
 * they cannot be used. If clients will refuse the certificate, only `warn` is called: UDP and TCP can still receive.
 */
export function usableCertificates(tls: Config['syslog']['tls'], now: number, warn: (message: string) => void) {
  if (tls === null) return null;
  const { listen, peers, ...files } = tls;
  return { address: parseAddress(listen), ...usable(files, now, 'syslog.tls', warn), peers };
}

/** The same of the HTTP port, without an address; null if it speaks plain HTTP. */
export function httpCertificates(tls: Config['http']['tls'], now: number, warn: (message: string) => void) {
  return tls === null ? null : usable(tls, now, 'http.tls', warn);
}

function usable(files: Files, now: number, section: TlsSection, warn: (message: string) => void) {
  const { cert, key, ca, unusable, untimely } = readCertificates(files, now, section);
  if (unusable.length > 0) throw new OperatingError('QVW_CONFIG_INVALID', unusable.join('; '));
  for (const warning of untimely) warn(warning);
  return { cert, key, ca };
}

function validityProblems(
  section: TlsSection,
  file: string,
  { validFrom, validTo }: X509Certificate,
  now: number,
): string[] {
  const [from, until] = [new Date(validFrom), new Date(validTo)];
  if (until.getTime() < now)
    return [`${section}.cert: ${file} expired on ${until.toISOString()}: renew the certificate`];
  return from.getTime() > now
    ? [
        `${section}.cert: ${file} is not valid before ${from.toISOString()}: use another certificate, or check the clock`,
      ]
    : [];
}

/** Problems that only OpenSSL finds: a broken chain, a format that is not PEM, a key that is too short. */
function opensslProblems({ cert, key, ca }: Pick<Certificates, 'cert' | 'key' | 'ca'>, section: TlsSection): string[] {
  try {
    createSecureContext({ cert, key, ...(ca === null ? {} : { ca }) });
    return [];
  } catch (error) {
    return [`${section}: OpenSSL cannot use cert, key and clientCa: ${(error as Error).message}`];
  }
}

/** What a PEM file has to contain. */
type Content<T> = { readonly name: string; readonly parse: (pem: Buffer) => T };

const certificateIn: Content<X509Certificate> = { name: 'a certificate', parse: (pem) => new X509Certificate(pem) };
const privateKeyIn: Content<KeyObject> = { name: 'a private key', parse: createPrivateKey };

function readPem<T>(path: string, file: string, { name, parse }: Content<T>, problems: string[]) {
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
    problems.push(`${path}: ${file} is not ${name} in PEM`);
    return { pem, parsed: null };
  }
}
