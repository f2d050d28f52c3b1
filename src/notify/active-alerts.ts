import {
  type Alert,
  type AlertRule,
  alertsOf,
  fires,
  keyOf,
  type OpenIncident,
  plantOf,
} from '../core/announce/alerts.ts';
import { limits } from '../core/model/limits.ts';
import type { AlertLog } from '../store/ports/alert-log.ts';
import { yieldToEventLoop } from '../yield-to-event-loop.ts';

/** What fires for one sink, by plant. What was told is in the store, so that a restart goes on where it was. */
export class ActiveAlerts {
  readonly #sink: string;
  readonly #alertLog: AlertLog;
  readonly #rule: AlertRule;
  /** Incidents that fire, by plant and device. */
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

  get size(): number {
    return [...this.#alerts.values()].reduce((sum, alerts) => sum + alerts.size, 0);
  }

  /** Every alert, those of one plant one after the other. */
  *all(): Generator<Alert> {
    for (const alerts of this.#alerts.values()) yield* alerts.values();
  }

  alert({ plant, ...alert }: Pick<Alert, 'device' | 'plant' | 'severity'>): Alert | undefined {
    return this.#alerts.get(plant)?.get(keyOf({ plant, ...alert }));
  }

  /** The incidents behind an alert; none for one that has ended. */
  openIncidentsOf({ device, plant, endsAt }: Alert): readonly OpenIncident[] {
    if (endsAt !== null) return [];
    const openIncidents = this.#openIncidents.get(plant);
    if (device === null) return [...(openIncidents?.values() ?? [])];
    const openIncident = openIncidents?.get(device);
    return openIncident === undefined ? [] : [openIncident];
  }

  /** Everything anew out of the store; gives the alerts that changed. Between the pages the event loop goes on. */
  async reload(now: number): Promise<Alert[]> {
    if (!this.#loaded) {
      for (const alert of await this.#alertLog.sent(this.#sink)) this.#put(alert);
      this.#loaded = true;
    }
    const openIncidents = new Map<string, Map<string, OpenIncident>>();
    const plants = new Map<string, string>();
    for (let after: string | undefined; ; ) {
      const page = await this.#alertLog.openIncidents({ after, limit: limits.pageRows });
      for (const openIncident of page.rows)
        if (fires(openIncident, this.#rule)) place(openIncidents, plants, openIncident);
      if (page.next === null) break;
      after = page.next;
      await yieldToEventLoop();
    }
    const touched = new Set([...this.#alerts.keys(), ...openIncidents.keys()]);
    this.#openIncidents = openIncidents;
    this.#plantOfDevice = plants;
    return this.#again(touched, now);
  }

  /** Only what these devices changed. */
  async refresh(devices: readonly string[], now: number): Promise<Alert[]> {
    const touched = new Set<string>();
    for (const device of devices) {
      const plant = this.#plantOfDevice.get(device);
      if (plant === undefined) continue;
      touched.add(plant);
      this.#openIncidents.get(plant)?.delete(device);
      this.#plantOfDevice.delete(device);
    }
    for (const openIncident of await this.#alertLog.openIncidentsOf(devices)) {
      if (!fires(openIncident, this.#rule)) continue;
      place(this.#openIncidents, this.#plantOfDevice, openIncident);
      touched.add(plantOf(openIncident));
    }
    return this.#again(touched, now);
  }

  /** It is stored before it is told: what a peer knows is never forgotten here. Between plants the event loop goes on. */
  async #again(plants: Iterable<string>, now: number): Promise<Alert[]> {
    const all: Alert[] = [];
    for (const plant of plants) {
      const before = this.#alerts.get(plant) ?? new Map<string, Alert>();
      const openIncidents = [...(this.#openIncidents.get(plant)?.values() ?? [])];
      const after = alertsOf(plant, openIncidents, before, this.#rule, now);
      const changed = [...after].filter(([key, alert]) => before.get(key) !== alert).map(([, alert]) => alert);
      const gone = [...before.keys()].filter((key) => !after.has(key));
      if (changed.length > 0 || gone.length > 0) await this.#alertLog.save(this.#sink, changed, gone);
      if (after.size === 0) this.#alerts.delete(plant);
      else this.#alerts.set(plant, after);
      for (const alert of changed) all.push(alert);
      await yieldToEventLoop();
    }
    return all;
  }

  #put(alert: Alert): void {
    const alerts = this.#alerts.get(alert.plant) ?? new Map<string, Alert>();
    this.#alerts.set(alert.plant, alerts.set(keyOf(alert), alert));
  }
}

function place(
  openIncidents: Map<string, Map<string, OpenIncident>>,
  plants: Map<string, string>,
  openIncident: OpenIncident,
): void {
  const { device } = openIncident.record;
  const plant = plantOf(openIncident);
  const members = openIncidents.get(plant) ?? new Map<string, OpenIncident>();
  openIncidents.set(plant, members.set(device, openIncident));
  plants.set(device, plant);
}
