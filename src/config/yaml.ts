import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { keyText } from './problem.ts';

/** `line`: from 1. `words` never repeat a part of the text, which may be a secret. */
export type YamlProblem = { readonly line: number; readonly words: string };

export type YamlText = {
  /** Undefined if `isUsable` is false. */
  readonly value: unknown;
  /** False: so much is wrong that the value would not be what was meant. */
  readonly isUsable: boolean;
  readonly problems: readonly YamlProblem[];
  /** The line of the key or item at a path like `sinks[0].url`. `isExact`: false if it is that of what has it not. */
  readonly lineOf: (path: string) => { readonly line: number; readonly isExact: boolean } | null;
};

/**
 * Reads a YAML text. A warning of the parser is a problem, too: a value with an unknown tag would be read as another
 * value.
 */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { logLevel: 'error', prettyErrors: false, lineCounter: lines });
  const lineAt = (offset: number) => lines.linePos(Math.min(offset, text.length)).line;
  const found = [...document.errors, ...document.warnings].map(({ code, pos }): [string, YamlProblem] => {
    const problem = { line: lineAt(pos[0]), words: WORDS[code] ?? 'this is not YAML' };
    return [`${problem.line} ${problem.words}`, problem];
  });
  visit(document, {
    Scalar: (_, { value, range }) => {
      if (typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0'))) return;
      const problem = { line: lineAt(range?.[0] ?? 0), words: UNSTORABLE };
      found.push([`${problem.line} ${problem.words}`, problem]);
    },
  });
  // The parser reports some faults of a line again and again.
  const problems = [...new Map(found).values()];
  let isUsable = document.errors.every(({ code }) => MENDABLE.has(code));
  let value: unknown;
  if (isUsable) {
    try {
      value = document.toJS();
    } catch {
      isUsable = false;
      problems.push({ line: 1, words: 'aliases (*name) are used too often, or are not known' });
    }
  }
  return { value, isUsable, problems, lineOf: (path) => lineOf(document, path, lineAt) };
}

/** The value of a YAML text without problems; else throws the first one. */
export function valueOfYaml(text: string): unknown {
  const { value, problems } = readYaml(text);
  const [problem] = problems;
  if (problem === undefined) return value;
  throw new Error(`line ${problem.line}: ${problem.words}`);
}

/** With these the rest can be read as it was meant. */
const MENDABLE = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED']);

const UNSTORABLE = 'a text has an escape of NUL, or of half a character (\\ud800 to \\udfff): leave it out';

/** What is wrong, by the codes of the parser. */
const WORDS: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (*name) cannot have an anchor or a tag',
  BAD_ALIAS: 'an alias (*name) without a name that is known: put a text that begins with * or & in quotes',
  BAD_DIRECTIVE: 'a line that begins with % is a directive: this one is not known',
  BAD_DQ_ESCAPE: 'after \\ in double quotes this character is not known: write \\\\ or use single quotes',
  BAD_INDENT: 'the indentation is not that of the lines beside it, or a quote or bracket above is not closed',
  BAD_PROP_ORDER: 'an anchor or a tag is in the wrong place',
  BAD_SCALAR_START: 'a text that begins with @, `, %, | or > must be in quotes',
  BAD_COLLECTION_TYPE: 'the tag does not fit the value',
  BLOCK_AS_IMPLICIT_KEY: 'a key with a section on the same line: put a text with ": " in quotes, or begin a new line',
  BLOCK_IN_FLOW: 'inside { } and [ ] no lines with - or indentation are allowed',
  DUPLICATE_KEY: 'this key is given twice',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a character is missing: a closing quote or bracket, a comma, or ": " behind a key',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line: is ": " or a closing quote missing?',
  MULTIPLE_ANCHORS: 'a value can have one anchor',
  MULTIPLE_DOCS: 'a second document begins here: leave out the line ---',
  MULTIPLE_TAGS: 'a value can have one tag',
  NON_STRING_KEY: 'a key must be a text',
  RESOURCE_EXHAUSTION: 'sections are nested too deeply',
  TAB_AS_INDENT: 'tabs cannot be used as indentation: use spaces',
  TAG_RESOLVE_FAILED: 'a tag (!name) that is not known: put a text that begins with ! in quotes',
  UNEXPECTED_TOKEN: 'this is not expected here: is a quote, bracket or comma missing, or one too many?',
};

function lineOf(document: Document, path: string, lineAt: (offset: number) => number): ReturnType<YamlText['lineOf']> {
  let node: unknown = document.contents;
  let rest = path;
  let line: number | null = null;
  while (rest !== '') {
    if (isAlias(node)) node = node.resolve(document);
    const step = isMap(node) ? keyStep(node.items, rest) : isSeq(node) ? itemStep(node.items, rest) : null;
    if (step === null) break;
    line = lineAt(step.offset);
    node = step.node;
    rest = rest.slice(step.length).replace(/^\./, '');
  }
  return line === null ? null : { line, isExact: rest === '' };
}

type Step = { readonly node: unknown; readonly offset: number; readonly length: number };

/** The longest key with which the path begins; of equal keys the last one, whose value counts. */
function keyStep(pairs: readonly { key: unknown; value: unknown }[], path: string): Step | null {
  let found: Step | null = null;
  for (const { key, value } of pairs) {
    const name = isScalar(key) ? String(key.value ?? '') : String(key);
    for (const text of [name, keyText(name)]) {
      if (!path.startsWith(text) || !/^(?:$|[.[])/.test(path.slice(text.length))) continue;
      const [offset = 0] = (key as Partial<Node> | null)?.range ?? [];
      if (found === null || text.length >= found.length) found = { node: value, offset, length: text.length };
    }
  }
  return found;
}

function itemStep(items: readonly unknown[], path: string): Step | null {
  const [text, index] = /^\[(\d+)\]/.exec(path) ?? [];
  const node = text === undefined ? undefined : (items[Number(index)] as Partial<Node> | undefined);
  return text === undefined || node?.range == null ? null : { node, offset: node.range[0], length: text.length };
}
