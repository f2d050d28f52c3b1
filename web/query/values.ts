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

/** Parameters that are true or false: both together are no filter, and the API takes one. */
const YES_OR_NO: ReadonlySet<string> = new Set(['acknowledged', 'listed']);

/** Values that stand for several others: who chooses one of these narrows the list to it. */
const SEVERAL: Readonly<Record<string, ReadonlySet<string>>> = { state: new Set(['open', 'any']) };

/** The values of a parameter after one of them was clicked. */
export function nextValues(name: string, values: readonly string[], clicked: string): readonly string[] {
  if (values.includes(clicked)) return values.filter((each) => each !== clicked);
  if (YES_OR_NO.has(name)) return [clicked];
  return [...values.filter((each) => SEVERAL[name]?.has(each) !== true), clicked];
}
