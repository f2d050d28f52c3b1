import type { Advisory } from '../core/advisory/advisory.ts';
import { OperatingError } from '../errors.ts';
import { loadAdvisory, overrideProblems, shippedAdvisory } from './advisory-file.ts';
import { valueAt } from './any-value.ts';
import { readCertificates } from './certificates.ts';
import { examine, type Sources, textAt } from './load.ts';
import type { Config } from './schema.ts';

export type Checked = {
  readonly config: Config;
  readonly advisory: Advisory;
  /** The end of validity of the certificate of the TLS listener; null without a TLS listener. */
  readonly certificateUntil: Date | null;
};

type Asked = Sources & {
  /** The advisory file to check instead of the configured one. */
  readonly advisory?: string | undefined;
  /** An expired certificate: the service warns of it and starts; `problem` if left out. */
  readonly untimely?: 'problem' | 'allowed';
};

/**
 * Reads everything that `serve` reads at its start: configuration, secrets, advisory, certificates; each is checked as far
 * as it can be, whatever is wrong with the others. Throws one error with every problem: `QVW_CONFIG_INVALID`, or the error
 * of the advisory if nothing else is wrong. `now`: milliseconds since 1970.
 */
export async function check(asked: Asked, now: number): Promise<Checked> {
  const { config, value, problems, wrong, located } = examine(asked);
  const found = [...problems];
  const advisory = await loadAdvisory(asked.advisory ?? textAt(value, 'advisory') ?? shippedAdvisory).catch(
    (error: unknown) => {
      if (error instanceof OperatingError) return error;
      throw error;
    },
  );
  const isBroken = advisory instanceof OperatingError;
  if (!isBroken && [...wrong].every((path) => !path.startsWith('correlation') && path !== '')) {
    found.push(...overrideProblems(advisory, config).map((problem) => located(problem)));
  }
  const certificates = certificatesOf(value, now);
  const { unusable = [], untimely = [], until = null } = certificates ?? {};
  found.push(...[...unusable, ...(asked.untimely === 'allowed' ? [] : untimely)].map((problem) => located(problem)));
  if (isBroken && found.length === 0) throw advisory;
  if (isBroken) throw OperatingError.of('QVW_CONFIG_INVALID', [...found, ...advisory.problems]);
  if (found.length > 0) throw OperatingError.of('QVW_CONFIG_INVALID', found);
  return { config, advisory, certificateUntil: until };
}

/** The certificates as far as files are named; null without a TLS listener. */
function certificatesOf(value: unknown, now: number) {
  const tls = valueAt(value, 'syslog.tls');
  if (typeof tls !== 'object' || tls === null) return null;
  const files = { cert: textAt(tls, 'cert'), key: textAt(tls, 'key'), clientCa: textAt(tls, 'clientCa') };
  return readCertificates(files, now);
}
