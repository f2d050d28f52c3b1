import { readFileSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { closest } from 'fastest-levenshtein';
import { parseDuration } from '../core/model/duration.ts';
import { OperatingError, unreadable } from '../errors.ts';
import { isText, isTree, type Tree, textsOf, valueAt } from './any-value.ts';
import { durationProblems, judgingProblems, retentionBounds } from './durations.ts';
import { inOrder, schemaProblems } from './problems.ts';
import { type Config, configKeys, configSchema, defaults, environmentName } from './schema.ts';
import { fileKeyOf, isGiven, textOf, withSecrets } from './secret-files.ts';
import { readSinks } from './sinks.ts';
import { tokenProblems } from './tokens.ts';
import { valueOfYaml } from './yaml.ts';
import { zoneOffsetOf } from './zone.ts';

export type Settings = Readonly<Record<string, string | null>>;

/**
 * The configuration from a YAML file, environment variables (`QUOVADIS_…`) and flags. Environment variables override the
 * file, flags override both. `flags`: by path (`syslog.udp`). Throws one `QVW_CONFIG_INVALID` that names every problem with its path.
 */
export function loadConfig(sources: {
  file?: string | undefined;
  environment: NodeJS.ProcessEnv;
  flags: Settings;
}): Config {
  const problems: string[] = [];
  const value = merge(structuredClone(defaults), sources.file === undefined ? {} : readYaml(sources.file));
  spellOutRelp(value as Tree);
  for (const [path, text] of Object.entries({ ...fromEnvironment(sources.environment, problems), ...sources.flags })) {
    set(value as Tree, path, text);
  }
  completeListeners(value as Tree);
  const secretFiles: string[] = [];
  readSecrets(value as Tree, secretFiles, problems);
  problems.push(...schemaProblems(configSchema, value));
  const sinks = readSinks((value as Tree)['sinks'], problems, secretFiles);
  problems.push(...valueProblems(value));
  if (problems.length > 0) {
    const where = sources.file === undefined ? 'the configuration' : sources.file;
    throw new OperatingError('QVW_CONFIG_INVALID', `${where} is not valid: ${inOrder(problems).join('; ')}`);
  }
  return { ...(value as Config), sinks, secretFiles };
}

/** Splits `HOST:PORT` or `[IPv6]:PORT`. The schema has checked the form. */
export function parseAddress(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}

/** The same of a listener; null if it is off. */
export function listenAddress(text: string | null): { host: string; port: number } | null {
  return text === null ? null : parseAddress(text);
}

function readYaml(file: string): unknown {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(`the configuration ${file}`, error);
  }
  try {
    return valueOfYaml(content) ?? {};
  } catch (error) {
    throw new OperatingError('QVW_CONFIG_INVALID', `${file} is not valid: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Objects are merged key by key; anything else replaces. */
function merge(base: unknown, over: unknown): unknown {
  if (!isTree(base) || !isTree(over)) return over;
  const merged: Tree = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = key in base ? merge(base[key], value) : value;
  return merged;
}

function fromEnvironment(environment: NodeJS.ProcessEnv, problems: string[]): Record<string, string | null> {
  const byName = new Map<string, string>(configKeys.map((key) => [environmentName(key), key]));
  byName.set(environmentName('syslog.relp'), 'syslog.relp.listen');
  const settings: Record<string, string | null> = {};
  for (const [name, text] of Object.entries(environment)) {
    // Kubernetes sets variables like QUOVADIS_WATCH_PORT for a service that is called quovadis-watch.
    if (!name.startsWith('QUOVADIS_') || name.startsWith('QUOVADIS_WATCH_') || text === undefined) continue;
    const key = byName.get(name);
    if (key === undefined)
      problems.push(`${name}: unknown variable, did you mean "${closest(name, [...byName.keys()])}"?`);
    else settings[key] = text;
  }
  return settings;
}

/** Sets the tokens and sinks that are in files of their own. */
function readSecrets(tree: Tree, files: string[], problems: string[]): void {
  const { http } = tree;
  if (isTree(http)) {
    const tokens = withSecrets(http, { readTokens: 'lines', writeTokens: 'lines' }, files);
    tree['http'] = tokens.section;
    problems.push(...tokens.problems.map(({ key, words }) => `http.${key}: ${words}`));
  }
  const file = tree[fileKeyOf('sinks')];
  if (!isText(file)) return;
  files.push(file);
  const read = isGiven(tree['sinks']) ? { words: 'give sinks or sinksFile, not both' } : textOf(file);
  if ('words' in read) problems.push(`sinksFile: ${read.words}`);
  else if (read.text.trim() === '') problems.push('sinksFile: the file is empty; for no sinks write []');
  else tree['sinks'] = yamlOr(read.text);
}

const NUMBERS = new Set([
  'backup.keep',
  'syslog.perSource.connections',
  'syslog.perSource.lines',
  'syslog.perSource.newDevices',
]);
const BOOLEANS = new Set(['syslog.trustUnknownSenders', 'http.insecure']);
const LISTS = new Set([
  'syslog.allow',
  'syslog.relays',
  'syslog.proxy',
  'syslog.tls.peers',
  'syslog.relp.peers',
  'http.readTokens',
  'http.writeTokens',
]);

/** `relp: HOST:PORT` is short for `relp: { listen: HOST:PORT }`. */
function spellOutRelp({ syslog }: Tree): void {
  if (isTree(syslog) && typeof syslog['relp'] === 'string') syslog['relp'] = { listen: syslog['relp'] };
}

/**
 * Sets the defaults of the optional keys of the listeners with TLS. `listen: null` switches a listener off, `http.tls.cert:
 * null` TLS of HTTP.
 */
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

/** `off` and `null` mean null. Lists are separated by commas. Sinks are YAML, as in the file. */
function set(tree: Tree, path: string, text: string | null): void {
  const steps = path.split('.');
  const last = steps.pop() as string;
  let node = tree;
  for (const step of steps) {
    if (!isTree(node[step])) node[step] = {};
    node = node[step] as Tree;
  }
  if (path === 'sinks') node[last] = yamlOr(text);
  else if (LISTS.has(path))
    node[last] = (text ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  else if (BOOLEANS.has(path) && /^(?:true|false)$/.test(text ?? '')) node[last] = text === 'true';
  else if (NUMBERS.has(path) && /^\d+$/.test(text ?? '')) node[last] = Number(text);
  else node[last] = text === 'off' || text === 'null' ? null : text;
}

/** A text that is not YAML is returned unchanged: the check of its type reports it. */
function yamlOr(text: string | null): unknown {
  try {
    return valueOfYaml(text ?? '') ?? [];
  } catch {
    return text;
  }
}

const LISTENERS = ['syslog.udp', 'syslog.tcp', 'syslog.tls.listen', 'syslog.relp.listen', 'http.listen'];

/** Checks what the schema cannot. Skips what has not the type that a check needs, which the schema reports. */
function valueProblems(config: unknown): string[] {
  const problems: string[] = [];
  for (const path of LISTENERS) {
    const text = valueAt(config, path);
    if (isText(text) && /:\d{1,5}$/.test(text) && parseAddress(text).port > 65_535)
      problems.push(`${path}: the port is above 65535`);
  }
  const zone = valueAt(config, 'syslog.zone');
  if (isText(zone) && zoneOffsetOf(zone) === null) {
    problems.push(`syslog.zone: "${zone}" is not a time zone; use UTC, +01:00 or a name like Europe/Berlin`);
  }
  problems.push(...judgingProblems((path) => (path.startsWith('correlation.') ? valueAt(config, path) : undefined)));
  for (const [path, bounds] of Object.entries(retentionBounds)) {
    const text = valueAt(config, path);
    if (isText(text) && parseDuration(text) !== null) problems.push(...durationProblems(path, text, bounds));
  }
  problems.push(...tokenProblems(config));
  for (const path of ['syslog.allow', 'syslog.relays', 'syslog.proxy']) {
    for (const [index, network] of textsOf(valueAt(config, path))) {
      if (!isNetwork(network))
        problems.push(`${path}[${index}]: "${network}" is not a network; write it like 192.0.2.0/24`);
    }
  }
  for (const path of ['syslog.tls', 'syslog.relp']) {
    if (textsOf(valueAt(config, `${path}.peers`)).length > 0 && valueAt(config, `${path}.clientCa`) === null)
      problems.push(`${path}.peers: without ${path}.clientCa clients show no certificate; set clientCa`);
  }
  problems.push(...relpProblems(valueAt(config, 'syslog.relp')));
  return problems;
}

/** RELP speaks TLS with a certificate and its key, and without both it does not. */
function relpProblems(relp: unknown): string[] {
  if (!isTree(relp)) return [];
  const has = (key: string) => isText(relp[key]);
  if (has('cert') !== has('key')) {
    const lacking = has('cert') ? 'key' : 'cert';
    return [`syslog.relp.${lacking}: missing; TLS needs cert and key`];
  }
  if (has('clientCa') && !has('cert'))
    return ['syslog.relp.clientCa: clients show a certificate only with TLS; set cert and key'];
  return [];
}

function isNetwork(text: string): boolean {
  const [address = '', prefix] = text.split('/');
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  return bits > 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits));
}
