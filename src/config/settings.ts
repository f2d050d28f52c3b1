/** Environment variables and flags: texts by the path of their key. */
import { isTree, type Tree } from './any-value.ts';
import type { Form } from './form.ts';
import { nearest } from './near.ts';
import { addAll, type Problem, problemAt } from './problem.ts';
import { configKeys, configSchema, environmentName } from './schema.ts';
import { readYaml } from './yaml.ts';

export type Settings = Readonly<Record<string, string | null>>;

/** `names`: the variable of each path that is set. `unknown`: the problems of variables that no key has. */
export function fromEnvironment(environment: NodeJS.ProcessEnv): {
  readonly settings: Settings;
  readonly names: Map<string, string>;
  readonly unknown: readonly string[];
} {
  const byName = new Map<string, string>(configKeys.map((key) => [environmentName(key), key]));
  byName.set(environmentName('syslog.relp'), 'syslog.relp.listen');
  const settings: Record<string, string> = {};
  const names = new Map<string, string>();
  const unknown: string[] = [];
  for (const [name, text] of Object.entries(environment).sort(([one], [other]) => (one < other ? -1 : 1))) {
    // Kubernetes sets variables like QUOVADIS_WATCH_PORT for a service that is called quovadis-watch.
    if (!name.startsWith('QUOVADIS_') || name.startsWith('QUOVADIS_WATCH_') || text === undefined) continue;
    const key = byName.get(name);
    if (key === undefined) unknown.push(`${name}: ${unknownVariable(name, [...byName.keys()])}`);
    else {
      settings[key] = text;
      names.set(key, name);
    }
  }
  return { settings, names, unknown };
}

/** The part that all names have does not make two names alike. */
function unknownVariable(name: string, known: readonly string[]): string {
  const own = (each: string) => each.replace('QUOVADIS_', '');
  const near = nearest(own(name), known.map(own));
  return near === null
    ? 'unknown variable; docs/configuration.md has their names'
    : `unknown variable, did you mean "QUOVADIS_${near}"?`;
}

/** Sets each key in the sections of the configuration, and the defaults of those of the listeners with TLS. */
export function setAll(value: Tree, settings: Settings, problems: Problem[]): void {
  for (const [path, text] of Object.entries(settings)) set(value, path, text, problems);
  completeListeners(value);
}

function set(value: Tree, path: string, text: string | null, problems: Problem[]): void {
  const steps = path.split('.');
  const last = steps.pop() as string;
  let node = value;
  for (const [index, step] of steps.entries()) {
    if (node[step] === null && mayBeNull(formAt(steps.slice(0, index + 1).join('.')))) node[step] = {};
    // What is there has another form, which is reported.
    if (!isTree(node[step])) return;
    node = node[step];
  }
  node[last] = path === 'sinks' ? listOf(path, text ?? '', problems) : valueFrom(text, formAt(path));
}

/** `off` and `null` mean null. Lists are separated by commas. */
function valueFrom(text: string | null, form: Form): unknown {
  const types = (form.anyOf ?? [form]).map(({ type }) => type);
  if (types.includes('array')) {
    return (text ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  }
  if (text === null || text === 'off' || text === 'null') return null;
  if (types.includes('integer') && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (types.includes('boolean') && /^(?:true|false)$/.test(text)) return text === 'true';
  return text;
}

function mayBeNull({ anyOf = [] }: Form): boolean {
  return anyOf.some(({ type }) => type === 'null');
}

/** Sinks are YAML, as in the file. */
function listOf(path: string, text: string, problems: Problem[]): unknown {
  const { value, isUsable, problems: found } = readYaml(text);
  addAll(
    problems,
    found.map(({ line, words }) => problemAt(path, `must be a list in YAML; line ${line}: ${words}`)),
  );
  return isUsable ? (value ?? []) : [];
}

/** `listen: null` switches a listener off, `http.tls.cert: null` TLS of HTTP. */
function completeListeners({ syslog, http }: Tree): void {
  if (isTree(http) && isTree(http['tls']))
    http['tls'] = http['tls']['cert'] === null ? null : { clientCa: null, ...http['tls'] };
  if (!isTree(syslog)) return;
  const optional = { tls: { clientCa: null, peers: [] }, relp: { cert: null, key: null, clientCa: null, peers: [] } };
  for (const [name, keys] of Object.entries(optional)) {
    const listener = syslog[name];
    if (!isTree(listener)) continue;
    syslog[name] = listener['listen'] === null ? null : { ...keys, ...listener };
  }
}

/** `relp: HOST:PORT` is short for `relp: { listen: HOST:PORT }`. */
export function spellOutRelp({ syslog }: Tree): void {
  if (isTree(syslog) && typeof syslog['relp'] === 'string') syslog['relp'] = { listen: syslog['relp'] };
}

/** The form of a key; a section that may be null has the keys of the section. */
export function formAt(path: string): Form {
  return path.split('.').reduce<Form>((form, key) => {
    const section = [form, ...(form.anyOf ?? [])].find(({ properties }) => properties !== undefined);
    return section?.properties?.[key] ?? {};
  }, configSchema as Form);
}
