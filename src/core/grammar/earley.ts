import nearley from 'nearley';
import { limits } from '../model/limits.ts';

/** A token of a lexer: a kind from a closed set, and its text. The grammar sees only the kinds. */
export type Token = { readonly type: string; readonly value: string };

/** One reading, no reading, or several readings; `ambiguous` is a defect of the grammar. */
export type Reading<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'unread' }
  | { readonly kind: 'ambiguous' };

type Postprocess = (data: unknown[]) => unknown;
type Leaf = { readonly type: string; readonly at: number };
type Branch = { readonly read: Postprocess | undefined; readonly parts: readonly (Branch | Leaf)[] };
type Derivation = Branch | 'unread' | 'ambiguous';

/** A compiled grammar in the form that `nearleyc` writes. */
export type Compiled = {
  readonly ParserRules: readonly {
    readonly name: string;
    readonly symbols: readonly unknown[];
    readonly postprocess?: ((data: never[]) => unknown) | undefined;
  }[];
  readonly ParserStart: string;
};

/**
 * A nearley grammar, compiled once. The grammar sees only the kinds of tokens, so the sequence of kinds determines the
 * derivation: with `reuse`, a derivation is used again for the same sequence, and only the first line of a shape needs
 * the Earley chart. Remembers at most `limits.shapes` shapes.
 */
export class Earley<T> {
  readonly #grammar: nearley.Grammar;
  readonly #shapes = new Map<string, Derivation>();
  readonly #reuse: boolean;

  constructor(compiled: Compiled, { reuse = true } = {}) {
    this.#grammar = nearley.Grammar.fromCompiled({
      Lexer: undefined,
      ParserStart: compiled.ParserStart,
      ParserRules: compiled.ParserRules.map(({ name, symbols, postprocess }) => ({
        name,
        symbols,
        postprocess: (parts: (Branch | Leaf)[]): Branch => ({ read: postprocess as Postprocess | undefined, parts }),
      })),
    } as never);
    this.#reuse = reuse;
  }

  parse(tokens: readonly Token[]): Reading<T> {
    const derivation = this.#reuse ? this.#cached(tokens) : this.#derive(tokens);
    if (derivation === 'unread' || derivation === 'ambiguous') return { kind: derivation };
    return { kind: 'read', value: evaluate(derivation, tokens) as T };
  }

  #cached(tokens: readonly Token[]): Derivation {
    let shape = '';
    for (const token of tokens) shape += `${token.type} `;
    const known = this.#shapes.get(shape);
    if (known !== undefined) return known;
    const found = this.#derive(tokens);
    if (this.#shapes.size >= limits.shapes) this.#shapes.delete(this.#shapes.keys().next().value as string);
    this.#shapes.set(shape, found);
    return found;
  }

  #derive(tokens: readonly Token[]): Derivation {
    const parser = new nearley.Parser(this.#grammar, { lexer: new Leaves() as never });
    // nearley's error texts cost more than a parse, and nothing here reads them.
    Object.assign(parser, { reportError: noReport, reportLexerError: noReport });
    try {
      parser.feed(tokens.map((token, at) => ({ type: token.type, at })) as never);
    } catch (error) {
      if ((error as { offset?: number }).offset === undefined) throw error;
      return 'unread';
    }
    if (parser.results.length > 1) return 'ambiguous';
    return (parser.results[0] as Branch | undefined) ?? 'unread';
  }
}

function evaluate(branch: Branch, tokens: readonly Token[]): unknown {
  const data = branch.parts.map((part) => ('at' in part ? tokens[part.at] : evaluate(part, tokens)));
  return branch.read === undefined ? data : branch.read(data);
}

const noReport = (): string => '';

/** A lexer that passes prepared leaves to nearley, one by one. */
class Leaves {
  #leaves: readonly Leaf[] = [];
  #next = 0;

  reset(leaves: readonly Leaf[]): void {
    this.#leaves = leaves;
    this.#next = 0;
  }

  next(): Leaf | undefined {
    return this.#leaves[this.#next++];
  }

  save(): undefined {
    return undefined;
  }

  formatError(): string {
    return '';
  }

  has(): boolean {
    return true;
  }
}
