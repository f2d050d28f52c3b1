/** Which output a typed command prints. */
import type { SectionKind } from './fact.ts';

/**
 * The words of a command; `?` in front: the word need not be there. `unknown`: not read, and its abbreviation could be
 * that of one that is.
 */
const COMMANDS: readonly (readonly [kind: SectionKind, ...words: string[]])[] = [
  ['license-all', 'show', 'license', 'all'],
  ['license-status', 'show', 'license', 'status'],
  ['license-summary', 'show', 'license', 'summary'],
  ['license-tech', 'show', 'license', 'tech', '?support'],
  ['license-usage', 'show', 'license', 'usage'],
  ['license-udi', 'show', 'license', 'udi'],
  ['license-eventlog', 'show', 'license', 'eventlog'],
  ['license-history', 'show', 'license', 'history', 'message'],
  ['trustpool', 'show', 'crypto', 'pki|ca', 'trustpool'],
  ['unknown', 'show', 'crypto', 'pki|ca', 'trustpoints'],
  ['certificates', 'show', 'crypto', 'pki|ca', 'certificates'],
  ['version', 'show', 'version'],
  ['clock', 'show', 'clock', '?detail'],
  ['ntp-status', 'show', 'ntp', 'status'],
  ['inventory', 'show', 'inventory'],
  ['running-config', 'show', 'running-config'],
  ['running-config', 'write', 'terminal'],
  ['logging', 'show', 'logging'],
];

/** Words that change what is printed: the output is none of the ones that are read. */
const OTHER = /^(?:policy|counts?|history|onboard|process|summary-level|regexp|setting)$/i;

/** The kind of a command, which may be abbreviated as IOS allows; null for one whose output is not read, or for two kinds. */
export function kindOf(command: string): SectionKind | null {
  const [typed = ''] = command.split('|');
  const words = typed
    .trim()
    .toLowerCase()
    .replace(/^do\s+/, '')
    .split(/\s+/);
  const fits = COMMANDS.flatMap(([kind, ...wanted]) => {
    const needed = wanted.filter((word) => !word.startsWith('?'));
    const isFit = wanted.every((word, at) => abbreviates(words[at], word));
    return isFit ? [{ kind, rest: words.slice(needed.length) }] : [];
  });
  const kinds = new Set(fits.map(({ kind }) => kind));
  const [fit] = fits;
  if (fit === undefined || kinds.size > 1 || fit.kind === 'unknown') return null;
  return fit.kind !== 'running-config' && fit.rest.some((word) => OTHER.test(word)) ? null : fit.kind;
}

function abbreviates(typed: string | undefined, word: string): boolean {
  if (typed === undefined || word.startsWith('?')) return word.startsWith('?');
  return typed.length > 1 && word.split('|').some((one) => one.startsWith(typed));
}
