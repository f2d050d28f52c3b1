import t from 'tap';
import { limits } from '../../src/core/limits.ts';
import type { Frame } from '../../src/core/message.ts';
import { OperatingError } from '../../src/errors.ts';
import { IntakeQueue } from '../../src/runtime/intake-queue.ts';
import { Pump } from '../../src/runtime/pump.ts';
import { newTally } from '../../src/tally.ts';
import { frameOf } from '../given.ts';

function queueWith(wake: () => void) {
  const taken: string[] = [];
  const queue = new IntakeQueue({ wake, taken: (thread, frames) => taken.push(`${thread} ${frames}`) });
  return { queue, taken };
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

t.test('Pump tells of a turn without a line that was stored: what had waited for its second line', async (t) => {
  const told: number[] = [];
  const { queue } = queueWith(() => pump.wake());
  const waited = { ...newTally(), commitSeconds: 0, copies: 1 };
  const pump: Pump = new Pump({
    queue,
    pipeline: {
      read: () => ({ tally: newTally(), sightings: [], unparsed: [] }),
      decide: async () => waited,
      due: async () => newTally(),
    },
    now: () => 0,
    clock: () => 0,
    turned: ({ copies }) => told.push(copies),
    failed: (error) => t.fail(String(error)),
    troubled: () => {},
    pause: async () => {},
  });
  await pump.drain();
  t.same(told, [1]);
});

t.test('Pump looks for deadlines also while lines never end', async (t) => {
  let [seconds, turns] = [0, 0];
  const looks: number[] = [];
  const more = () => queue.put([frameOf('line'), frameOf('line')], 0);
  const { queue } = queueWith(() => pump.wake());
  const pump: Pump = new Pump({
    queue,
    pipeline: {
      read: (frames) => ({ tally: { ...newTally(), lines: frames.length }, sightings: [], unparsed: [] }),
      decide: async ({ tally }) => {
        if (tally.lines > 0 && turns < 40) more();
        if (tally.lines > 0) turns++;
        seconds += 0.25;
        return tally;
      },
      due: async () => {
        looks.push(turns);
        return newTally();
      },
    },
    now: () => 0,
    clock: () => seconds,
    turned: () => {},
    failed: (error) => t.fail(String(error)),
    troubled: () => {},
    pause: async () => {},
  });
  more();
  await pump.drain();
  t.same(looks.slice(0, 4), [1, 5, 9, 13], 'once a second');
});

t.test('Pump.drain() finishes what waits, in order', async (t) => {
  const { queue, pump, seen } = pumpOn(async () => {});
  queue.put(
    Array.from({ length: limits.batchLines + 10 }, (_, index) => frameOf(`${index}`)),
    0,
  );
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
  queue.put([frameOf('a')], 0);
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
  queue.put([frameOf('a')], 0);
  await pump.drain();
  t.same(happened, ['failed a defect']);
});

t.test('IntakeQueue gives batches in the order of arrival, and tells each thread what has left', async (t) => {
  const { queue, taken } = queueWith(() => {});
  const frames = (from: number, count: number) => Array.from({ length: count }, (_, n) => frameOf(`${from + n}`));
  queue.put(frames(0, 3), 0);
  queue.put([], 1);
  queue.put(frames(3, limits.batchLines), 1);
  t.equal(queue.length, limits.batchLines + 3);
  const first = queue.next().map(({ bytes }) => Number(bytes.toString()));
  t.same(
    first,
    Array.from({ length: limits.batchLines }, (_, n) => n),
  );
  t.same(taken, ['0 3', `1 ${limits.batchLines - 3}`]);
  t.equal(queue.length, 3);
  t.equal(queue.next().length, 3);
  t.same(taken.slice(2), ['1 3']);
  t.same(queue.next(), []);
});
