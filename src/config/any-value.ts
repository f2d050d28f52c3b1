/** Looks into a value of any form, as YAML gives it. Nothing here throws. */

export type Tree = { [key: string]: unknown };

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The keys and values of an object; none of anything else. */
export function entriesOf(value: unknown): [string, unknown][] {
  return isTree(value) ? Object.entries(value) : [];
}

/** The objects of a list with their places; what is no object is left out. */
export function rowsOf(value: unknown): [index: number, row: Tree][] {
  return itemsOf(value).flatMap((row, index) => (isTree(row) ? [[index, row] as [number, Tree]] : []));
}

/** The texts of a list with their places; what is no text, or empty, is left out. */
export function textsOf(value: unknown): [index: number, text: string][] {
  return itemsOf(value).flatMap((text, index) => (isText(text) ? [[index, text] as [number, string]] : []));
}

/** A text that is not empty: the schemas report an empty one. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** The value at a path like `correlation.window`; undefined if there is none. */
export function valueAt(value: unknown, path: string): unknown {
  let node = value;
  for (const key of path.split('.')) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return undefined;
    node = (node as Tree)[key];
  }
  return node;
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
