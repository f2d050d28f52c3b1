/** The variables above each dashboard. Their lists are reloaded when the time range changes. */
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { series } from './promql.ts';

export const DATASOURCE = { type: 'prometheus', uid: `$\{datasource}` };

function query(name: string, label: string, description: string, values: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(DATASOURCE)
    .query(values)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc);
}

/** Lets the user choose one, several or all values. */
function several(variable: QueryVariableBuilder): QueryVariableBuilder {
  return variable
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ text: ['All'], value: ['$__all'] });
}

/** One series that each of the two endpoints always has. So "All" covers both jobs, independent of their names. */
const OF_BOTH_JOBS = '__name__=~"quovadis_pipeline_queue_lines|quovadis_device_series_dropped"';

export const datasource = () =>
  new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .description('The Prometheus that scrapes quovadis-watch.')
    .type('prometheus');

export const job = () =>
  several(
    query(
      'job',
      'Job',
      'The scrape jobs of /metrics and of /metrics/devices: panels about single devices need the second one.',
      `label_values({${OF_BOTH_JOBS}}, job)`,
    ),
  );

export const instance = () =>
  several(
    query(
      'instance',
      'Instance',
      'The instances of quovadis-watch.',
      `label_values({${OF_BOTH_JOBS}, job=~"$job"}, instance)`,
    ),
  );

/** Its value is the address itself: links of panels and dashboards begin with it. */
export const consoleAddress = () =>
  query(
    'console',
    'Console',
    'The address of the console of quovadis-watch, for links into it: that of http.publicUrl in its configuration.',
    `label_values(${series('quovadis_console_info')}, url)`,
  );

export const plant = () =>
  several(
    query(
      'plant',
      'Plant',
      'Plants with devices that fail or have recently recovered; unknown: devices without a plant in the inventory.',
      `label_values(${series('quovadis_device_info')}, plant)`,
    ),
  );

export const device = () =>
  query(
    'device',
    'Device',
    'Devices that fail or have recently recovered. A device that was healthy throughout the time range is not listed.',
    `label_values(${series('quovadis_device_info')}, device)`,
  );
