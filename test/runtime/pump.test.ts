import t from 'tap';
import { limits } from '../../src/core/limits.ts';
import type { Frame } from '../../src/core/message.ts';
import { OperatingError } from '../../src/errors.ts';
import { IntakeQueue } from '../../src/runtime/intake-queue.ts';
import { Pump } from '../../src/runtime/pump.ts';
import { newTally } from '../../src/tally.ts';

const record = (text: string) => {
  const bytes = Buffer.from(text);
  return { bytes, start: 0, end: bytes.length, framing: 'lf', truncated: false } as const;
};

function queueWith(wake: () => void) {
  const dropped: string[] = [];
  const queue = new IntakeQueue({
    now: () => 0,
    line: () => {},
    received: () => {},
    drop: (transport, reason, count) => dropped.push(`${transport} ${reason} ${count}`),
    connections: () => {},
    wake,
  });
  return { queue, dropped };
}

type Run = (frames: readonly Frame[]) => Promise<void>;

function pumpOn(run: Run) {
  const read: string[] = [];
  const seen: string[] = [];
  const happened: string[] = [];
  const parts = queueWith(() => pump.wake());
  const pump: Pump = new Pump({
    queue: parts.queue,
    pipeline: {
      read: (frames) => {
        read.push(...frames.map(({ bytes }) => bytes.toString()));
        return { tally: { ...newTally(), lines: frames.length }, sightings: [], unparsed: [], frames };
      },
      decide: async (turn) => {
        const { frames } = turn as unknown as { frames: readonly Frame[] };
        if (frames.length > 0) await run(frames);
        for (const { bytes } of frames) seen.push(bytes.toString());
        return turn.tally;
      },
      due: async () => newTally(),
    },
    now: () => 0,
    clock: () => 0,
    turned: ({ lines }) => happened.push(`turned ${lines}`),
    failed: (error) => happened.push(`failed ${(error as Error).message}`),
    troubled: (error) => happened.push(error === null ? 'works again' : 'troubled'),
    pause: async (ms) => {
      happened.push(`pause ${ms}`);
    },
  });
  return { ...parts, pump, read, seen, happened };
}

t.test('Pump.drain() finishes what waits, in order', async (t) => {
  const { queue, pump, seen } = pumpOn(async () => {});
  for (let index = 0; index < limits.batchLines + 10; index++) queue.take(record(`${index}`), '192.0.2.7', 'tcp');
  await pump.drain();
  t.equal(queue.length, 0);
  t.same(seen.slice(-2), [`${limits.batchLines + 8}`, `${limits.batchLines + 9}`]);
  t.equal(seen.length, limits.batchLines + 10);
});

t.test('Pump tries the same lines again while the store fails in a way that may pass', async (t) => {
  let failures = 3;
  const { queue, pump, read, seen, happened } = pumpOn(async () => {
    if (failures-- > 0) throw new OperatingError('QVW_DATABASE_FAILED', 'busy');
  });
  let turned: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    turned = resolve;
  });
  queue.take(record('a'), '192.0.2.7', 'udp');
  const push = happened.push.bind(happened);
  happened.push = (entry) => {
    if (entry.startsWith('turned')) turned();
    return push(entry);
  };
  await done;
  await pump.drain();
  t.same(seen, ['a'], 'not lost, not twice');
  t.same(read, ['a'], 'and read once');
  t.same(happened, [
    'troubled',
    'pause 100',
    'troubled',
    'pause 200',
    'troubled',
    'pause 400',
    'works again',
    'turned 1',
  ]);
});

t.test('Pump gives up on what cannot pass, and says so', async (t) => {
  const { queue, pump, happened } = pumpOn(async () => {
    throw new Error('a defect');
  });
  queue.take(record('a'), '192.0.2.7', 'udp');
  await pump.drain();
  t.same(happened, ['failed a defect']);
});

t.test('IntakeQueue is bounded: streams pause before datagrams are dropped, and both are told', async (t) => {
  const { queue, dropped } = queueWith(() => {});
  let resumed = 0;
  for (let index = 0; index < limits.queuePauseLines; index++) queue.take(record('x'), '192.0.2.7', 'tcp');
  t.equal(queue.hungry, false);
  queue.whenHungry(() => resumed++);
  for (let index = limits.queuePauseLines; index < limits.queueLines; index++)
    queue.take(record('x'), '192.0.2.7', 'udp');
  t.same(dropped, []);
  queue.take(record('one too many'), '192.0.2.7', 'udp');
  t.same(dropped, ['udp queue_full 1']);
  while (queue.length > limits.queuePauseLines / 2) {
    t.equal(resumed, 0);
    queue.next();
  }
  t.equal(resumed, 1);
  t.equal(queue.hungry, true);
  while (queue.length > 0) queue.next();
  t.same(queue.next(), []);
});

t.test('IntakeQueue keeps the order of lines that come within one millisecond', async (t) => {
  const { queue } = queueWith(() => {});
  for (const text of ['a', 'b', 'c']) queue.take(record(text), '192.0.2.7', 'udp');
  const times = queue.next().map(({ receivedAt }) => receivedAt);
  t.same(
    times,
    [...new Set(times)].sort((a, b) => a - b),
  );
});
