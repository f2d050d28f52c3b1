import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type CaptureAdvisory, readCapture } from '../core/capture/capture.ts';
import type { CaptureReading } from '../core/capture/fact.ts';
import { limits } from '../core/model/limits.ts';

/**
 * Reads captures, one at a time: a long one in a thread, so that lines are received and requests are answered meanwhile. 30 MiB
 * take some 20 s. The thread is started for the first long one; `end()` ends it.
 */
export class CaptureReader {
  readonly #advisory: CaptureAdvisory;
  #worker: Worker | null = null;

  constructor({ hosts, remediation, defaultNames }: CaptureAdvisory) {
    this.#advisory = { hosts, remediation, defaultNames };
  }

  async read(text: string | Uint8Array): Promise<CaptureReading> {
    const isLong = text.length > limits.captureAtOnce && text.length <= limits.captureBytes;
    if (!isLong) return readCapture(text, this.#advisory);
    this.#worker ??= new Worker(new URL(`./capture-thread${extname(import.meta.url)}`, import.meta.url), {
      execArgv: [],
      workerData: this.#advisory,
    });
    // An error of the thread rejects.
    const answer = once(this.#worker, 'message');
    this.#worker.postMessage(text);
    const [reading] = (await answer) as [CaptureReading];
    return reading;
  }

  async end(): Promise<void> {
    await this.#worker?.terminate();
  }
}
