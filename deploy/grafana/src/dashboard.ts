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
import { consoleAddress, datasource, instance, job } from './variables.ts';

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
  /** The page of the console about the same, as in `/devices/KEY`. */
  readonly page: string;
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

/** The address of a page of the console. */
const inConsole = (page: string): string => `$\{console:raw}${page}`;

/** A link in the bar to a page of the console. */
const linkToConsole = (page: string): Builder<DashboardLink> => ({
  build() {
    const { placement: _, ...link } = new DashboardLinkBuilder('Console')
      .type(DashboardLinkType.Link)
      .url(inConsole(page))
      .tooltip('The same in the console of quovadis-watch')
      .icon('external link')
      .targetBlank(true)
      .build();
    return link;
  },
});

export function build({ name, title, description, from, refresh, variable, marks, page, rows }: Plan): Dashboard {
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
    .link(linkToConsole(page))
    .variables([datasource(), job(), instance(), consoleAddress(), ...(variable === undefined ? [] : [variable])])
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

type CellLink = { readonly title: string; readonly url: string; readonly targetBlank: boolean };

/**
 * Links from a cell to the dashboard of the cell's plant or device, and to its page in the console. The first keeps time
 * range, data source, job and instance.
 */
export function linksTo(name: 'plant' | 'device'): readonly CellLink[] {
  return [linkTo(name), toConsole(name)];
}

/** The one to the console alone, on the dashboard of the device itself. */
export function toConsole(name: 'plant' | 'device'): CellLink {
  const url = inConsole(`/${name}s/$\{__value.raw:percentencode}`);
  return { title: `This ${name} in the console`, url, targetBlank: true };
}

function linkTo(name: 'plant' | 'device'): CellLink {
  const kept = [
    '__url_time_range',
    'datasource:queryparam',
    'job:queryparam',
    'instance:queryparam',
    'console:queryparam',
  ];
  const query = kept.map((variable) => `$\{${variable}}`).join('&');
  const url = `/d/${uidOf(name)}?${query}&var-${name}=$\{__value.raw:percentencode}`;
  return { title: `This ${name}`, url, targetBlank: false };
}
