import {
  type Alert,
  type AlertRule,
  alertsOf,
  counts,
  keyOf,
  mayFire,
  type OpenIncident,
  plantOf,
} from '../../core/announce/alerts.ts';
import type { Told } from '../../core/announce/told.ts';
import { everyPage } from '../../store/every-page.ts';
import type { AlertedIncident, AlertLog } from '../../store/ports/alert-log.ts';
import { yieldToEventLoop } from '../../yield-to-event-loop.ts';

/** A small page, because a device has some kB of JSON. */
const PAGE_ROWS = 100;

/** An incident, and what texts say of it. */
export type ToldIncident = OpenIncident & { readonly told: Told };

/**
 * The alerts of one sink, by plant: firing alerts, and alerts that ended recently. An alert is saved in the alert log
 * before it is sent to a peer, so that after a restart every alert that a peer may have is known.
 */
export class ActiveAlerts {
  readonly #sink: string;
  readonly #alertLog: AlertLog;
  readonly #rule: AlertRule;
  readonly #tell: (incident: AlertedIncident) => Told;
  /** Incidents that may fire an alert, by plant and device. */
  #openIncidents = new Map<string, Map<string, ToldIncident>>();
  #plantOfDevice = new Map<string, string>();
  /** Alerts by plant and key. */
  readonly #alerts = new Map<string, Map<string, Alert>>();
  /** Incidents whose alerts have ended, by id; null where the store does not have the incident any more. */
  readonly #ended = new Map<string, Told | null>();
  #loaded = false;

  constructor(sink: string, alertLog: AlertLog, rule: AlertRule, tell: (incident: AlertedIncident) => Told) {
    this.#sink = sink;
    this.#alertLog = alertLog;
    this.#rule = rule;
    this.#tell = tell;
  }

  /** Every alert, grouped by plant. */
  *all(): Generator<Alert> {
    for (const alerts of this.#alerts.values()) yield* alerts.values();
  }

  alert({ plant, ...alert }: Pick<Alert, 'device' | 'plant' | 'severity'>): Alert | undefined {
    return this.#alerts.get(plant)?.get(keyOf({ plant, ...alert }));
  }

  /** The incidents behind an alert. Of an ended alert: the incident that has ended, none for a plant. */
  incidentsOf({ subject, device, plant, endsAt }: Alert): readonly Told[] {
    if (endsAt !== null) return [this.#ended.get(subject) ?? []].flat();
    const openIncidents = [...(this.#openIncidents.get(plant)?.values() ?? [])];
    const behind =
      device === null
        ? openIncidents.filter((openIncident) => counts(openIncident, this.#rule))
        : openIncidents.filter(({ record }) => record.id === subject);
    return behind.map(({ told }) => told);
  }

  /** Compares all open incidents of the store. Returns the changed alerts. Yields to the event loop after each page. */
  async reload(now: number): Promise<Alert[]> {
    if (!this.#loaded) {
      for (const alert of await this.#alertLog.sent(this.#sink)) this.#insert(alert);
      this.#loaded = true;
    }
    const openIncidents = new Map<string, Map<string, ToldIncident>>();
    const plantOfDevice = new Map<string, string>();
    const load = (after: string | undefined) => this.#alertLog.openIncidents({ after, limit: PAGE_ROWS });
    for await (const rows of everyPage(load, yieldToEventLoop)) {
      for (const openIncident of rows) {
        if (mayFire(openIncident, this.#rule)) addIncident(openIncidents, plantOfDevice, this.#told(openIncident));
      }
    }
    const plants = new Set([...this.#alerts.keys(), ...openIncidents.keys()]);
    this.#openIncidents = openIncidents;
    this.#plantOfDevice = plantOfDevice;
    return this.#recompute(plants, now);
  }

  /** Compares the open incidents of these devices. Returns the changed alerts. */
  async refresh(devices: readonly string[], now: number): Promise<Alert[]> {
    const plants = new Set<string>();
    for (const device of devices) {
      const plant = this.#plantOfDevice.get(device);
      if (plant === undefined) continue;
      plants.add(plant);
      this.#openIncidents.get(plant)?.delete(device);
      this.#plantOfDevice.delete(device);
    }
    for (const openIncident of await this.#alertLog.openIncidentsOf(devices)) {
      if (!mayFire(openIncident, this.#rule)) continue;
      addIncident(this.#openIncidents, this.#plantOfDevice, this.#told(openIncident));
      plants.add(plantOf(openIncident));
    }
    return this.#recompute(plants, now);
  }

  /**
   * Computes the alerts of these plants and saves changed alerts in the log. Returns the changed alerts. Yields to the
   * event loop after each plant.
   */
  async #recompute(plants: Iterable<string>, now: number): Promise<Alert[]> {
    const changes: Alert[] = [];
    for (const plant of plants) {
      const before = this.#alerts.get(plant) ?? new Map<string, Alert>();
      const openIncidents = [...(this.#openIncidents.get(plant)?.values() ?? [])];
      const after = alertsOf(plant, openIncidents, before, this.#rule, now);
      const changed = [...after].filter(([key, alert]) => before.get(key) !== alert).map(([, alert]) => alert);
      const removed = [...before.keys()].filter((key) => !after.has(key));
      if (changed.length > 0 || removed.length > 0) await this.#alertLog.save(this.#sink, changed, removed);
      if (after.size === 0) this.#alerts.delete(plant);
      else this.#alerts.set(plant, after);
      for (const alert of changed) {
        changes.push(alert);
        // A reopened incident may end in another way than before.
        this.#ended.delete(alert.subject);
      }
      await yieldToEventLoop();
    }
    await this.#tellEnded();
    return changes;
  }

  /** Reads how the incidents of ended alerts have ended, and forgets those whose alerts are not sent any more. */
  async #tellEnded(): Promise<void> {
    const subjects = new Set<string>();
    for (const { subject, device, endsAt } of this.all()) if (endsAt !== null && device !== null) subjects.add(subject);
    for (const subject of this.#ended.keys()) if (!subjects.has(subject)) this.#ended.delete(subject);
    const unknown = [...subjects].filter((subject) => !this.#ended.has(subject));
    if (unknown.length === 0) return;
    for (const subject of unknown) this.#ended.set(subject, null);
    for (const incident of await this.#alertLog.incidents(unknown)) {
      this.#ended.set(incident.record.id, this.#tell(incident));
    }
  }

  #told(incident: AlertedIncident): ToldIncident {
    return { record: incident.record, plant: incident.plant, told: this.#tell(incident) };
  }

  #insert(alert: Alert): void {
    const alerts = this.#alerts.get(alert.plant) ?? new Map<string, Alert>();
    this.#alerts.set(alert.plant, alerts.set(keyOf(alert), alert));
  }
}

function addIncident(
  openIncidents: Map<string, Map<string, ToldIncident>>,
  plantOfDevice: Map<string, string>,
  openIncident: ToldIncident,
): void {
  const { device } = openIncident.record;
  const plant = plantOf(openIncident);
  const members = openIncidents.get(plant) ?? new Map<string, ToldIncident>();
  openIncidents.set(plant, members.set(device, openIncident));
  plantOfDevice.set(device, plant);
}
