/** Goes through all devices of a store without holding up the lines, and remembers what it found for a while. */

import type { Advisory } from '../core/advisory/advisory.ts';
import { exposureOf, releaseOf } from '../core/advisory/exposure.ts';
import { type Fleet, FleetCount } from '../core/fleet/fleet-count.ts';
import { inUrgency, type RepairTask, taskOf } from '../core/fleet/repair-tasks.ts';
import { type FleetMember, fleetContextOf, TOGETHER_MS } from '../core/judge/fleet-context.ts';
import { type Hypothesis, hypothesesOf } from '../core/judge/ranking.ts';
import type { Device } from '../core/model/device.ts';
import type { DeviceState } from '../core/model/device-state.ts';
import { earlier, later } from '../core/model/instant.ts';
import type { LinkWatch } from '../core/read/link-watch.ts';
import { everyPage } from '../store/every-page.ts';
import type { Store } from '../store/ports/store.ts';
import { yieldToEventLoop } from '../yield-to-event-loop.ts';

export type FleetSnapshot = { readonly at: number; readonly fleet: Fleet; readonly members: readonly Member[] };

type Member = FleetMember & { readonly peer: string | null };

const FRESH_MS = 5000;
/** Few, as a device is up to 40 kB of JSON. */
const PAGE_ROWS = 100;

export class FleetReport {
  readonly #store: Pick<Store, 'devices'>;
  readonly #advisory: Advisory;
  readonly #now: () => number;
  readonly #links: LinkWatch | null;
  #last: { readonly at: number; readonly survey: Promise<FleetSnapshot> } | null = null;

  /** `links`: of the running pipeline; none where a database is only read. */
  constructor(store: Pick<Store, 'devices'>, advisory: Advisory, now: () => number, links: LinkWatch | null = null) {
    this.#links = links;
    this.#store = store;
    this.#advisory = advisory;
    this.#now = now;
  }

  /** At most some seconds old. Whoever asks while one is under way gets that one. */
  async snapshot(): Promise<FleetSnapshot> {
    const at = this.#now();
    if (this.#last === null || at - this.#last.at > FRESH_MS || at < this.#last.at) {
      const survey = this.#count(at);
      this.#last = { at, survey };
      survey.catch(() => {
        this.#last = null;
      });
    }
    return this.#last.survey;
  }

  /** What may ail a device, in view of what the others do. */
  async hypotheses(device: Device, at: number): Promise<Hypothesis[]> {
    const own = memberOf(device, this.#advisory);
    if (own.failingSince === null) return hypothesesOf(device.state, at, this.#advisory);
    const { members } = await this.snapshot();
    const [from, to] = [own.failingSince - TOGETHER_MS, own.failingSince + TOGETHER_MS];
    const down = members.filter(({ peer }) => this.#links?.wasDown(peer, from, to)).map(({ key }) => key);
    const others = members.filter(({ key }) => key !== own.key);
    return hypothesesOf(device.state, at, this.#advisory, fleetContextOf(own, [own, ...others], new Set(down)));
  }

  /** The next devices to repair, the most urgent first. */
  async tasks({ plant, limit }: { plant?: string | undefined; limit: number }): Promise<RepairTask[]> {
    const now = this.#now();
    const tasks: RepairTask[] = [];
    for await (const device of everyDevice(this.#store, plant)) {
      const task = taskOf(device, now, this.#advisory);
      if (task !== null) tasks.push(task);
    }
    return tasks.sort(inUrgency).slice(0, limit);
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
  };
}

/** Failures without weight are failures to connect, too. */
function failingOf({
  firstFailureAt,
  lastFailureAt,
  counter,
}: DeviceState): Pick<FleetMember, 'failingSince' | 'lastFailureAt'> {
  const told = Object.values(counter);
  return {
    failingSince: told.reduce<number | null>((first, { firstAt }) => earlier(first, firstAt), firstFailureAt),
    lastFailureAt: told.reduce<number | null>((last, { lastAt }) => later(last, lastAt), lastFailureAt),
  };
}

/** Every device, by name. Between pages the event loop does other work. */
export async function* everyDevice(store: Pick<Store, 'devices'>, plant?: string): AsyncGenerator<Device> {
  const load = (after: string | undefined) => store.devices({ plant, after, limit: PAGE_ROWS });
  for await (const devices of everyPage(load, yieldToEventLoop)) yield* devices;
}
