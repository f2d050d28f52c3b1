import t from 'tap';
import { IntakeQueue } from '../../src/receive/intake-queue.ts';
import type { FrameBatch } from '../../src/receive/source.ts';
import { frameOf } from '../given.ts';
import { Random } from '../simulation/random.ts';

const RELAY = '198.51.100.1';

function queueOf() {
  const acked: string[] = [];
  const queue = new IntakeQueue({
    acknowledged: (thread, ordinals) => acked.push(`${thread}: ${ordinals.join(' ')}`),
    boundOf: (peer, bound) => (peer === RELAY ? bound * 4 : bound),
  });
  return { queue, acked };
}

const framesOf = (peer: string, from: number, count: number) =>
  Array.from({ length: count }, (_, index) => frameOf(`${from + index}`, { peer }));
const numbersOf = (batch: FrameBatch | null) =>
  batch?.filtered.frames.map(({ bytes }) => Number(bytes.toString())) ?? [];
const from = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

t.test('IntakeQueue acknowledges to each thread its frames, and only when the batch is', async (t) => {
  const { queue, acked } = queueOf();
  queue.put(framesOf('192.0.2.1', 0, 3), 0);
  queue.put([], 1);
  queue.put(framesOf('192.0.2.1', 3, 4), 1);
  queue.put(framesOf('192.0.2.1', 7, 2), 0);
  t.equal(queue.length, 9);
  const first = queue.next(5);
  t.same(numbersOf(first), from(0, 5));
  t.equal(queue.length, 4);
  const second = queue.next(20);
  t.same(numbersOf(second), from(5, 4));
  t.same([queue.length, queue.next(10)], [0, null]);
  t.same(acked, [], 'nothing is acknowledged yet');
  second?.ack();
  t.same(acked, ['1: 3 4', '0: 4 5']);
  first?.ack();
  t.same(acked.slice(2), ['0: 1 2 3', '1: 1 2']);
  t.throws(() => first?.ack(), /acknowledged once/);
  t.equal(acked.length, 4);
});

t.test('IntakeQueue: a line does not wait for the flood of another sender', async (t) => {
  const { queue } = queueOf();
  queue.put(framesOf('192.0.2.1', 0, 10_000), 0);
  queue.put(framesOf('192.0.2.2', 10_000, 2), 0);
  queue.put(framesOf('192.0.2.3', 10_002, 2), 1);
  t.same(numbersOf(queue.next(100)), [...from(0, 96), ...from(10_000, 4)], 'in the order of receipt');
  t.same(numbersOf(queue.next(100)), from(96, 100));
});

t.test(
  'IntakeQueue: the turn of a relay is longer, and a sender whose turn ended comes behind the others',
  async (t) => {
    const { queue } = queueOf();
    queue.put(framesOf('192.0.2.1', 0, 500), 0);
    queue.put(framesOf(RELAY, 1000, 500), 0);
    t.same(numbersOf(queue.next(80)), [...from(0, 16), ...from(1000, 64)]);
    t.same(numbersOf(queue.next(16)), from(16, 16));
    t.same(numbersOf(queue.next(64)), from(1064, 64));
  },
);

t.test('IntakeQueue: where very many senders flood, a round has one line of each', async (t) => {
  const { queue } = queueOf();
  for (let sender = 0; sender < 1000; sender++) {
    queue.put(framesOf(`198.18.${sender >> 8}.${sender & 255}`, sender * 30, 30), 0);
  }
  queue.put(framesOf('192.0.2.3', 50_000, 2), 0);
  let waited = 0;
  for (let numbers: number[] = []; !numbers.includes(50_000); waited += 64) numbers = numbersOf(queue.next(64));
  t.ok(waited <= 1088, `it waited for ${waited} lines`);
});

t.test('IntakeQueue hands out each frame once, those of a sender in their order', async (t) => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
  const random = new Random(seed);
  const { queue, acked } = queueOf();
  const upTo = (most: number) => 1 + random.below(most);
  const seen = new Map<string, number[]>();
  let put = 0;
  let taken = 0;
  for (let step = 0; step < 400; step++) {
    const peer = `192.0.2.${upTo(5)}`;
    const count = upTo(60);
    queue.put(framesOf(peer, put, count), upTo(3));
    put += count;
    const batch = step === 399 ? queue.next(put) : random.below(10) < 6 ? queue.next(upTo(80)) : null;
    const numbers = numbersOf(batch);
    if (!numbers.every((number, index) => index === 0 || number > (numbers[index - 1] as number)))
      t.fail(`a batch is in the order of receipt, seed ${seed}`);
    for (const frame of batch?.filtered.frames ?? []) {
      const own = seen.get(frame.peer ?? '') ?? [];
      seen.set(frame.peer ?? '', [...own, Number(frame.bytes.toString())]);
    }
    taken += numbers.length;
    batch?.ack();
  }
  t.same([taken, queue.length], [put, 0], `seed ${seed}`);
  for (const own of seen.values())
    t.same(
      own,
      own.toSorted((a, b) => a - b),
      `seed ${seed}`,
    );
  const ordinals = acked.flatMap((ack) => {
    const [thread, list = ''] = ack.split(': ');
    return list.split(' ').map((ordinal) => `${thread} ${ordinal}`);
  });
  t.equal(new Set(ordinals).size, put, `seed ${seed}`);
});
