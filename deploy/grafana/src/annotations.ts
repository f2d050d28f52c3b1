/** Marks in the graphs where incidents changed. */
import { type AnnotationQuery, AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { increase, series, sumBy } from './promql.ts';
import { DATASOURCE } from './variables.ts';

type Builder = { build(): AnnotationQuery };
type Marks = { name: string; color: string; expr: string; title: string; tags: string; shown: boolean };

/** No device changes more often than its endpoint is scraped. */
const STEP = '60s';

/** Grafana 12 reads the target; older ones read the expression and the step beside it. */
function marks({ name, color, expr, title, tags, shown }: Marks): Builder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(shown)
    .iconColor(color)
    .expr(expr)
    .step(STEP)
    .titleFormat(title)
    .tagKeys(tags)
    .target(new DataqueryBuilder().refId('Anno').expr(expr).interval(STEP).range());
}

/** Of the whole fleet: one kind for each thing that a change can mean. */
const KINDS = [
  { name: 'Fleet: incidents opened or confirmed', color: 'red', to: 'suspected|confirmed' },
  { name: 'Fleet: incidents recovering, stale or suppressed', color: 'blue', to: 'recovering|stale|suppressed' },
  { name: 'Fleet: incidents over', color: 'green', to: 'resolved|closed' },
];

/** `shown`: whether they are there without being switched on. They name no plant and no device. */
export function fleetTransitions(shown: boolean): Builder[] {
  return KINDS.map(({ name, color, to }) => {
    const changes = sumBy('to', increase('quovadis_incident_transitions_total', `to=~"${to}"`));
    return marks({ name, color, expr: `${changes} > 0`, title: '{{to}}', tags: 'to', shown });
  });
}

/**
 * Of some devices: their series carry the condition, so a change is a series that was not there one step before. The
 * endpoint must have answered then, lest a restart look like news of every device.
 */
export function deviceTransitions(name: string, title: string, labels: string, matcher: string): Builder {
  const devices = series('quovadis_device_info', matcher);
  const answered = `${series('quovadis_device_series_dropped')} offset $__interval`;
  const news = `(${devices} unless ${devices} offset $__interval) and on (job, instance) ${answered}`;
  return marks({
    name,
    color: 'orange',
    expr: `count by (${labels}) (${news})`,
    title,
    tags: labels.replaceAll(' ', ''),
    shown: true,
  });
}
