import t from 'tap';
import type { Announcement } from '../../src/core/announce/notice.ts';
import { limits } from '../../src/core/model/limits.ts';
import type { Delivery } from '../../src/notify/delivery.ts';
import { OutboxWorker } from '../../src/notify/outbox-worker.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, T0 } from '../given.ts';

const yieldToEventLoop = () => new Promise((resolve) => setImmediate(resolve));

t.test(
  'OutboxWorker has at most limits.noticesInFlight notices in flight, however often wake() is called',
  async (t) => {
    const store = new MemoryStore(projectionOf(advisory));
    const announcements = Array.from({ length: 3 * limits.noticesInFlight }, (_, n): Announcement => {
      const device = `sw-${n}`;
      return {
        ...{ type: 'incident.opened', incident: `qv-${device}-1`, device, plant: null, at: T0, from: null },
        ...{ to: 'suspected', severity: 'warning', reason: 'score-reached', by: null, text: null, record: null },
        ...{ disposition: null, pid: null, serial: null, release: null },
      };
    });
    store.outbox.write(
      announcements.map((announcement) => ({ announcement, sinks: ['hook'] })),
      T0,
    );
    const begun: string[] = [];
    const answers: (() => void)[] = [];
    const worker = new OutboxWorker({
      ...{ sink: 'hook', outbox: store.outbox, schedule: [], now: () => T0, random: () => 0 },
      deliver: ({ announcement }) => {
        begun.push(announcement.device);
        return new Promise<Delivery>((resolve) => answers.push(() => resolve({ kind: 'delivered' })));
      },
      onResult: () => {},
      log: () => {},
    });
    const woken = async () => {
      for (let again = 0; again < 5; again++) {
        worker.wake();
        await yieldToEventLoop();
      }
      return begun.length;
    };
    worker.start();
    t.equal(await woken(), limits.noticesInFlight);
    answers[0]?.();
    t.equal(await woken(), limits.noticesInFlight + 1, 'one more after one has ended');
    for (let rounds = 0; rounds < announcements.length; rounds++) {
      for (const answer of answers) answer();
      await woken();
    }
    t.strictSame(
      begun,
      announcements.map(({ device }) => device),
      'each notice once, the oldest first',
    );
    await worker.stop();
    t.strictSame((await store.outbox.list({ limit: 99 })).rows, []);
  },
);
