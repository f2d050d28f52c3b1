/** Reports about all devices of a store, out of the facts that the store keeps: no answer reads all devices. */

import type { Advisory } from '../core/advisory/advisory.ts';
import { momentOf } from '../core/diagnose/explain.ts';
import type { Fleet } from '../core/fleet/fleet-count.ts';
import { memberOf } from '../core/fleet/member.ts';
import { inUrgency, type RepairTask, taskOf } from '../core/fleet/repair-tasks.ts';
import { spansOf, TOGETHER_MS } from '../core/judge/fleet-context.ts';
import { type Hypothesis, hypothesesOf, leaderIn } from '../core/judge/ranking.ts';
import type { Device } from '../core/model/device.ts';
import type { HypothesisName } from '../core/model/hypothesis.ts';
import type { LinkWatch } from '../core/read/link-watch.ts';
import type { FleetStore } from '../store/ports/fleet.ts';
import type { Store } from '../store/ports/store.ts';
import { yieldToEventLoop } from '../yield-to-event-loop.ts';

/** `notCounted`: devices of a former version that are not brought over yet. */
export type FleetSnapshot = { readonly at: number; readonly fleet: Fleet; readonly notCounted: number };

/** Devices whose tasks are made without letting other work go on. */
const AT_ONCE = 8;

type ReportStore = Pick<Store, 'load'> & Pick<FleetStore, 'fleet' | 'fleetContext' | 'urgent' | 'notCounted'>;

export class FleetReport {
  readonly #store: ReportStore;
  readonly #advisory: Advisory;
  readonly #now: () => number;
  readonly #links: LinkWatch | null;

  /** `links`: of the running pipeline; null if only the database is read. */
  constructor(store: ReportStore, advisory: Advisory, now: () => number, links: LinkWatch | null = null) {
    this.#links = links;
    this.#store = store;
    this.#advisory = advisory;
    this.#now = now;
  }

  async snapshot(): Promise<FleetSnapshot> {
    const at = this.#now();
    return { at, fleet: await this.#store.fleet(at), notCounted: await this.#store.notCounted() };
  }

  /** The possible causes of the failures of a device, compared with the failures of the other devices. */
  async hypotheses(device: Device, at: number): Promise<Hypothesis[]> {
    const self = memberOf(device, this.#advisory);
    const since = self.failingSince;
    if (since === null || spansOf(self) === null) return hypothesesOf(device.state, at, this.#advisory);
    const wasDown = (peer: string | null) =>
      this.#links?.wasDown(peer, since - TOGETHER_MS, since + TOGETHER_MS) ?? false;
    return hypothesesOf(device.state, at, this.#advisory, await this.#store.fleetContext(self, wasDown));
  }

  /** The hypothesis that leads in view of the fleet; null if none leads, or no device has this key. */
  async diagnosisOf(key: string): Promise<HypothesisName | null> {
    const device = (await this.#store.load([key])).get(key);
    return device === undefined ? null : this.leaderFor(device, momentOf(device, this.#now()));
  }

  /** The same for a device that is known, at a moment. */
  async leaderFor(device: Device, at: number): Promise<HypothesisName | null> {
    return leaderIn(await this.hypotheses(device, at), this.#advisory);
  }

  /** The next devices to repair, the most urgent first. */
  async tasks({ plant, limit }: { plant?: string | undefined; limit: number }): Promise<RepairTask[]> {
    const now = this.#now();
    const tasks: RepairTask[] = [];
    const { rows } = await this.#store.urgent({ plant, limit });
    for (const [index, key] of rows.entries()) {
      if (index % AT_ONCE === AT_ONCE - 1) await yieldToEventLoop();
      const device = (await this.#store.load([key])).get(key);
      const task = device === undefined ? null : await this.#inFleet(device, now);
      if (task !== null) tasks.push(task);
    }
    return tasks.sort(inUrgency);
  }

  /** What to do at a device, by the diagnosis in view of the fleet if one leads; null: nothing. */
  async taskOf(device: Device): Promise<RepairTask | null> {
    return this.#inFleet(device, this.#now());
  }

  async #inFleet(device: Device, now: number): Promise<RepairTask | null> {
    const diagnosis = await this.leaderFor(device, momentOf(device, now));
    return taskOf(device, now, this.#advisory, diagnosis);
  }
}
