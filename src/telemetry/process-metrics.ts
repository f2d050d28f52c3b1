import { collectDefaultMetrics, type Registry } from 'prom-client';

/** Adds the metrics `process_…` and `nodejs_…`, which every program with prom-client has. Once for a registry. */
export function addProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register });
  // Gauges with the names of counters: promtool refuses them, and the same numbers are there by type.
  for (const what of ['handles', 'requests', 'resources']) register.removeSingleMetric(`nodejs_active_${what}_total`);
}
