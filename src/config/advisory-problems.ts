/** The problems of an advisory file. Not loaded for the shipped advisory, which `npm run schema` has checked. */
import { X509Certificate } from 'node:crypto';
import { Value } from 'typebox/value';
import { compareReleases, parseRelease, type Release } from '../core/advisory/release.ts';
import { type AdvisoryFile, advisorySchema } from './advisory-form.ts';
import { durationProblems, judgingBounds } from './durations.ts';
import { schemaProblems } from './problems.ts';

/**
 * The problems of the content of an advisory file, each with its path. Empty: the content is an `AdvisoryFile`. Keys that
 * are not known hide no other problem.
 */
export function advisoryProblems(value: unknown): string[] {
  const known = Value.Clean(advisorySchema, Value.Clone(value));
  const content = Value.Check(advisorySchema, known) ? contentProblems(known as AdvisoryFile) : [];
  return [...schemaProblems(advisorySchema, value), ...content];
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
      problems.push(...claimProblems(file, path, mnemonic, rule));
    }
  }
  for (const key of ['proofAlone', 'expired'] as const) {
    for (const mnemonic of file.thresholds.suspected[key] ?? []) {
      if (!isSignal(file, mnemonic)) problems.push(`thresholds.suspected.${key}: "${mnemonic}" is not in signals`);
    }
  }
  file.hosts.forEach(({ host }, index) => {
    if (!HOST.test(host)) problems.push(`hosts[${index}].host: ${hostProblem(host)}`);
  });
  for (const path of file.assumed ?? []) {
    if (!hasPath(file, path)) problems.push(`assumed: "${path}" is not a path of this file`);
  }
  file.products.forEach(({ pid, fixed }, index) => {
    if (!isPattern(pid)) problems.push(`products[${index}].pid: must be a regular expression`);
    const inOrder = fixed.every((text, at) => at === 0 || isLater(text, fixed[at - 1] as string));
    if (!inOrder) problems.push(`products[${index}].fixed: list the releases in ascending order`);
  });
  for (const [key, text] of Object.entries(file.correlation)) {
    problems.push(...durationProblems(`correlation.${key}`, text, judgingBounds));
  }
  for (const [path, text] of [
    ['thresholds.healsByItself.within', file.thresholds.healsByItself.within],
    ['noWayOut.within', file.noWayOut.within],
    ['clock.offBy', file.clock.offBy],
    ['visibility.within', file.visibility.within],
  ] as const) {
    problems.push(...durationProblems(path, text, judgingBounds));
  }
  problems.push(...durationProblems('grace', file.grace, judgingBounds));
  problems.push(...durationProblems('criticalBelow', file.criticalBelow, judgingBounds));
  const problem = rootProblem(file.remediation.newRoot);
  if (problem !== null) problems.push(`remediation.newRoot.pem: ${problem}`);
  return problems;
}

type Rule = AdvisoryFile['signals'][string][string];

/** A message is a state or an event in all facilities, and only a state has an end of its own. */
function claimProblems(file: AdvisoryFile, path: string, mnemonic: string, { claim, endedBy }: Rule): string[] {
  const problems: string[] = [];
  if (endedBy !== undefined && claim !== 'state') problems.push(`${path}.endedBy: needs claim: state`);
  if (endedBy !== undefined && !isSignal(file, endedBy))
    problems.push(`${path}.endedBy: "${endedBy}" is not in signals`);
  const others = Object.values(file.signals).flatMap((rules) => rules[mnemonic] ?? []);
  if (claim === 'state' && others.some((other) => other.claim !== 'state')) {
    problems.push(`${path}.claim: ${mnemonic} is a state here and an event in another facility`);
  }
  return problems;
}

function isSignal({ signals }: AdvisoryFile, mnemonic: string): boolean {
  return Object.values(signals).some((rules) => mnemonic in rules);
}

/** A host name without wildcards. */
const HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i;

function hostProblem(host: string): string {
  const all = /^[.*^$+?()\\[\]|]*$/.test(host) || host.includes('.*');
  return all ? `"${host}" matches every host: give a host name like cisco.com` : `"${host}" is not a host name`;
}

/** `path`: keys joined by dots, like `correlation.window`. */
function hasPath(file: AdvisoryFile, path: string): boolean {
  let value: unknown = file;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !(key in value)) return false;
    value = (value as Record<string, unknown>)[key];
  }
  return true;
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
