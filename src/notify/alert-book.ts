import { type Alert, type AlertRule, alertsOf, fires, keyOf, plantOf, type Standing } from '../core/announce/alerts.ts';
import { limits } from '../core/limits.ts';
import type { AlertShelf } from '../store/store.ts';

/** What fires for one sink, by plant. What was told is in the store, so that a restart goes on where it was. */
export class AlertBook {
  readonly #sink: string;
  readonly #shelf: AlertShelf;
  readonly #rule: AlertRule;
  /** Incidents that fire, by plant and device. */
  #standings = new Map<string, Map<string, Standing>>();
  #plantOfDevice = new Map<string, string>();
  /** Alerts by plant and key. */
  readonly #alerts = new Map<string, Map<string, Alert>>();
  #loaded = false;

  constructor(sink: string, shelf: AlertShelf, rule: AlertRule) {
    this.#sink = sink;
    this.#shelf = shelf;
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
  standingsOf({ device, plant, endsAt }: Alert): readonly Standing[] {
    if (endsAt !== null) return [];
    const standings = this.#standings.get(plant);
    if (device === null) return [...(standings?.values() ?? [])];
    const standing = standings?.get(device);
    return standing === undefined ? [] : [standing];
  }

  /** Everything anew out of the store; gives the alerts that changed. Between the pages the event loop goes on. */
  async reload(now: number): Promise<Alert[]> {
    if (!this.#loaded) {
      for (const alert of await this.#shelf.told(this.#sink)) this.#put(alert);
      this.#loaded = true;
    }
    const standings = new Map<string, Map<string, Standing>>();
    const plants = new Map<string, string>();
    for (let after: string | undefined; ; ) {
      const page = await this.#shelf.standings({ after, limit: limits.pageRows });
      for (const standing of page.rows) if (fires(standing, this.#rule)) place(standings, plants, standing);
      if (page.next === null) break;
      after = page.next;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const touched = new Set([...this.#alerts.keys(), ...standings.keys()]);
    this.#standings = standings;
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
      this.#standings.get(plant)?.delete(device);
      this.#plantOfDevice.delete(device);
    }
    for (const standing of await this.#shelf.standingsOf(devices)) {
      if (!fires(standing, this.#rule)) continue;
      place(this.#standings, this.#plantOfDevice, standing);
      touched.add(plantOf(standing));
    }
    return this.#again(touched, now);
  }

  /** It is stored before it is told: what a peer knows is never forgotten here. Between plants the event loop goes on. */
  async #again(plants: Iterable<string>, now: number): Promise<Alert[]> {
    const all: Alert[] = [];
    for (const plant of plants) {
      const before = this.#alerts.get(plant) ?? new Map<string, Alert>();
      const standings = [...(this.#standings.get(plant)?.values() ?? [])];
      const after = alertsOf(plant, standings, before, this.#rule, now);
      const changed = [...after].filter(([key, alert]) => before.get(key) !== alert).map(([, alert]) => alert);
      const gone = [...before.keys()].filter((key) => !after.has(key));
      if (changed.length > 0 || gone.length > 0) await this.#shelf.keep(this.#sink, changed, gone);
      if (after.size === 0) this.#alerts.delete(plant);
      else this.#alerts.set(plant, after);
      for (const alert of changed) all.push(alert);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return all;
  }

  #put(alert: Alert): void {
    const alerts = this.#alerts.get(alert.plant) ?? new Map<string, Alert>();
    this.#alerts.set(alert.plant, alerts.set(keyOf(alert), alert));
  }
}

function place(standings: Map<string, Map<string, Standing>>, plants: Map<string, string>, standing: Standing): void {
  const { device } = standing.record;
  const plant = plantOf(standing);
  const members = standings.get(plant) ?? new Map<string, Standing>();
  standings.set(plant, members.set(device, standing));
  plants.set(device, plant);
}
