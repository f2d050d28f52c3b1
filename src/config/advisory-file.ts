import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Advisory, Correlation } from '../core/advisory/advisory.ts';
import { msOf } from '../core/model/duration.ts';
import { limits } from '../core/model/limits.ts';
import { OperatingError, unreadable } from '../errors.ts';
import type { AdvisoryFile } from './advisory-form.ts';
import { compile } from './compile-advisory.ts';
import { relationProblems } from './durations.ts';
import { type Problem, problemAt, said } from './problem.ts';
import { readBounded } from './read-file.ts';
import type { Config } from './schema.ts';
import { foundValid, shipped } from './shipped-advisory.gen.ts';

/** The path of the advisory that is part of the program. */
export const shippedAdvisory = fileURLToPath(new URL('../../advisories/quovadis-root-ca-2.yaml', import.meta.url));

/**
 * Reads, validates and compiles an advisory. Throws one `QVW_ADVISORY_INVALID` with every problem, each with its path.
 * Of the shipped advisory, `npm run schema` has validated and noted the value: loading YAML and the validator takes most
 * of the time of a short command. A digest shows that the shipped file is unchanged.
 */
export async function loadAdvisory(file: string): Promise<Advisory> {
  let content: string;
  try {
    content = readBounded(file, limits.fileBytes).toString();
  } catch (error) {
    throw unreadable(`the advisory ${file}`, error);
  }
  return compile(digestOf(content) === foundValid ? shipped : await validated(file, content));
}

async function validated(file: string, content: string): Promise<AdvisoryFile> {
  const [{ readYaml }, { advisoryProblems }, { Origins }] = await Promise.all([
    import('./yaml.ts'),
    import('./advisory-problems.ts'),
    import('./origins.ts'),
  ]);
  const { value, isUsable, problems, lineOf } = readYaml(content);
  const origins = new Origins(new Map());
  origins.addText({ path: '', file, lineOf });
  const found = [
    ...problems.map(({ line, words }) => `${file}:${line}: ${words}`),
    ...(isUsable ? advisoryProblems(value).map((problem) => origins.located(problem)) : []),
  ];
  if (found.length > 0) throw OperatingError.of('QVW_ADVISORY_INVALID', found);
  return value as AdvisoryFile;
}

/** The advisory of a configuration, with the durations that the configuration overrides. */
export async function advisoryOf(config: Config): Promise<Advisory> {
  const advisory = await loadAdvisory(config.advisory ?? shippedAdvisory);
  const problems = overrideProblems(advisory, config);
  if (problems.length > 0) throw OperatingError.of('QVW_CONFIG_INVALID', problems.map(said));
  return withOverrides(advisory, config);
}

/**
 * The durations of the configuration that do not fit durations of the advisory. Where the configuration only shortens
 * the limit of a duration, nothing is wrong: `withOverrides` shortens the lateness, and a rule that comes too late is
 * never asked.
 */
export function overrideProblems(advisory: Advisory, config: Pick<Config, 'correlation'>): Problem[] {
  const { correlation } = withOverrides(advisory, config);
  return relationProblems(
    (key, role) => (role === 'key' && config.correlation[key] === null ? null : correlation[OVERRIDES[key]]),
    (key) => config.correlation[key] ?? '',
  ).map(({ path, words }) => problemAt(path, `${words} (what the configuration leaves out is as the advisory says)`));
}

/** SHA-256 in hexadecimal. */
export function digestOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The keys of `correlation`, with the keys of the compiled advisory. */
const OVERRIDES = {
  window: 'windowMs',
  lateness: 'latenessMs',
  holdTime: 'holdTimeMs',
  staleAfter: 'staleAfterMs',
  stateSuspectsAfter: 'stateSuspectsAfterMs',
  confirmAfter: 'confirmAfterMs',
  serverMovedAfter: 'serverMovedAfterMs',
  reopenWithin: 'reopenWithinMs',
  reopenUnrepairedWithin: 'reopenUnrepairedWithinMs',
} as const satisfies Record<keyof Config['correlation'], keyof Correlation>;

/** A `window` of the configuration that is shorter than the lateness is the lateness, too. */
function withOverrides(advisory: Advisory, { correlation }: Pick<Config, 'correlation'>): Advisory {
  const overrides = Object.entries(OVERRIDES).flatMap(([key, compiled]) => {
    const text = correlation[key as keyof typeof OVERRIDES];
    return text === null ? [] : [[compiled, msOf(text)]];
  });
  const overridden: Correlation = { ...advisory.correlation, ...Object.fromEntries(overrides) };
  if (correlation.lateness !== null) return { ...advisory, correlation: overridden };
  const latenessMs = Math.min(overridden.latenessMs, overridden.windowMs);
  return { ...advisory, correlation: { ...overridden, latenessMs } };
}
