import { collectDefaultMetrics, type Registry } from 'prom-client';

/** Adds the metrics `process_…` and `nodejs_…`, which every program with prom-client has. Once for a registry. */
export function addProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register });
}
