import type { Advisory } from '../core/advisory/advisory.ts';
import { OperatingError } from '../errors.ts';
import { loadAdvisory, overrideProblems, shippedAdvisory } from './advisory-file.ts';
import { readCertificates, securedFiles } from './certificates.ts';
import { exposureProblems } from './exposure.ts';
import { loadConfig } from './load.ts';
import type { Config } from './schema.ts';

export type Checked = {
  readonly config: Config;
  readonly advisory: Advisory;
  /** The end of validity of the certificate that ends first of those of the listeners; null without any. */
  readonly certificateUntil: Date | null;
};

/**
 * Reads everything that `serve` reads at its start: configuration, advisory, certificates. Throws one
 * `QVW_CONFIG_INVALID` that names every problem. `now`: milliseconds since 1970.
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
  if (config !== null && advisory !== null) problems.push(...overrideProblems(advisory, config));
  if (config !== null) problems.push(...exposureProblems(config.http));
  const certificates = (config === null ? [] : securedFiles(config)).map(([path, files]) =>
    readCertificates(files, now, path),
  );
  for (const { unusable, untimely } of certificates) problems.push(...unusable, ...untimely);
  if (problems.length > 0 || config === null || advisory === null) {
    throw new OperatingError('QVW_CONFIG_INVALID', problems.join('; '));
  }
  return { config, advisory, certificateUntil: earliest(certificates.map(({ until }) => until)) };
}

function earliest(dates: readonly (Date | null)[]): Date | null {
  const times = dates.flatMap((date) => (date === null ? [] : [date.getTime()]));
  return times.length === 0 ? null : new Date(Math.min(...times));
}
