/** A sink that fails, and a process that dies while sending: every committed change must still be received. */
import type { Route } from '../../src/core/announce/notice.ts';
import { incidentId } from '../../src/core/model/incident.ts';
import type { Batch } from '../../src/store/ports/batch.ts';
import type { NoticeRow } from '../../src/store/ports/outbox.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { advisory } from '../given.ts';
import type { Random } from './random.ts';

export const route: Route = {
  sink: 'receiver',
  only: { states: [], severities: [], plants: [] },
  wants: () => true,
};

export class Receiver {
  readonly #random: Random;
  /** The committed changes, in their order. */
  readonly #committed: string[] = [];
  /** The received changes by notice id, in the order of their first receipt. */
  readonly #received = new Map<string, string>();
  readonly #violations: string[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** The store, with the committed changes recorded here. */
  watching(store: Store): Store {
    const watched = async <Seen, E>(fold: (seen: Seen) => Batch, run: (fold: (seen: Seen) => Batch) => Promise<E>) => {
      let changes: Batch['changes'] = [];
      const evictions = await run((seen) => {
        const batch = fold(seen);
        changes = batch.changes;
        return batch;
      });
      for (const { device, ordinal, at, from, to, reason } of changes) {
        this.#committed.push(`${incidentId(advisory.prefix, device, ordinal)} ${at} ${from} ${to} ${reason}`);
      }
      return evictions;
    };
    const methods: Pick<Store, 'commit' | 'due'> = {
      commit: (about, fold) => watched(fold, (seen) => store.commit(about, seen)),
      due: (now, limit, fold) => watched(fold, (seen) => store.due(now, limit, seen)),
    };
    return withMethods(store, methods);
  }

  /** Receives some due notices. A notice may fail, be given up and resent, or be received without being settled. */
  async receive(store: Store, now: number): Promise<void> {
    for (const notice of await store.outbox.due(route.sink, now, 1 + this.#random.below(4))) {
      const { seq } = notice;
      if (this.#random.chance(0.3)) {
        await store.outbox.settle(
          seq,
          { result: 'failed', nextAt: now + this.#random.below(3_600_000), error: '' },
          now,
        );
        continue;
      }
      if (this.#random.chance(0.05)) await store.outbox.settle(seq, { result: 'dead', error: '' }, now);
      else {
        this.#note(notice);
        // The process may die between the receiver's answer and the commit.
        if (!this.#random.chance(0.1)) await store.outbox.settle(seq, { result: 'delivered' }, now);
      }
    }
    if (this.#random.chance(0.1)) await store.outbox.retry({ sinks: [route.sink] }, now);
  }

  /** Receives all pending notices; then returns the differences between committed and received changes. */
  async violationsIn(store: Store, now: number): Promise<string[]> {
    await store.outbox.retry({ sinks: [route.sink] }, now);
    for (;;) {
      const due = await store.outbox.due(route.sink, Number.MAX_SAFE_INTEGER, 100);
      if (due.length === 0) break;
      for (const notice of due) {
        this.#note(notice);
        await store.outbox.settle(notice.seq, { result: 'delivered' }, now);
      }
    }
    const [committed, received] = [count(this.#committed), count(this.#received.values())];
    for (const change of new Set([...committed.keys(), ...received.keys()])) {
      if (committed.get(change) !== received.get(change))
        this.#violations.push(
          `"${change}" was committed ${committed.get(change) ?? 0} times, received under ${received.get(change) ?? 0} ids`,
        );
    }
    return this.#violations;
  }

  #note({ id, announcement }: NoticeRow): void {
    const { incident, at, from, to, reason } = announcement;
    const text = `${incident} ${at} ${from} ${to} ${reason}`;
    const before = this.#received.get(id);
    if (before !== undefined && before !== text) this.#violations.push(`${id} stands for "${before}" and "${text}"`);
    this.#received.set(id, text);
  }
}

/** The store, with these methods replaced. */
export function withMethods(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(methods, name) ?? Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function count(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
