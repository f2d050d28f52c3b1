import t from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { unfiltered } from '../../src/core/read/frame-collector.ts';
import { OperatingError } from '../../src/errors.ts';
import { newBatchStats } from '../../src/pipeline/batch-stats.ts';
import { Pump } from '../../src/pipeline/pump.ts';
import { frameBatch, type Source } from '../../src/receive/source.ts';
import { frameOf } from '../given.ts';
import { QueueSource } from './queue-source.ts';

/** A pump over these sources, and what it read. `commit`: what the store does at a batch of so many lines. */
function pumpOver(sources: readonly Source[], commit: (lines: number) => void = () => {}, over: object = {}) {
  const read: string[] = [];
  const pump = new Pump({
    sources,
    pipeline: () => ({
      read: () => ({ stats: newBatchStats(), observations: [], unparsed: [] }),
      readFiltered: ({ frames, other }) => {
        read.push(`${frames.length} ${frames[0]?.bytes ?? ''} ${other}`);
        return { stats: { ...newBatchStats(), lines: frames.length + other }, observations: [], unparsed: [] };
      },
      commit: async ({ stats }) => {
        if (stats.lines > 0) commit(stats.lines);
        return stats;
      },
      due: async () => newBatchStats(),
      waitingSince: () => null,
      fateOf: () => null,
    }),
    now: () => 0,
    clock: () => 0,
    onBatch: () => {},
    failed: (error) => read.push(`failed ${(error as Error).message}`),
    mend: async () => {},
    onStoreError: () => {},
    pause: async () => {},
    ...over,
  });
  return { pump, read };
}

t.test('Pump acknowledges a batch once what was made of it is stored, and not before', async (t) => {
  const source = new QueueSource();
  const commits: string[] = [];
  let failures = 2;
  const done = Promise.withResolvers<void>();
  const { pump } = pumpOver([source], (lines) => {
    commits.push(`${lines} lines, ${source.acked.length} acknowledged`);
    if (failures-- > 0) throw new OperatingError('QVW_DATABASE_FAILED', 'busy');
    if (lines === 10) done.resolve();
  });
  const lines = Array.from({ length: limits.leastCommitLines + 10 }, (_, index) => frameOf(`${index}`));
  source.put(lines, 2);
  await done.promise;
  await pump.drain();
  const first = `${limits.leastCommitLines} lines, 0 acknowledged`;
  t.strictSame(commits, [first, first, first, '10 lines, 1 acknowledged']);
  t.strictSame(source.acked, [`2 ${limits.leastCommitLines}`, '2 10']);
});

t.test('Pump never acknowledges what cannot be stored', async (t) => {
  const source = new QueueSource();
  const { pump, read } = pumpOver([source], () => {
    throw new Error('a defect');
  });
  source.put([frameOf('a')], 0);
  await pump.drain();
  t.strictSame([read, source.acked], [['1 a 0', 'failed a defect'], []]);
});

t.test('Pump takes batches from several sources in turn', async (t) => {
  const [a, b, idle] = [new QueueSource(), new QueueSource(), new QueueSource()];
  const { pump, read } = pumpOver([a, idle, b]);
  // Each commit is quick, so that the next one may have twice as many lines.
  const sizes = [1, 2, 4, 4, 4].map((times) => Math.min(limits.commitLines, limits.leastCommitLines * times));
  const linesOf = (text: string, turn: 0 | 1) => {
    const count = sizes.filter((_, index) => index % 2 === turn).reduce((sum, size) => sum + size, 0);
    return Array.from({ length: count }, () => frameOf(text));
  };
  a.put(linesOf('a', 0), 0);
  b.put(linesOf('b', 1), 0);
  await pump.drain();
  t.strictSame(
    read,
    ['a', 'b', 'a', 'b', 'a'].map((text, index) => `${sizes[index]} ${text} 0`),
  );
  t.strictSame([a.acked.length, b.acked.length], [3, 2]);
});

t.test(
  'Pump takes as many lines as a commit may have where the store is on a server, however long each commit takes',
  async (t) => {
    const source = new QueueSource();
    let seconds = 0;
    const commit = () => {
      seconds += 1;
    };
    const { pump, read } = pumpOver([source], commit, { clock: () => seconds, isOnServer: true });
    source.put(
      Array.from({ length: limits.commitLines * 2 + 5 }, () => frameOf('a')),
      0,
    );
    await pump.drain();
    t.strictSame(
      read,
      [limits.commitLines, limits.commitLines, 5].map((lines) => `${lines} a 0`),
    );
  },
);

t.test('Pump takes a batch that has only counts', async (t) => {
  const source = new QueueSource();
  const batches = [frameBatch({ ...unfiltered([]), other: 7 }, () => source.acked.push('counts'))];
  source.next = () => batches.shift() ?? null;
  let wake = () => {};
  source.onWake = (callback) => {
    wake = callback;
  };
  const { pump, read } = pumpOver([source]);
  wake();
  await pump.drain();
  t.strictSame([read, source.acked], [['0  7'], ['counts']]);
});

t.test('Pump fails with a source that cannot go on', async (t) => {
  const source = new QueueSource();
  source.next = () => {
    throw new OperatingError('QVW_FILE_UNREADABLE', 'gone');
  };
  const { pump, read } = pumpOver([source]);
  pump.wake();
  await pump.drain();
  t.strictSame(read, ['failed gone']);
});
