/** Annotations: marks in the graphs at changes of incidents. */
import { type AnnotationQuery, AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { increase, ofStore, sumBy } from './promql.ts';
import { DATASOURCE } from './variables.ts';

type Builder = { build(): AnnotationQuery };
type Marks = { name: string; color: string; expr: string; title: string; tags: string; shown: boolean };

/** The scrape interval of `/metrics/devices`: changes of a device cannot be seen more often. */
const STEP = '60s';

/** Grafana 12 reads `target`; older versions read `expr` and `step`. */
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

/** Marks of the whole fleet: one kind for each meaning of a change. */
const KINDS = [
  { name: 'Fleet: incidents opened or confirmed', color: 'red', to: 'suspected|confirmed' },
  { name: 'Fleet: incidents recovering, stale or suppressed', color: 'blue', to: 'recovering|stale|suppressed' },
  { name: 'Fleet: incidents over', color: 'green', to: 'resolved|closed' },
];

/** Marks of the whole fleet, without plant and device. `shown`: whether they are on by default. */
export function fleetTransitions(shown: boolean): Builder[] {
  return KINDS.map(({ name, color, to }) => {
    const changes = sumBy('to', increase('quovadis_incident_transitions_total', `to=~"${to}"`));
    return marks({ name, color, expr: `${changes} > 0`, title: '{{to}}', tags: 'to', shown });
  });
}

/**
 * Marks of some devices. The series of a device has its condition as a label, so a change is a series that did not
 * exist one step before. `/metrics/devices` must have answered one step before; otherwise a restart would mark every
 * device.
 */
export function deviceTransitions(name: string, title: string, labels: string, matcher: string): Builder {
  const devices = (offset: string) => ofStore('quovadis_device_info', [matcher], offset);
  const before = ' offset $__interval';
  const answered = ofStore('quovadis_device_series_dropped', [], before);
  const changes = `(${devices('')} unless ${devices(before)}) and on (job, store, instance) ${answered}`;
  return marks({
    name,
    color: 'orange',
    expr: `count by (${labels}) (${changes})`,
    title,
    tags: labels.replaceAll(' ', ''),
    shown: true,
  });
}
