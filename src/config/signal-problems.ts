/** The problems of the messages of an advisory and of what names them, whatever else is wrong in the file. */
import { entriesOf, isText, isTree, type Tree, textsOf, valueAt } from './any-value.ts';
import { familyProblems } from './family-problems.ts';
import { tellingPatternProblem } from './patterns.ts';
import { type Problem, problemAt } from './problem.ts';

export function signalProblems(file: Tree): Problem[] {
  if (!isTree(file['signals'])) return [];
  return [
    ...rulesOf(file).flatMap(({ facility, mnemonic, rule }) =>
      ruleProblems(file, `signals.${facility}.${mnemonic}`, mnemonic, rule),
    ),
    ...suspectedProblems(file),
  ];
}

function ruleProblems(file: Tree, path: string, mnemonic: string, rule: Tree): Problem[] {
  const { kind, family, trustpoint } = rule;
  const problems = familyProblems(file, family, `${path}.family`);
  if (family === undefined && (kind === 'failure' || kind === 'consequence')) {
    problems.push(problemAt(path, `a ${kind} needs the key family`));
  }
  const problem = isText(trustpoint) ? tellingPatternProblem(trustpoint) : null;
  if (problem !== null) problems.push(problemAt(`${path}.trustpoint`, problem));
  if (rule['licensing'] === false && isText(kind) && kind !== 'failure') {
    problems.push(
      problemAt(`${path}.licensing`, `a ${kind} is of licensing; only a failure may be of another service`),
    );
  }
  return [...problems, ...claimProblems(file, path, mnemonic, rule), ...endProblems(file, path, rule)];
}

/** A message is a state or an event in all facilities, and only what is wrong can be a state. */
function claimProblems(file: Tree, path: string, mnemonic: string, { claim, kind }: Tree): Problem[] {
  if (claim !== 'state') return [];
  const problems: Problem[] = [];
  if (isText(kind) && kind !== 'failure' && kind !== 'consequence') {
    problems.push(problemAt(`${path}.claim`, `a ${kind} is no state; only a failure or a consequence is`));
  }
  if (rulesFor(file, mnemonic).some((other) => other['claim'] === undefined || other['claim'] === 'event')) {
    problems.push(problemAt(`${path}.claim`, `${mnemonic} is a state here and an event in another facility`));
  }
  return problems;
}

/** Only a state has an end of its own, and only a recovery ends it. */
function endProblems(file: Tree, path: string, { claim, endedBy }: Tree): Problem[] {
  if (!isText(endedBy)) return [];
  const problems: Problem[] = [];
  if (claim === undefined || claim === 'event') problems.push(problemAt(`${path}.endedBy`, 'needs claim: state'));
  const rules = rulesFor(file, endedBy);
  if (rules.length === 0) problems.push(problemAt(`${path}.endedBy`, `"${endedBy}" is not in signals`));
  if (rules.some(isOtherThan('recovery')))
    problems.push(problemAt(`${path}.endedBy`, `"${endedBy}" is not a recovery`));
  return problems;
}

/** The kind of the messages that each list of `thresholds.suspected` names. */
const LISTS = { proofAlone: 'failure', expired: 'consequence' } as const;

function suspectedProblems(file: Tree): Problem[] {
  return Object.entries(LISTS).flatMap(([key, kind]) => {
    const path = `thresholds.suspected.${key}`;
    return textsOf(valueAt(file, path)).flatMap(([, mnemonic]) => {
      const rules = rulesFor(file, mnemonic);
      if (rules.length === 0) return [problemAt(path, `"${mnemonic}" is not in signals`)];
      if (rules.some(isOtherThan(kind))) return [problemAt(path, `"${mnemonic}" is not a ${kind}`)];
      if (kind === 'consequence') return [];
      return rules.flatMap(({ family }) =>
        isText(family) && valueAt(ownOf(file['families'], family), 'alone') === false
          ? [problemAt(path, `"${mnemonic}" is of the family ${family}, which does not stand alone`)]
          : [],
      );
    });
  });
}

/** The schema reports a kind that is missing or no text. */
function isOtherThan(kind: string): (rule: Tree) => boolean {
  return (rule) => isText(rule['kind']) && rule['kind'] !== kind;
}

function rulesOf({ signals }: Tree): { facility: string; mnemonic: string; rule: Tree }[] {
  return entriesOf(signals).flatMap(([facility, rules]) =>
    entriesOf(rules).flatMap(([mnemonic, rule]) => (isTree(rule) ? [{ facility, mnemonic, rule }] : [])),
  );
}

/** The rules of a message in all facilities. */
function rulesFor({ signals }: Tree, mnemonic: string): Tree[] {
  return entriesOf(signals)
    .map(([, rules]) => ownOf(rules, mnemonic))
    .filter(isTree);
}

/** A name may contain a dot, so it is no path. */
function ownOf(value: unknown, key: string): unknown {
  return isTree(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
