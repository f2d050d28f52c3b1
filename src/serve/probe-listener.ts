import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { limits } from '../core/model/limits.ts';
import { OperatingError } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { FromProbeThread, ProbeTask } from './probe-thread.ts';
import type { Ready } from './ready.ts';

/** How often the main thread shows that it moves. */
const BEAT_MS = 250;

type Address = { readonly host: string; readonly port: number };
type Options = { readonly ready: () => Promise<Ready>; readonly log: Log };
/** Tests use shorter ones. */
type Bounds = { readonly stalledMs: number; readonly answerMs: number };

/** The listener of `http.probe`: `/healthz` and `/readyz` alone, answered by a thread of its own. */
export class ProbeListener {
  readonly #options: Options;
  readonly #bounds: Bounds;
  readonly #beat = new BigInt64Array(new SharedArrayBuffer(8));
  #worker: Worker | null = null;
  #timer: NodeJS.Timeout | null = null;
  #address: Address | null = null;

  constructor(options: Options, bounds: Bounds = { stalledMs: limits.stalledMs, answerMs: limits.probeAnswerMs }) {
    this.#options = options;
    this.#bounds = bounds;
  }

  /** The address that is listened on; null before `start()`. */
  get address(): Address | null {
    return this.#address;
  }

  async start(address: Address): Promise<Address> {
    const move = () => Atomics.store(this.#beat, 0, process.hrtime.bigint());
    move();
    this.#timer = setInterval(move, BEAT_MS);
    const workerData: ProbeTask = { ...address, beat: this.#beat, ...this.#bounds };
    const file = new URL(`./probe-thread${extname(import.meta.url)}`, import.meta.url);
    const worker = new Worker(file, { execArgv: [], workerData });
    this.#worker = worker;
    const { promise, resolve, reject } = Promise.withResolvers<Address>();
    worker.on('message', (message: FromProbeThread) => {
      if (message.kind === 'listening') resolve({ host: message.host, port: message.port });
      else if (message.kind === 'failed') reject(cannotListen(address, message));
      else void this.#sayReady(worker);
    });
    worker.on('error', (error) => {
      reject(error);
      this.#options.log.error({ err: error }, 'the thread of http.probe has failed: nothing answers there');
    });
    try {
      this.#address = await promise;
    } catch (error) {
      await this.stop();
      throw error;
    }
    return this.#address;
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#worker?.terminate();
    this.#worker = null;
  }

  async #sayReady(worker: Worker): Promise<void> {
    const { ready, log } = this.#options;
    const answer = await ready().catch((error: unknown): Ready => {
      log.error({ err: error }, 'it is not known whether the service is ready');
      return { problem: 'it is not known whether the service is ready; see the log of the service' };
    });
    worker.postMessage(answer);
  }
}

function cannotListen({ host, port }: Address, { code, message }: { code: string; message: string }): OperatingError {
  return code === 'EADDRINUSE'
    ? new OperatingError(
        'QVW_ADDRESS_IN_USE',
        `http.probe: ${host}:${port} is in use: stop the other program or choose another port`,
      )
    : new OperatingError(
        'QVW_LISTEN_FAILED',
        `http.probe: cannot listen on ${host}:${port} (${message}): choose an address of this machine`,
      );
}
