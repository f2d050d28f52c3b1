/** Every expression of the dashboards with the values of the variables, ready for Prometheus. */
import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import { type DashboardName, dashboardNames, dashboardOf } from './dashboards.ts';

/** `panel`: its title, or the name of an annotation or a variable. */
export type Expression = { readonly dashboard: DashboardName; readonly panel: string; readonly expr: string };

/** The values of the variables by name, as Grafana would insert them. */
export type Values = Readonly<Record<string, string>>;

/** All jobs, instances and plants, over a range of 15 minutes. The caller adds `device`. */
export const EVERYTHING: Values = {
  job: '.+',
  instance: '.+',
  plant: '.+',
  __interval: '15s',
  __rate_interval: '1m',
  __range: '15m',
};

export function expressions(values: Values): Expression[] {
  return raw().map(({ expr, ...where }) => ({ ...where, expr: filled(expr, values) }));
}

function raw(): Expression[] {
  return dashboardNames.flatMap((dashboard) => {
    const { panels, annotations, templating } = dashboardOf(dashboard);
    return [
      ...(panels ?? []).flatMap((panel) => targetsOf(panel).map((expr) => ({ panel: panel.title ?? '', expr }))),
      ...(annotations.list ?? []).map(({ name, expr = '' }) => ({ panel: name, expr })),
      ...(templating.list ?? []).flatMap(({ name, query }) => {
        const [, expr] = /^label_values\((.*), \w+\)$/.exec(`${query}`) ?? [];
        return expr === undefined ? [] : [{ panel: name, expr }];
      }),
    ].map((found) => ({ dashboard, ...found }));
  });
}

function targetsOf(panel: Panel | RowPanel): string[] {
  const targets = 'targets' in panel ? (panel.targets ?? []) : [];
  return targets.map((target) => (target as Dataquery).expr);
}

function filled(expr: string, values: Values): string {
  return expr.replace(/\$(\w+)/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the variable ${name} has no value: ${expr}`);
    return value;
  });
}
