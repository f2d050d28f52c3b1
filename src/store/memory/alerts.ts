import { type Alert, keyOf, type OpenIncident } from '../../core/announce/alerts.ts';
import { isOver } from '../../core/announce/filter.ts';
import { page } from '../page.ts';
import type { AlertLog } from '../ports/alert-log.ts';
import type { Page } from '../ports/queries.ts';

/** Alerts of a store that ends with the process. `incidents`: all that it holds, with the plants of their devices. */
export class MemoryAlerts implements AlertLog {
  readonly #incidents: () => Iterable<OpenIncident>;
  readonly #told = new Map<string, Map<string, Alert>>();

  constructor(incidents: () => Iterable<OpenIncident>) {
    this.#incidents = incidents;
  }

  async openIncidents({ after, limit }: { after?: string | undefined; limit: number }): Promise<Page<OpenIncident>> {
    const rows = this.#open().filter(({ record }) => after === undefined || record.id > after);
    return page(rows, limit, ({ record }) => record.id);
  }

  async openIncidentsOf(devices: Iterable<string>): Promise<readonly OpenIncident[]> {
    const wanted = new Set(devices);
    return this.#open().filter(({ record }) => wanted.has(record.device));
  }

  async sent(sink: string): Promise<readonly Alert[]> {
    return [...(this.#told.get(sink)?.values() ?? [])];
  }

  async save(sink: string, alerts: readonly Alert[], gone: readonly string[]): Promise<void> {
    const told = this.#told.get(sink) ?? new Map<string, Alert>();
    this.#told.set(sink, told);
    for (const alert of alerts) told.set(keyOf(alert), alert);
    for (const key of gone) told.delete(key);
  }

  #open(): OpenIncident[] {
    return [...this.#incidents()]
      .filter(({ record }) => !isOver(record.state))
      .sort((a, b) => (a.record.id < b.record.id ? -1 : 1));
  }
}
