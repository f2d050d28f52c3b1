import type { Advisory } from './core/advisory/advisory.ts';
import { assert } from './core/model/assert.ts';
import type { Engine } from './engine.ts';

/** The engine that is in use. Whoever needs it asks each time, so that it can be replaced. */
export class EngineSlot {
  #advisory: Advisory;
  #engine: Engine | null = null;
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
   * notice is sent twice; what waits for them is in the outbox. Records that wait for their second one are handed over.
   */
  replace(next: Engine, publicUrl: string): Promise<void> {
    const replacement = this.#replaced.then(async () => {
      const former = this.current;
      await former.stop();
      next.pipeline.takeOver(former.pipeline);
      this.put(next);
      await next.start(publicUrl);
    });
    this.#replaced = replacement.catch(() => {});
    return replacement;
  }

  /** Stops the engine that is in use once the replacements that were asked for are done. */
  async stop(): Promise<void> {
    await this.#replaced;
    await this.current.stop();
  }
}
