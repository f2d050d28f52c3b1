/** Lines say the same wherever they are read: in the thread that filters them, or in this one. */
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { openFlow } from '../../bench/generate.ts';
import { archiveFilesOf } from '../../src/archive/archive-files.ts';
import { ArchiveReaderThread } from '../../src/archive/archive-reader.ts';
import { summarize } from '../../src/commands/replay.ts';
import { zoneOffsetOf } from '../../src/core/decode/zone-offset.ts';
import { ArchiveTime, type ZoneOffset } from '../../src/core/read/event-time.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, BODIES, T0, temporaryDirectory } from '../given.ts';

/** All that a replay leaves: its summary, and everything in the store. */
async function replayed(names: readonly string[], zone: string, where: 'thread' | 'here', history = true) {
  const store = new MemoryStore(projectionOf(advisory), undefined, { history });
  const archive = archiveFilesOf(names, T0).map((file) => ({ ...file, end: T0 }));
  const reader = new ArchiveReaderThread();
  const flush = async () => ({ evicted: 0, forgotten: 0 });
  const time = new ArchiveTime(T0, zoneOffsetOf(zone) as ZoneOffset);
  const parts = { stores: { store, deciding: store, flush }, advisory, time, terminal: process.stderr };
  try {
    const summary = await summarize(archive, reader, where === 'thread' ? { ...parts, zone } : parts);
    const { rows: devices } = await store.devices({ limit: 9999 });
    const incidents = devices.flatMap(({ key, state }) =>
      Array.from({ length: state.ordinal + 1 }, (_, ordinal) => [key, ordinal] as const),
    );
    return {
      summary,
      devices,
      evidence: await Promise.all(incidents.map(([key, ordinal]) => store.evidence(key, ordinal))),
      transitions: await Promise.all(incidents.map(([key, ordinal]) => store.transitions(key, ordinal))),
      unparsed: (await store.unparsed({ limit: 999 })).rows,
      time: [time.now, time.endFor(0)],
    };
  } finally {
    await reader.stop();
  }
}

async function sameBoth(t: Test, names: readonly string[], zone: string, history?: boolean) {
  const here = await replayed(names, zone, 'here', history);
  t.strictSame(await replayed(names, zone, 'thread', history), here);
  return here;
}

t.test('replay finds the same of all samples, read in a thread', async (t) => {
  const samples = globSync('samples/**/*.log', { cwd: join(import.meta.dirname, '../..') }).sort();
  t.ok(samples.length > 20);
  const { summary } = await sameBoth(
    t,
    samples.map((name) => join(import.meta.dirname, '../..', name)),
    'Europe/Berlin',
  );
  t.ok(summary.incidents.length > 0);
});

t.test('replay finds the same of a mix, with and without evidence', async (t) => {
  const directory = temporaryDirectory(t);
  const files = [1, 2].map((seed) => {
    const flow = openFlow({ share: 0.3, devices: 60, seed });
    const lines = Array.from({ length: 4000 }, (_, index) => flow.next(T0 - 86_400_000 + index * 9000 + seed * 60_000));
    const name = join(directory, `${seed}.log`);
    writeFileSync(name, `${lines.join('\n')}\n`);
    return name;
  });
  for (const history of [true, false]) {
    const { summary } = await sameBoth(t, files, 'UTC', history);
    t.ok(summary.incidents.length > 9);
  }
});

const header = fc.constantFrom(
  '<187>12: sw-a: Mar  1 18:46:11: ',
  '<187>13: sw-a: *Mar  1 00:01:11: ',
  '<187>14: Switch: Jan  3 2022 18:46:11.5 UTC: ',
  '<187>000015: 000016: sw-b: Feb 27 12:00:00.123 CET: ',
  '<187>',
);
const body = fc.oneof(
  fc.constantFrom<string>(...Object.values(BODIES)),
  fc.constantFrom(
    'last message repeated 5 times',
    '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed',
    '                      Reason : Failed to select socket. Timeout : 5 (Connection timed out)',
    '%SMART_LIC-3-NEW_ONE: a text that no rule reads',
    '%SYS-5-RESTART: System restarted --',
    'Cisco IOS Software, Version 17.3.3',
  ),
);

t.test('replay finds the same of any lines', async (t) => {
  const directory = temporaryDirectory(t);
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.array(
          fc.tuple(header, body).map((parts) => parts.join('')),
          { maxLength: 30 },
        ),
        { minLength: 1, maxLength: 3 },
      ),
      async (files) => {
        const names = files.map((lines, index) => {
          const name = join(directory, `${index}.log`);
          writeFileSync(name, lines.map((line) => `${line}\n`).join(''));
          return name;
        });
        await sameBoth(t, names, '+01:00');
      },
    ),
    { numRuns: 25 },
  );
});
