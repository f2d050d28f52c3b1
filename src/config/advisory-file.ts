import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { parse } from 'yaml';
import type { Advisory, SignalRule } from '../core/advisory/advisory.ts';
import { compareReleases, parseRelease, type Release } from '../core/advisory/release.ts';
import { parseDuration } from '../core/duration.ts';
import { OperatingError } from '../errors.ts';
import { schemaProblems } from './problems.ts';
import type { Config } from './schema.ts';

const text = Type.String({ minLength: 1 });
const DURATION = '^(?:\\d+(?:ms|[smhdw]))+$';
const duration = Type.String({ pattern: DURATION, description: '48h, 90m, 35d' });
const CAUSES = ['trust', 'transport', 'dns', 'network', 'configuration', 'clock', 'ambiguous'] as const;
const cause = Type.Enum([...CAUSES]);
const kind = Type.Enum(['failure', 'consequence', 'recovery', 'remediation', 'clock', 'hint', 'neutral']);
const weight = Type.Integer({ minimum: 0, maximum: 100 });
const closed = { additionalProperties: false };
const release = Type.String({ pattern: '^\\d{2}\\.\\d{1,2}\\.\\d{1,2}(?:[a-z]\\d{0,2})?$' });
const day = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$' });
const serial = Type.String({ pattern: '^[0-9A-F]+$' });

/** The form of an advisory file. */
export const advisorySchema = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]+$', description: 'the name of the advisory' }),
    prefix: Type.String({ pattern: '^[a-z0-9]+$', description: 'incident ids begin with it' }),
    version: Type.Integer({ minimum: 1 }),
    title: text,
    notice: text,
    defect: Type.Optional(text),
    url: Type.Optional(text),
    correlation: Type.Object(
      { window: duration, holdTime: duration, staleAfter: duration, reopenWithin: duration },
      closed,
    ),
    grace: Type.String({ pattern: DURATION, description: 'after the last success, how long things go on' }),
    criticalBelow: duration,
    families: Type.Record(Type.String(), Type.Object({ weight, proof: Type.Optional(Type.Boolean()) }, closed)),
    thresholds: Type.Object(
      {
        suspected: Type.Object({ score: weight, families: weight }, closed),
        confirmed: Type.Object({ score: weight }, closed),
        proof: Type.Object({ families: weight }, closed),
      },
      closed,
    ),
    causes: Type.Array(
      Type.Object(
        {
          text: Type.Optional(text),
          errorCode: Type.Optional(Type.Integer()),
          cause,
          family: Type.Optional(text),
          assumed: Type.Optional(Type.Boolean()),
        },
        closed,
      ),
    ),
    otherCause: Type.Enum([...CAUSES], { description: 'of a failure that no row of causes fits' }),
    counterCauses: Type.Array(Type.Object({ cause, except: Type.Optional(Type.Array(text)) }, closed)),
    signals: Type.Record(
      Type.String(),
      Type.Record(
        Type.String(),
        Type.Object(
          {
            kind,
            family: Type.Optional(text),
            cause: Type.Optional(cause),
            needs: Type.Optional(cause),
            trustpoint: Type.Optional(text),
            clock: Type.Optional(Type.Enum(['set', 'unset'])),
            saved: Type.Optional(Type.Boolean()),
            severity: Type.Optional(Type.Literal('keep')),
          },
          closed,
        ),
      ),
    ),
    peers: Type.Array(
      Type.Object({ text, are: Type.Array(text, { minItems: 1 }), assumed: Type.Optional(Type.Boolean()) }, closed),
    ),
    products: Type.Array(
      Type.Object(
        {
          family: text,
          source: text,
          pid: text,
          releases: Type.Optional(Type.Array(release)),
          ranges: Type.Optional(Type.Array(Type.Object({ from: release, to: release }, closed))),
          fixed: Type.Array(release, { minItems: 1 }),
          earlier: Type.Optional(Type.Literal('affected')),
        },
        closed,
      ),
    ),
    servers: Type.Array(Type.Object({ host: text, expires: day }, closed)),
    services: Type.Array(Type.Object({ name: text, symptom: text }, closed)),
    exempt: Type.Array(text),
    remediation: Type.Object(
      {
        upgrade: text,
        workarounds: Type.Array(
          Type.Object(
            { title: text, commands: Type.Array(text, { minItems: 1 }), choose: Type.Enum(['one', 'all']) },
            closed,
          ),
        ),
        script: Type.Array(text, { minItems: 1 }),
        verify: text,
        oldRoot: Type.Object({ name: text, serial }, closed),
        newRoot: Type.Object({ name: text, serial, pem: text }, closed),
      },
      closed,
    ),
    revisions: Type.Array(Type.Object({ revision: text, date: day }, closed), { minItems: 1 }),
  },
  closed,
);

type AdvisoryFile = Type.Static<typeof advisorySchema>;

/** The advisory that comes with the program. */
export const shippedAdvisory = fileURLToPath(new URL('../../advisories/quovadis-root-ca-2.yaml', import.meta.url));

/** Reads, validates and compiles an advisory. All problems are told at once, each with its path. */
export function loadAdvisory(file: string): Advisory {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new OperatingError(
      'QVW_FILE_UNREADABLE',
      `the advisory ${file} cannot be read: ${(error as Error).message}`,
      { cause: error },
    );
  }
  const problems: string[] = [];
  let value: unknown;
  try {
    value = parse(content);
  } catch (error) {
    throw invalid(file, [(error as Error).message.split('\n')[0] as string]);
  }
  problems.push(...schemaProblems(advisorySchema, value));
  if (problems.length === 0) problems.push(...brokenReferences(value as AdvisoryFile));
  if (problems.length > 0) throw invalid(file, problems);
  return compile(value as AdvisoryFile);
}

/** The advisory that a configuration means, with its overrides. */
export function advisoryOf(config: Config): Advisory {
  return withOverrides(loadAdvisory(config.advisory ?? shippedAdvisory), config);
}

function withOverrides(advisory: Advisory, { correlation }: Pick<Config, 'correlation'>): Advisory {
  const { windowMs, holdTimeMs, staleAfterMs, reopenWithinMs } = advisory.correlation;
  const or = (text: string | null, ms: number) => (text === null ? ms : (parseDuration(text) as number));
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

/** Families must exist, a cause row looks for one thing, patterns compile. */
function brokenReferences(file: AdvisoryFile): string[] {
  const problems: string[] = [];
  const known = (family: string | undefined, path: string) => {
    if (family !== undefined && !(family in file.families)) problems.push(`${path}: there is no family "${family}"`);
  };
  file.causes.forEach((row, index) => {
    known(row.family, `causes[${index}].family`);
    if ((row.text === undefined) === (row.errorCode === undefined)) {
      problems.push(`causes[${index}]: give either text or errorCode`);
    }
  });
  for (const [facility, rules] of Object.entries(file.signals)) {
    for (const [mnemonic, rule] of Object.entries(rules)) {
      const path = `signals.${facility}.${mnemonic}`;
      known(rule.family, `${path}.family`);
      if (rule.family === undefined && (rule.kind === 'failure' || rule.kind === 'consequence')) {
        problems.push(`${path}: a ${rule.kind} needs a family`);
      }
      if (rule.trustpoint !== undefined && pattern(rule.trustpoint) === null)
        problems.push(`${path}.trustpoint: not a pattern`);
    }
  }
  file.products.forEach(({ pid, fixed }, index) => {
    if (pattern(pid) === null) problems.push(`products[${index}].pid: not a pattern`);
    const inOrder = fixed.every((text, at) => at === 0 || compareReleases(of(fixed[at - 1] as string), of(text)) < 0);
    if (!inOrder) problems.push(`products[${index}].fixed: give them in their order`);
  });
  const trouble = rootTrouble(file.remediation.newRoot);
  if (trouble !== null) problems.push(`remediation.newRoot.pem: ${trouble}`);
  return problems;
}

/** The certificate must be the one that its row names. */
function rootTrouble({ name, serial, pem }: AdvisoryFile['remediation']['newRoot']): string | null {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    return 'no certificate in PEM';
  }
  if (certificate.serialNumber !== serial) return `its serial number is ${certificate.serialNumber}, not ${serial}`;
  return certificate.subject.split('\n').includes(`CN=${name}`) ? null : `its subject is not ${name}`;
}

function pattern(source: string): RegExp | null {
  try {
    return new RegExp(source, 'i');
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
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
      windowMs: ms(file.correlation.window),
      holdTimeMs: ms(file.correlation.holdTime),
      staleAfterMs: ms(file.correlation.staleAfter),
      reopenWithinMs: ms(file.correlation.reopenWithin),
    },
    graceMs: ms(file.grace),
    criticalBelowMs: ms(file.criticalBelow),
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
      pid: pattern(pid) as RegExp,
      releases: (releases ?? []).map(of),
      ranges: (ranges ?? []).map(({ from, to }) => ({ from: of(from), to: of(to) })),
      fixed: fixed.map(of),
      earlierAffected: earlier === 'affected',
    })),
    servers: file.servers,
    services: file.services,
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

/** The schema has let only releases through. */
function of(text: string): Release {
  return parseRelease(text) as Release;
}

function ms(text: string): number {
  return parseDuration(text) as number;
}
