/** Goes through all devices of a store without holding up the lines, and remembers what it found for a while. */
import type { Advisory } from './core/advisory/advisory.ts';
import { inUrgency, type Task, taskOf } from './core/campaign.ts';
import type { Device } from './core/device.ts';
import { type Fleet, FleetCount } from './core/fleet.ts';
import type { Store } from './store/store.ts';

export type Survey = { readonly at: number; readonly fleet: Fleet };

const FRESH_MS = 5000;
/** Few, as a device is up to 40 kB of JSON. */
const PAGE_ROWS = 100;

export class FleetSurvey {
  readonly #store: Pick<Store, 'devices'>;
  readonly #advisory: Advisory;
  readonly #now: () => number;
  #last: { readonly at: number; readonly survey: Promise<Survey> } | null = null;

  constructor(store: Pick<Store, 'devices'>, advisory: Advisory, now: () => number) {
    this.#store = store;
    this.#advisory = advisory;
    this.#now = now;
  }

  /** At most some seconds old. Whoever asks while one is under way gets that one. */
  async survey(): Promise<Survey> {
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

  /** The next devices to repair, the most urgent first. */
  async tasks({ plant, limit }: { plant?: string | undefined; limit: number }): Promise<Task[]> {
    const now = this.#now();
    const tasks: Task[] = [];
    for await (const device of everyDevice(this.#store, plant)) {
      const task = taskOf(device, now, this.#advisory);
      if (task !== null) tasks.push(task);
    }
    return tasks.sort(inUrgency).slice(0, limit);
  }

  async #count(at: number): Promise<Survey> {
    const count = new FleetCount(at, this.#advisory);
    for await (const device of everyDevice(this.#store)) count.add(device);
    return { at, fleet: count.fleet() };
  }
}

/** Every device, by name; between pages the event loop goes on. */
export async function* everyDevice(store: Pick<Store, 'devices'>, plant?: string): AsyncGenerator<Device> {
  for (let after: string | undefined; ; ) {
    const page = await store.devices({ plant, after, limit: PAGE_ROWS });
    yield* page.rows;
    if (page.next === null) return;
    after = page.next;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
