/** The rules for Prometheus load, their tests pass, and they match their tests, metrics.md and runbook.md. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'deploy/prometheus');

type Rule = {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
};
type RuleFile = { readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[] };
type Tests = {
  readonly group_eval_order: readonly string[];
  readonly tests: readonly {
    readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
    readonly promql_expr_test?: readonly { readonly expr: string; readonly exp_samples: readonly unknown[] }[];
  }[];
};

const filesOf = (name: string): string[] => readdirSync(join(folder, name)).map((file) => join(folder, name, file));
const read = <T>(file: string): T => parse(readFileSync(file, 'utf8')) as T;

const ruleFiles = filesOf('rules');
const testFiles = filesOf('tests');
const groups = ruleFiles.flatMap((file) => read<RuleFile>(file).groups);
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined);
const recorded = rules.flatMap(({ record }) => record ?? []);
const tests = testFiles.flatMap((file) => read<Tests>(file).tests);

/** Alerts that the service itself sends to an Alertmanager. */
const ownAlerts = ['QuoVadisTrustFailure', 'QuoVadisPlantTrustFailure'];

const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
const headings = [...runbook.matchAll(/^## (QuoVadis\w+)$/gm)].map(([, name]) => name as string);

/** The names of series in an expression: those of metrics and, with colons, those of recording rules. */
function namesIn(expr: string): string[] {
  const withoutStrings = expr.replace(/"[^"]*"/g, '');
  return [...withoutStrings.matchAll(/\b[a-z_]+:[a-z0-9_:]+|\bquovadis_[a-z0-9_]+/g)].map(([name]) => name);
}

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();

const found = spawnSync('promtool', ['--version']).status === 0;
const skip = found ? false : 'promtool is not installed (Debian package prometheus)';

function promtool(...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

t.test('promtool finds nothing wrong with the rules and the configuration', { skip }, async (t) => {
  const checked = promtool('check', 'rules', '--lint=all', '--lint-fatal', ...ruleFiles);
  t.equal(checked.status, 0, checked.said);
  const config = promtool('check', 'config', '--lint=all', '--lint-fatal', join(folder, 'prometheus.yaml'));
  t.equal(config.status, 0, config.said);
  t.match(config.said, `${ruleFiles.length} rule files found`);
});

for (const file of testFiles) {
  t.test(`promtool test rules ${file.slice(root.length)}`, { skip }, async (t) => {
    const { status, said } = promtool('test', 'rules', file);
    t.equal(status, 0, said);
  });
}

t.test('groups of rules begin with quovadis-, and each test file has the order of their evaluation', async (t) => {
  const names = groups.map(({ name }) => name);
  t.same(
    names.filter((name) => !name.startsWith('quovadis-')),
    [],
  );
  for (const file of testFiles) t.same(sorted(read<Tests>(file).group_eval_order), sorted(names), file);
});

t.test('alerts have a severity, a summary, a description and a link to their section of runbook.md', async (t) => {
  for (const { alert, labels, annotations } of alerts) {
    t.match(labels?.['severity'], /^(?:warning|major|critical|\{\{ \$labels\.severity \}\})$/, alert);
    t.ok(annotations?.['summary'] && annotations['description'], alert);
    t.equal(annotations?.['runbook_url'], `http://127.0.0.1:9514/runbook#${alert.toLowerCase()}`);
  }
});

t.test('runbook.md has a heading and a row for each alert, and no others', async (t) => {
  const expected = sorted([...alerts.map(({ alert }) => alert), ...ownAlerts]);
  t.same([...headings].sort(), expected, 'headings');
  const rows = [...runbook.matchAll(/^\| \[(QuoVadis\w+)\]\(#(\w+)\) +\|/gm)];
  t.same(rows.map(([, name]) => name).sort(), expected, 'rows');
  for (const [, name = '', anchor] of rows) t.equal(anchor, name.toLowerCase());
});

t.test('runbook.md gives each alert the severity of its rule', async (t) => {
  for (const { alert, labels } of alerts) {
    const [, severity] = new RegExp(`^\\| \\[${alert}\\]\\S+ +\\| ([^|]*?) +\\|`, 'm').exec(runbook) ?? [];
    const written = labels?.['severity'] ?? '';
    t.equal(severity, written.startsWith('{{') ? 'warning, major, critical' : written, alert);
  }
});

t.test('links within runbook.md lead to headings', async (t) => {
  const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text.toLowerCase().replaceAll(' ', '-'));
  for (const [, anchor = ''] of runbook.matchAll(/\]\(#([^)]+)\)/g)) t.ok(anchors.includes(anchor), anchor);
});

t.test('every alert has a test in which it fires and a test in which it is silent', async (t) => {
  const cases = tests.flatMap((test) => test.alert_rule_test ?? []);
  for (const { alert } of alerts) {
    const ofAlert = cases.filter(({ alertname }) => alertname === alert);
    t.ok(
      ofAlert.some(({ exp_alerts }) => exp_alerts.length > 0),
      `${alert} fires`,
    );
    t.ok(
      ofAlert.some(({ exp_alerts }) => exp_alerts.length === 0),
      `${alert} is silent`,
    );
  }
  const known = new Set(alerts.map(({ alert }) => alert));
  t.same(
    sorted(cases.map(({ alertname }) => alertname).filter((name) => !known.has(name))),
    [],
    'no test of an unknown alert',
  );
});

t.test('every recording rule has a test with samples', async (t) => {
  const asked = tests
    .flatMap((test) => test.promql_expr_test ?? [])
    .filter(({ exp_samples }) => exp_samples.length > 0)
    .flatMap(({ expr }) => namesIn(expr));
  t.same(
    sorted(recorded).filter((name) => !asked.includes(name)),
    [],
  );
});

t.test('every recording rule is used in an expression, and every used rule exists', async (t) => {
  const used = sorted(rules.flatMap(({ expr }) => namesIn(expr)).filter((name) => name.includes(':')));
  t.same(used, sorted(recorded));
});

t.test('metrics in expressions are in metrics.md', async (t) => {
  const documented = new Set(
    [...readFileSync(join(root, 'docs/metrics.md'), 'utf8').matchAll(/^\| `(quovadis_\w+)`/gm)].map(([, name]) => name),
  );
  const named = rules.flatMap(({ expr }) => namesIn(expr)).filter((name) => !name.includes(':'));
  t.same(
    sorted(named.map((name) => name.replace(/_(?:bucket|sum|count)$/, ''))).filter((name) => !documented.has(name)),
    [],
  );
});
