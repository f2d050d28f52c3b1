/** The values of a parameter that takes several of them. */

/**
 * The values in a text: commas stand between them, `\,` is a comma within one, `\\` a backslash. A backslash before anything
 * else is itself.
 */
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

/** Makes a list of each parameter of a request that is one, before the request is validated. */
export function splitLists(query: Record<string, unknown>, isList: (name: string) => boolean): void {
  for (const [name, value] of Object.entries(query)) {
    if (isList(name)) query[name] = [value].flat().flatMap((text) => valuesIn(String(text)));
  }
}
