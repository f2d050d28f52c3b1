import type { Advisory } from './core/advisory/advisory.ts';
import { assert } from './core/model/assert.ts';
import type { Engine } from './engine.ts';

/** The engine that is in use. Whoever needs it asks each time, so that it can be replaced. */
export class EngineSlot {
  #advisory: Advisory;
  #engine: Engine | null = null;
  #stopped = false;
  /** One replacement after the other; it never rejects. */
  #replaced: Promise<void> = Promise.resolve();

  /** `advisory`: of the first engine, for the store that must be open before there is an engine. */
  constructor(advisory: Advisory) {
    this.#advisory = advisory;
  }

  get advisory(): Advisory {
    return this.#advisory;
  }

  get current(): Engine {
    assert(this.#engine !== null, 'an engine was put into the slot');
    return this.#engine;
  }

  /** The first engine; it is not started. */
  put(engine: Engine): void {
    this.#advisory = engine.advisory;
    this.#engine = engine;
  }

  /**
   * Has another engine take over, in between two batches. First the sinks of the former engine are stopped, so that no
   * notice is sent twice; the outbox keeps the notices that wait. The new engine gets the records that wait for a second
   * record. If the sinks of the new engine cannot be started, the former engine notifies again and the promise rejects.
   */
  replace(next: Engine, publicUrl: string): Promise<void> {
    const replacement = this.#replaced.then(async () => {
      if (this.#stopped) throw new Error('the service is stopping');
      const former = this.current;
      await former.stop();
      try {
        await next.prepare(publicUrl);
      } catch (error) {
        former.start();
        throw error;
      }
      next.pipeline.takeOver(former.pipeline);
      this.put(next);
      next.start();
    });
    this.#replaced = replacement.catch(() => {});
    return replacement;
  }

  /** Stops the engine that is in use, after the replacements that were asked for before; there are no others then. */
  async stop(): Promise<void> {
    await this.#replaced;
    this.#stopped = true;
    await this.current.stop();
  }
}
