import { parseDocument } from 'yaml';

/**
 * The value of a YAML text. Throws an error of one line if the text is not YAML. A warning of the parser is an error, too: a
 * value with an unknown tag would be read as another value.
 */
export function valueOfYaml(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'error' });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem === undefined) return document.toJS();
  const [line = ''] = problem.message.split('\n');
  throw new Error(line.replace(/:$/, ''));
}
