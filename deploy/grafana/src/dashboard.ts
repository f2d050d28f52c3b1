/** The parts that all four dashboards share: variables, marks, links to each other, and rows of panels. */
import {
  type AnnotationQuery,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type DashboardLink,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { fleetTransitions } from './annotations.ts';
import type { PanelInRow } from './panels.ts';
import { datasource, instance, job } from './variables.ts';

type Builder<T> = { build(): T };

export type Plan = {
  /** The name of the file; the uid is `quovadis-NAME`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The beginning of the time range, which ends now. */
  readonly from: string;
  readonly refresh: string;
  /** The variable for the subject of the dashboard, in addition to data source, job and instance. */
  readonly variable?: Builder<VariableModel>;
  /** The dashboard's own marks. Without own marks, those of the fleet are on by default. */
  readonly marks?: Builder<AnnotationQuery>;
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelInRow[] }[];
};

const TAG = 'quovadis-watch';

/**
 * A link to the other dashboards, found by their tag; keeps variables and time. Without `placement` it is in the bar.
 */
const LINK: Builder<DashboardLink> = {
  build() {
    const { placement: _, ...link } = new DashboardLinkBuilder('quovadis-watch')
      .type(DashboardLinkType.Dashboards)
      .tags([TAG])
      .tooltip('The other dashboards of quovadis-watch')
      .icon('external link')
      .includeVars(true)
      .keepTime(true)
      .build();
    return link;
  },
};

export function build({ name, title, description, from, refresh, variable, marks, rows }: Plan): Dashboard {
  const dashboard = new DashboardBuilder(`quovadis-watch: ${title}`)
    .uid(uidOf(name))
    .description(description)
    .tags([TAG, 'cisco', 'syslog'])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from, to: 'now' })
    .refresh(refresh)
    .timezone('browser')
    .link(LINK)
    .variables([datasource(), job(), instance(), ...(variable === undefined ? [] : [variable])])
    .annotations([...(marks === undefined ? [] : [marks]), ...fleetTransitions(marks === undefined)]);
  let id = 0;
  for (const row of rows) {
    dashboard.withRow(new RowBuilder(row.title).id(++id));
    for (const panel of row.panels) dashboard.withPanel(panel.id(++id));
  }
  return dashboard.build();
}

function uidOf(name: string): string {
  return `quovadis-${name}`;
}

/**
 * A link from a cell to the dashboard of the cell's plant or device. Keeps time range, data source, job and instance.
 */
export function linkTo(name: 'plant' | 'device'): { title: string; url: string } {
  const kept = ['__url_time_range', 'datasource:queryparam', 'job:queryparam', 'instance:queryparam'];
  const query = kept.map((variable) => `$\{${variable}}`).join('&');
  return { title: `This ${name}`, url: `/d/${uidOf(name)}?${query}&var-${name}=$\{__value.raw:percentencode}` };
}
