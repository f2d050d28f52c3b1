import type { Alert, OpenIncident } from '../../core/announce/alerts.ts';
import type { KnownDevice } from '../../core/announce/told.ts';
import type { Page, PageQuery } from './queries.ts';

/** `device`: null if the store does not have it. */
export type AlertedIncident = OpenIncident & { readonly device: KnownDevice | null };

/** Of several instances on one store, one has the duty to tell a sink. */
export type Duty = {
  /** How often it is to be renewed, in milliseconds. */
  readonly everyMs: number;
  /** Takes or renews the duty. Returns for how many milliseconds from now; 0 where another instance has it. */
  readonly take: (sink: string) => Promise<number>;
  readonly leave: (sink: string) => Promise<void>;
};

/** The incidents that alerts are made of, and the alerts that each sink was sent. */
export interface AlertLog {
  /** Missing in a store of one instance, which has every duty. */
  readonly duty?: Duty;
  /** Incidents that are neither resolved nor closed, by id. */
  openIncidents(query: PageQuery): Promise<Page<AlertedIncident>>;
  openIncidentsOf(devices: Iterable<string>): Promise<readonly AlertedIncident[]>;
  /** The incidents with these ids that the store has, also those that are over. */
  incidents(ids: Iterable<string>): Promise<readonly AlertedIncident[]>;
  sent(sink: string): Promise<readonly Alert[]>;
  /** `removed`: keys of alerts that are not sent any more. */
  save(sink: string, alerts: readonly Alert[], removed: readonly string[]): Promise<void>;
}
