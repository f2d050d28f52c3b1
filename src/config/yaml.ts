import { parseDocument } from 'yaml';

/**
 * The value of a YAML text. Throws with one line where it is no YAML, and where the parser would only warn: a value with a
 * tag that means nothing here would be taken for another than it is.
 */
export function valueOfYaml(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'error' });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem === undefined) return document.toJS();
  const [line = ''] = problem.message.split('\n');
  throw new Error(line.replace(/:$/, ''));
}
