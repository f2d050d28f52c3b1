import t from 'tap';
import { IntakeQueue } from '../../src/receive/intake-queue.ts';
import { frameOf } from '../given.ts';

t.test('IntakeQueue acknowledges to each thread, and only when the batch is', async (t) => {
  const acked: string[] = [];
  const queue = new IntakeQueue((thread, frames) => acked.push(`${thread} ${frames}`));
  const frames = (from: number, count: number) => Array.from({ length: count }, (_, n) => frameOf(`${from + n}`));
  const numbers = (batch: ReturnType<IntakeQueue['next']>) =>
    batch?.filtered.frames.map(({ bytes }) => Number(bytes.toString()));
  queue.put(frames(0, 3), 0);
  queue.put([], 1);
  queue.put(frames(3, 20), 1);
  queue.put(frames(23, 2), 0);
  t.equal(queue.length, 25);
  const first = queue.next(10);
  t.same(numbers(first), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  t.equal(queue.length, 15);
  const second = queue.next(20);
  t.equal(numbers(second)?.length, 15);
  t.same([queue.length, queue.next(10)], [0, null]);
  t.same(acked, [], 'nothing is acknowledged yet');
  second?.ack();
  t.same(acked, ['1 13', '0 2']);
  first?.ack();
  t.same(acked.slice(2), ['0 3', '1 7']);
  t.throws(() => first?.ack(), /acknowledged once/);
  t.equal(acked.length, 4);
});
