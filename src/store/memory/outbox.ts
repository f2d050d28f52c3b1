import type { NoticeDraft } from '../../core/announce/notice.ts';
import { limits } from '../../core/model/limits.ts';
import { BEYOND_MS, LONGEST_WAIT_MS } from '../clocks.ts';
import { page } from '../page.ts';
import type {
  DeliveredNotice,
  DeliveredQuery,
  DroppedNotices,
  NoticeQuery,
  NoticeRow,
  Outbox,
  Retried,
  Retry,
  Settlement,
  SinkCounts,
} from '../ports/outbox.ts';
import type { Page } from '../ports/queries.ts';

/** The outbox of a store that ends with the process. */
export class MemoryOutbox implements Outbox {
  readonly #newId: () => string;
  /** By `seq`, in the order in which they were written. */
  readonly #rows = new Map<number, NoticeRow>();
  /** By `queueOf()`: the pending notices of an incident at a sink, the oldest first. Only the first one may be due. */
  readonly #queues = new Map<string, Set<number>>();
  /** In the order of delivery. */
  #delivered: (DeliveredNotice & { readonly n: number; readonly device: string })[] = [];
  #seq = 0;
  #deliveries = 0;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  /** To be called as part of a commit. */
  write(drafts: readonly NoticeDraft[], now: number): DroppedNotices[] {
    const written = { createdAt: now, attempts: 0, state: 'pending', nextAt: null, error: null } as const;
    for (const { announcement, sinks } of drafts) {
      const id = this.#newId();
      for (const sink of sinks) this.#enqueue({ seq: ++this.#seq, id, sink, announcement, ...written }, now);
    }
    return [...new Set(drafts.flatMap(({ sinks }) => sinks))].flatMap((sink) => {
      const pending = this.#of(sink, 'pending');
      const beyond = pending.slice(0, Math.max(0, pending.length - limits.noticesPending));
      return this.#bury(beyond, 'too many notices waited for this sink', now);
    });
  }

  async due(sink: string, now: number, limit: number): Promise<readonly NoticeRow[]> {
    return this.#of(sink, 'pending')
      .filter(({ nextAt }) => nextAt !== null && nextAt <= now)
      .sort((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0) || a.seq - b.seq)
      .slice(0, limit);
  }

  async nextAt(sink: string): Promise<number | null> {
    const times = this.#of(sink, 'pending').flatMap(({ nextAt }) => (nextAt === null ? [] : [nextAt]));
    return times.reduce<number | null>((next, at) => (next === null || at < next ? at : next), null);
  }

  /** What `RejudgingStore.markBeyond()` says of notices. */
  pullBack(now: number, setBackMs: number): void {
    for (const row of this.#rows.values()) {
      const { state, nextAt, createdAt } = row;
      if (state !== 'pending' || nextAt === null || nextAt <= now) continue;
      const isBeyond = createdAt > now + BEYOND_MS || nextAt > now + LONGEST_WAIT_MS;
      this.#rows.set(row.seq, { ...row, nextAt: isBeyond ? now : Math.max(now, nextAt - setBackMs) });
    }
  }

  async settle(seq: number, settlement: Settlement, now: number): Promise<readonly DroppedNotices[]> {
    const row = this.#rows.get(seq);
    if (row === undefined || row.state !== 'pending') return [];
    const tried = { ...row, attempts: row.attempts + 1 };
    if (settlement.result === 'failed') {
      this.#rows.set(seq, { ...tried, nextAt: settlement.nextAt, error: settlement.error });
      return [];
    }
    if (settlement.result === 'dead') return this.#bury([tried], settlement.error, now).filter(isDropped);
    this.#dequeue(row, now);
    this.#rows.delete(seq);
    const { id, sink, announcement, createdAt, attempts } = tried;
    const { device } = announcement;
    const kept = { n: ++this.#deliveries, device, id, sink, announcement, createdAt, attempts, deliveredAt: now };
    this.#delivered.push(kept);
    if (this.#delivered.length > limits.deliveredRows) this.#delivered.shift();
    return [];
  }

  /** The notices of these incidents of a device, with their numbers; what was delivered of all its incidents without `incident`. */
  happened(device: string, ids: ReadonlySet<string>, incident: string | undefined) {
    const waiting = [...this.#rows.values()].filter(({ announcement }) => ids.has(announcement.incident));
    const delivered = this.#delivered.filter(
      (row) => row.device === device && (incident ?? row.announcement.incident) === row.announcement.incident,
    );
    return {
      waiting: waiting.map((notice) => ({
        id: notice.seq,
        row: { at: notice.createdAt, kind: 'notice' as const, notice },
      })),
      delivered: delivered.map(({ n, device: _, ...notice }) => ({
        id: n,
        row: { at: notice.deliveredAt, kind: 'notice' as const, notice },
      })),
    };
  }

  async list({ state, sink, after, limit }: NoticeQuery): Promise<Page<NoticeRow>> {
    const rows = [...this.#rows.values()]
      .filter((row) => row.seq > Number(after ?? 0))
      .filter((row) => (state ?? row.state) === row.state && (sink ?? row.sink) === row.sink);
    return page(rows, limit, ({ seq }) => `${seq}`);
  }

  async delivered({ sink, device, after, limit }: DeliveredQuery): Promise<Page<DeliveredNotice>> {
    const found = this.#delivered
      .filter(({ n }) => after === undefined || n < Number(after))
      .filter((row) => (sink ?? row.sink) === row.sink)
      .filter((row) => (device ?? row.device) === row.device)
      .reverse();
    const { rows, next } = page(found, limit, ({ n }) => `${n}`);
    return { rows: rows.map(({ n: _, device: __, ...row }) => row), next };
  }

  /** What was delivered about one device is about another from now on. */
  move(from: string, into: string): void {
    this.#delivered = this.#delivered.map((row) => (row.device === from ? { ...row, device: into } : row));
  }

  /** Deletes what was delivered about a device. */
  forget(device: string): void {
    this.#delivered = this.#delivered.filter((row) => row.device !== device);
  }

  async retry({ sinks, sink, id }: Retry, now: number): Promise<Retried> {
    const selected = [...this.#rows.values()].filter(
      (row) => row.state === 'dead' && (sink ?? row.sink) === row.sink && (id ?? row.id) === row.id,
    );
    const rows = selected.filter((row) => sinks.includes(row.sink));
    for (const row of rows) this.#enqueue({ ...row, state: 'pending', attempts: 0 }, now);
    return { retried: rows.length, withoutSink: selected.length - rows.length };
  }

  async abandon(sinks: readonly string[], now: number): Promise<readonly DroppedNotices[]> {
    const removedSinks = new Set(
      [...this.#rows.values()].map(({ sink }) => sink).filter((sink) => !sinks.includes(sink)),
    );
    return [...removedSinks].flatMap((sink) =>
      this.#bury(this.#of(sink, 'pending'), 'there is no such sink any more', now),
    );
  }

  async counts(): Promise<readonly SinkCounts[]> {
    return [...new Set([...this.#rows.values()].map(({ sink }) => sink))].map((sink) => {
      const pending = this.#of(sink, 'pending');
      const oldestAt = pending.reduce<number | null>(
        (oldest, { createdAt }) => Math.min(oldest ?? createdAt, createdAt),
        null,
      );
      return { sink, pending: pending.length, dead: this.#of(sink, 'dead').length, oldestAt };
    });
  }

  #of(sink: string, state: NoticeRow['state']): NoticeRow[] {
    return [...this.#rows.values()].filter((row) => row.sink === sink && row.state === state);
  }

  /** Adds a notice to the queue of its incident, in the order of `seq`. */
  #enqueue(row: NoticeRow, now: number): void {
    this.#rows.set(row.seq, row);
    const queue = this.#queues.get(queueOf(row)) ?? new Set();
    this.#queues.set(queueOf(row), new Set([...queue, row.seq].sort((a, b) => a - b)));
    this.#unblock(row, now);
  }

  #dequeue(row: NoticeRow, now: number): void {
    const queue = this.#queues.get(queueOf(row));
    queue?.delete(row.seq);
    if (queue?.size === 0) this.#queues.delete(queueOf(row));
    this.#unblock(row, now);
  }

  /** Makes the first notice in the queue due. */
  #unblock(one: NoticeRow, now: number): void {
    const [first] = this.#queues.get(queueOf(one)) ?? [];
    const row = first === undefined ? undefined : this.#rows.get(first);
    if (row !== undefined && row.nextAt === null) this.#rows.set(row.seq, { ...row, nextAt: now });
  }

  #bury(rows: readonly NoticeRow[], error: string, now: number): DroppedNotices[] {
    const [first] = rows;
    if (first === undefined) return [];
    for (const row of rows) {
      this.#rows.set(row.seq, { ...row, state: 'dead', nextAt: null, error });
      this.#dequeue(row, now);
    }
    const dead = this.#of(first.sink, 'dead');
    const beyond = dead.slice(0, Math.max(0, dead.length - limits.noticesDead));
    for (const { seq } of beyond) this.#rows.delete(seq);
    const buried: DroppedNotices = { sink: first.sink, result: 'dead', count: rows.length };
    return beyond.length === 0 ? [buried] : [buried, { sink: first.sink, result: 'dropped', count: beyond.length }];
  }
}

function queueOf({ sink, announcement }: NoticeRow): string {
  return `${sink} ${announcement.incident}`;
}

function isDropped({ result }: DroppedNotices): boolean {
  return result === 'dropped';
}
