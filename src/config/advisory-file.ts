import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Advisory, SignalRule } from '../core/advisory/advisory.ts';
import { parseRelease, type Release } from '../core/advisory/release.ts';
import { msOf } from '../core/model/duration.ts';
import { OperatingError, unreadable } from '../errors.ts';
import type { AdvisoryFile } from './advisory-form.ts';
import type { Config } from './schema.ts';
import { foundValid } from './shipped-advisory.gen.ts';
import { valueOfYaml } from './yaml.ts';

/** The path of the advisory that is part of the program. */
export const shippedAdvisory = fileURLToPath(new URL('../../advisories/quovadis-root-ca-2.yaml', import.meta.url));

/**
 * Reads, validates and compiles an advisory. Throws one `QVW_ADVISORY_INVALID` with every problem, each with its path.
 * Validation is skipped for the shipped advisory, which `npm run schema` has validated: loading the validator takes most
 * of the time of a short command. A digest shows that the shipped file is unchanged.
 */
export async function loadAdvisory(file: string): Promise<Advisory> {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(`the advisory ${file}`, error);
  }
  let value: unknown;
  try {
    value = valueOfYaml(content);
  } catch (error) {
    throw invalid(file, [(error as Error).message]);
  }
  if (digestOf(content) !== foundValid) {
    const { advisoryProblems } = await import('./advisory-form.ts');
    const problems = advisoryProblems(value);
    if (problems.length > 0) throw invalid(file, problems);
  }
  return compile(value as AdvisoryFile);
}

/** The advisory of a configuration, with the durations that the configuration overrides. */
export async function advisoryOf(config: Config): Promise<Advisory> {
  return withOverrides(await loadAdvisory(config.advisory ?? shippedAdvisory), config);
}

/** SHA-256 in hexadecimal. */
export function digestOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

function withOverrides(advisory: Advisory, { correlation }: Pick<Config, 'correlation'>): Advisory {
  const { windowMs, holdTimeMs, staleAfterMs, reopenWithinMs } = advisory.correlation;
  const or = (text: string | null, ms: number) => (text === null ? ms : msOf(text));
  return {
    ...advisory,
    correlation: {
      windowMs: or(correlation.window, windowMs),
      holdTimeMs: or(correlation.holdTime, holdTimeMs),
      staleAfterMs: or(correlation.staleAfter, staleAfterMs),
      reopenWithinMs: or(correlation.reopenWithin, reopenWithinMs),
    },
  };
}

function invalid(file: string, problems: readonly string[]): OperatingError {
  return new OperatingError('QVW_ADVISORY_INVALID', `the advisory ${file} is not valid: ${problems.join('; ')}`);
}

function compile(file: AdvisoryFile): Advisory {
  return {
    id: file.id,
    name: `${file.id} version ${file.version}`,
    prefix: file.prefix,
    version: file.version,
    title: file.title,
    notice: file.notice,
    correlation: {
      windowMs: msOf(file.correlation.window),
      holdTimeMs: msOf(file.correlation.holdTime),
      staleAfterMs: msOf(file.correlation.staleAfter),
      reopenWithinMs: msOf(file.correlation.reopenWithin),
    },
    graceMs: msOf(file.grace),
    criticalBelowMs: msOf(file.criticalBelow),
    families: new Map(
      Object.entries(file.families).map(([name, { weight, proof }]) => [name, { weight, proof: proof === true }]),
    ),
    thresholds: file.thresholds,
    causes: file.causes.map((row) => ({
      text: row.text?.toLowerCase() ?? null,
      errorCode: row.errorCode ?? null,
      cause: row.cause,
      family: row.family ?? null,
    })),
    otherCause: file.otherCause,
    counterCauses: file.counterCauses.map((row) => ({ cause: row.cause, except: row.except ?? [] })),
    signals: new Map(
      Object.entries(file.signals).map(([facility, rules]) => [
        facility,
        new Map(Object.entries(rules).map(([mnemonic, rule]) => [mnemonic, signalRule(rule)])),
      ]),
    ),
    peers: file.peers.map(({ text, are }) => ({ text: text.toLowerCase(), are })),
    products: file.products.map(({ family, source, pid, releases, ranges, fixed, earlier }) => ({
      family,
      source,
      pid: pattern(pid),
      releases: (releases ?? []).map(releaseOf),
      ranges: (ranges ?? []).map(({ from, to }) => ({ from: releaseOf(from), to: releaseOf(to) })),
      fixed: fixed.map(releaseOf),
      earlierAffected: earlier === 'affected',
    })),
    servers: file.servers,
    services: file.services,
    defaultNames: new Set(file.defaultNames.map((name) => name.toLowerCase())),
    exempt: file.exempt,
    remediation: file.remediation,
    revisions: file.revisions,
  };
}

function signalRule(rule: AdvisoryFile['signals'][string][string]): SignalRule {
  return {
    kind: rule.kind,
    family: rule.family ?? null,
    cause: rule.cause ?? null,
    needs: rule.needs ?? null,
    trustpoint: rule.trustpoint === undefined ? null : pattern(rule.trustpoint),
    clock: rule.clock ?? null,
    saved: rule.saved ?? null,
    critical: rule.severity !== 'keep',
  };
}

function pattern(source: string): RegExp {
  return new RegExp(source, 'i');
}

/** The schema accepts only releases, so the text can be parsed. */
function releaseOf(text: string): Release {
  return parseRelease(text) as Release;
}
