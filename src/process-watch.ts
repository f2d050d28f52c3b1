import { certificateEnd } from './config/certificate-end.ts';
import { DescriptorWatch } from './descriptor-watch.ts';
import { HeapWatch } from './heap-watch.ts';
import { givenNodeOptions } from './node-options.ts';
import { liveTransports, transports } from './receive/transports.ts';
import type { Log } from './telemetry/log.ts';
import type { ProcessReading } from './telemetry/readings.ts';
import { version } from './version.ts';

/** In PEM. */
type Certificates = { readonly cert: Uint8Array; readonly ca: Uint8Array | null };

/** What the process itself may run out of: file descriptors, heap, the time of its certificates. */
export class ProcessWatch {
  readonly descriptors: DescriptorWatch;
  readonly #heap: HeapWatch;
  readonly #ends = new Map<string, number>();
  #console: string | null = null;

  constructor(log: Pick<Log, 'error' | 'info'>) {
    const streams = liveTransports.filter((name) => transports[name].hasConnections);
    this.descriptors = new DescriptorWatch([...streams, 'http'], { log, monotonic: () => performance.now() });
    this.#heap = new HeapWatch(log, givenNodeOptions());
  }

  start(): void {
    this.#heap.start();
  }

  stop(): void {
    this.#heap.stop();
  }

  /** Why the service is not ready, as sentences for people; null: it is. */
  get problems(): readonly (() => string | null)[] {
    return [() => this.#heap.problem(), () => this.descriptors.problem()];
  }

  /** These are used from now on by the listener whose keys of the configuration begin so (`syslog.tls`); null: it is off. */
  useCertificates(listener: string, files: Certificates | null): void {
    for (const [key, pem] of [
      [`${listener}.cert`, files?.cert ?? null],
      [`${listener}.clientCa`, files?.ca ?? null],
    ] as const) {
      const end = pem === null ? null : certificateEnd(pem);
      if (end === null) this.#ends.delete(key);
      else this.#ends.set(key, end);
    }
  }

  /** The address of the console from now on, as people reach it. */
  useConsole(url: string): void {
    this.#console = url;
  }

  /** Connections that receiving threads have denied, by transport and reason (`tcp descriptors`). */
  onDenials(denials: Readonly<Record<string, number>>): void {
    for (const [key, count] of Object.entries(denials)) {
      const [transport = '', reason] = key.split(' ');
      if (reason === 'descriptors') this.descriptors.onShort(transport, count);
    }
  }

  /** `advisory`: the name of the one in use. */
  reading(advisory: string): ProcessReading {
    return {
      build: { version, node: process.version, advisory },
      certificates: Array.from(this.#ends, ([key, until]) => ({ key, until })),
      descriptors: this.descriptors.counts,
      heap: this.#heap.state,
      console: this.#console,
    };
  }
}
