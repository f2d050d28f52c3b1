/** What the event stream says of the whole: it is read once for all listeners, and sent when it has changed. */
import type { Log } from '../telemetry/log.ts';

/** How often figures are read while somebody listens. */
const EVERY_MS = 2000;

type Figures = Readonly<Record<string, object>>;
type Listener = (text: string) => void;

/** A figure is an event: its name, and an object as its data. */
export class LiveFigures {
  readonly #read: () => Promise<Figures>;
  readonly #log: Log;
  readonly #every: typeof setInterval;
  readonly #listeners = new Set<Listener>();
  /** The last event by its name. */
  readonly #last = new Map<string, string>();
  #timer: NodeJS.Timeout | null = null;
  #isReading = false;

  /** `every`: as `setInterval`. */
  constructor(read: () => Promise<Figures>, log: Log, every: typeof setInterval = setInterval) {
    this.#read = read;
    this.#log = log;
    this.#every = every;
  }

  /** The listener gets all figures, and then each that has changed. Returns the function that ends the subscription. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (this.#timer === null) {
      this.#timer = this.#every(() => void this.#tell(), EVERY_MS);
      void this.#tell();
    } else for (const text of this.#last.values()) listener(text);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
      this.#last.clear();
    };
  }

  async #tell(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      const figures = await this.#read();
      for (const [name, figure] of Object.entries(figures)) {
        const text = eventText(name, figure);
        // Nobody may listen any more by now.
        if (this.#listeners.size === 0 || this.#last.get(name) === text) continue;
        this.#last.set(name, text);
        for (const listener of this.#listeners) listener(text);
      }
    } catch (err) {
      this.#log.error({ err }, 'the figures of the event stream cannot be read');
    } finally {
      this.#isReading = false;
    }
  }
}

/** An event as it is sent. Only an event with an id moves the position of a client. */
export function eventText(name: string, data: object, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
