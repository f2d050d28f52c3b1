import type { Alert, OpenIncident } from '../../core/announce/alerts.ts';
import type { Page, PageQuery } from './queries.ts';

/** The open incidents that alerts are made of, and the alerts that each sink was sent. */
export interface AlertLog {
  /** Incidents that are neither resolved nor closed, by id. */
  openIncidents(query: PageQuery): Promise<Page<OpenIncident>>;
  openIncidentsOf(devices: Iterable<string>): Promise<readonly OpenIncident[]>;
  sent(sink: string): Promise<readonly Alert[]>;
  /** `removed`: keys of alerts that are not sent any more. */
  save(sink: string, alerts: readonly Alert[], removed: readonly string[]): Promise<void>;
}
