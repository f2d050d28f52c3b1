import { type Alert, keyOf } from '../../core/announce/alerts.ts';
import { isOver } from '../../core/announce/filter.ts';
import { page } from '../page.ts';
import type { AlertedIncident, AlertLog } from '../ports/alert-log.ts';
import type { Page, PageQuery } from '../ports/queries.ts';

/** The alert log of a store that ends with the process. */
export class MemoryAlerts implements AlertLog {
  readonly #incidents: () => Iterable<AlertedIncident>;
  readonly #sent = new Map<string, Map<string, Alert>>();

  /** `incidents`: gives all incidents of the store, with their devices and plants. */
  constructor(incidents: () => Iterable<AlertedIncident>) {
    this.#incidents = incidents;
  }

  async openIncidents({ after, limit }: PageQuery): Promise<Page<AlertedIncident>> {
    const rows = this.#open().filter(({ record }) => after === undefined || record.id > after);
    return page(rows, limit, ({ record }) => record.id);
  }

  async openIncidentsOf(devices: Iterable<string>): Promise<readonly AlertedIncident[]> {
    const wanted = new Set(devices);
    return this.#open().filter(({ record }) => wanted.has(record.device));
  }

  async incidents(ids: Iterable<string>): Promise<readonly AlertedIncident[]> {
    const wanted = new Set(ids);
    return [...this.#incidents()].filter(({ record }) => wanted.has(record.id));
  }

  async sent(sink: string): Promise<readonly Alert[]> {
    return [...(this.#sent.get(sink)?.values() ?? [])];
  }

  async save(sink: string, alerts: readonly Alert[], removed: readonly string[]): Promise<void> {
    const sent = this.#sent.get(sink) ?? new Map<string, Alert>();
    this.#sent.set(sink, sent);
    for (const alert of alerts) sent.set(keyOf(alert), alert);
    for (const key of removed) sent.delete(key);
  }

  #open(): AlertedIncident[] {
    return [...this.#incidents()]
      .filter(({ record }) => !isOver(record.state))
      .sort((a, b) => (a.record.id < b.record.id ? -1 : 1));
  }
}
