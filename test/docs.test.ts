/** The documents say what the code has, and nothing else: in both directions. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Registry } from 'prom-client';
import t from 'tap';
import { parse } from 'yaml';
import type { AdvisoryFile } from '../src/config/advisory-form.ts';
import { configKeys, defaults, environmentName } from '../src/config/schema.ts';
import { sinkKeys } from '../src/config/sinks.ts';
import { noticeTypes } from '../src/core/announce/notice.ts';
import { type Accuracy, accuracyOf } from '../src/core/fleet/accuracy.ts';
import type { DeviceSeries } from '../src/core/fleet/device-series.ts';
import type { DispositionCount } from '../src/core/model/disposition.ts';
import { hypotheses } from '../src/core/model/hypothesis.ts';
import { incidentStates } from '../src/core/model/incident.ts';
import { columnOf, columns } from '../src/core/model/inventory.ts';
import { limits } from '../src/core/model/limits.ts';
import { grammarMnemonics } from '../src/core/parse/parse.ts';
import { operatingErrors } from '../src/errors.ts';
import { ansibleVariables } from '../src/operate/repair-tasks-ansible.ts';
import { noDamage } from '../src/store/no-damage.ts';
import { DROPPED, deviceFamilies, deviceMetrics } from '../src/telemetry/device-metrics.ts';
import { Metrics } from '../src/telemetry/metrics.ts';
import { addProcessMetrics } from '../src/telemetry/process-metrics.ts';
import { advisory } from './given.ts';
import { anyProcess } from './telemetry/any-process.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => join('docs', file));
const documents = [...readdirSync(root), ...pages].filter((file) => file.endsWith('.md'));

/** The rows of the table whose first head is this; cells as written, without the head and its rule. */
function table(text: string, head: string): string[][] {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith('|') && line.split('|')[1]?.trim() === head);
  if (at === -1) throw new Error(`there is no table with the head "${head}"`);
  const rows: string[][] = [];
  for (const line of lines.slice(at + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}

/** The values of `code spans`, in order. */
function codes(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);
}

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();

t.test('configKeys are in configuration.md with default, environment name and flag, and no others', async (t) => {
  const documented = table(read('docs/configuration.md'), 'key').map((row) => row.slice(0, 4).join(' '));
  const flags = new Map(
    [...(/const PATHS = \{(.*?)\}/s.exec(read('src/commands/serve.ts'))?.[1]?.matchAll(/(\w+): '([^']+)'/g) ?? [])].map(
      ([, name = '', path = '']) => [path, `\`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}\``],
    ),
  );
  const expected = configKeys.map(
    (key) => `\`${key}\` ${defaultOf(key)} \`${environmentName(key)}\` ${flags.get(key) ?? '–'}`,
  );
  t.same(sorted(documented), sorted(expected));
  const help = execFileSync(process.execPath, [join(root, 'src/main.ts'), 'serve', '--help'], { encoding: 'utf8' });
  const offered = [...help.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => `\`${flag}\``);
  t.same(sorted(offered), sorted([...flags.values(), '`--config`', '`--help`']), 'the flags are those of serve');
});

/** As configuration.md writes it: below a section that is null, a key has no default. */
function defaultOf(key: string): string {
  let value: unknown = defaults;
  for (const step of key.split('.')) {
    if (value === null) return 'unset';
    value = (value as Record<string, unknown>)[step];
  }
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

t.test('environmentName() gives every QUOVADIS_ name that a document or the Dockerfile has', async (t) => {
  const known = new Set(configKeys.map(environmentName));
  for (const file of [...documents, 'Dockerfile']) {
    for (const [name] of read(file).matchAll(/QUOVADIS_[A-Z_]*[A-Z]/g)) t.ok(known.has(name), `${file}: ${name}`);
  }
});

const noGrace = { over: 0, days7: 0, days30: 0, days60: 0, days180: 0, longer: 0, bounded: 0 };
const metrics = new Metrics(advisory, {
  counts: async () => ({ incidents: [], devices: [], grace: noGrace, recoveryHidden: 0, notCounted: 0 }),
  pendingNotices: async () => [],
  losses: async () => [],
  setAside: async () => 0,
  clockSteps: () => 0,
  clockOffset: () => null,
  process: () => anyProcess,
  lastReload: () => ({ successful: true, at: 0 }),
  damaged: async () => noDamage,
  queueLines: () => 0,
  streamListeners: () => 0,
  kernelDrops: async () => 0,
  onStoreError: () => {},
  logDrops: () => 0,
});

const deviceNames = [...deviceFamilies.map(({ name }) => name), DROPPED];

type Reported = { name: string; type: string; values: { labels: Record<string, string> }[] };
const reported = (await metrics.registry.getMetricsAsJSON()) as unknown as Reported[];

t.test('Metrics are in metrics.md with type and labels, and no others', async (t) => {
  const expected = reported.map(({ name, type }) => {
    const { labelNames } = metrics.registry.getSingleMetric(name) as unknown as { labelNames: readonly string[] };
    return `\`${name}\` ${type} ${labelNames.map((label) => `\`${label}\``).join(', ') || '–'}`;
  });
  const documented = table(read('docs/metrics.md'), 'name').map((row) => row.slice(0, 3).join(' '));
  t.same(sorted(documented), sorted(expected));
});

t.test('deviceMetrics() has the metrics of metrics.md with their labels, and no others', async (t) => {
  const series: DeviceSeries = {
    ...{ plant: 'P1', product: 'IE3x00', release: '17.3.3', condition: 'confirmed', severity: 'major' },
    ...{ open: true, graceUntil: 1, graceUntilAtMost: 1 },
  };
  const store = { series: async () => ({ rows: [{ device: 'a', lastSeenAt: 1, series }], next: null }) };
  let text = '';
  for await (const piece of deviceMetrics(store, 0)) text += piece;
  const shown = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const found = shown.map((line) => {
    const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    return `\`${name}\` gauge ${[...labels.matchAll(/(\w+)="/g)].map(([, label]) => `\`${label}\``).join(', ') || '–'}`;
  });
  const behind = read('docs/metrics.md').split('## Devices')[1] ?? '';
  t.same(sorted(table(behind, 'name').map((row) => row.slice(0, 3).join(' '))), sorted(found));
  t.same(sorted(found.map((row) => codes(row)[0] ?? '')), sorted(deviceNames));
});

t.test('sinkKeys are in sinks.md with the kinds that have them, and no others', async (t) => {
  const kinds = Object.keys(sinkKeys) as (keyof typeof sinkKeys)[];
  const documented = table(read('docs/sinks.md'), 'key').flatMap(([key = '', of = '']) =>
    (of === 'all' ? kinds : of.split(', ')).map((kind) => `${kind} ${codes(key)[0]}`),
  );
  t.same(sorted(documented), sorted(kinds.flatMap((kind) => sinkKeys[kind].map((key) => `${kind} ${key}`))));
  const types = table(read('docs/sinks.md'), '`type`').map(([type = '']) => codes(type)[0]);
  t.same(sorted(types as string[]), sorted(noticeTypes.map((type) => `quovadis.${type}`)));
});

t.test('Metrics start with the label values of metrics.md', async (t) => {
  for (const [metric = '', label = '', values = ''] of table(read('docs/metrics.md'), 'metric')) {
    const [name] = codes(metric);
    const [key = ''] = codes(label);
    const found = reported.find((one) => one.name === name)?.values.map(({ labels }) => labels[key] ?? '') ?? [];
    t.same(sorted(codes(values)), sorted(found), `${name} ${key}`);
  }
  // Their values come from the advisory, the configuration and the process.
  const varying = new Set(['facility', 'mnemonic', 'sink', 'version', 'node', 'advisory', 'key', 'url', 'le']);
  const expected = reported.flatMap(({ name, values }) =>
    sorted(values.flatMap(({ labels }) => Object.keys(labels)).filter((label) => !varying.has(label))).map(
      (label) => `${name} ${label}`,
    ),
  );
  const rows = table(read('docs/metrics.md'), 'metric').map((row) => row.slice(0, 2).flatMap(codes).join(' '));
  t.same(sorted(rows), sorted(expected));
});

t.test('process_ and nodejs_ metrics are in metrics.md', async (t) => {
  const registry = new Registry();
  addProcessMetrics(registry);
  const documented = table(read('docs/metrics.md'), 'metric of the process').flatMap(([cell = '']) => codes(cell));
  const isDocumented = (name: string) =>
    documented.some((known) => new RegExp(`^(?:${known.replace('…', '\\w+')}|nodejs_active_\\w+_total)$`).test(name));
  for (const { name } of await registry.getMetricsAsJSON()) t.ok(isDocumented(name), name);
});

t.test('Metrics and variables of Ansible have every quovadis_ name that a document has', async (t) => {
  const known = new Set([...reported.map(({ name }) => name), ...deviceNames, ...ansibleVariables]);
  for (const file of documents) {
    for (const [name] of read(file).matchAll(/quovadis_[a-z_]*[a-z]/g)) {
      t.ok(known.has(name) || known.has(name.replace(/_(?:bucket|sum|count)$/, '')), `${file}: ${name}`);
    }
  }
});

t.test('operatingErrors are in errors.md with exit code, retry and when, and no others', async (t) => {
  const documented = table(read('docs/errors.md'), 'code').map((row) => row.slice(0, 4).join(' | '));
  const expected = Object.entries(operatingErrors).map(
    ([code, { exit, retryable, when }]) => `\`${code}\` | ${exit} | ${retryable ? 'yes' : 'no'} | ${when}`,
  );
  t.same(sorted(documented), sorted(expected));
  for (const [code, , , , remedy] of table(read('docs/errors.md'), 'code')) t.ok(remedy, `${code} says what to do`);
});

t.test('incidentStates and ChangeReason are in the transition table of state-machine.md, and no others', async (t) => {
  const union = /export type ChangeReason =([^;]+);/.exec(read('src/core/model/incident.ts'))?.[1] ?? '';
  const reasons = [...union.matchAll(/'([^']+)'/g)].map(([, reason]) => reason as string);
  t.ok(reasons.length > 0, 'the union is found');
  const rows = table(read('docs/state-machine.md'), 'from');
  const states: readonly string[] = incidentStates;
  const unknown = rows.flatMap(([from = '', , to = '']) => codes(`${from} ${to}`)).filter((it) => !states.includes(it));
  t.same(unknown, [], 'only states of the union');
  for (const [, event, to = '', reason = ''] of rows) {
    t.ok(codes(to).length > 0 && codes(reason).length > 0, `"${event}" leads somewhere, for a reason`);
  }
  t.same(sorted(rows.flatMap((row) => codes(row[3] ?? ''))), sorted(reasons), 'every reason, and no other');
});

t.test('numbers of the shipped advisory are in verdict.md with their values, and no others', async (t) => {
  const file = parse(read('advisories/quovadis-root-ca-2.yaml')) as AdvisoryFile;
  const rows = table(read('docs/verdict.md'), 'path');
  for (const [path = '', value, source = '', why] of rows) {
    const steps = (codes(path)[0] ?? '').split('.');
    const found = steps.reduce<unknown>((node, step) => (node as Record<string, unknown> | undefined)?.[step], file);
    t.equal(value, `${found}`, path);
    t.ok(['FN72298', 'text', 'assumed'].includes(source) && why !== '', `${path} has a source and a reason`);
    const isMarked = file.assumed?.some((known) => steps.join('.').startsWith(known)) === true;
    if (isMarked) t.equal(source, 'assumed', `the advisory marks ${path}`);
  }
  const { suspected, confirmed, proof, affected, healsByItself } = file.thresholds;
  const pathsOf = (above: string, values: object) =>
    Object.entries(values).flatMap(([key, value]) => (typeof value === 'object' ? [] : [`\`${above}.${key}\``]));
  const expected = [
    ...['`grace`', '`criticalBelow`', '`noWayOut.within`', '`clock.offBy`'],
    ...pathsOf('correlation', file.correlation),
    ...pathsOf('hypotheses', file.hypotheses),
    ...Object.entries({ suspected, confirmed, proof, affected, healsByItself }).flatMap(([key, values]) =>
      pathsOf(`thresholds.${key}`, values),
    ),
    ...Object.entries(file.families).flatMap(([name, { weight }]) =>
      weight > 0 ? [`\`families.${name}.weight\``] : [],
    ),
  ];
  t.same(sorted(rows.map(([path = '']) => path)), sorted(expected));
});

t.test('limits are in limits.md with their values, and no others', async (t) => {
  const documented = table(read('docs/limits.md'), 'limit').map(([name, value]) => `${name} ${value}`);
  const expected = Object.entries(limits).map(([name, value]) => `\`${name}\` ${value}`);
  t.same(sorted(documented), sorted(expected));
});

t.test('messages with a rule are in messages.md with their kind, and no others', async (t) => {
  const folder = join(root, 'samples/messages');
  const sampled = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.log'))
    .map((file) => file.split('/') as [facility: string, mnemonic: string, file: string]);
  const rows = table(read('docs/messages.md'), 'message');
  const expected = sampled
    .filter(([, mnemonic]) => grammarMnemonics.has(mnemonic))
    .map(([facility, mnemonic]) => {
      const kind = advisory.signals.get(facility)?.get(mnemonic)?.kind ?? 'neutral';
      return `\`${facility} ${mnemonic}\` ${kind}`;
    });
  t.same(sorted(rows.map(([message, kind]) => `${message} ${kind}`)), sorted(expected));
  t.equal(rows.length, new Set(expected).size, 'each once');
  const assumed = sampled.flatMap(([facility, mnemonic, file]) =>
    file === 'assumed-text.log' ? [`\`${facility} ${mnemonic}\``] : [],
  );
  t.same(
    sorted(rows.flatMap(([message = '', , source = '']) => (source.includes('assumed') ? [message] : []))),
    sorted(assumed),
    'a text is assumed where a case assumed-text says so',
  );
});

t.test('hypotheses are in accuracy.md, and no others', async (t) => {
  const text = read('docs/accuracy.md');
  t.same(
    table(text, 'hypothesis')
      .map(([name = '']) => codes(name)[0])
      .sort(),
    [...hypotheses].sort(),
  );
});

t.test('accuracyOf() gives the example of accuracy.md, and the confusion table is the example', async (t) => {
  const text = read('docs/accuracy.md');
  const example = JSON.parse(/^```json\n(.*?)^```$/ms.exec(text)?.[1] ?? '') as Accuracy;
  const counted: DispositionCount[] = [
    { diagnosis: 'trust', hypothesis: 'trust', release: '17.3.3', count: 17 },
    { diagnosis: 'trust', hypothesis: 'interception', release: '17.6.3', count: 3 },
    { diagnosis: 'network', hypothesis: 'network', release: '17.3.3', count: 2 },
    { diagnosis: 'network', hypothesis: 'dns', release: '17.3.3', count: 2 },
  ];
  t.strictSame(example, accuracyOf(counted));
  const [, heads = ''] = /^\| diagnosis \\ disposition\s+\|(.*)\|$/m.exec(text) ?? [];
  const columns = heads.split('|').map((head) => head.trim());
  for (const { diagnosis, dispositions } of example.byDiagnosis) {
    const row = table(text, 'diagnosis \\ disposition').find(([name]) => name === diagnosis) ?? [];
    const shown = columns.map((_, at) => Number(row[at + 1] || 0));
    const counts = columns.map((name) => dispositions.find(({ hypothesis }) => hypothesis === name)?.count ?? 0);
    t.strictSame(shown, counts, diagnosis);
  }
});

t.test('DropReason has every word that losses.md says lines are counted as', async (t) => {
  const reasons = codes(
    (/export type DropReason =([^;]+);/.exec(read('src/receive/receiver.ts'))?.[1] ?? '').replaceAll("'", '`'),
  );
  const counted = [...read('docs/losses.md').matchAll(/counted as `([^`]+)`/g)].map(([, reason]) => reason as string);
  t.ok(counted.length > 0, 'the words are found');
  t.same(
    counted.filter((reason) => !reasons.includes(reason)),
    [],
  );
});

t.test('tables of limits, states, verdict, losses and performance are not padded', async (t) => {
  for (const file of ['limits', 'state-machine', 'verdict', 'losses', 'performance'].map((name) => `docs/${name}.md`)) {
    const rows = read(file)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    t.ok(rows.length > 0, `${file} has a table`);
    t.same(
      rows.filter((row) => / {2}\||\| {2}/.test(row)),
      [],
      file,
    );
  }
});

t.test('paths in ARCHITECTURE.md exist, and its code map has every folder of src', async (t) => {
  const text = read('ARCHITECTURE.md').replace(/^```.*?^```$/gms, '');
  const [, map = ''] = /^## Code map[^\n]*\n(.*?)^## /ms.exec(text) ?? [];
  const named = new Set(codes(text).filter((code) => /^(?:src|grammar|advisories)\//.test(code)));
  // In the code map, `name.ts` and `name/` are below the folder that was last named in bold.
  let folder = '';
  for (const [span, code = ''] of map.matchAll(/\*\*`([^`]+)`|`([^`]+)`/g)) {
    const [bare = ''] = codes(span);
    if (code.endsWith('/')) folder = code;
    else if (/^(?!src\/|grammar\/)(?:[\w-]+\/)*[\w.-]+(?:\.ts|\/)$/.test(bare)) named.add(`${folder}${bare}`);
  }
  for (const path of named) t.ok(existsSync(join(root, path)), path);
  const folders = (parent: string) =>
    readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${parent}/${name}/`);
  for (const folder of [...folders('src'), ...folders('src/core')]) t.ok(named.has(folder), folder);
});

t.test('tests that console.md names are in the files that it names', async (t) => {
  const named = [...read('docs/console.md').matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+)\)/g)];
  t.ok(named.length > 20);
  for (const [, title = '', file = ''] of named) t.ok(read(file).includes(title), `${file}: ${title}`);
});

t.test('relative links of the documents lead to files', async (t) => {
  for (const file of documents) {
    for (const [, target = ''] of read(file).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      t.ok(existsSync(join(root, dirname(file), target.replace(/#.*/, ''))), `${file}: ${target}`);
    }
  }
});

t.test('package.json has every script that README.md and CONTRIBUTING.md name', async (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const file of ['README.md', 'CONTRIBUTING.md']) {
    for (const [, run, short] of read(file).matchAll(/npm (?:run (?:-s )?([\w:-]+)|(start|test)\b)/g)) {
      t.ok(scripts[run ?? short ?? ''] !== undefined, `${file}: ${run ?? short}`);
    }
  }
});

t.test('README.md has its commands in blocks marked sh, and fits a screen', async (t) => {
  const text = read('README.md');
  const prose = text.replace(/^```sh\n.*?^```$/gms, '');
  t.same(
    codes(prose).filter((code) => /^(?:npm|node|curl|docker) /.test(code)),
    [],
  );
  t.ok(text.split('\n').length <= 70, 'about one screen');
});

t.test('CHANGELOG.md has an entry for the version of package.json', async (t) => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  t.match(read('CHANGELOG.md'), new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d\\d-\\d\\d$`, 'm'));
});

t.test('columnOf() understands every name of inventory.md, and inventory.md has every column', async (t) => {
  const rows = table(read('docs/inventory.md'), 'column');
  t.same(rows.map(([column = '']) => codes(column)[0]).sort(), [...columns].sort());
  for (const [column = '', also = ''] of rows) {
    for (const name of also.split(',')) t.equal(columnOf(name.trim()), codes(column)[0], name);
  }
});
