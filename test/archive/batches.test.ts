import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import t from 'tap';
import { commitInBatches } from '../../src/archive/batches.ts';
import { BlockReader } from '../../src/archive/block-reader.ts';
import { ArchiveTime } from '../../src/core/read/event-time.ts';
import type { FilteredFrames } from '../../src/core/read/frame-collector.ts';
import { unfiltered } from '../../src/core/read/frame-collector.ts';
import { newBatchStats } from '../../src/pipeline/batch-stats.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { frameBatch } from '../../src/receive/source.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, BODIES, event, frameOf, HOUR, observed, T0 } from '../given.ts';

const END = T0 + 72 * HOUR;

/** What is found in a file that is read in blocks of a size and decided in batches of so many lines or bytes. */
async function found(
  file: Buffer,
  block: number,
  lines: number,
  bytes: number,
  perDevice = 1,
  most = 1e6,
  first = lines,
) {
  const store = new MemoryStore(projectionOf(advisory));
  const pipeline = new Pipeline({ store, advisory, time: new ArchiveTime(END, () => 0), clock: () => 0 });
  const collector = new BlockReader();
  const bounds = {
    archiveFirstLines: first,
    archiveLines: lines,
    archiveLinesPerDevice: perDevice,
    archiveLinesAtMost: most,
    archiveBytes: bytes,
  };
  let [read, commits, handedOut, acked] = [0, 0, 0, 0];
  const commit = store.commit.bind(store);
  store.commit = (about, fold) => {
    commits++;
    return commit(about, fold);
  };
  const batch = (filtered: FilteredFrames) => {
    handedOut++;
    return frameBatch(filtered, () => acked++);
  };
  async function* batches() {
    for (let at = 0; at < file.length; at += block) yield batch(collector.block(file.subarray(at, at + block), END));
    yield batch(collector.end(END));
  }
  await commitInBatches(pipeline, batches(), END, (stats) => (read += stats.lines), bounds);
  await pipeline.commit(pipeline.read([], END, { end: true }), END);
  const incidents = (await store.incidents({ limit: 500 })).rows;
  const evidence = await Promise.all(incidents.map(({ device }) => store.evidence(device, 1)));
  const { rows } = await store.devices({ limit: 500 });
  const devices = rows.map(({ key, lastSeenAt, heard, state }) => ({ key, lastSeenAt, heard, state }));
  return { commits, handedOut, acked, found: JSON.stringify({ lines: read, incidents, evidence, devices }) };
}

const texts = [...Object.values(BODIES), 'last message repeated 3 times', '%SYS-5-RESTART: System restarted --'];
const file = fc
  .array(
    fc.record({ text: fc.constantFrom(...texts), name: fc.constantFrom('sw-a', 'sw-b', 'sw-c'), wait: fc.nat(90) }),
    {
      minLength: 20,
      maxLength: 80,
    },
  )
  .map((rows) => {
    let at = T0;
    return Buffer.from(
      rows
        .map(({ text, name, wait }, index) => {
          at += wait * 60_000;
          const stamp = new Date(at).toUTCString().replace(/^\w+, 0?(\d+) (\w+) (\d+) ([\d:]+).*$/, '$2 $1 $3 $4');
          return `<187>${index + 1}: ${name}: ${stamp} UTC: ${text}\n`;
        })
        .join(''),
    );
  });

t.test('commitInBatches() finds the same whatever a block and a batch are', async (t) => {
  const size = fc.integer({ min: 50, max: 3000 });
  let several = 0;
  await fc.assert(
    fc.asyncProperty(file, size, fc.integer({ min: 1, max: 30 }), size, async (bytes, block, lines, kept) => {
      const whole = await found(bytes, bytes.length, bytes.length, bytes.length);
      const parts = await found(bytes, block, lines, kept, 1, 1e6, 1 + (lines >> 2));
      if (parts.commits > whole.commits) several++;
      return parts.found === whole.found;
    }),
    { numRuns: 150 },
  );
  t.ok(several > 50, `${several} were decided in several batches`);
});

t.test('commitInBatches() decides once for many blocks, and again beyond either bound', async (t) => {
  const file = Buffer.from(`<187>1: sw-a: Feb 5 2022 06:00:00 UTC: ${BODIES.commFailed}\n`.repeat(20));
  const commits = async (lines: number, bytes: number) => (await found(file, 200, lines, bytes)).commits;
  t.equal(await commits(1000, 1e6), 1);
  t.equal(await commits(5, 1e6), 4);
  t.ok((await commits(1000, 1000)) > 2);
});

t.test('commitInBatches() begins with few lines and doubles them', async (t) => {
  const file = Buffer.from(`<187>1: sw-a: Feb 5 2022 06:00:00 UTC: ${BODIES.commFailed}\n`.repeat(40));
  const commits = async (first: number) => (await found(file, 60, 16, 1e6, 1, 1e6, first)).commits;
  // 2, 4, 8, 16 and what is left.
  t.equal(await commits(2), 5);
  t.equal(await commits(16), 3);
});

t.test('Pipeline.commit() takes more changes than a call takes arguments', async (t) => {
  const store = new MemoryStore(projectionOf(advisory), undefined, { history: false });
  const pipeline = new Pipeline({ store, advisory, time: new ArchiveTime(END, () => 0), clock: () => 0 });
  const restored = { kind: 'recovery', family: null, cause: null, weight: 0, mnemonic: 'COMM_RESTORED' } as const;
  // Alone enough to open an incident, and so to come back from recovering.
  const proof = { family: 'trust-proof', cause: 'trust', manner: 'refused', weight: 3 } as const;
  const first = [0, 1].map((at) =>
    observed(T0 + at, at === 0 ? { mnemonic: 'X', family: 'call-home', weight: 2 } : {}),
  );
  const flapping = Array.from({ length: 130_000 }, (_, index) =>
    observed(T0 + 1000 * (1 + index), index % 2 === 0 ? restored : proof),
  );
  const observations = [...first, ...flapping].map((signal) => event(signal, { origin: 'sw-a' }));
  const { changes } = await pipeline.commit({ stats: newBatchStats(), observations, unparsed: [] }, END);
  t.ok(changes.length > 125_000, `${changes.length}`);
});

t.test('commitInBatches() lets a batch have more lines where they are of more devices', async (t) => {
  const lines = [...Array(40).keys()].map(
    (index) => `<187>1: sw-${index % 4}: Feb 5 2022 06:00:00 UTC: ${BODIES.commFailed}\n`,
  );
  const file = Buffer.from(lines.join(''));
  const commits = async (perDevice: number, most?: number) => (await found(file, 90, 4, 1e6, perDevice, most)).commits;
  // The first batch is of few lines, as no device is known yet.
  t.equal(await commits(1), 10);
  t.equal(await commits(3), 4);
  t.equal(await commits(100), 2);
  t.equal(await commits(100, 12), 4);
});

t.test('commitInBatches() acknowledges every batch once it is committed, and none before', async (t) => {
  const file = Buffer.from(`<187>1: sw-a: Feb 5 2022 06:00:00 UTC: ${BODIES.commFailed}\n`.repeat(20));
  const { handedOut, acked } = await found(file, 200, 5, 1e6);
  t.ok(handedOut > 10);
  t.equal(acked, handedOut);
  const happened: string[] = [];
  const batchOf = (name: string) => frameBatch(unfiltered([frameOf(name)]), () => happened.push(`ack ${name}`));
  async function* batches() {
    for (const name of 'abcde') yield batchOf(name);
  }
  const read = { stats: newBatchStats(), observations: [], unparsed: [] };
  const pipeline = {
    readFiltered: ({ frames }: FilteredFrames) => {
      happened.push(`read ${frames[0]?.bytes}`);
      return read;
    },
    commit: async () => {
      happened.push('commit');
      return newBatchStats();
    },
  };
  const bounds = {
    archiveFirstLines: 2,
    archiveLines: 2,
    archiveLinesPerDevice: 0,
    archiveLinesAtMost: 2,
    archiveBytes: 1e6,
  };
  await commitInBatches(pipeline, batches(), END, () => {}, bounds);
  t.strictSame(happened, [
    ...['read a', 'read b', 'commit', 'ack a', 'ack b'],
    ...['read c', 'read d', 'commit', 'ack c', 'ack d'],
    ...['read e', 'commit', 'ack e'],
  ]);
});

t.test('commitInBatches() holds no frames of the batches that wait for their commit', async (t) => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const pipeline = new Pipeline({
    ...{ store: new MemoryStore(projectionOf(advisory)), advisory },
    ...{ time: new ArchiveTime(END, () => 0), clock: () => 0 },
  });
  const frames: WeakRef<object>[] = [];
  let acked = 0;
  async function* batches() {
    for (let index = 0; index < 500; index++) {
      const filtered = unfiltered([frameOf(`<187>${index}: sw-a: ${BODIES.commFailed}`)]);
      frames.push(new WeakRef(filtered.frames));
      yield frameBatch(filtered, () => acked++);
      // Weak references hold until the end of a turn of the event loop.
      if (index % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
    }
    collectGarbage();
    const held = frames.filter((frame) => frame.deref() !== undefined).length;
    t.equal(acked, 0, 'nothing is committed yet');
    t.ok(held < 150, `frames of ${held} of 500 batches are held`);
  }
  await commitInBatches(pipeline, batches(), END, () => {});
  t.equal(acked, 500);
});
