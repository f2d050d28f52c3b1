/**
 * The dashboards: the files are up to date, keep the rules of Grafana's dashboard-linter, and Prometheus can run the
 * queries.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import * as units from '@grafana/grafana-foundation-sdk/units';
import t, { type Test } from 'tap';
import { dashboardNames, dashboardOf, fileOf } from '../../deploy/grafana/src/dashboards.ts';
import { EVERYTHING, expressions } from '../../deploy/grafana/src/expressions.ts';
import { graceBuckets } from '../../src/core/fleet/fleet-count.ts';
import { pagePaths } from '../../src/serve/console/shell.ts';
import { temporaryDirectory } from '../given.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(file, 'utf8');

const dashboards = dashboardNames.map((name) => ({ name, dashboard: JSON.parse(read(fileOf(name))) as Dashboard }));
const panelsOf = ({ panels }: Dashboard): Panel[] =>
  (panels ?? []).filter((panel): panel is Panel => panel.type !== 'row');
const targetsOf = ({ targets }: Panel): Dataquery[] => (targets ?? []) as Dataquery[];
const annotationsOf = ({ annotations }: Dashboard): string[] => (annotations.list ?? []).map(({ expr }) => expr ?? '');
/** The addresses that links of the bar and of cells lead to. */
const urlsOf = (dashboard: Dashboard): string[] => [
  ...(dashboard.links ?? []).flatMap(({ type, url }) => (type === 'link' ? [url ?? ''] : [])),
  ...panelsOf(dashboard).flatMap(({ fieldConfig }) =>
    (fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
      properties.flatMap(({ id, value }) => (id === 'links' ? (value as { url: string }[]).map(({ url }) => url) : [])),
    ),
  ),
];
const exprsOf = (dashboard: Dashboard): string[] => [
  ...panelsOf(dashboard).flatMap((panel) => targetsOf(panel).map(({ expr }) => expr)),
  ...annotationsOf(dashboard),
];

t.test('emit.ts --check finds the committed files up to date', async (t) => {
  for (const { name, dashboard } of dashboards) t.same(dashboard, dashboardOf(name), name);
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'deploy/grafana/emit.ts'), '--check']);
  t.equal(status, 0, `${stderr}`);
});

t.test('emit.ts --check names each stale file, and writes nothing', async (t) => {
  const copy = temporaryDirectory(t);
  for (const part of ['deploy/grafana', 'src', 'package.json']) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
  const file = join(copy, 'deploy/grafana/dashboards/plant.json');
  writeFileSync(file, '{}\n');
  const emit = (...args: string[]) => spawnSync(process.execPath, [join(copy, 'deploy/grafana/emit.ts'), ...args]);
  const { status, stderr } = emit('--check');
  t.equal(status, 1);
  t.match(`${stderr}`, /^deploy\/grafana\/dashboards\/plant\.json is stale: .*\n$/);
  t.equal(read(file), '{}\n');
  t.equal(emit().status, 0);
  t.equal(emit('--check').status, 0, 'no stale file after emit.ts has written them');
});

t.test('dashboards have unique ids, link to each other, and are not editable', async (t) => {
  t.same(
    dashboards.map(({ dashboard }) => dashboard.uid).sort(),
    dashboardNames.map((name) => `quovadis-${name}`).sort(),
  );
  for (const { name, dashboard } of dashboards) {
    t.match(dashboard, { editable: false, description: /\.$/, time: { to: 'now' }, refresh: /^\d+m$/ }, name);
    const [link] = dashboard.links ?? [];
    t.match(link, { type: 'dashboards', includeVars: true, keepTime: true });
    t.ok(
      link?.tags.every((tag) => dashboard.tags?.includes(tag)),
      'the link finds this dashboard as well',
    );
    t.same(
      panelsOf(dashboard).filter(({ id }) => id === undefined),
      [],
    );
    const ids = (dashboard.panels ?? []).map(({ id }) => id);
    t.equal(new Set(ids).size, ids.length, 'ids are unique');
  }
});

t.test(
  'template-*-rule: data source, job and instance are variables, reloaded when the time range changes',
  async (t) => {
    const used = (text: string) => [...text.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name);
    for (const { name, dashboard } of dashboards) {
      const variables = new Map((dashboard.templating.list ?? []).map((variable) => [variable.name, variable]));
      t.match(variables.get('datasource'), { type: 'datasource', query: 'prometheus', label: 'Data source' }, name);
      for (const [variable, label] of [
        ['job', 'Job'],
        ['instance', 'Instance'],
      ] as const) {
        t.match(variables.get(variable), { type: 'query', label, multi: true, includeAll: true, allValue: '.+' }, name);
      }
      for (const variable of variables.values()) {
        t.ok(variable.description, `${variable.name} says what it is`);
        if (variable.type !== 'query') continue;
        t.equal(variable.refresh, 2, variable.name);
        t.same(variable.datasource, { type: 'prometheus', uid: `$\{datasource}` }, variable.name);
        t.ok(
          [...exprsOf(dashboard), ...urlsOf(dashboard)].some((text) => used(text).includes(variable.name ?? '')),
          `${variable.name} is used`,
        );
      }
      const known = new Set([...variables.keys(), '__rate_interval', '__interval', '__range']);
      for (const expr of exprsOf(dashboard)) {
        for (const [, used = ''] of expr.matchAll(/\$(\w+)/g)) t.ok(known.has(used), `${used} of ${expr} exists`);
      }
    }
  },
);

t.test('panel-*-rule: each panel has a title, a description, units, and queries the chosen data source', async (t) => {
  const valid = new Set(Object.values(units).map(String));
  for (const { name, dashboard } of dashboards) {
    for (const panel of panelsOf(dashboard)) {
      const where = `${name}: ${panel.title}`;
      t.ok(panel.title, where);
      t.match(panel.description, /.{30,}\.$/s, where);
      t.same(panel.datasource, { type: 'prometheus', uid: `$\{datasource}` }, where);
      t.ok(targetsOf(panel).length > 0, `${where} has a query`);
      const { defaults, overrides } = panel.fieldConfig ?? { defaults: {}, overrides: [] };
      const over = overrides.flatMap(({ properties }) => properties).filter(({ id }) => id === 'unit');
      for (const unit of [defaults.unit, ...over.map(({ value }) => value)]) t.ok(valid.has(unit), `${where}: ${unit}`);
      const refIds = targetsOf(panel).map(({ refId }) => refId);
      t.equal(new Set(refIds).size, refIds.length, where);
    }
  }
});

t.test(
  'target-*-rule: each series selects the chosen job and instance, and counters are rates over $__rate_interval',
  async (t) => {
    for (const { dashboard } of dashboards) {
      for (const expr of exprsOf(dashboard)) {
        const selectors = [...expr.matchAll(/quovadis_\w+(?:\{[^}]*\})?/g)].map(([selector]) => selector);
        t.ok(selectors.length > 0, expr);
        for (const selector of selectors) t.match(selector, /\{job=~"\$job", instance=~"\$instance"[,}]/, selector);
        const counters = expr.match(/quovadis_\w+_(?:total|bucket|sum|count)\b/g) ?? [];
        const rates = expr.match(/\b(?:rate|increase)\(quovadis_\w+\{[^}]*\}\[\$__rate_interval\]\)/g) ?? [];
        t.equal(rates.length, counters.length, expr);
        t.same(
          (expr.match(/\}\[[^\]]*\]/g) ?? []).filter((range) => range !== '}[$__rate_interval]'),
          [],
          expr,
        );
        const buckets = expr.match(/_bucket\b/g) ?? [];
        const quantiles = expr.match(/histogram_quantile\([\d.]+, sum by \(le\) \(rate\(quovadis_\w+_bucket\{/g) ?? [];
        t.equal(quantiles.length, buckets.length, expr);
      }
    }
  },
);

t.test('expressions() uses only metrics of metrics.md', async (t) => {
  const rows = read(join(root, 'docs/metrics.md')).matchAll(/^\| `(quovadis_\w+)`/gm);
  const documented = new Set([...rows].map(([, name]) => name));
  const used = expressions({ ...EVERYTHING, device: 'sw-a' }).flatMap(({ expr }) => expr.match(/quovadis_\w+/g) ?? []);
  const unknown = used.filter((name) => !documented.has(name) && !documented.has(name.replace(/_bucket$/, '')));
  t.same([...new Set(unknown)].sort(), []);
});

t.test('panels fill the grid and do not overlap', async (t) => {
  for (const { name, dashboard } of dashboards) {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of dashboard.panels ?? []) {
      const { x = 0, y = 0, w = 0, h = 0 } = gridPos ?? {};
      t.ok(x + w <= 24, `${name}: ${title} ends within the grid`);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          const cell = `${column} ${line}`;
          if (taken.has(cell)) t.fail(`${name}: ${title} lies on ${taken.get(cell)}`);
          taken.set(cell, title ?? '');
        }
      }
    }
    const lines = new Set([...taken.keys()].map((cell) => cell.split(' ')[1]));
    t.equal(taken.size, lines.size * 24, `${name} has no holes`);
  }
});

t.test('tables sort and format only their own columns, and their links set a variable of a dashboard', async (t) => {
  const variables = new Map(
    dashboards.map(({ dashboard }) => [dashboard.uid, (dashboard.templating.list ?? []).map(({ name }) => name)]),
  );
  for (const { name, dashboard } of dashboards) {
    for (const { title, type, options, transformations, fieldConfig } of panelsOf(dashboard)) {
      if (type !== 'table') continue;
      const organize = transformations?.find(({ id }) => id === 'organize')?.options;
      const columns: unknown[] = Object.values(organize.renameByName);
      for (const { displayName } of options.sortBy)
        t.ok(columns.includes(displayName), `${name}, ${title}: ${displayName}`);
      for (const { matcher, properties } of fieldConfig?.overrides ?? []) {
        t.ok(columns.includes(matcher.options), `${name}, ${title}: ${matcher.options}`);
        for (const { url } of properties.flatMap(({ id, value }) => (id === 'links' ? value : []))) {
          if (/^\$\{console:raw\}\/(?:devices|plants)\/\$\{__value\.raw:percentencode\}$/.test(url)) continue;
          const [, uid = '', variable = ''] = /^\/d\/([\w-]+)\?.*&var-(\w+)=/.exec(url) ?? [];
          t.ok(variables.get(uid)?.includes(variable), url);
        }
      }
    }
  }
});

t.test('each dashboard leads to pages that the console has, below the address that the service tells', async (t) => {
  const tested = { 'console:raw': '', '__value.raw:percentencode': 'a%2Fb', 'device:percentencode': 'a%2Fb' };
  for (const { name, dashboard } of dashboards) {
    const [variable] = (dashboard.templating.list ?? []).filter((each) => each.name === 'console');
    t.match(JSON.stringify(variable?.query), /quovadis_console_info.*, url\)/, name);
    const pages = urlsOf(dashboard).filter((url) => !url.startsWith('/d/'));
    t.ok(pages.length > 0, name);
    for (const page of pages) {
      t.match(page, /^\$\{console:raw\}\//, name);
      const path = Object.entries(tested).reduce(
        (url, [variable, value]) => url.replace(`$\{${variable}}`, value),
        page,
      );
      t.ok(
        pagePaths.some((known) => new RegExp(`^${known.replace(/:\w+/, '[^/$]+')}$`).test(path)),
        `${name}: ${path}`,
      );
    }
  }
  // What leads to a dashboard takes the console's address along.
  for (const { dashboard } of dashboards)
    for (const url of urlsOf(dashboard).filter((each) => each.startsWith('/d/')))
      t.match(url, /\$\{console:queryparam\}/);
});

const skip =
  spawnSync('promtool', ['--version']).status === 0 ? false : 'promtool is not installed (Debian package prometheus)';

/** Runs promtool on a file with this content. */
function promtool(t: Test, command: 'check' | 'test', content: object): { status: number | null; said: string } {
  const file = join(temporaryDirectory(t), 'rules.yaml');
  writeFileSync(file, JSON.stringify(content));
  const { status, stdout, stderr } = spawnSync('promtool', [command, 'rules', file], { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

t.test('promtool can parse every expression', { skip }, async (t) => {
  const all = expressions({ ...EVERYTHING, device: 'sw-a' });
  for (const { name } of dashboards)
    t.ok(
      all.some(({ dashboard }) => dashboard === name),
      name,
    );
  const rules = all.map(({ expr }, index) => ({ record: `expression:${index}`, expr }));
  const { status, said } = promtool(t, 'check', { groups: [{ name: 'dashboards', rules }] });
  t.equal(status, 0, said);
  t.match(said, `${rules.length} rules found`);
});

/** The expressions of a panel or an annotation, with all variables set to "all" and steps of a minute. */
function asked(dashboard: string, panel: string): string[] {
  const values = { ...EVERYTHING, device: 'a', __interval: '1m', __rate_interval: '5m', __range: '30m' };
  const found = expressions(values).filter((one) => one.dashboard === dashboard && one.panel === panel);
  return found.map(({ expr }) => expr);
}

type Sample = { readonly labels: string; readonly value: number };
const expect = (expr = '', at: string, ...samples: readonly Sample[]) => ({
  expr,
  eval_time: at,
  exp_samples: samples,
});
const one = (value: number): Sample => ({ labels: '{}', value });
const OF = 'job="j", instance="i"';

/** Evaluates expressions on series with a sample a minute, and compares the results. */
function evaluated(t: Test, series: Readonly<Record<string, string>>, expected: readonly object[]): void {
  const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  const tests = [{ interval: '1m', input_series, promql_expr_test: expected }];
  const { status, said } = promtool(t, 'test', { rule_files: [], tests });
  t.equal(status, 0, said);
}

t.test('Fleet exposure extrapolates a straight line to the time when the fleet is repaired', { skip }, async (t) => {
  const [done] = asked('fleet', 'Fleet repaired');
  const [perDay] = asked('fleet', 'Repairs done per day');
  const [later] = asked('fleet', 'Open in 30 days');
  const open = `quovadis_incidents{${OF}, state="confirmed", severity="major"}`;
  const after = { [`quovadis_incidents{${OF}, state="resolved", severity="major"}`]: '0+1x60' };
  evaluated(t, { [open]: '100-1x60', ...after }, [
    expect(`round(${done})`, '60m', one(1000 * 60 * (60 + 40))),
    expect(`round(${perDay})`, '60m', one(24 * 60)),
    expect(later, '60m', one(0)),
  ]);
  evaluated(t, { [open]: '100+1x60', ...after }, [
    expect(done, '60m'),
    expect(`round(${perDay})`, '60m', one(-24 * 60)),
  ]);
  evaluated(t, { [open]: '0x60', ...after }, [expect(done, '60m', one(1000 * 60 * 60))]);
});

t.test('Fleet exposure shows the repairs needed per day: the highest of all periods', { skip }, async (t) => {
  const [needed] = asked('fleet', 'Repairs needed per day');
  const counts = { over: 1, days7: 6, days30: 0, days60: 173, days180: 0, longer: 1000, bounded: 1000 };
  const series = Object.entries(counts).map(([left, count]) => [
    `quovadis_grace_devices{${OF}, left="${left}"}`,
    `${count}`,
  ]);
  evaluated(t, Object.fromEntries(series), [expect(needed, '0m', one(180 / 60))]);
});

const DAY = 86_400;
const info = (device: string, condition: string) =>
  `quovadis_device_info{${OF}, device="${device}", plant="p", product="IE3x00", release="17.3.3", condition="${condition}", severity="major"}`;
const until = (device: string) => `quovadis_device_grace_until_timestamp_seconds{${OF}, device="${device}"}`;
const dropped = `quovadis_device_series_dropped{${OF}}`;

t.test('Grace ends first lists each failing device once, also while its condition changes', { skip }, async (t) => {
  const series = {
    [dropped]: '0x10',
    // Two series of one device: the old one has no stale marker, as after a restart of Prometheus.
    [info('a', 'suspected')]: '1x2 _x8',
    [info('a', 'confirmed')]: '_x2 1x8',
    [until('a')]: `${300 + 3 * DAY}x10`,
    [info('b', 'watching')]: '1x10',
    [`quovadis_device_grace_until_at_most_timestamp_seconds{${OF}, device="b"}`]: `${300 + 9 * DAY}x10`,
    // These two devices are not failing, so their grace periods do not count.
    [info('c', 'suppressed')]: '1x10',
    [until('c')]: '100x10',
    [info('d', 'ok')]: '1x10',
    [until('d')]: '200x10',
  };
  const [left, ends] = asked('fleet', 'Grace ends first');
  const [here] = asked('plant', 'Grace ends first');
  const rows = (ofA: number, ofB: number) => [
    { labels: '{device="a", end="known", plant="p"}', value: ofA },
    { labels: '{device="b", end="at the latest", plant="p"}', value: ofB },
  ];
  const sum = (expr = '') => `sum by (device, end, plant) (${expr})`;
  evaluated(t, series, [
    expect(sum(left), '5m', ...rows(3 * DAY, 9 * DAY)),
    expect(sum(here), '5m', ...rows(3 * DAY, 9 * DAY)),
    expect(sum(ends), '5m', ...rows(1000 * (300 + 3 * DAY), 1000 * (300 + 9 * DAY))),
    ...asked('plant', 'Grace burn-down').map((expr, index) => {
      const bucket = graceBuckets[index];
      return expect(expr, '5m', one(bucket === 'days7' || bucket === 'bounded' ? 1 : 0));
    }),
  ]);
  evaluated(
    t,
    {},
    asked('plant', 'Grace burn-down').map((expr) => expect(expr, '5m')),
  );
});

t.test(
  'Completeness is the share of arrived lines, and a loss ledger that restarts at 0 is no loss',
  { skip },
  async (t) => {
    const lines = (state: string) => `quovadis_loss_lines{${OF}, state="${state}"}`;
    const series = {
      [lines('received')]: '1000+99x10 0+99x10',
      [lines('lost')]: '100+1x10 0+1x10',
      [lines('reordered')]: '7x21',
      [lines('duplicates')]: '0+5x10 50x11',
    };
    const [came] = asked('pipeline', 'Completeness');
    const [states] = asked('pipeline', 'Lines lost, late and duplicated');
    const of = (state: string, value: number) => ({ labels: `{state="${state}"}`, value });
    evaluated(t, series, [
      expect(`round(${came}, 0.001)`, '10m', one(0.99)),
      expect(came, '12m'),
      expect(`round(${came}, 0.001)`, '20m', one(0.99)),
      expect(`round(${states})`, '10m', of('lost', 5), of('reordered', 0), of('duplicates', 25)),
      expect(`round(${states})`, '12m', of('lost', 0), of('reordered', 0), of('duplicates', 15)),
    ]);
  },
);

t.test(
  'Changes of a device are marked at their time, and a restart of the service is not marked',
  { skip },
  async (t) => {
    const series = {
      [dropped]: '0x4 stale 0x4',
      [info('a', 'suspected')]: '_ 1 1 stale',
      [info('a', 'confirmed')]: '_x3 1 1 stale 1x4',
    };
    const [changes] = asked('device', 'Changes of the device');
    const [ofPlant] = asked('plant', 'Changes of the devices shown');
    const news = (condition: string) => ({ labels: `{condition="${condition}", severity="major"}`, value: 1 });
    evaluated(t, series, [
      expect(changes, '0m'),
      expect(changes, '1m', news('suspected')),
      expect(changes, '2m'),
      expect(changes, '3m', news('confirmed')),
      expect(ofPlant, '3m', { labels: '{condition="confirmed", plant="p"}', value: 1 }),
      ...['4m', '5m', '6m', '7m'].map((at) => expect(changes, at)),
    ]);
  },
);

t.test(
  'two instances on one database are shown as one of them, in every panel about the database',
  { skip },
  async (t) => {
    const of = (instance: string) => `job="j", store="plant-1f", instance="${instance}:9514", pod="${instance}"`;
    const device = (name: string, instance: string) => `{${of(instance)}, device="${name}"}`;
    const conditions = ['watching', 'suspected', 'confirmed', 'recovering', 'stale'];
    const ofOne = (instance: string): Record<string, string> => ({
      ...Object.fromEntries(
        conditions.flatMap((condition, at) => [
          [
            `quovadis_device_info{${of(instance)}, device="${condition}", plant="p", product="IE3x00", release="17.3.3", condition="${condition}", severity="${at % 2 === 0 ? 'critical' : 'major'}"}`,
            '1x60',
          ],
          [`quovadis_device_incident${device(condition, instance)}`, '1x60'],
          [`quovadis_device_last_seen_timestamp_seconds${device(condition, instance)}`, '0x60'],
          ...[-1, 3, 20, 50, 100, 300].map((days) => [
            `quovadis_device_grace_until_timestamp_seconds${device(condition, instance)}`,
            `${days * DAY}x60`,
          ]),
          [`quovadis_device_grace_until_at_most_timestamp_seconds${device('stale', instance)}`, `${9 * DAY}x60`],
        ]),
      ),
      // A device that begins to fail: a mark in the graphs.
      [`quovadis_device_info{${of(instance)}, device="a", plant="p", condition="confirmed", severity="major"}`]:
        '_x30 1x30',
      [`quovadis_device_grace_until_timestamp_seconds${device('a', instance)}`]: `${20 * DAY}x60`,
      [`quovadis_device_grace_until_at_most_timestamp_seconds${device('a', instance)}`]: `${30 * DAY}x60`,
      [`quovadis_device_last_seen_timestamp_seconds${device('a', instance)}`]: '0x60',
      [`quovadis_device_series_dropped{${of(instance)}}`]: '3x60',
      [`quovadis_incidents{${of(instance)}, state="confirmed", severity="critical"}`]: '100-1x60',
      ...Object.fromEntries(
        graceBuckets.map((left) => [`quovadis_grace_devices{${of(instance)}, left="${left}"}`, '2x60']),
      ),
      [`quovadis_devices{${of(instance)}, condition="confirmed"}`]: '7x60',
      ...Object.fromEntries(
        ['notices_pending', 'notices_dead', 'notice_oldest_pending_timestamp_seconds'].map((name) => [
          `quovadis_${name}{${of(instance)}, sink="hook"}`,
          '5x60',
        ]),
      ),
    });
    const values = { ...EVERYTHING, device: 'a', __interval: '1m', __rate_interval: '5m', __range: '30m' };
    const ofA = expressions({ ...values, instance: 'a:9514' });
    const compared = expressions(values).flatMap(({ expr }, at) => {
      if (!expr.includes('store=""')) return [];
      const same = `(${expr}) == (${ofA[at]?.expr})`;
      return [expect(`count(${same}) / count(${expr})`, '30m', one(1))];
    });
    t.ok(compared.length > 40, `${compared.length} expressions`);
    evaluated(t, { ...ofOne('a'), ...ofOne('b') }, compared);
  },
);
