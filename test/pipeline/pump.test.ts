import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import t from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import type { Frame } from '../../src/core/model/message.ts';
import { liveTime } from '../../src/core/read/event-time.ts';
import { OperatingError } from '../../src/errors.ts';
import { newBatchStats } from '../../src/pipeline/batch-stats.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { Pump, sizeAfter } from '../../src/pipeline/pump.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, BODIES, frameOf, T0 } from '../given.ts';
import { QueueSource } from './queue-source.ts';

type Run = (frames: readonly Frame[]) => Promise<void>;

/** `paused` is called after each pause, with the number of pauses so far. */
function pumpOn(run: Run, paused: (pauses: number) => Promise<void> = async () => {}) {
  let pauses = 0;
  const read: string[] = [];
  const seen: string[] = [];
  const happened: string[] = [];
  const queue = new QueueSource();
  const pump = new Pump({
    sources: [queue],
    pipeline: () => ({
      read: (frames) => ({ stats: newBatchStats(), observations: [], unparsed: [], frames }),
      readFiltered: ({ frames }) => {
        read.push(...frames.map(({ bytes }) => bytes.toString()));
        return { stats: { ...newBatchStats(), lines: frames.length }, observations: [], unparsed: [], frames };
      },
      commit: async (batch) => {
        const { frames } = batch as unknown as { frames: readonly Frame[] };
        if (frames.length > 0) await run(frames);
        for (const { bytes } of frames) seen.push(bytes.toString());
        return batch.stats;
      },
      due: async () => newBatchStats(),
      waitingSince: () => null,
      fateOf: () => null,
    }),
    now: () => 0,
    clock: () => 0,
    onBatch: ({ lines }) => happened.push(`batch ${lines}`),
    failed: (error) => happened.push(`failed ${(error as Error).message}`),
    mend: async () => {},
    onStoreError: (error) => happened.push(error === null ? 'store works again' : 'store fails'),
    pause: async (ms) => {
      happened.push(`pause ${ms}`);
      await paused(++pauses);
    },
  });
  return { queue, pump, read, seen, happened };
}

const HEAD =
  '<187>165: 000161: sw-a: Feb  5 06:00:00: %PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed';

/** A pump over the real pipeline; `idle` waits until it has nothing to do. */
function pumpOnPipeline() {
  const store = new MemoryStore(projectionOf(advisory));
  const at = { now: T0 };
  const happened: string[] = [];
  const queue = new QueueSource();
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
  const pump = new Pump({
    sources: [queue],
    pipeline: () => pipeline,
    now: () => at.now,
    clock: () => 0,
    onBatch: ({ lines, messages }) => happened.push(`${lines} ${[...messages.keys()].join()}`),
    failed: (error) => happened.push(`failed ${(error as Error).message}`),
    mend: async () => {},
    onStoreError: () => happened.push('store fails'),
    pause: () => Promise.reject(new Error('nothing pauses here')),
  });
  const idle = async () => {
    for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
  };
  const familiesOf = async (device: string) =>
    Object.values((await store.load([device])).get(device)?.state.claims ?? {}).map(({ family }) => family);
  return { queue, store, at, happened, pump, idle, familiesOf };
}

t.test('Pump reports a batch without lines that was stored: a first line had waited for its second one', async (t) => {
  const { queue, at, happened, pump, idle, familiesOf } = pumpOnPipeline();
  queue.put([frameOf(HEAD)], 0);
  await idle();
  t.strictSame(happened, ['1 '], 'its second line may still come');
  at.now += limits.continuationMs;
  pump.wake();
  await idle();
  t.strictSame(happened, ['1 '], 'a batch in which nothing was stored is not reported');
  at.now += 1;
  pump.wake();
  await idle();
  pump.wake();
  await idle();
  t.strictSame(
    happened,
    ['1 ', '0 PKI CRL_FETCH_FAIL'],
    'a batch is reported once when its first line is stored alone',
  );
  t.strictSame(await familiesOf('sw-a'), ['revocation']);
});

const overRelp = (line: string, receivedAt = T0) => ({ ...frameOf(line, { receivedAt }), transport: 'relp' as const });

t.test('Pump acknowledges a batch over RELP once its first line is stored, and no batch of others later', async (t) => {
  const { queue, at, pump, idle } = pumpOnPipeline();
  const other = `<187>7: 000162: sw-b: Feb  5 06:00:00: ${BODIES.commFailed}`;
  queue.put([frameOf(HEAD)], 0);
  await idle();
  t.same(queue.acked, ['0 1'], 'who has no answer gets none');
  queue.put([overRelp(HEAD.replaceAll('sw-a', 'sw-c'))], 1);
  await idle();
  t.same(queue.acked, ['0 1'], 'it is not stored');
  at.now += 1;
  queue.put([overRelp(other, at.now)], 1);
  await idle();
  t.same(queue.acked, ['0 1'], 'answers are in order');
  queue.put([overRelp('<187>166: sw-c: Reason : Failed to get CRL', at.now)], 1);
  await idle();
  t.same(queue.acked.slice(1), ['1 1', '1 1', '1 1'], 'its second line has come, and both are stored');
  queue.put([overRelp(HEAD.replaceAll('sw-a', 'sw-d'), at.now)], 1);
  await idle();
  at.now += limits.continuationMs + 1;
  pump.wake();
  await idle();
  t.equal(queue.acked.length, 5, 'its second line has not come in time');
});

t.test('Pump.unstored() leaves out what senders without an answer send again', async (t) => {
  const { queue, store, pump } = pumpOnPipeline();
  store.commit = async () => {
    throw new Error('a defect');
  };
  const line = (name: string) => `<187>166: 000162: ${name}: ${BODIES.commFailed}`;
  queue.put([frameOf(line('sw-a')), overRelp(line('sw-b')), frameOf(line('sw-c'))], 0);
  await pump.drain();
  t.same(
    pump.unstored().frames.map(({ bytes }) => /sw-./.exec(bytes.toString())?.[0]),
    ['sw-a', 'sw-c'],
  );
  t.same(queue.acked, []);
});

for (const [fate, spilled] of [
  [null, ['sw-a ', 'sw-b ']],
  [{ turn: 'x 7' }, ['sw-a x 7', 'sw-b ']],
  [{ isStored: true }, ['sw-b ']],
] as const)
  t.test(`Pump.unstored() knows of the batch at work what became of it: ${JSON.stringify(fate)}`, async (t) => {
    const { queue, store, pump } = pumpOnPipeline();
    const line = (name: string) => `<187>166: 000162: ${name}: ${BODIES.commFailed}`;
    store.commit = async () => {
      queue.put([frameOf(line('sw-b'))], 0);
      throw new Error('no answer');
    };
    Object.assign(store, { fateOf: () => fate });
    queue.put([frameOf(line('sw-a'))], 0);
    await pump.drain();
    t.same(
      pump.unstored().frames.map(({ bytes, turn = '' }) => `${/sw-./.exec(bytes.toString())?.[0]} ${turn}`),
      spilled,
    );
  });

t.test('Pump.unstored() keeps a batch with a line that waits for its second one', async (t) => {
  const { queue, store, pump } = pumpOnPipeline();
  store.commit = async () => {
    throw new Error('no answer');
  };
  Object.assign(store, { fateOf: () => ({ isStored: true }) });
  queue.put([frameOf(`<187>166: 000162: sw-b: ${BODIES.commFailed}`), frameOf(HEAD)], 0);
  await pump.drain();
  t.equal(pump.unstored().frames.length, 2);
});

t.test('Pump.drain() decides a line that waits for its second one, and stores it', async (t) => {
  const { queue, happened, pump, familiesOf } = pumpOnPipeline();
  queue.put([frameOf(HEAD)], 0);
  await pump.drain();
  t.strictSame(happened, ['1 ', '0 PKI CRL_FETCH_FAIL']);
  t.strictSame(await familiesOf('sw-a'), ['revocation']);
  pump.wake();
  await pump.drain();
  t.strictSame(happened.length, 2, 'nothing happens afterwards');
});

t.test('Pump.drain() ends also if the store fails at a line that waited for its second one', async (t) => {
  const { queue, store, happened, pump, idle } = pumpOnPipeline();
  queue.put([frameOf(HEAD)], 0);
  await idle();
  store.commit = async () => {
    throw new OperatingError('QVW_DATABASE_FAILED', 'busy');
  };
  await pump.drain();
  t.strictSame(happened, ['1 ', 'failed busy']);
});

t.test('Pump.drain() decides nothing more after an error that cannot pass', async (t) => {
  const { queue, store, happened, pump } = pumpOnPipeline();
  store.commit = async () => {
    throw new Error('a defect');
  };
  queue.put([frameOf(HEAD), frameOf(`<187>166: 000162: sw-b: ${BODIES.commFailed}`)], 0);
  await pump.drain();
  t.strictSame(happened, ['failed a defect'], 'a line that waits for its second one is lost with the batch');
});

t.test('Pump looks for deadlines also while lines never end', async (t) => {
  let [seconds, batches] = [0, 0];
  const checks: number[] = [];
  const queue = new QueueSource();
  const more = () => queue.put([frameOf('line'), frameOf('line')], 0);
  const pump = new Pump({
    sources: [queue],
    pipeline: () => ({
      read: () => ({ stats: newBatchStats(), observations: [], unparsed: [] }),
      readFiltered: ({ frames }) => ({
        stats: { ...newBatchStats(), lines: frames.length },
        observations: [],
        unparsed: [],
      }),
      commit: async ({ stats }) => {
        if (stats.lines > 0 && batches < 40) more();
        if (stats.lines > 0) batches++;
        seconds += 0.25;
        return stats;
      },
      due: async () => {
        checks.push(batches);
        return newBatchStats();
      },
      waitingSince: () => null,
      fateOf: () => null,
    }),
    now: () => 0,
    clock: () => seconds,
    onBatch: () => {},
    failed: (error) => t.fail(String(error)),
    mend: async () => {},
    onStoreError: () => {},
    pause: async () => {},
  });
  more();
  await pump.drain();
  t.same(checks.slice(0, 4), [1, 5, 9, 13], 'once a second');
});

t.test('Pump.drain() finishes the waiting lines, in order', async (t) => {
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
  let committed: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    committed = resolve;
  });
  queue.put([frameOf('a')], 0);
  const push = happened.push.bind(happened);
  happened.push = (entry) => {
    if (entry.startsWith('batch')) committed();
    return push(entry);
  };
  await done;
  await pump.drain();
  t.same(seen, ['a'], 'not lost, not twice');
  t.same(read, ['a'], 'and read once');
  t.same(happened, [
    'store fails',
    'pause 100',
    'store fails',
    'pause 200',
    'store fails',
    'pause 400',
    'store works again',
    'batch 1',
  ]);
});

t.test('Pump waits at most a second between tries, and drain() ends although the store fails for ever', async (t) => {
  const store = () => Promise.reject(new OperatingError('QVW_DATABASE_FAILED', 'busy'));
  const { queue, pump, happened, seen } = pumpOn(store, async (pauses) => {
    if (pauses === 8) drained();
    if (pauses > 20) throw new Error('it never ends');
  });
  let drained: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    drained = () => resolve(pump.drain());
  });
  queue.put(
    Array.from({ length: limits.leastCommitLines + 10 }, (_, index) => frameOf(`${index}`)),
    0,
  );
  await done;
  const pauses = [100, 200, 400, 800, 1000, 1000, 1000, 1000];
  t.strictSame(happened, [...pauses.flatMap((ms) => ['store fails', `pause ${ms}`]), 'failed busy']);
  t.strictSame([seen, queue.length], [[], 10], 'lines that cannot be stored are left in the queue');
});

t.test('Pump gives up on an error that cannot pass, and reports it', async (t) => {
  const { queue, pump, happened } = pumpOn(async () => {
    throw new Error('a defect');
  });
  queue.put([frameOf('a')], 0);
  await pump.drain();
  t.same(happened, ['failed a defect']);
});

t.test('sizeAfter() makes batches as long as their time allows, and longer again when they are quick', async (t) => {
  const { commitLines, commitMs, leastCommitLines } = limits;
  t.equal(sizeAfter(commitLines, commitLines, commitMs * 2), commitLines / 2);
  t.equal(sizeAfter(commitLines, commitLines / 2, commitMs * 2), commitLines / 4, 'it was short already');
  t.equal(sizeAfter(leastCommitLines, leastCommitLines, commitMs * 1000), leastCommitLines);
  t.equal(sizeAfter(leastCommitLines, leastCommitLines, commitMs / 4), leastCommitLines * 2);
  t.equal(sizeAfter(leastCommitLines, leastCommitLines / 2, commitMs / 4), leastCommitLines, 'few lines say nothing');
  t.equal(sizeAfter(commitLines, commitLines, 1), commitLines);
});

t.test('Pump: a request is accepted, read and answered between two batches', async (t) => {
  let batches = 0;
  const { queue, pump } = pumpOn(async () => {
    batches++;
  });
  const server = createServer((socket) => {
    socket.once('data', () => socket.end('answer'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  queue.put(
    Array.from({ length: 20_000 }, (_, line) => frameOf(`line ${line}`)),
    0,
  );
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('question');
  const answered = once(socket, 'data').then(() => batches);
  pump.wake();
  const seen = await answered;
  t.ok(seen <= 1, `it waited for ${seen} batches`);
  await pump.drain();
});
