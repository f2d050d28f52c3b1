import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { nameHash } from '../../../src/core/decode/name-hash.ts';
import type { Gap } from '../../../src/core/loss/gaps.ts';
import type { LossRow } from '../../../src/core/loss/loss-row.ts';
import type { Frame } from '../../../src/core/model/message.ts';
import type { HeardFrame } from '../../../src/core/read/hearing.ts';
import { ReceiveThreads } from '../../../src/receive/threads/thread-pool.ts';
import { BODIES, DAY, HOUR } from '../../given.ts';
import { anySender } from '../any-sender.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

/** Several threads on one UDP port, whatever processors there are. */
function threadsOn(
  t: Test,
  { udp = LOOPBACK, count = 3, rows = [] as readonly LossRow[], now = () => Date.now(), ahead = (): number => 0 } = {},
) {
  const frames: { frame: Frame; thread: number }[] = [];
  const kept: LossRow[] = [];
  const gaps: Gap[] = [];
  const told = Promise.withResolvers<readonly LossRow[]>();
  let lines = 0;
  let look = () => {};
  const threads = new ReceiveThreads({
    listen: { udp, tcp: null, tls: null, relp: null },
    ...{ senders: anySender, count, now, onLinks: () => {}, warn: () => {} },
    ahead,
    onFrames: (some, thread) => {
      frames.push(...some.map((frame) => ({ frame, thread })));
      const ordinal = frames.filter((of) => of.thread === thread).length;
      threads.acknowledge(
        thread,
        some.map((_, index) => ordinal - index),
      );
      look();
    },
    onCounts: (counts) => {
      lines += counts.lines.udp;
      look();
    },
    saveLossRows: async (some) => void kept.push(...some),
    tellLossRows: async (some) => told.resolve(some),
    saveGaps: async (some) => void gaps.push(...some),
    failed: (error) => t.fail(`${error}`),
  });
  t.teardown(() => threads.stop());
  const received = (wanted: number) =>
    new Promise<void>((resolve) => {
      look = () => {
        if (lines >= wanted) resolve();
      };
      look();
    });
  return { threads, start: () => threads.start(rows), frames, kept, gaps, told: told.promise, received };
}

/** Each line from a port of its own, or all from one. */
async function send(port: number, lines: readonly string[], { together = false } = {}) {
  const sockets = together ? [createSocket('udp4')] : lines.map(() => createSocket('udp4'));
  for (const [index, line] of lines.entries()) {
    const socket = sockets[together ? 0 : index] as ReturnType<typeof createSocket>;
    await new Promise((resolve) => socket.send(line, port, '127.0.0.1', resolve));
  }
  for (const socket of sockets) {
    socket.close();
    await once(socket, 'close');
  }
}

t.test('ReceiveThreads share one UDP port, and each line comes once', async (t) => {
  const { threads, start, frames, received } = threadsOn(t);
  const { udp } = await start();
  const own = Array.from({ length: 100 }, (_, n) => `<187>${n}: sw-${n}: ${BODIES.commFailed}`);
  const chatter = Array.from({ length: 100 }, (_, n) => `<189>${n}: sw-${n}: ${BODIES.chatter}`);
  await send(udp?.port ?? 0, [...own, ...chatter]);
  await received(200);
  await threads.stop();
  const kept = frames.filter(({ frame }) => (frame as HeardFrame).report?.alone !== true);
  const texts = kept.map(({ frame: { bytes, start, end } }) => bytes.toString('utf8', start, end));
  t.same(texts.sort(), own.sort());
  t.ok(new Set(frames.map(({ thread }) => thread)).size > 1, 'more than one thread had its share');
});

t.test('ReceiveThreads refuse a port that another program has, though it would share it', async (t) => {
  const other = createSocket({ type: 'udp4', reusePort: true });
  other.bind(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const { start } = threadsOn(t, { udp: { host: '127.0.0.1', port: other.address().port } });
  await t.rejects(start(), { code: 'QVW_ADDRESS_IN_USE' });
});

t.test('ReceiveThreads report the loss of all threads, and store it for the next start', async (t) => {
  const numbered = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, n) => `<189>${from + n}: sw-a: ${BODIES.chatter}`);
  const question = { peer: '127.0.0.1', name: nameHash('sw-a'), since: null };
  const first = threadsOn(t);
  const bound = await first.start();
  await send(bound.udp?.port ?? 0, [...numbered(1, 10), ...numbered(16, 25)], { together: true });
  await first.received(20);
  const losses = await first.threads.losses([question]);
  t.match(losses, [{ received: 20, lost: 5 }]);
  first.threads.tell();
  t.match(await first.told, [{ peer: '127.0.0.1', lines: 20 }], 'what other instances are told');
  t.equal((await first.threads.totals()).length, 3);
  await first.threads.stop();
  t.match(first.gaps, [{ peer: '127.0.0.1', name: nameHash('sw-a'), lost: 5, atMost: false }]);
  const second = threadsOn(t, { rows: first.kept });
  const again = await second.start();
  await send(again.udp?.port ?? 0, numbered(36, 40), { together: true });
  await second.received(5);
  t.match(await second.threads.losses([question]), [{ received: 25, lost: 15 }], 'ten while it was down');
  await second.threads.stop();
  t.match(second.gaps, [{ lost: 10 }], 'each gap once');
  t.same(await second.threads.losses([question]), [], 'nobody answers any more');
});

t.test('ReceiveThreads tell losses by the clock that decides, also where another clock stamps lines', async (t) => {
  const behind = 30 * DAY;
  const now = () => Date.now() - behind;
  const { threads, start, received } = threadsOn(t, { now });
  const bound = await start();
  const lines = [1, 2, 3, 7, 8, 9].map((number) => `<189>${number}: sw-a: ${BODIES.chatter}`);
  await send(bound.udp?.port ?? 0, lines, { together: true });
  await received(lines.length);
  const [loss] = await threads.losses([{ peer: '127.0.0.1', name: nameHash('sw-a'), since: now() - HOUR }]);
  const [sender] = await threads.senderLosses();
  for (const at of [loss?.since, loss?.lastSeenAt, sender?.lastSeenAt]) {
    const age = now() - (at ?? 0);
    t.ok(Math.abs(age) < HOUR, `${age}`);
  }
});

t.test(
  'ReceiveThreads follow the numbers of a device whose lines come from other ports, also over a restart',
  async (t) => {
    const line = (n: number) => `<187>${n}: sw-a: ${BODIES.commFailed}`;
    const question = { peer: '127.0.0.1', name: nameHash('sw-a'), since: null };
    const sum = async (threads: ReceiveThreads) => {
      const totals = await threads.totals();
      const [lost, received] = (['lost', 'received'] as const).map((name) =>
        totals.reduce((all, each) => all + each[name], 0),
      );
      return { lost, received };
    };
    const first = threadsOn(t);
    const bound = await first.start();
    // Each line from a port of its own, so few at once that none overtakes 64 others.
    for (let from = 0; from < 300; from += 20) {
      await send(
        bound.udp?.port ?? 0,
        Array.from({ length: 20 }, (_, n) => line(1 + from + n)).filter((_, n) => from !== 100 || n !== 7),
      );
      await first.received(from < 100 ? from + 20 : from + 19);
    }
    t.ok(new Set(first.frames.map(({ thread }) => thread)).size > 1, 'more than one thread had its share');
    // What another thread has received is on its way for a moment.
    const known = async (threads: ReceiveThreads, received: number) => {
      for (;;) {
        const [loss] = await threads.losses([question]);
        if ((loss?.received ?? 0) >= received) return loss;
      }
    };
    t.match(await known(first.threads, 299), { received: 299, lost: 1, basis: 'counter' });
    t.same(await sum(first.threads), { lost: 1, received: 299 });
    await first.threads.stop();
    t.equal(first.kept.length, 1, 'one thread has them');
    const second = threadsOn(t, { rows: first.kept });
    const again = await second.start();
    t.same(await sum(second.threads), { lost: 1, received: 299 }, 'and one has them again');
    await send(again.udp?.port ?? 0, [line(301), line(302), line(304)]);
    t.match(await known(second.threads, 302), { received: 302, lost: 2 });
    t.same(await sum(second.threads), { lost: 2, received: 302 });
  },
);

t.test('ReceiveThreads stamp frames, and what the ledger tells, by the clock of another machine', async (t) => {
  const ahead = 3000;
  const { threads, start, frames, told, received } = threadsOn(t, {
    ...{ ahead: () => ahead, now: () => Date.now() + ahead, count: 1 },
  });
  const { udp } = await start();
  const before = Date.now();
  const lines = Array.from({ length: 20 }, (_, n) => `<187>${n}: sw-a: ${BODIES.commFailed}`);
  await send(udp?.port ?? 0, lines, { together: true });
  await received(lines.length);
  threads.tell();
  const times = [frames[0]?.frame.receivedAt ?? 0, (await told)[0]?.lastSeenAt ?? 0];
  const after = Date.now();
  for (const at of times) t.ok(at >= before + ahead && at <= after + ahead, `${at - before}`);
});

t.test('ReceiveThreads go by another clock once they are told', async (t) => {
  const state = { ahead: 0 };
  const { threads, start, frames, received } = threadsOn(t, {
    ...{ ahead: () => state.ahead, now: () => Date.now() + state.ahead, count: 1 },
  });
  const { udp } = await start();
  state.ahead = -4000;
  threads.useClock();
  await send(udp?.port ?? 0, [`<187>1: sw-a: ${BODIES.commFailed}`]);
  await received(1);
  t.ok((frames[0]?.frame.receivedAt ?? 0) <= Date.now() + state.ahead);
});
