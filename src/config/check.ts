import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Advisory } from '../core/advisory/advisory.ts';
import { OperatingError } from '../errors.ts';
import { loadAdvisory, shippedAdvisory } from './advisory-file.ts';
import { loadConfig } from './load.ts';
import type { Config } from './schema.ts';

export type Checked = {
  readonly config: Config;
  readonly advisory: Advisory;
  /** When the certificate of the TLS listener ends; null without one. */
  readonly certificateUntil: Date | null;
};

/**
 * Everything that `serve` would read, read now: configuration, advisory, certificates. Throws one `QVW_CONFIG_INVALID`
 * that names every problem. `now`: milliseconds.
 */
export async function check(
  sources: { file: string | undefined; advisory: string | undefined; environment: NodeJS.ProcessEnv },
  now: number,
): Promise<Checked> {
  const problems: string[] = [];
  const attempt = async <T>(read: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      problems.push(error.message);
      return null;
    }
  };
  const config = await attempt(() => loadConfig({ file: sources.file, environment: sources.environment, flags: {} }));
  const advisory = await attempt(() => loadAdvisory(sources.advisory ?? config?.advisory ?? shippedAdvisory));
  const certificateUntil = config === null ? null : checkTls(config, now, problems);
  if (problems.length > 0 || config === null || advisory === null) {
    throw new OperatingError('QVW_CONFIG_INVALID', problems.join('; '));
  }
  return { config, advisory, certificateUntil };
}

function checkTls({ syslog: { tls } }: Config, now: number, problems: string[]): Date | null {
  if (tls === null) return null;
  const certificate = readPem('syslog.tls.cert', tls.cert, (pem) => new X509Certificate(pem), problems);
  const key = readPem('syslog.tls.key', tls.key, createPrivateKey, problems);
  if (tls.clientCa !== null) {
    readPem('syslog.tls.clientCa', tls.clientCa, (pem) => new X509Certificate(pem), problems);
  }
  if (certificate === null) return null;
  const [from, until] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  if (until.getTime() < now) problems.push(`syslog.tls.cert: ${tls.cert} ended on ${until.toISOString()}; renew it`);
  if (from.getTime() > now) problems.push(`syslog.tls.cert: ${tls.cert} begins only on ${from.toISOString()}`);
  if (key !== null && !certificate.checkPrivateKey(key)) {
    problems.push(`syslog.tls.key: ${tls.key} is not the key of ${tls.cert}`);
  }
  return until;
}

function readPem<T>(path: string, file: string, parse: (pem: Buffer) => T, problems: string[]): T | null {
  let pem: Buffer;
  try {
    pem = readFileSync(file);
  } catch (error) {
    problems.push(`${path}: ${file} cannot be read: ${(error as Error).message}`);
    return null;
  }
  try {
    return parse(pem);
  } catch {
    problems.push(`${path}: ${file} is not what it should be, in PEM`);
    return null;
  }
}
