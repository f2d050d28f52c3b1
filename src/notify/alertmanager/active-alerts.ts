import {
  type Alert,
  type AlertRule,
  alertsOf,
  fires,
  keyOf,
  type OpenIncident,
  plantOf,
} from '../../core/announce/alerts.ts';
import { limits } from '../../core/model/limits.ts';
import { everyPage } from '../../store/every-page.ts';
import type { AlertLog } from '../../store/ports/alert-log.ts';
import { yieldToEventLoop } from '../../yield-to-event-loop.ts';

/**
 * The alerts of one sink, by plant: firing alerts, and alerts that ended recently. An alert is saved in the alert log
 * before it is sent to a peer, so that after a restart every alert that a peer may have is known.
 */
export class ActiveAlerts {
  readonly #sink: string;
  readonly #alertLog: AlertLog;
  readonly #rule: AlertRule;
  /** Incidents that fire an alert, by plant and device. */
  #openIncidents = new Map<string, Map<string, OpenIncident>>();
  #plantOfDevice = new Map<string, string>();
  /** Alerts by plant and key. */
  readonly #alerts = new Map<string, Map<string, Alert>>();
  #loaded = false;

  constructor(sink: string, alertLog: AlertLog, rule: AlertRule) {
    this.#sink = sink;
    this.#alertLog = alertLog;
    this.#rule = rule;
  }

  /** Every alert, grouped by plant. */
  *all(): Generator<Alert> {
    for (const alerts of this.#alerts.values()) yield* alerts.values();
  }

  alert({ plant, ...alert }: Pick<Alert, 'device' | 'plant' | 'severity'>): Alert | undefined {
    return this.#alerts.get(plant)?.get(keyOf({ plant, ...alert }));
  }

  /** The incidents behind an alert; none for an ended alert. */
  openIncidentsOf({ device, plant, endsAt }: Alert): readonly OpenIncident[] {
    if (endsAt !== null) return [];
    const openIncidents = this.#openIncidents.get(plant);
    if (device === null) return [...(openIncidents?.values() ?? [])];
    const openIncident = openIncidents?.get(device);
    return openIncident === undefined ? [] : [openIncident];
  }

  /** Compares all open incidents of the store. Returns the changed alerts. Yields to the event loop after each page. */
  async reload(now: number): Promise<Alert[]> {
    if (!this.#loaded) {
      for (const alert of await this.#alertLog.sent(this.#sink)) this.#insert(alert);
      this.#loaded = true;
    }
    const openIncidents = new Map<string, Map<string, OpenIncident>>();
    const plantOfDevice = new Map<string, string>();
    const load = (after: string | undefined) => this.#alertLog.openIncidents({ after, limit: limits.pageRows });
    for await (const rows of everyPage(load, yieldToEventLoop)) {
      for (const openIncident of rows) {
        if (fires(openIncident, this.#rule)) addIncident(openIncidents, plantOfDevice, openIncident);
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
      if (!fires(openIncident, this.#rule)) continue;
      addIncident(this.#openIncidents, this.#plantOfDevice, openIncident);
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
      for (const alert of changed) changes.push(alert);
      await yieldToEventLoop();
    }
    return changes;
  }

  #insert(alert: Alert): void {
    const alerts = this.#alerts.get(alert.plant) ?? new Map<string, Alert>();
    this.#alerts.set(alert.plant, alerts.set(keyOf(alert), alert));
  }
}

function addIncident(
  openIncidents: Map<string, Map<string, OpenIncident>>,
  plantOfDevice: Map<string, string>,
  openIncident: OpenIncident,
): void {
  const { device } = openIncident.record;
  const plant = plantOf(openIncident);
  const members = openIncidents.get(plant) ?? new Map<string, OpenIncident>();
  openIncidents.set(plant, members.set(device, openIncident));
  plantOfDevice.set(device, plant);
}
