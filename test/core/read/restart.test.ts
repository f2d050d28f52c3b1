import t from 'tap';
import { liveTime } from '../../../src/core/read/event-time.ts';
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
