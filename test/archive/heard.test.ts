/** What is heard of ordinary lines in an archive. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { archiveFilesOf } from '../../src/archive/archive-files.ts';
import { type ArchiveReader, ArchiveReaderThread, InlineArchiveReader } from '../../src/archive/archive-reader.ts';
import { commitInBatches } from '../../src/archive/batches.ts';
import { ArchiveSource } from '../../src/archive/source.ts';
import { enrol } from '../../src/core/correlate/enrol.ts';
import { conditionOf, type Device } from '../../src/core/model/device.ts';
import { recoveryVisible } from '../../src/core/model/heard.ts';
import { ArchiveTime } from '../../src/core/read/event-time.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { batchesOf } from '../../src/receive/source.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, BODIES, HOUR, T0 } from '../given.ts';
import { writeBatch } from '../store/stores.ts';
import { rowOf } from '../store/written.ts';

const END = T0 + 400 * HOUR;

/** `Feb  5 2022 06:00:00 UTC`. */
function stamped(name: string, at: number, body: string): string {
  const stamp = new Date(at).toUTCString().replace(/^\w+, 0?(\d+) (\w+) (\d+) ([\d:]+).*$/, '$2 $1 $3 $4');
  return `<187>${name}: ${stamp} UTC: ${body}\n`;
}

/** The devices after an archive, `sw-listed` being in the inventory; committed after every so many lines. */
async function devicesAfter(t: { testdir: () => string }, reader: ArchiveReader, text: string, archiveLines: number) {
  const store = new MemoryStore(projectionOf(advisory));
  const listed = enrol({ devices: new Map(), aliases: new Map() }, [rowOf('sw-listed')], advisory);
  const devices = [...listed.devices.values()];
  await writeBatch(store, { ...listed, devices, unparsed: [], notes: [], notices: [], now: T0 });
  const pipeline = new Pipeline({ store, advisory, time: new ArchiveTime(END, () => 0), clock: () => 0 });
  const name = join(t.testdir(), 'archive.log');
  writeFileSync(name, text);
  const [file] = archiveFilesOf([name], END);
  if (file === undefined) throw new Error('no file');
  const source = new ArchiveSource(reader, file);
  await source.start();
  const bounds = {
    archiveFirstLines: archiveLines,
    archiveLines,
    archiveLinesPerDevice: 1,
    archiveLinesAtMost: archiveLines,
    archiveBytes: 1e9,
  };
  await commitInBatches(pipeline, batchesOf(source, archiveLines), END, () => {}, bounds);
  rmSync(name);
  return new Map((await store.devices({ limit: 500 })).rows.map((device) => [device.key, device]));
}

t.test('an archive makes a listed device heard, and no device of ordinary lines alone', async (t) => {
  const reader = new InlineArchiveReader();
  const chatter = '%SYS-3-CPUHOG: Task ran too long';
  const text = [0, 100, 168].map((hours) =>
    ['sw-listed', 'sw-other'].map((name) => stamped(name, T0 + hours * HOUR, chatter)),
  );
  const devices = await devicesAfter(t, reader, text.flat().join(''), 2);
  t.same([...devices.keys()], ['sw-listed']);
  const device = devices.get('sw-listed') as Device;
  t.equal(conditionOf(device), 'heard');
  t.same(device.heard, {
    ...{ lastAt: T0 + 168 * HOUR, level: 3 },
    watched: { firstAt: T0, lastAt: T0 + 168 * HOUR, lines: 3 },
  });
  t.equal(recoveryVisible(device.heard, advisory.visibility), false, 'a week of level 3');
  t.match(device, { firstSeenAt: null, lastSeenAt: null, messages: 0, recent: [] });
});

t.test('an archive counts tracked lines and restarts with the ordinary ones of their device', async (t) => {
  const lines = [BODIES.commFailed, '%SYS-3-CPUHOG: x', BODIES.crlSla, '%SYS-5-RESTART: System restarted --'];
  const text = lines.map((body, hour) => stamped('sw-a', T0 + hour * HOUR, body)).join('');
  const { heard, messages } = (await devicesAfter(t, new InlineArchiveReader(), text, 9)).get('sw-a') as Device;
  t.match(heard, { lastAt: T0 + 3 * HOUR, level: 5, watched: { firstAt: T0 } });
  t.ok((heard?.watched?.lines ?? 0) >= 4);
  t.equal(messages, 3);
});

t.test('a long archive shows which levels a device sends, and never that it sends no others', async (t) => {
  const say = (name: string, body: string, index: number) => stamped(name, T0 + index * 60_000, body);
  const graver = Array.from({ length: 24 * 60 * 9 }, (_, index) => say('sw-listed', '%SYS-3-CPUHOG: x', index));
  const others = graver.map((_, index) => say('sw-other', BODIES.chatter, index));
  const devices = await devicesAfter(t, new InlineArchiveReader(), [...others, ...graver].join(''), 1e6);
  const { heard } = devices.get('sw-listed') as Device;
  t.match(heard, { level: 3, watched: null });
  t.ok((heard?.lastAt ?? 0) > T0 + 8 * 24 * HOUR, 'one of the last lines was heard');
  t.equal(recoveryVisible(heard, advisory.visibility), null);
});

t.test(
  'an archive is heard the same in any batches, here and in the thread, also beyond the first lines',
  async (t) => {
    const body = fc.constantFrom('%SYS-3-CPUHOG: x', BODIES.chatter, BODIES.commFailed, 'no message code');
    const line = fc.record({ body, name: fc.constantFrom('sw-listed', 'sw-a', 'sw-b') });
    const archive = fc.tuple(fc.array(line, { minLength: 30, maxLength: 40 }), fc.constantFrom(1, 400));
    let beyond = 0;
    await fc.assert(
      fc.asyncProperty(archive, fc.integer({ min: 1, max: 2000 }), async ([lines, times], batch) => {
        const repeated = Array.from({ length: times }, () => lines).flat();
        const text = repeated.map(({ body, name }, index) => stamped(name, T0 + index * 1000, body)).join('');
        const whole = await devicesAfter(t, new InlineArchiveReader(), text, 1e6);
        // One for each archive: which lines are looked at depends on all ordinary lines that a reader has had.
        const apart = new ArchiveReaderThread();
        const parts = await devicesAfter(t, apart, text, batch);
        await apart.stop();
        if (repeated.length > 10_000) beyond++;
        const heardIn = (devices: ReadonlyMap<string, Device>) =>
          JSON.stringify([...devices].map(([key, { heard }]) => [key, heard]));
        return heardIn(whole) === heardIn(parts);
      }),
      { numRuns: 8 },
    );
    t.ok(beyond > 0, 'of some archives not every ordinary line is looked at');
  },
);
