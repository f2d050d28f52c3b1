import type { Advisory } from '../core/advisory/advisory.ts';
import { OperatingError } from '../errors.ts';
import { loadAdvisory, overrideProblems, shippedAdvisory } from './advisory-file.ts';
import { valueAt } from './any-value.ts';
import { type Certificates, readCertificates, securedPaths } from './certificates.ts';
import { type BoundHttp, exposureProblems, openedProblems } from './exposure.ts';
import { examine, type Sources, textAt } from './load.ts';
import { addAll } from './problem.ts';
import type { Config } from './schema.ts';

export type Checked = {
  readonly config: Config;
  readonly advisory: Advisory;
  /** There is a file, and there is no key in it. */
  readonly isEmpty: boolean;
  /** The first end of validity of the certificates of listeners; null without a listener with TLS. */
  readonly certificateUntil: Date | null;
};

type Asked = Sources & {
  /** The advisory file to check instead of the configured one. */
  readonly advisory?: string | undefined;
  /** An expired certificate: the service warns of it and starts; `problem` if left out. */
  readonly untimely?: 'problem' | 'allowed';
  /** How HTTP is served already. */
  readonly bound?: BoundHttp | null;
  /** The configuration that the service uses, where it is read again. */
  readonly used?: Config | null;
};

/**
 * Reads everything that `serve` reads at its start: configuration, secrets, advisory, certificates; each is checked as far
 * as it can be, whatever is wrong with the others. Throws one error with every problem: `QVW_CONFIG_INVALID`, or the error
 * of the advisory if nothing else is wrong. `now`: milliseconds since 1970.
 */
export async function check(asked: Asked, now: number): Promise<Checked> {
  const { config, value, problems, wrong, isEmpty, located } = examine(asked);
  const found = [...problems];
  const advisory = await loadAdvisory(asked.advisory ?? textAt(value, 'advisory') ?? shippedAdvisory).catch(
    (error: unknown) => {
      if (error instanceof OperatingError) return error;
      throw error;
    },
  );
  const isBroken = advisory instanceof OperatingError;
  if (!isBroken && [...wrong].every((path) => !path.startsWith('correlation') && path !== '')) {
    addAll(
      found,
      overrideProblems(advisory, config).map((problem) => located(problem)),
    );
  }
  if ([...wrong].every((path) => !path.startsWith('http') && path !== '')) {
    addAll(
      found,
      [
        ...exposureProblems(config.http, asked.bound ?? null),
        ...openedProblems(config.http, asked.used?.http ?? null),
      ].map((problem) => located(problem)),
    );
  }
  const certificates = securedPaths.flatMap((path) => certificatesOf(path, valueAt(value, path), now));
  for (const { unusable, untimely } of certificates) {
    const all = asked.untimely === 'allowed' ? unusable : [...unusable, ...untimely];
    addAll(
      found,
      all.map((problem) => located(problem)),
    );
  }
  if (isBroken && found.length === 0) throw advisory;
  if (isBroken) throw OperatingError.of('QVW_CONFIG_INVALID', [...found, ...advisory.problems]);
  if (found.length > 0) throw OperatingError.of('QVW_CONFIG_INVALID', found);
  return { config, advisory, isEmpty, certificateUntil: earliest(certificates.map(({ until }) => until)) };
}

/** The certificates of a listener as far as files are named; none without TLS. */
function certificatesOf(path: string, listener: unknown, now: number): Certificates[] {
  const files = {
    cert: textAt(listener, 'cert'),
    key: textAt(listener, 'key'),
    clientCa: textAt(listener, 'clientCa'),
  };
  const isPlain = files.cert === null && files.key === null && files.clientCa === null;
  return isPlain ? [] : [readCertificates(files, now, path)];
}

function earliest(dates: readonly (Date | null)[]): Date | null {
  const times = dates.flatMap((date) => (date === null ? [] : [date.getTime()]));
  return times.length === 0 ? null : new Date(Math.min(...times));
}
