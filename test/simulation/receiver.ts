/** A sink that fails, and a process that dies while it sends: what was committed must be heard all the same. */
import type { Route } from '../../src/core/announce/notice.ts';
import { incidentId } from '../../src/core/model/incident.ts';
import type { Batch } from '../../src/store/ports/batch.ts';
import type { NoticeRow } from '../../src/store/ports/outbox.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { advisory } from '../given.ts';
import type { Random } from './random.ts';

export const route: Route = {
  sink: 'hearer',
  only: { states: [], severities: [], plants: [] },
  wants: () => true,
};

export class Hearer {
  readonly #random: Random;
  /** Changes that were committed, in their order. */
  readonly #committed: string[] = [];
  /** By id, what was heard; in the order in which it was first heard. */
  readonly #heard = new Map<string, string>();
  readonly #troubles: string[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Remembers what is committed. */
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
    const own: Pick<Store, 'commit' | 'due'> = {
      commit: (about, fold) => watched(fold, (seen) => store.commit(about, seen)),
      due: (now, limit, fold) => watched(fold, (seen) => store.due(now, limit, seen)),
    };
    return withMethods(store, own);
  }

  /** Takes some of what is due: it may fail, be given up and sent again, or be heard and not written down. */
  async hear(store: Store, now: number): Promise<void> {
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
        this.#take(notice);
        // The process may end between the answer and the commit.
        if (!this.#random.chance(0.1)) await store.outbox.settle(seq, { result: 'delivered' }, now);
      }
    }
    if (this.#random.chance(0.1)) await store.outbox.retry({ sinks: [route.sink] }, now);
  }

  /** Everything that still waits; then what does not hold. */
  async broken(store: Store, now: number): Promise<string[]> {
    await store.outbox.retry({ sinks: [route.sink] }, now);
    for (;;) {
      const due = await store.outbox.due(route.sink, Number.MAX_SAFE_INTEGER, 100);
      if (due.length === 0) break;
      for (const notice of due) {
        this.#take(notice);
        await store.outbox.settle(notice.seq, { result: 'delivered' }, now);
      }
    }
    const [sent, heard] = [count(this.#committed), count(this.#heard.values())];
    for (const change of new Set([...sent.keys(), ...heard.keys()])) {
      if (sent.get(change) !== heard.get(change))
        this.#troubles.push(
          `"${change}" was committed ${sent.get(change) ?? 0} times, heard under ${heard.get(change) ?? 0} ids`,
        );
    }
    return this.#troubles;
  }

  #take({ id, announcement }: NoticeRow): void {
    const { incident, at, from, to, reason } = announcement;
    const text = `${incident} ${at} ${from} ${to} ${reason}`;
    const before = this.#heard.get(id);
    if (before !== undefined && before !== text) this.#troubles.push(`${id} stands for "${before}" and "${text}"`);
    this.#heard.set(id, text);
  }
}

/** The store, with these methods instead of its own. */
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
