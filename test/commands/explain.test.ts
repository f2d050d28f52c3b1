import { spawnSync } from 'node:child_process';
import t from 'tap';
import { liveTime } from '../../src/core/read/event-time.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/store.ts';
import { MAIN } from '../app/running.ts';
import { advisory, BODIES, frameOf, HOUR, T0, temporaryDirectory } from '../given.ts';
import { noRows, writeBatch } from '../store/stores.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

t.test('explain prints no control character that a device sent', async (t) => {
  const data = temporaryDirectory(t);
  const store = new SqliteStore(openDatabase(data), projectionOf(advisory));
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
  const red = '\x1b[31m';
  const bodies = [
    `${BODIES.callHome205}${red}\x07\x7f\u009b2J`,
    BODIES.commFailed.replace(': Fail', `: ${red}Fail`),
    BODIES.authSignature.replace('IE-3300', `IE${red}-3300`).replace('FOC', `F${red}OC`),
    BODIES.crlSla.replace('SLA-TrustPoint', `SLA-TrustPoint${red}`),
    `%SYS-5-RESTART: System restarted --\tCisco IOS Software [Bengaluru], Version 17.4.1${red}, RELEASE SOFTWARE (fc5)`,
    `%SMART_LIC-5-${red}COMM_RESTORED: ${red}`,
  ];
  const frames = bodies.map((body, n) =>
    frameOf(`<187>${n}: sw-a: ${body}`, { peer: '192.0.2.7', receivedAt: T0 + n * HOUR }),
  );
  await pipeline.run(
    [...frames, frameOf(`<187>9: sw${red}-a: ${BODIES.commDns}`, { peer: '192.0.2.7' })],
    T0 + 9 * HOUR,
  );
  const { rows } = await store.devices({ limit: 99 });
  await store.close();
  for (const { key } of rows) {
    for (const more of [[], ['--verify']]) {
      const { stdout } = spawnSync(process.execPath, [MAIN, 'explain', key, '--data', data, ...more], {
        encoding: 'utf8',
      });
      t.notMatch(stdout, CONTROL, `${key} ${more}`);
      if (key === 'sw-a' && more.length === 0) {
        t.match(stdout, '\uFFFD[31m\uFFFD\uFFFD\uFFFD2J', 'a replacement character marks each place');
        t.match(stdout, /Error received from Smart Software Manager: Data and signature do not match/);
      }
    }
  }
  t.ok(rows.some(({ key }) => key === 'sw-a'));
});

t.test('explain of an incident that is gone explains what it is now, or says when it was withdrawn', async (t) => {
  const data = temporaryDirectory(t);
  const store = new SqliteStore(openDatabase(data), projectionOf(advisory));
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
  const run = (hours: number, header: string, body: string, peer: string) =>
    pipeline.run([frameOf(`<187>${header}${body}`, { peer, receivedAt: T0 + hours * HOUR })], T0 + hours * HOUR);
  await run(0, '1: ', BODIES.callHome205, '192.0.2.8');
  await run(1, '2: ', BODIES.commFailed, '192.0.2.8');
  await run(2, '3: sw-a: ', BODIES.commFailed, '192.0.2.8');
  const gone = { type: 'IncidentWithdrawn', from: 'suspected', to: 'closed', severity: 'warning' } as const;
  const change = { ...gone, device: 'sw-b', ordinal: 1, at: T0, reason: 'late-evidence', receivedAt: null } as const;
  await writeBatch(store, { ...noRows, devices: [], changes: [change], now: T0 });
  await store.close();
  const explain = (...args: string[]) =>
    spawnSync(process.execPath, [MAIN, 'explain', ...args, '--data', data], { encoding: 'utf8' });
  const moved = 'qv-192.0.2.8-1 is qv-sw-a-1 now: two names turned out to be one device\n';
  t.match(explain('qv-192.0.2.8-1'), { status: 0, stdout: /^sw-a: .*Incident qv-sw-a-1: /s, stderr: moved });
  const { stdout, stderr } = explain('qv-192.0.2.8-1', '--json');
  t.match([JSON.parse(stdout), stderr], [{ incident: { id: 'qv-sw-a-1' } }, moved]);
  t.match(explain('qv-sw-a-1'), { status: 0, stderr: /^$/ });
  t.match(explain('qv-192.0.2.8-1', '--verify'), { status: 0, stdout: /qv-sw-a-1/, stderr: moved });
  t.match(explain('qv-sw-b-1'), {
    ...{ status: 2, stdout: /^$/ },
    stderr: `quovadis-watch: qv-sw-b-1 was withdrawn at ${new Date(T0).toISOString()}, by a late line or because its device was judged anew [QVW_NOT_FOUND]\n`,
  });
  t.match(explain('qv-sw-b-2'), { status: 2, stderr: /there is no device or incident "qv-sw-b-2"/ });
});
