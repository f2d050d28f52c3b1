import t from 'tap';
import { limits } from '../../../src/core/model/limits.ts';
import type { Frame } from '../../../src/core/model/message.ts';
import { liveTime } from '../../../src/core/read/event-time.ts';
import { LineReader } from '../../../src/core/read/reader.ts';
import { restartOf } from '../../../src/core/read/restart.ts';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { MemoryStore } from '../../../src/store/memory/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, BODIES, frameOf, HOUR, T0 } from '../../given.ts';

const VERSION =
  'Cisco IOS Software [Amsterdam], IE3x00 Switch Software (IE3x00-UNIVERSALK9-M), Version 17.3.3, RELEASE SOFTWARE (fc7)';

t.test('restartOf() reads the release from the words of show version', async (t) => {
  for (const [line, release] of [
    [`<189>29: ${VERSION}`, '17.3.3'],
    [
      '<189>29: Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E3, RELEASE SOFTWARE',
      '15.2(7)E3',
    ],
    ['<189>29: Cisco IOS Software [Gibraltar], Catalyst L3 Switch Software, Version 16.12.1z1, RELEASE', '16.12.1z1'],
  ] as const) {
    t.match(restartOf(frameOf(line), null), { release }, line);
  }
  t.equal(restartOf(frameOf('<189>30: Technical Support: http://www.example.net/techsupport'), null), null);
  t.equal(restartOf(frameOf('<189>30: Cisco IOS is mentioned'), null), null);
});

const START = '%SYS-5-RESTART: System restarted --';
const start = (counter: number | '', name = 'sw-a: ') => `<189>${counter}: ${name}Feb  5 2022 06:00:00: ${START}`;
const release = (counter: number | '', before = '') => `<189>${counter}: ${before}${VERSION}`;

type Sent = readonly [line: string, over?: Partial<Frame>];

/** The device of each record, in the order in which they are passed on: the restart, or the release. */
function read(...lines: readonly Sent[]) {
  const found: string[] = [];
  const reader = new LineReader(
    liveTime(() => 0),
    {
      message: () => {},
      ordinary: () => {},
      restart: ({ envelope: { origin, counter }, release: shown }) =>
        found.push(`${origin} ${counter} ${shown ?? 'restarted'}`),
    },
  );
  for (const [line, over] of lines) {
    const frame = frameOf(line, { peer: '192.0.2.7', ...over });
    reader.read([frame], () => false);
    reader.release(frame.receivedAt);
  }
  const waiting = reader.waitingSince('udp');
  reader.release(T0, { end: true });
  return { found, waiting };
}

t.test('LineReader.read() gives the release to the device whose restart has the counter before', async (t) => {
  const later = { receivedAt: T0 + limits.continuationMs + 1 };
  const other = [`<187>9: sw-b: ${BODIES.commFailed}`] as const;
  type Row = readonly [why: string, lines: readonly Sent[], found: readonly string[]];
  const rows: readonly Row[] = [
    ['at once', [[start(28)], [release(29)]], ['sw-a 28 restarted', 'sw-a 29 17.3.3']],
    ['another line between', [[start(28)], other, [release(29)]], ['sw-a 28 restarted', 'sw-a 29 17.3.3']],
    ['in the wrong order', [[release(29)], [start(28)]], ['sw-a 28 restarted', 'sw-a 29 17.3.3']],
    ['another counter', [[start(28)], [release(31)]], ['sw-a 28 restarted', 'null 31 17.3.3']],
    ['too late', [[start(28)], [release(29), later]], ['sw-a 28 restarted', 'null 29 17.3.3']],
    ['another sender', [[start(28)], [release(29), { peer: '192.0.2.8' }]], ['sw-a 28 restarted', 'null 29 17.3.3']],
    ['a name of its own', [[start(28, '')], [release(9, 'sw-b: ')]], ['null 28 restarted', 'sw-b 9 17.3.3']],
    ['no counters', [[start('')], [release('')]], ['sw-a null restarted', 'sw-a null 17.3.3']],
    ['no restart, and no counter', [[release('')]], ['null null 17.3.3']],
    [
      'two that started together, one after the other',
      [[start(28)], [release(29)], [start(28, 'sw-b: ')], [release(29)]],
      ['sw-a 28 restarted', 'sw-a 29 17.3.3', 'sw-b 28 restarted', 'sw-b 29 17.3.3'],
    ],
    [
      'two that started together: nothing says whose it is',
      [[start(28)], [start(28, 'sw-b: ')], [release(29)]],
      ['sw-a 28 restarted', 'sw-b 28 restarted', 'null 29 17.3.3'],
    ],
  ];
  for (const [why, lines, found] of rows) t.same(read(...lines).found, found, why);
});

t.test('LineReader.waitingSince() knows a release that waits for its restart', async (t) => {
  t.equal(read([release(29)]).waiting, T0);
  t.equal(read([release(29)], [`<189>9: sw-b: ${BODIES.chatter}`, { receivedAt: T0 + 3000 }]).waiting, null);
  t.equal(read([start(28)], [release(29)]).waiting, null);
  const many = Array.from({ length: limits.continuations + 1 }, (_, n) => [release(10 * n)] as const);
  t.equal(read(...many).found.length, many.length, 'none is lost, however many wait');
});

async function receive(...lines: readonly string[]) {
  const store = new MemoryStore(projectionOf(advisory));
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
  const outcomes = [];
  for (const [index, line] of lines.entries()) {
    const receivedAt = T0 + index * HOUR;
    const { outcomes: counted } = await pipeline.run([frameOf(line, { peer: '192.0.2.7', receivedAt })], receivedAt);
    outcomes.push(counted);
  }
  return { device: (await store.load(['sw-a'])).get('sw-a'), devices: await store.devices({ limit: 9 }), outcomes };
}

t.test('Pipeline.run() reads the release of a restart, and confirms a suspicion by it', async (t) => {
  const restart = ['<189>28: sw-a: %SYS-5-RESTART: System restarted --', `<189>29: ${VERSION}`];
  // A score of 4 from three families.
  const failing = [
    `<187>27: sw-a: ${BODIES.authSendError}`,
    `<187>30: sw-a: ${BODIES.callHome205}`,
    `<187>31: sw-a: ${BODIES.commFailed}`,
  ];
  t.match(
    (await receive(...failing)).device?.state.incident,
    { phase: { state: 'suspected' } },
    'the release is unknown',
  );
  const { device, outcomes } = await receive(...restart, ...failing);
  t.match(device?.state, { release: '17.3.3', pid: 'IE-3300-8T2S', incident: { phase: { state: 'confirmed' } } });
  const parsed = failing.map(() => ({ parsed: 1 }));
  t.match(outcomes, [{ other: 1 }, { 'no-core': 1 }, ...parsed], 'a restart is no tracked message');
  const later = await receive(...failing, ...restart.map((line) => line.replace('>29:', '>29: sw-a:')));
  t.match(later.device?.state.incident, { phase: { state: 'confirmed' } }, 'the same if the restart comes later');
});

t.test('Pipeline.run() creates no device for a record without a name', async (t) => {
  const { devices } = await receive(`<189>29: ${VERSION}`);
  t.same(devices.rows, []);
});

t.test('Pipeline.run() detects an upgrade to a release with the fix, and an import lost by a restart', async (t) => {
  const failing = [`<187>27: sw-a: ${BODIES.authSendError}`, `<187>28: sw-a: ${BODIES.callHome205}`];
  const old = `<189>29: sw-a: %SYS-5-RESTART: System restarted -- ${VERSION}`;
  const upgraded = await receive(old, ...failing, old.replace('17.3.3', '17.6.1'));
  t.match(upgraded.device?.state.repair, { by: 'upgrade', at: T0 + 3 * HOUR });
  const imported = [
    '<190>31: sw-a: %PKI-6-TRUSTPOOL_DOWNLOAD_SUCCESS: Trustpool Download is successful',
    '<188>32: sw-a: %PKI-4-NOCONFIGAUTOSAVE: Configuration was modified.  Issue "write memory" to save new IOS PKI configuration',
  ];
  t.match((await receive(...failing, ...imported)).device?.state.repair, { by: 'import', saved: false });
  t.equal((await receive(...failing, ...imported, old)).device?.state.repair, null);
});
