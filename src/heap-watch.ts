import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { limits } from './core/model/limits.ts';
import type { Log } from './telemetry/log.ts';

const MEBIBYTE = 1024 * 1024;
/** Spaces of objects that are collected often; V8 ends the process when the others are full. */
const YOUNG = ['new_space', 'new_large_object_space'];

/** Bytes. `live`: what was left of the old objects by the last full collection; 0 before the first one. */
export type HeapState = { readonly live: number; readonly limit: number };

/**
 * Knows how near the heap of the main thread is to its limit, at which V8 ends the process. What is used between two full
 * collections is mostly garbage, so only what a full collection has left counts.
 */
export class HeapWatch {
  readonly #log: Pick<Log, 'error' | 'info'>;
  readonly #limit: number;
  readonly #observer: PerformanceObserver;
  #live = 0;
  #isNear = false;

  /** `options`: those that Node.js was started with. */
  constructor(log: Pick<Log, 'error' | 'info'>, options: readonly string[]) {
    this.#log = log;
    this.#limit = oldLimit(getHeapStatistics().heap_size_limit, options);
    this.#observer = new PerformanceObserver((list) => {
      const collections = list.getEntries() as (PerformanceEntry & { readonly detail?: { readonly kind: number } })[];
      if (collections.some(({ detail }) => detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR))
        this.#onLive(oldUsed());
    });
  }

  start(): void {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  stop(): void {
    this.#observer.disconnect();
  }

  get state(): HeapState {
    return { live: this.#live, limit: this.#limit };
  }

  /** As a sentence for people; null while there is room. */
  problem(): string | null {
    return this.#isNear
      ? `the heap is near its limit: ${inMebibytes(this.#live)} of ${inMebibytes(this.#limit)} MiB; at the limit the process ends`
      : null;
  }

  #onLive(live: number): void {
    this.#live = live;
    const isNear = live > (this.#limit * limits.heapPercent) / 100;
    if (isNear === this.#isNear) return;
    this.#isNear = isNear;
    if (isNear)
      this.#log.error(
        { live, limit: this.#limit },
        'the heap is near its limit, at which the process ends: give it more by NODE_OPTIONS=--max-old-space-size=MiB',
      );
    else this.#log.info({ live, limit: this.#limit }, 'the heap has room again');
  }
}

/**
 * The limit of the old objects. V8 says only the limit of all: `--max-old-space-size` where it is given; else three young
 * spaces less, which are 3/64 of the old one at most, and by `--max-semi-space-size` where that is given.
 */
export function oldLimit(heapLimit: number, options: readonly string[]): number {
  const given = (name: string) => {
    const values = options.flatMap(
      (option) => new RegExp(`^--${name}=(\\d+)$`).exec(option.replaceAll('_', '-')) ?? [],
    );
    const last = Number(values.at(-1) ?? 0);
    return last > 0 ? last * MEBIBYTE : null;
  };
  const semi = given('max-semi-space-size');
  const old = given('max-old-space-size') ?? (semi === null ? (heapLimit * 64) / 67 : heapLimit - 3 * semi);
  return Math.floor(Math.min(old, heapLimit));
}

function oldUsed(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name }) => !YOUNG.includes(space_name))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0);
}

function inMebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE);
}
