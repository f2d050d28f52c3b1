/** The problems of an advisory file. Not loaded for the shipped advisory, which `npm run schema` has checked. */
import { X509Certificate } from 'node:crypto';
import { compareReleases, parseRelease, type Release } from '../core/advisory/release.ts';
import { advisorySchema } from './advisory-form.ts';
import { isText, isTree, rowsOf, type Tree, textsOf, valueAt } from './any-value.ts';
import { judgingProblems } from './durations.ts';
import { familyNameProblems, familyProblems } from './family-problems.ts';
import { formProblems } from './form-problems.ts';
import { patternProblem } from './patterns.ts';
import { inOrder, type Problem, problemAt } from './problem.ts';
import { signalProblems } from './signal-problems.ts';

/**
 * The problems of the content of an advisory file, each with its path, in the order of the paths. Empty: the content is an
 * `AdvisoryFile`. Takes any value: each check skips what has not the type that it needs, which the schema reports.
 */
export function advisoryProblems(value: unknown): Problem[] {
  const content = isTree(value) ? CHECKS.flatMap((check) => check(value)) : [];
  return inOrder([...formProblems(advisorySchema, value), ...content]);
}

/** What the schema cannot check. */
const CHECKS: readonly ((file: Tree) => Problem[])[] = [
  familyNameProblems,
  causeProblems,
  peerProblems,
  signalProblems,
  hostProblems,
  assumedProblems,
  productProblems,
  (file) => judgingProblems((path) => valueAt(file, path)),
  rootProblems,
];

function causeProblems(file: Tree): Problem[] {
  return rowsOf(file['causes']).flatMap(([index, { family, text, errorCode }]) => {
    const path = `causes[${index}]`;
    const problems = [...familyProblems(file, family, `${path}.family`), ...partProblems(text, `${path}.text`)];
    if ((text === undefined) === (errorCode === undefined)) {
      problems.push(problemAt(path, 'give text or errorCode, and not both'));
    }
    return problems;
  });
}

function peerProblems(file: Tree): Problem[] {
  return rowsOf(file['peers']).flatMap(([index, { text }]) => partProblems(text, `peers[${index}].text`));
}

/** A text that is looked for anywhere in a message must say something. */
function partProblems(text: unknown, path: string): Problem[] {
  if (!isText(text) || (text.trim().length >= 3 && /[\p{L}\p{N}]/u.test(text))) return [];
  return [problemAt(path, `"${text}" fits too many messages: give 3 characters or more, with a letter or digit`)];
}

function hostProblems(file: Tree): Problem[] {
  const rows = rowsOf(file['hosts']);
  return rows.flatMap(([index, { host, server }]) => {
    if (!isText(host)) return [];
    const path = `hosts[${index}].host`;
    if (!HOST.test(host)) return [problemAt(path, hostProblem(host))];
    const [first, before] = rows.find(([, other]) => isSame(other['host'], host)) ?? [index];
    if (first === index) return [];
    return [
      problemAt(
        path,
        `"${host}" is in hosts[${first}], too${before?.['server'] === server ? '' : ', with another server'}`,
      ),
    ];
  });
}

function isSame(other: unknown, host: string): boolean {
  return isText(other) && other.toLowerCase() === host.toLowerCase();
}

/** A host name without wildcards. */
const HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i;

function hostProblem(host: string): string {
  const all = /^[.*^$+?()\\[\]|]*$/.test(host) || host.includes('.*');
  return all ? `"${host}" matches every host: give a host name like cisco.com` : `"${host}" is not a host name`;
}

function assumedProblems(file: Tree): Problem[] {
  return textsOf(file['assumed']).flatMap(([, path]) =>
    valueAt(file, path) === undefined ? [problemAt('assumed', `"${path}" is not a path of this file`)] : [],
  );
}

function productProblems(file: Tree): Problem[] {
  return rowsOf(file['products']).flatMap(([index, { pid, fixed }]) => {
    const problem = isText(pid) ? patternProblem(pid) : null;
    const problems = problem === null ? [] : [problemAt(`products[${index}].pid`, problem)];
    const releases = textsOf(fixed)
      .map(([, text]) => parseRelease(text))
      .filter((release): release is Release => release !== null);
    if (releases.some((release, at) => at > 0 && compareReleases(releases[at - 1] as Release, release) >= 0)) {
      problems.push(problemAt(`products[${index}].fixed`, 'list the releases in ascending order'));
    }
    return problems;
  });
}

/** The certificate has the serial number and the name of its row. */
function rootProblems(file: Tree): Problem[] {
  const root = valueAt(file, 'remediation.newRoot');
  if (!isTree(root) || !isText(root['pem'])) return [];
  const { name, serial, pem } = root;
  const problem = (words: string) => [problemAt('remediation.newRoot.pem', words)];
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem as string);
  } catch {
    return problem('not a certificate in PEM');
  }
  if (isText(serial) && certificate.serialNumber !== serial) {
    return problem(`its serial number is ${certificate.serialNumber}, not ${serial}`);
  }
  const isNamed = !isText(name) || certificate.subject.split('\n').includes(`CN=${name}`);
  return isNamed ? [] : problem(`its subject is not ${name}`);
}
