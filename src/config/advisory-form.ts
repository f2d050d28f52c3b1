/** The schema and the checks of advisory files. Not loaded for the shipped advisory, which `npm run schema` has checked. */
import { X509Certificate } from 'node:crypto';
import { Type } from 'typebox';
import { compareReleases, parseRelease, type Release } from '../core/advisory/release.ts';
import { durationProblems, judgingBounds } from './durations.ts';
import { schemaProblems } from './problems.ts';

const text = Type.String({ minLength: 1 });
const DURATION = '^(?:\\d+(?:ms|[smhdw]))+$';
const duration = Type.String({ pattern: DURATION, description: 'a duration like 48h, 90m or 35d' });
const CAUSES = ['trust', 'transport', 'dns', 'network', 'configuration', 'clock', 'ambiguous'] as const;
const cause = Type.Enum([...CAUSES]);
const kind = Type.Enum(['failure', 'consequence', 'recovery', 'remediation', 'clock', 'hint', 'neutral']);
const weight = Type.Integer({ minimum: 0, maximum: 100 });
const closed = { additionalProperties: false };
const release = Type.String({
  pattern: '^\\d{2}\\.\\d{1,2}\\.\\d{1,2}(?:[a-z]\\d{0,2})?$',
  description: 'an IOS-XE release like 17.3.3 or 16.12.1z1',
});
const day = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: 'a date like 2022-02-23' });
const serial = Type.String({ pattern: '^[0-9A-F]+$', description: 'a serial number in hexadecimal, in upper case' });

/** The schema of an advisory file. */
export const advisorySchema = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]+$', description: 'an id of the advisory: a-z, 0-9 and -' }),
    prefix: Type.String({ pattern: '^[a-z0-9]+$', description: 'the first part of incident ids: a-z and 0-9' }),
    version: Type.Integer({ minimum: 1 }),
    title: text,
    notice: text,
    defect: Type.Optional(text),
    url: Type.Optional(text),
    correlation: Type.Object(
      { window: duration, holdTime: duration, staleAfter: duration, reopenWithin: duration },
      closed,
    ),
    grace: Type.String({
      pattern: DURATION,
      description: 'a duration like 365d: how long a device works after its last success',
    }),
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
    otherCause: Type.Enum([...CAUSES], { description: 'the cause of a failure that no row of causes matches' }),
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
    defaultNames: Type.Array(text),
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

export type AdvisoryFile = Type.Static<typeof advisorySchema>;

/** The problems of the content of an advisory file, each with its path. Empty: the content is an `AdvisoryFile`. */
export function advisoryProblems(value: unknown): string[] {
  const problems = schemaProblems(advisorySchema, value);
  return problems.length > 0 ? problems : contentProblems(value as AdvisoryFile);
}

/**
 * Checks what the schema cannot: families exist, a cause row has one criterion, patterns compile, releases are in order,
 * durations are within their bounds, the certificate is the named one.
 */
function contentProblems(file: AdvisoryFile): string[] {
  const problems: string[] = [];
  const checkFamily = (family: string | undefined, path: string) => {
    if (family !== undefined && !(family in file.families))
      problems.push(`${path}: "${family}" is not a key of families`);
  };
  file.causes.forEach((row, index) => {
    checkFamily(row.family, `causes[${index}].family`);
    if ((row.text === undefined) === (row.errorCode === undefined)) {
      problems.push(`causes[${index}]: give text or errorCode, and not both`);
    }
  });
  for (const [facility, rules] of Object.entries(file.signals)) {
    for (const [mnemonic, rule] of Object.entries(rules)) {
      const path = `signals.${facility}.${mnemonic}`;
      checkFamily(rule.family, `${path}.family`);
      if (rule.family === undefined && (rule.kind === 'failure' || rule.kind === 'consequence')) {
        problems.push(`${path}: a ${rule.kind} needs the key family`);
      }
      if (rule.trustpoint !== undefined && !isPattern(rule.trustpoint))
        problems.push(`${path}.trustpoint: must be a regular expression`);
    }
  }
  file.products.forEach(({ pid, fixed }, index) => {
    if (!isPattern(pid)) problems.push(`products[${index}].pid: must be a regular expression`);
    const inOrder = fixed.every((text, at) => at === 0 || isLater(text, fixed[at - 1] as string));
    if (!inOrder) problems.push(`products[${index}].fixed: list the releases in ascending order`);
  });
  for (const [key, text] of Object.entries(file.correlation)) {
    problems.push(...durationProblems(`correlation.${key}`, text, judgingBounds));
  }
  problems.push(...durationProblems('grace', file.grace, judgingBounds));
  problems.push(...durationProblems('criticalBelow', file.criticalBelow, judgingBounds));
  const problem = rootProblem(file.remediation.newRoot);
  if (problem !== null) problems.push(`remediation.newRoot.pem: ${problem}`);
  return problems;
}

/** Null if the certificate has the serial number and the name of its row. */
function rootProblem({ name, serial, pem }: AdvisoryFile['remediation']['newRoot']): string | null {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    return 'not a certificate in PEM';
  }
  if (certificate.serialNumber !== serial) return `its serial number is ${certificate.serialNumber}, not ${serial}`;
  return certificate.subject.split('\n').includes(`CN=${name}`) ? null : `its subject is not ${name}`;
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source, 'i');
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function isLater(release: string, other: string): boolean {
  return compareReleases(parseRelease(other) as Release, parseRelease(release) as Release) < 0;
}
