/**
 * Makes one script of those that are always loaded together: each answer has a head, and a compressor finds more in one text. A
 * script becomes a function that is called once and gives what it exports; others read that. What is imported on demand stays
 * a file of its own.
 */
import { posix } from 'node:path';
import type { ImportDeclaration, Node, Program, Statement } from 'acorn';

export type Parse = (script: string) => Program;
/** Scripts by their path, with relative imports. */
type Scripts = ReadonlyMap<string, string>;

type Change = { readonly start: number; readonly end: number; readonly text: string };
type Name = { readonly type: string; readonly name?: string; readonly value?: unknown };

/** What a script is, apart from what it imports and exports. */
type Script = {
  readonly imports: readonly ImportDeclaration[];
  /** `exported: local`, as an object has it. */
  readonly exports: readonly string[];
  readonly names: readonly string[];
  /** What leaves the words for importing and exporting out of it. */
  readonly changes: readonly Change[];
  /** Places with the path of a file: of imports on demand, and of the script itself. */
  readonly late: readonly (Node & { readonly value: string })[];
  readonly ownUrls: readonly Node[];
};

const nameOf = (name: Name): string => name.name ?? `${name.value}`;

const isPackage = (path: string): boolean => path.startsWith('lib/');

const resolved = (from: string, name: string): string => posix.join(posix.dirname(from), name);

function relative(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to);
  return path.startsWith('.') ? path : `./${path}`;
}

/** `entries`: each becomes a script with all that it imports at once, but for packages. The first one serves the rest. */
export function merged(entries: readonly [string, ...string[]], scripts: Scripts, parse: Parse): Map<string, string> {
  const own = [...scripts].filter(([path]) => !isPackage(path));
  const read = new Map(own.map(([path, text]) => [path, readScript(path, parse(text))]));
  const result = new Map(scripts);
  const [main] = entries;
  const places = new Map(inOrder(main, read).map((path, index) => [path, `$m${index}`]));
  for (const [path, script] of read) {
    if (entries.includes(path)) continue;
    const place = places.get(path);
    const text = place === undefined ? served(path, script, scripts, places, main) : door(path, script, place, main);
    result.set(path, text);
  }
  for (const entry of entries) result.set(entry, together(entry, read, scripts));
  return result;
}

function together(entry: string, read: ReadonlyMap<string, Script>, scripts: Scripts): string {
  const order = inOrder(entry, read);
  const places = new Map(order.map((path, index) => [path, `$m${index}`]));
  const packages = new Map<string, string>();
  const placeOf = (path: string): string => {
    const place = places.get(path) ?? packages.get(path) ?? `$p${packages.size}`;
    if (!places.has(path)) packages.set(path, place);
    return place;
  };
  const parts = order.map((path) => {
    const script = read.get(path) as Script;
    const given = script.imports.map((each) => taken(each, placeOf(resolved(path, `${each.source.value}`))));
    const body = changed(scripts.get(path) as string, [...script.changes, ...moved(path, entry, script)]);
    return `export const ${places.get(path)} = (() => {\n${given.join('')}${body.trim()}\nreturn { ${script.exports.join(', ')} };\n})();\n`;
  });
  const heads = [...packages].map(([path, place]) => `import * as ${place} from '${relative(entry, path)}';\n`);
  return [...heads, ...parts].join('');
}

/** A script that is loaded on demand: it takes from the first script what that has. */
function served(path: string, script: Script, scripts: Scripts, places: ReadonlyMap<string, string>, main: string) {
  const changes = script.imports.flatMap((each): Change[] => {
    const place = places.get(resolved(path, `${each.source.value}`));
    if (place === undefined) return [];
    const { start, end } = each;
    return [{ start, end, text: `import { ${place} } from '${relative(path, main)}';\n${taken(each, place)}` }];
  });
  return changed(scripts.get(path) as string, changes);
}

/** The path of a script that is in the first one still leads to it. */
function door(path: string, { names }: Script, place: string, main: string): string {
  const exported = names.length === 0 ? '' : `export const { ${names.join(', ')} } = ${place};\n`;
  return `import { ${place} } from '${relative(path, main)}';\n${exported}`;
}

/** `import { a as b } from x` of an object `place`. */
function taken({ specifiers }: ImportDeclaration, place: string): string {
  const whole = specifiers.find(({ type }) => type === 'ImportNamespaceSpecifier');
  if (whole !== undefined) return `const ${whole.local.name} = ${place};\n`;
  const names = specifiers.map((each) => {
    const from = each.type === 'ImportSpecifier' ? nameOf(each.imported) : 'default';
    return from === each.local.name ? from : `${from}: ${each.local.name}`;
  });
  return names.length === 0 ? '' : `const { ${names.join(', ')} } = ${place};\n`;
}

/** Paths that a script has of others and of itself, as they are from `to`. */
function moved(from: string, to: string, { late, ownUrls }: Script): Change[] {
  return [
    ...late.map(({ start, end, value }) => ({ start, end, text: `'${relative(to, resolved(from, value))}'` })),
    ...ownUrls.map(({ start, end }) => ({
      start,
      end,
      text: from === to ? 'import.meta.url' : `new URL('${relative(to, from)}', import.meta.url).href`,
    })),
  ];
}

function changed(text: string, changes: readonly Change[]): string {
  let [result, from] = ['', 0];
  for (const { start, end, text: instead } of [...changes].sort((a, b) => a.start - b.start)) {
    result += text.slice(from, start) + instead;
    from = end;
  }
  return result + text.slice(from);
}

/** `entry` and what it imports at once, each behind what it needs. */
function inOrder(entry: string, read: ReadonlyMap<string, Script>): string[] {
  const [order, open] = [new Set<string>(), new Set<string>()];
  const add = (path: string): void => {
    if (isPackage(path) || order.has(path)) return;
    if (open.has(path)) throw new Error(`${path} imports itself, by ${[...open].join(', ')}`);
    open.add(path);
    const script = read.get(path);
    if (script === undefined) throw new Error(`${path} is imported, and is no file`);
    for (const { source } of script.imports) add(resolved(path, `${source.value}`));
    open.delete(path);
    order.add(path);
  };
  add(entry);
  return [...order];
}

function readScript(path: string, { body }: Program): Script {
  const script = { imports: [] as ImportDeclaration[], exports: [] as string[], changes: [] as Change[] };
  const names: string[] = [];
  const give = (exported: string, local: string) => {
    names.push(exported);
    script.exports.push(exported === local ? exported : `${exported}: ${local}`);
  };
  for (const part of body) {
    const { start, end } = part;
    if (part.type === 'ImportDeclaration') {
      script.imports.push(part);
      script.changes.push({ start, end, text: '' });
    } else if (part.type === 'ExportNamedDeclaration' && part.source == null) {
      const { declaration } = part;
      script.changes.push({ start, end: declaration?.start ?? end, text: '' });
      for (const { exported, local } of part.specifiers) give(nameOf(exported), nameOf(local));
      for (const name of declared(path, declaration ?? null)) give(name, name);
    } else if (part.type.startsWith('Export')) throw new Error(`${path}: ${part.type} cannot be merged`);
  }
  return { ...script, names, ...placesOf(body) };
}

/** A variable that changes would be exported as it is at first. */
function declared(path: string, declaration: Statement | null): string[] {
  if (declaration === null) return [];
  if (declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration')
    return [declaration.id.name];
  if (declaration.type !== 'VariableDeclaration' || declaration.kind !== 'const')
    throw new Error(`${path}: only functions, classes and constants can be exported`);
  return declaration.declarations.flatMap(({ id }) => patternNames(path, id));
}

function patternNames(path: string, id: Node): string[] {
  if (id.type === 'Identifier') return [nameOf(id as Name)];
  throw new Error(`${path}: a constant that is exported has one name`);
}

function placesOf(body: Program['body']): Pick<Script, 'late' | 'ownUrls'> {
  const [late, ownUrls]: [(Node & { value: string })[], Node[]] = [[], []];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const each of node) visit(each);
    if (node === null || typeof node !== 'object' || !('type' in node)) return;
    const { type, source, object, property } = node as unknown as Record<string, Node & Name>;
    if (`${type}` === 'ImportExpression') late.push(source as unknown as Node & { value: string });
    if (`${type}` === 'MemberExpression' && object?.type === 'MetaProperty' && property?.name === 'url')
      ownUrls.push(node as unknown as Node);
    else for (const each of Object.values(node)) visit(each);
  };
  visit(body);
  return { late, ownUrls };
}
