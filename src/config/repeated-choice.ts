/**
 * Whether a regular expression can take exponential time: in a part that repeats, one text can be matched in several
 * ways. Where nothing in it has a choice of length, and the next character decides between its alternatives, each round
 * has one way. Polynomial time is not
 * looked for. This refuses some patterns that are fast, like `(ab|ac)+`; they can be written otherwise (`(a[bc])+`).
 */

/** `quantifiers`: `(a+)+`. `alternatives`: `(a|ab)+`. */
export type Choice = 'quantifiers' | 'alternatives';

type Group = { readonly alternatives: readonly (readonly Item[])[]; readonly isAssertion: boolean };
/** `atom`: the source of what matches one character; null for a back reference, and for what matches no character. */
type Item = {
  readonly atom: string | null;
  readonly group: Group | null;
  readonly isReference: boolean;
  readonly least: number;
  readonly most: number;
};
/** What the text of an item can begin with. `isEmpty`: it may have no text. */
type Begin = { readonly atoms: readonly string[]; readonly isEmpty: boolean };

/** The first choice that repeats; null if there is none. `source` compiles without the flag `u`. */
export function repeatedChoice(source: string): Choice | null {
  return choiceIn(new Parser(source).group(false, false), false);
}

function choiceIn({ alternatives }: Group, repeats: boolean): Choice | null {
  for (const { group, least, most } of alternatives.flat()) {
    if (repeats && least !== most) return 'quantifiers';
    const choice = group === null ? null : choiceIn(group, repeats || most > 1);
    if (choice !== null) return choice;
  }
  return repeats && alternatives.length > 1 && canBeginAlike(alternatives) ? 'alternatives' : null;
}

function canBeginAlike(alternatives: Group['alternatives']): boolean {
  const begins = alternatives.map(beginOf);
  if (begins.some(({ isEmpty }) => isEmpty)) return true;
  const sets = begins.map(({ atoms }) => new RegExp(`^(?:${atoms.join('|')})$`, 'is'));
  for (let code = 0; code <= 0xffff; code++) {
    const character = String.fromCharCode(code);
    if (sets.filter((set) => set.test(character)).length > 1) return true;
  }
  return false;
}

function beginOf(items: readonly Item[]): Begin {
  const atoms: string[] = [];
  for (const { atom, group, isReference, least } of items) {
    const inner = group === null || group.isAssertion ? null : group.alternatives.map(beginOf);
    if (isReference) atoms.push(ANY);
    if (atom !== null) atoms.push(atom);
    for (const begin of inner ?? []) atoms.push(...begin.atoms);
    const hasText = atom !== null || inner?.every(({ isEmpty }) => !isEmpty) === true;
    if (hasText && least > 0) return { atoms, isEmpty: false };
  }
  return { atoms, isEmpty: true };
}

/** Any character at all. */
const ANY = '[\\s\\S]';
const QUANTIFIER = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y;
const OPENING = /\((?:\?(?:(<?[=!])|<[^>]*>|[a-z-]*:))?/y;
const REFERENCE = /\\(?:[1-9]\d*|k<[^>]*>)/y;
/** What has a place between characters. */
const PLACE = /\^|\$|\\[bB]/y;
const ATOM = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|c[a-zA-Z]|0[0-7]{0,2}|.)|\[(?:\\.|[^\]\\])*\]|./sy;

class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Up to the end of the group, or of the pattern. Behind a text (`backward`), items are matched from the last one on. */
  group(isAssertion: boolean, backward: boolean): Group {
    const alternatives: Item[][] = [[]];
    for (;;) {
      const next = this.#source[this.#at];
      if (next === undefined || next === ')') break;
      if (next === '|') {
        this.#at++;
        alternatives.push([]);
        continue;
      }
      const item = this.#item(backward);
      const items = alternatives.at(-1) as Item[];
      if (backward) items.unshift(item);
      else items.push(item);
    }
    this.#at++;
    return { alternatives, isAssertion };
  }

  #item(backward: boolean): Item {
    const what = { atom: null, group: null, isReference: false };
    const opening = this.#take(OPENING);
    if (opening !== null) {
      const assertion = opening[1];
      const isBackward = assertion === undefined ? backward : assertion.startsWith('<');
      return { ...what, group: this.group(assertion !== undefined, isBackward), ...this.#times() };
    }
    if (this.#take(PLACE) !== null) return { ...what, ...this.#times() };
    if (this.#take(REFERENCE) !== null) return { ...what, isReference: true, ...this.#times() };
    const [atom = ANY] = this.#take(ATOM) ?? [];
    return { ...what, atom, ...this.#times() };
  }

  #times(): { readonly least: number; readonly most: number } {
    const [, sign, least, comma, most] = this.#take(QUANTIFIER) ?? [];
    if (sign !== undefined) return { least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
    if (least === undefined) return { least: 1, most: 1 };
    const isOpen = comma === ',' && most === '';
    return { least: Number(least), most: isOpen ? Number.POSITIVE_INFINITY : Number(most === '' ? least : most) };
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }
}
