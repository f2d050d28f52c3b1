/** What all four dashboards share: what is chosen above them, marks, links to each other, and rows of panels. */
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
  /** Of the file; the uid is `quovadis-NAME`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The time range is from then to now. */
  readonly from: string;
  readonly refresh: string;
  /** Of what it is, where that is chosen: beside the data source, the job and the instance. */
  readonly variable?: Builder<VariableModel>;
  /** Its own marks; without them, those of the fleet are shown from the start. */
  readonly marks?: Builder<AnnotationQuery>;
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelInRow[] }[];
};

const TAG = 'quovadis-watch';

/** To the others, by their tag, with what is chosen here. In the bar: the builder would put it into a menu. */
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

/** From a cell to the dashboard of what stands in it, with the data source, the job and the instance that are chosen. */
export function linkTo(name: 'plant' | 'device'): { title: string; url: string } {
  const kept = ['__url_time_range', 'datasource:queryparam', 'job:queryparam', 'instance:queryparam'];
  const query = kept.map((variable) => `$\{${variable}}`).join('&');
  return { title: `This ${name}`, url: `/d/${uidOf(name)}?${query}&var-${name}=$\{__value.raw:percentencode}` };
}
