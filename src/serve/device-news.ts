/**
 * Of which devices something is new that is no change of an incident: a line, a notice, lost lines; and that notices were tried. Told
 * to those who show them.
 */
import type { GapStore } from '../store/ports/gaps.ts';

/** At most so often something is told, in milliseconds. */
export const EVERY_MS = 2000;
/** At most so many devices, and so many senders, are named at once. */
export const MOST_NAMED = 500;

/**
 * `devices`: keys. `senders`: addresses of which lines were lost. `all`: there is news of more than these, so that every
 * device may be one of them. `notices`: what has become of notices, or who is notified, is not as it was.
 */
export type News = {
  readonly devices: readonly string[];
  readonly senders: readonly string[];
  readonly all: boolean;
  readonly notices: boolean;
};

type Listener = (news: News) => void;

/** What is noted first is told at once, and what is noted in the next 2 s together: a device is named once in 2 s at most. */
export class DeviceNews {
  readonly #listeners = new Set<Listener>();
  #devices = new Set<string>();
  #senders = new Set<string>();
  #isAll = false;
  #isOfNotices = false;
  /** Runs for 2 s after something was told. */
  #timer: NodeJS.Timeout | null = null;

  /** Returns the function that ends the subscription. Nothing is kept for those who come later. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0 || this.#timer === null) return;
      clearTimeout(this.#timer);
      this.#timer = null;
      this.#take();
    };
  }

  /** There is something new of the devices with these keys, after its commit. */
  note(keys: Iterable<string>): void {
    this.#add(this.#devices, keys);
  }

  /** Lines of these senders were lost. */
  noteLost(addresses: Iterable<string>): void {
    this.#add(this.#senders, addresses);
  }

  /** There may be something new of every device. */
  noteAll(): void {
    if (this.#listeners.size === 0) return;
    this.#isAll = true;
    if (this.#timer === null) this.#tell();
  }

  /** A sink was tried, or it is another one that is notified. */
  noteNotices(): void {
    if (this.#listeners.size === 0) return;
    this.#isOfNotices = true;
    if (this.#timer === null) this.#tell();
  }

  #add(to: Set<string>, names: Iterable<string>): void {
    if (this.#listeners.size === 0) return;
    for (const name of names) {
      if (to.size < MOST_NAMED || to.has(name)) to.add(name);
      else this.#isAll = true;
      if (this.#isAll) break;
    }
    if (this.#timer === null) this.#tell();
  }

  #tell(): void {
    this.#timer = null;
    const news = this.#take();
    if (!news.all && !news.notices && news.devices.length + news.senders.length === 0) return;
    this.#timer = setTimeout(() => this.#tell(), EVERY_MS);
    for (const listener of this.#listeners) listener(news);
  }

  #take(): News {
    const [devices, senders] = [[...this.#devices], [...this.#senders]];
    const news = { devices, senders, all: this.#isAll, notices: this.#isOfNotices };
    [this.#devices, this.#senders] = [new Set(), new Set()];
    [this.#isAll, this.#isOfNotices] = [false, false];
    return news;
  }
}

/** The gaps of a store: of which senders lines were lost is told once it is stored. */
export function toldGaps(gaps: GapStore, news: Pick<DeviceNews, 'noteLost'>): GapStore {
  return {
    add: async (more) => {
      await gaps.add(more);
      news.noteLost(more.map(({ peer }) => peer));
    },
  };
}
