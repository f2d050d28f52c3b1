/** Several values of one parameter, as the API takes them. The service reads them by the same rules; a test holds both together. */

/** The values of a text: commas stand between them, `\,` is one within a value. */
export function valuesIn(text: string): string[] {
  const values: string[] = [];
  let value = '';
  for (const [part] of text.matchAll(/\\[\\,]|,|[^\\,]+|\\/gs)) {
    if (part === ',') {
      values.push(value);
      value = '';
    } else value += part === '\\,' || part === '\\\\' ? part.slice(1) : part;
  }
  return [...values, value];
}

export const textOf = (values: readonly string[]): string =>
  values.map((value) => value.replace(/[\\,]/g, '\\$&')).join(',');
