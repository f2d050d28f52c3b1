/** Reports about all devices of a store. Reads them in pages, so that incoming lines do not wait, and caches the result. */

import type { Advisory } from '../core/advisory/advisory.ts';
import { exposureOf, releaseOf } from '../core/advisory/exposure.ts';
import { momentOf } from '../core/diagnose/explain.ts';
import { type Fleet, FleetCount } from '../core/fleet/fleet-count.ts';
import { inUrgency, type RepairTask, taskOf } from '../core/fleet/repair-tasks.ts';
import { isOfCustomer } from '../core/judge/claims.ts';
import { type FleetMember, fleetContextOf, TOGETHER_MS } from '../core/judge/fleet-context.ts';
import { type Hypothesis, hypothesesOf, leaderIn } from '../core/judge/ranking.ts';
import type { Device } from '../core/model/device.ts';
import type { DeviceState } from '../core/model/device-state.ts';
import type { HypothesisName } from '../core/model/hypothesis.ts';
import { earlier, later } from '../core/model/instant.ts';
import type { LinkWatch } from '../core/read/link-watch.ts';
import { everyPage } from '../store/every-page.ts';
import type { Store } from '../store/ports/store.ts';
import { yieldToEventLoop } from '../yield-to-event-loop.ts';

export type FleetSnapshot = { readonly at: number; readonly fleet: Fleet; readonly members: readonly Member[] };

type Member = FleetMember & { readonly peer: string | null };

const FRESH_MS = 5000;
/** A small page, because a device has up to 40 kB of JSON. */
const PAGE_ROWS = 100;

export class FleetReport {
  readonly #store: Pick<Store, 'devices' | 'load'>;
  readonly #advisory: Advisory;
  readonly #now: () => number;
  readonly #links: LinkWatch | null;
  #last: { readonly at: number; readonly snapshot: Promise<FleetSnapshot> } | null = null;

  /** `links`: of the running pipeline; null if only the database is read. */
  constructor(
    store: Pick<Store, 'devices' | 'load'>,
    advisory: Advisory,
    now: () => number,
    links: LinkWatch | null = null,
  ) {
    this.#links = links;
    this.#store = store;
    this.#advisory = advisory;
    this.#now = now;
  }

  /** At most `FRESH_MS` old. Concurrent calls share one count. */
  async snapshot(): Promise<FleetSnapshot> {
    const at = this.#now();
    if (this.#last === null || at - this.#last.at > FRESH_MS || at < this.#last.at) {
      const snapshot = this.#count(at);
      this.#last = { at, snapshot };
      snapshot.catch(() => {
        this.#last = null;
      });
    }
    return this.#last.snapshot;
  }

  /** The possible causes of the failures of a device, compared with the failures of the other devices. */
  async hypotheses(device: Device, at: number): Promise<Hypothesis[]> {
    const self = memberOf(device, this.#advisory);
    if (self.failingSince === null) return hypothesesOf(device.state, at, this.#advisory);
    const { members } = await this.snapshot();
    const [from, to] = [self.failingSince - TOGETHER_MS, self.failingSince + TOGETHER_MS];
    const down = members.filter(({ peer }) => this.#links?.wasDown(peer, from, to)).map(({ key }) => key);
    const others = members.filter(({ key }) => key !== self.key);
    return hypothesesOf(device.state, at, this.#advisory, fleetContextOf(self, [self, ...others], new Set(down)));
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
    for await (const device of everyDevice(this.#store, plant)) {
      const task = taskOf(device, now, this.#advisory);
      if (task !== null) tasks.push(task);
    }
    const next = tasks.sort(inUrgency).slice(0, limit);
    return (await Promise.all(next.map((task) => this.#inFleet(task, now)))).sort(inUrgency);
  }

  /** The task by the diagnosis in view of the fleet, where that is another one. */
  async #inFleet(task: RepairTask, now: number): Promise<RepairTask> {
    const device = (await this.#store.load([task.device])).get(task.device);
    if (device === undefined) return task;
    const ranked = await this.hypotheses(device, momentOf(device, now));
    const diagnosis = leaderIn(ranked, this.#advisory);
    return diagnosis === null ? task : (taskOf(device, now, this.#advisory, diagnosis) ?? task);
  }

  async #count(at: number): Promise<FleetSnapshot> {
    const count = new FleetCount(at, this.#advisory);
    const members: Member[] = [];
    for await (const device of everyDevice(this.#store)) {
      count.add(device);
      members.push({ ...memberOf(device, this.#advisory), peer: device.peer });
    }
    return { at, fleet: count.fleet(), members };
  }
}

function memberOf({ key, state, inventory }: Device, advisory: Advisory): FleetMember {
  return {
    key,
    plant: inventory?.plant ?? null,
    release: releaseOf(state),
    status: exposureOf(state, advisory)?.status ?? 'unknown',
    ...failingOf(state),
    lastSuccessAt: state.lastSuccessAt,
  };
}

/** Counts failures without weight, too, but not those of the customer's own server. */
function failingOf({ claims }: DeviceState): Pick<FleetMember, 'failingSince' | 'lastFailureAt' | 'timedOut'> {
  const failures = claims.filter((claim) => claim.isFailure && !isOfCustomer(claim));
  return {
    failingSince: failures.reduce<number | null>((first, { firstAt }) => earlier(first, firstAt), null),
    lastFailureAt: failures.reduce<number | null>((last, { lastAt }) => later(last, lastAt), null),
    timedOut: failures.some(({ manner }) => manner === 'timeout'),
  };
}

/** Every device, sorted by key. Between two pages the event loop can do other work. */
export async function* everyDevice(store: Pick<Store, 'devices'>, plant?: string): AsyncGenerator<Device> {
  const load = (after: string | undefined) => store.devices({ plant, after, limit: PAGE_ROWS });
  for await (const devices of everyPage(load, yieldToEventLoop)) yield* devices;
}
