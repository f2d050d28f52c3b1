/** What every source must do, run on each: the contract of src/receive/source.ts. */

import t, { type Test } from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { batchesOf, type FrameBatch, type Source } from '../../src/receive/source.ts';
import { BODIES } from '../given.ts';
import { sources } from './sources.ts';

const linesOf = (count: number) => Array.from({ length: count }, (_, n) => `<187>${n}: sw-a: ${BODIES.commRestored}`);
const textsOf = ({ filtered: { frames } }: FrameBatch) =>
  frames.map(({ bytes, start, end }) => bytes.toString('utf8', start, end));

/** A promise for the next time that the source calls. */
function wakesOf(source: Source) {
  let woken = Promise.withResolvers<void>();
  source.onWake(() => woken.resolve());
  return async () => {
    await woken.promise;
    woken = Promise.withResolvers<void>();
  };
}

for (const [name, { open, ends, bound, window = limits.queuePauseLines }] of Object.entries(sources)) {
  /** Opened and started. */
  const started = async (t: Test, lines: readonly string[]) => {
    const opened = open(t, lines);
    const woken = wakesOf(opened.source);
    await opened.source.start();
    const waiting = async (frames: number) => {
      while (opened.source.length < frames) await woken();
    };
    return { ...opened, woken, waiting };
  };

  for (const max of [1, 7, 5000]) {
    t.test(`${name}: next() gives each line once, in order, at most ${max} of them at a time`, async (t) => {
      const lines = linesOf(200);
      const { source, send } = open(t, lines);
      const batches = batchesOf(source, max);
      await source.start();
      const sent = send();
      const texts: string[] = [];
      for await (const batch of batches) {
        const some = textsOf(batch);
        if (some.length > max) t.fail(`${some.length} at a time`);
        texts.push(...some);
        batch.ack();
        if (!ends && texts.length >= lines.length) await source.stop();
      }
      await sent;
      t.same(texts, lines);
      t.same([source.ended, source.length, source.next(max)], [true, 0, null]);
    });
  }

  t.test(`${name}: next() gives null while nothing waits, and onWake() calls when something does`, async (t) => {
    const { source, send, woken } = await started(t, linesOf(1));
    t.equal(source.next(10), null);
    t.equal(source.ended, false);
    const sent = send();
    let batch: FrameBatch | null = null;
    while (batch === null) {
      await woken();
      batch = source.next(10);
    }
    t.equal(batch.filtered.frames.length, 1);
    await sent;
  });

  t.test(`${name}: length is how many frames next() still gives`, async (t) => {
    const { source, send, waiting } = await started(t, linesOf(100));
    t.equal(source.length, 0);
    const sent = send();
    await waiting(100);
    t.equal(source.length, 100);
    source.next(30);
    t.equal(source.length, 70);
    t.equal(source.next(100)?.filtered.frames.length, 70);
    t.equal(source.length, 0);
    await sent;
  });

  t.test(`${name}: ack() is called once for each batch, in any order`, async (t) => {
    const { source, send, waiting } = await started(t, linesOf(100));
    const sent = send();
    await waiting(100);
    const batches = [source.next(10), source.next(10), source.next(80)];
    for (const batch of [...batches].reverse()) batch?.ack();
    for (const batch of batches) t.throws(() => batch?.ack(), /acknowledged once/);
    await sent;
  });

  t.test(`${name}: stop() leaves what was received to be taken, also where nothing was acknowledged`, async (t) => {
    const lines = linesOf(200);
    const { source, send, waiting } = await started(t, lines);
    const sent = send();
    await waiting(lines.length);
    const first = source.next(100);
    await source.stop();
    const texts = textsOf(first as FrameBatch);
    t.equal(source.ended, false, 'something waits yet');
    for (let batch = source.next(99); batch !== null; batch = source.next(99)) texts.push(...textsOf(batch));
    t.same(texts, lines);
    t.equal(source.ended, true);
    first?.ack();
    await source.stop();
    await sent;
  });

  t.test(`${name}: a last line without its end is given, to a consumer that asks only when called`, async (t) => {
    const lines = linesOf(3);
    const { source, sendUnended } = open(t, lines);
    const woken = wakesOf(source);
    if (ends) await sendUnended();
    await source.start();
    if (!ends) await sendUnended();
    const texts: string[] = [];
    const take = () => {
      for (let batch = source.next(10); batch !== null; batch = source.next(10)) texts.push(...textsOf(batch));
    };
    while (texts.length < (ends ? 3 : 2)) {
      await woken();
      take();
    }
    await source.stop();
    if (texts.length < 3) {
      await woken();
      take();
    }
    t.same([texts, source.ended], [lines, true]);
  });

  t.test(`${name}: stop() is harmless before start()`, async (t) => {
    const { source } = open(t, linesOf(1));
    await source.stop();
    t.same([source.next(1), source.length, source.ended], [null, 0, true]);
  });

  // The kernel drops datagrams that come faster than they are read.
  if (name !== 'Receiving by UDP') {
    t.test(`${name} keeps to its bound while nothing is acknowledged, and loses nothing`, async (t) => {
      const lines = linesOf(3 * window);
      const { source, send, woken } = await started(t, lines);
      const sent = send();
      let [count, most] = [0, 0];
      let pending: FrameBatch[] = [];
      const unacknowledged = () => pending.reduce((sum, { filtered }) => sum + filtered.frames.length, 0);
      while (count < lines.length) {
        const batch = source.next(limits.batchLines);
        if (batch !== null) {
          count += batch.filtered.frames.length;
          pending.push(batch);
          most = Math.max(most, unacknowledged() + source.length);
        } else if (bound !== null && unacknowledged() >= window) {
          // Whatever a sender that is not held back would send comes now.
          for (let turns = 0; turns < 200 && source.length === 0; turns++) await turn();
          most = Math.max(most, unacknowledged() + source.length);
          for (const each of pending) each.ack();
          pending = [];
        } else if (source.length === 0) await woken();
      }
      await sent;
      t.equal(count, lines.length);
      if (bound !== null) t.ok(most <= bound, `${most} of at most ${bound}`);
    });
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
