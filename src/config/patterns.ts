/** The problems of the regular expressions of an advisory: they are tried on texts that anybody may send. */

/** Null if the pattern compiles and has no nested quantifiers. */
export function patternProblem(source: string): string | null {
  if (!compiles(source)) return 'must be a regular expression';
  return hasNestedQuantifiers(source) ? `"${source}" has nested quantifiers, which can take very long` : null;
}

/** The same of a pattern that must tell names apart. */
export function tellingPatternProblem(source: string): string | null {
  const problem = patternProblem(source);
  if (problem !== null) return problem;
  const pattern = new RegExp(source, 'i');
  if (pattern.test('')) return `"${source}" matches the empty text`;
  return UNLIKE.every((text) => pattern.test(text)) ? `"${source}" matches everything` : null;
}

/** Names that have nothing in common. They are short, so that no pattern takes long. */
const UNLIKE = ['~~~~~~~~~~~~', 'xxxxxxxxxxxx', '000000000000'];

function compiles(source: string): boolean {
  try {
    new RegExp(source, 'i');
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** An escape, a class, the begin of a group, its end, or a quantifier. */
const TOKEN = /\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:<?[=!]|:|<[^>]*>|[a-z-]*:))?|\)|[*+?]\??|\{(\d+)(,?)(\d*)\}\??/gs;

/** True if a group that repeats contains a quantifier: `(a+)+`, `(?:a*b){2,}`. `source` compiles. */
function hasNestedQuantifiers(source: string): boolean {
  /** For each open group: whether it contains a quantifier. */
  const open = [false];
  let closed = { at: -1, quantified: false };
  for (const { 0: token, 1: least, 2: comma, 3: most, index } of source.matchAll(TOKEN)) {
    if (token.startsWith('(')) open.push(false);
    else if (token === ')') {
      closed = { at: index + 1, quantified: open.pop() === true };
      if (closed.quantified) open[open.length - 1] = true;
    } else if (/^[*+?{]/.test(token)) {
      const once = token.startsWith('?') || (least !== undefined && Number(comma === '' ? least : most || '2') <= 1);
      if (!once && closed.at === index && closed.quantified) return true;
      // A fixed number, like `{2}`, leaves no choice.
      if (least === undefined || comma === ',') open[open.length - 1] = true;
    }
  }
  return false;
}
