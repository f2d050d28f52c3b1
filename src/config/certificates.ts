import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { limits } from '../core/model/limits.ts';
import { OperatingError, readingFailure } from '../errors.ts';
import { parseAddress } from './load.ts';
import { type Problem, problemAt, said } from './problem.ts';
import { readBounded } from './read-file.ts';
import type { Config } from './schema.ts';

/** Null: not known, so not checked. */
type Files = { readonly cert: string | null; readonly key: string | null; readonly clientCa: string | null };

export type Certificates = {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer | null;
  /** The end of the certificate's validity; null if the certificate cannot be read. */
  readonly until: Date | null;
  /** Problems with which no TLS listener can start. If there are any, the other properties must not be used. */
  readonly unusable: readonly Problem[];
  /** Problems with which a listener can start, but clients refuse its certificate: expired, or not yet valid. */
  readonly untimely: readonly Problem[];
};

/** Reads and checks the certificates as the listener will use them. `now`: milliseconds since 1970. `path`: of its keys. */
export function readCertificates(files: Files, now: number, path: string): Certificates {
  const unusable: Problem[] = [];
  const cert = readPem(`${path}.cert`, files.cert, certificateIn, unusable);
  const key = readPem(`${path}.key`, files.key, privateKeyIn, unusable);
  const ca = files.clientCa === null ? null : readPem(`${path}.clientCa`, files.clientCa, certificateIn, unusable);
  if (cert.parsed !== null && key.parsed !== null && !cert.parsed.checkPrivateKey(key.parsed)) {
    unusable.push(problemAt(`${path}.key`, `${files.key} is not the private key of ${files.cert}`));
  }
  const pems = { cert: cert.pem, key: key.pem, ca: ca?.pem ?? null };
  if (unusable.length === 0 && files.cert !== null && files.key !== null) unusable.push(...opensslProblems(path, pems));
  const until = cert.parsed === null ? null : new Date(cert.parsed.validTo);
  return {
    ...pems,
    until,
    unusable,
    untimely: cert.parsed === null || files.cert === null ? [] : validityProblems(path, files.cert, cert.parsed, now),
  };
}

/** The paths of the listeners that may speak TLS. */
export const securedPaths = ['syslog.tls', 'syslog.relp', 'http.tls'] as const;

/** A listener with TLS, by the path of its keys. */
export type TlsListener = Files & { readonly listen: string; readonly peers: readonly string[] };

/** The listeners of syslog that speak TLS. */
export function tlsListeners({ syslog: { tls, relp } }: Config): readonly (readonly [path: string, TlsListener])[] {
  const rows: (readonly [string, TlsListener])[] = [];
  if (tls !== null) rows.push(['syslog.tls', tls]);
  const secured = relp === null ? null : securedRelp(relp);
  if (secured !== null) rows.push(['syslog.relp', secured]);
  return rows;
}

/** The files of all listeners that speak TLS, HTTP's among them. */
export function securedFiles(config: Config): readonly (readonly [path: string, Files])[] {
  const { tls } = config.http;
  return [...tlsListeners(config), ...(tls === null ? [] : [['http.tls', tls] as const])];
}

/** Null if RELP is spoken without TLS. */
export function securedRelp({ cert, key, ...others }: NonNullable<Config['syslog']['relp']>): TlsListener | null {
  return cert === null || key === null ? null : { ...others, cert, key };
}

/**
 * The address, certificate, key and CA of a listener with TLS; null without one. Throws `QVW_CONFIG_INVALID` if
 * they cannot be used. If clients will refuse the certificate, only `warn` is called: UDP and TCP can still receive.
 */
export function usableCertificates(
  path: string,
  listener: TlsListener | null,
  now: number,
  warn: (message: string) => void,
) {
  if (listener === null) return null;
  const { listen, peers, ...files } = listener;
  return { address: parseAddress(listen), ...usable(path, files, now, warn), peers };
}

/** The same of the HTTP port, without its address; null if it speaks plain HTTP. */
export function httpCertificates({ tls }: Config['http'], now: number, warn: (message: string) => void) {
  return tls === null ? null : usable('http.tls', tls, now, warn);
}

function usable(path: string, files: Files, now: number, warn: (message: string) => void) {
  const { cert, key, ca, unusable, untimely } = readCertificates(files, now, path);
  if (unusable.length > 0) throw OperatingError.of('QVW_CONFIG_INVALID', unusable.map(said));
  for (const warning of untimely) warn(said(warning));
  return { cert, key, ca };
}

function validityProblems(path: string, file: string, { validFrom, validTo }: X509Certificate, now: number): Problem[] {
  const [from, until] = [new Date(validFrom), new Date(validTo)];
  if (until.getTime() < now)
    return [problemAt(`${path}.cert`, `${file} expired on ${until.toISOString()}: renew the certificate`)];
  return from.getTime() > now
    ? [
        problemAt(
          `${path}.cert`,
          `${file} is not valid before ${from.toISOString()}: use another certificate, or check the clock`,
        ),
      ]
    : [];
}

/** Problems that only OpenSSL finds: a broken chain, a format that is not PEM, a key that is too short. */
function opensslProblems(path: string, { cert, key, ca }: Pick<Certificates, 'cert' | 'key' | 'ca'>): Problem[] {
  try {
    createSecureContext({ cert, key, ...(ca === null ? {} : { ca }) });
    return [];
  } catch (error) {
    return [problemAt(path, `OpenSSL cannot use cert, key and clientCa: ${(error as Error).message}`)];
  }
}

/** What a PEM file has to contain. */
type Content<T> = { readonly name: string; readonly parse: (pem: Buffer) => T };

const certificateIn: Content<X509Certificate> = { name: 'a certificate', parse: (pem) => new X509Certificate(pem) };
const privateKeyIn: Content<KeyObject> = { name: 'a private key', parse: createPrivateKey };

function readPem<T>(path: string, file: string | null, { name, parse }: Content<T>, problems: Problem[]) {
  let pem: Buffer = Buffer.alloc(0);
  if (file === null) return { pem, parsed: null };
  try {
    pem = readBounded(file, limits.fileBytes);
  } catch (error) {
    problems.push(problemAt(path, `${file} cannot be read: ${readingFailure(error)}`));
    return { pem, parsed: null };
  }
  try {
    return { pem, parsed: parse(pem) };
  } catch {
    problems.push(problemAt(path, `${file} is not ${name} in PEM`));
    return { pem, parsed: null };
  }
}
