import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { RULES } from '../../src/core/correlate/judged-by.ts';
import { liveTime } from '../../src/core/read/event-time.ts';
import { bringOver, judgingAnew, type Progress, progressText } from '../../src/operate/bring-over.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import type { SetAside } from '../../src/store/ports/rejudging.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { DATABASE_NAME, openDatabase } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/store.ts';
import { MAIN } from '../app/running.ts';
import { advisory, BODIES, DAY, HOUR, T0, temporaryDirectory } from '../given.ts';
import {
  copyDevice,
  frame,
  oldAdvisory,
  STORY,
  withFormerSchema,
  writeOldDatabase,
} from '../store/sqlite/old-database.ts';
import { writeSums } from '../store/sqlite/sums.ts';

const now = () => T0 + 4 * DAY;
const everything = { states: [], severities: [], plants: [] };
const routes = [{ sink: 'hook', only: everything, wants: () => true }];

function opened(t: Test, data: string): Store {
  const store = new SqliteStore(openDatabase(data), projectionOf(advisory));
  t.teardown(() => store.close());
  return store;
}

async function run(store: Store, options: Parameters<typeof bringOver>[2] = {}): Promise<number> {
  const judgeAnew = judgingAnew({ store, advisory, routes, now });
  return bringOver(store, () => ({ advisory, judgeAnew }), options);
}

async function statesOf(store: Store): Promise<Record<string, string>> {
  const { rows } = await store.devices({ limit: 500 });
  return Object.fromEntries(rows.map(({ key, state }) => [key, state.incident?.phase.state ?? 'none']));
}

const expected = (which: 'was' | 'is') =>
  Object.fromEntries(Object.entries(STORY).map(([device, story]) => [device, story[which]]));

const noticesOf = async (store: Store) =>
  (await store.outbox.list({ limit: 99 })).rows.map(({ announcement: { device, type, to, reason } }) => {
    return `${device} ${type} ${to} ${reason}`;
  });

const verify = (data: string, device: string) => {
  const args = [MAIN, 'explain', device, '--verify', '--data', data];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
};

t.test('bringOver() judges devices of a former version anew, and says each difference once', async (t) => {
  const data = temporaryDirectory(t);
  await writeOldDatabase(data);
  withFormerSchema(data);
  const store = opened(t, data);
  t.same(await statesOf(store), expected('was'));
  t.match(await store.unjudged(), { count: 5, by: [null] });
  const steps: Progress[] = [];
  t.equal(await run(store, { onProgress: (step) => steps.push(step) }), 5);
  t.same(await statesOf(store), expected('is'));
  t.equal(
    progressText(steps[0] as Progress),
    `migrating 0 of 5 devices (an older version → ${advisory.name}, rules ${RULES})`,
  );
  t.match(steps.at(-1), { done: 5, total: 5 });
  t.same(
    (await noticesOf(store)).sort(),
    [
      'sw-less incident.updated suspected advisory-changed',
      'sw-more incident.opened suspected advisory-changed',
      'sw-over incident.updated suspected advisory-changed',
    ],
    'nothing about devices whose state is the same',
  );
  t.match((await store.transitions('sw-less', 1)).at(-1), {
    ...{ type: 'IncidentAmended', from: 'confirmed', to: 'suspected', severity: 'warning', reason: 'advisory-changed' },
  });
  t.equal((await store.transitions('sw-same', 1)).filter(({ reason }) => reason === 'advisory-changed').length, 0);
  t.match(
    await store.incident('qv-sw-over-1'),
    { state: 'resolved', score: 6 },
    'what is over stays as it was decided',
  );
  t.match(await store.incident('qv-sw-over-2'), { state: 'suspected', score: 3 });
  t.equal(await run(store), 0, 'and it is done once');
  t.equal((await store.outbox.list({ limit: 99 })).rows.length, 3);
});

t.test('explain --verify follows the incidents that were judged anew', async (t) => {
  const data = temporaryDirectory(t);
  await writeOldDatabase(data);
  const store = opened(t, data);
  await run(store);
  for (const device of ['sw-less', 'sw-more', 'sw-same', 'sw-over']) {
    const { status, said } = verify(data, device);
    t.equal(status, 0, said);
  }
  const past = verify(data, 'qv-sw-over-1');
  t.equal(past.status, 2);
  t.match(past.said, /stays as quovadis-root-ca-2 version \d+ decided it.*QVW_REFUSED/);
  for (const { row, intact } of await store.checkedEvidence('sw-less', 1)) {
    t.match([row.advisory, row.weight, intact], [advisory.name, row.mnemonic === 'COMM_FAILED' ? 1 : 2, true]);
  }
});

t.test('bringOver() goes on where a kill has ended it', async (t) => {
  const data = temporaryDirectory(t);
  await writeOldDatabase(data);
  const database = new Database(join(data, DATABASE_NAME));
  copyDevice(database, 'sw-none', 400);
  database.close();
  const first = new SqliteStore(openDatabase(data), projectionOf(advisory));
  let batches = 0;
  const done = await run(first, { goesOn: () => batches++ < 1 });
  t.ok(done > 0 && done < 405, `${done} devices`);
  await first.close();
  const second = opened(t, data);
  t.match(await second.unjudged(), { count: 405 - done, by: [`${oldAdvisory.name}, rules ${RULES}`] });
  t.equal(await run(second), 405 - done);
  t.match(await statesOf(second), expected('is'));
  t.equal((await second.outbox.list({ limit: 99 })).rows.length, 3, 'no notice twice');
});

t.test('bringOver() sets aside what cannot be judged, with its name, and goes on', async (t) => {
  const data = temporaryDirectory(t);
  await writeOldDatabase(data);
  const database = new Database(join(data, DATABASE_NAME));
  const damage = [
    ['sw-less', `'{"settledSignals":0,"rec'`],
    ['sw-none', `json_set(record, '$.passedTo', 1e300)`],
    ['sw-more', `json_set(record, '$.key', 'sw-z')`],
  ] as const;
  for (const [key, record] of damage) database.exec(`UPDATE device SET record = ${record} WHERE key = '${key}'`);
  writeSums(database);
  database.exec(`UPDATE evidence SET record = '[1, 2' WHERE device = 'sw-over' AND ordinal = 2`);
  database.close();
  const store = opened(t, data);
  const setAside: SetAside[] = [];
  t.equal(await run(store, { onSetAside: (device) => setAside.push(device) }), 5);
  t.same(setAside.map(({ key }) => key).sort(), ['sw-less', 'sw-more', 'sw-none']);
  t.match(setAside.find(({ key }) => key === 'sw-more')?.why, 'its record is of sw-z');
  // None of its lines can be read, so that its incident stays as it was decided.
  t.same(await statesOf(store), { 'sw-over': 'confirmed', 'sw-same': 'confirmed' });
  t.equal(await store.countSetAside(), 3);
  t.same(await store.namesOf('sw-less'), []);
  t.same(
    (await noticesOf(store)).sort(),
    ['sw-less incident.closed closed advisory-changed'],
    'an incident that nobody can follow any more does not stay open',
  );
  t.equal(await store.incident('qv-sw-less-1'), null);
  t.strictSame(await store.gone('sw-less', 1), { withdrawn: now() });
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
  await pipeline.run([frame(['sw-less', 90, BODIES.commFailed])], T0 + 90 * HOUR);
  t.match(
    (await store.load(['sw-less'])).get('sw-less'),
    { version: 1, messages: 1 },
    'its next line makes a new device',
  );
  await store.forget(['sw-less'], T0);
  t.equal(await store.countSetAside(), 2);
});

t.test('bringOver() also judges a device that a line has changed since', async (t) => {
  const data = temporaryDirectory(t);
  await writeOldDatabase(data);
  const store = opened(t, data);
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
  await pipeline.run([frame(['sw-more', 72, BODIES.crlSla]), frame(['sw-new', 72, BODIES.crlSla])], T0 + 72 * HOUR);
  t.match(await store.unjudged(), { count: 5 }, 'a new device is judged as it is written');
  await run(store);
  t.match(await statesOf(store), { ...expected('is'), 'sw-new': 'none' });
  t.match((await store.load(['sw-more'])).get('sw-more'), { messages: 3, state: { incident: { evidence: 3 } } });
});

t.test('bringOver() counts no copy of a line again', async (t) => {
  const data = temporaryDirectory(t);
  const stamped = (hours: number) => ({
    ...frame(['sw-storm', hours, BODIES.crlSla]),
    ...(() => {
      const at = new Date(T0 + hours * HOUR).toISOString();
      const stamp = `Feb ${Number(at.slice(8, 10))} 2022 ${at.slice(11, 23)} UTC`;
      const bytes = Buffer.from(`<187>${hours * 100}: sw-storm: ${stamp}: ${BODIES.crlSla}`);
      return { bytes, end: bytes.length };
    })(),
  });
  const storm = Array.from({ length: 40 }, (_, n) => stamped(n));
  const old = new SqliteStore(openDatabase(data), projectionOf(oldAdvisory));
  const pipelineOf = (store: Store, by = advisory) =>
    new Pipeline({ store, advisory: by, time: liveTime(() => 0), clock: () => 0 });
  for (const line of storm) await pipelineOf(old, oldAdvisory).run([line], line.receivedAt);
  await old.close();
  const store = opened(t, data);
  const device = async () => (await store.load(['sw-storm'])).get('sw-storm');
  t.match(await device(), { messages: 40, recent: { length: 40 } });
  t.ok((await store.evidence('sw-storm', 1)).length < 20, 'only some lines are kept');
  await run(store);
  const { copies } = await pipelineOf(store).run(storm, T0 + 41 * HOUR);
  t.equal(copies, 40);
  t.match(await device(), { messages: 40, recent: { length: 40 } });
});

t.test('commands say that the service must be started, or bring devices over themselves', async (t) => {
  const data = temporaryDirectory(t);
  await writeOldDatabase(data);
  const command = (...args: readonly string[]) =>
    spawnSync(process.execPath, [MAIN, ...args, '--data', data], { encoding: 'utf8' });
  for (const args of [['explain', 'sw-less'], ['next']]) {
    const { status, stderr } = command(...args);
    t.equal(status, 2, args.join(' '));
    t.match(
      stderr,
      new RegExp(
        `5 devices in .* were judged by ${oldAdvisory.name}, rules ${RULES}, not by ${advisory.name}.*start the service`,
      ),
    );
  }
  t.equal(command('notices').status, 0, 'notices need no judgement');
  t.equal(command('forget', 'sw-none').status, 0);
  t.equal(command('next').status, 0, 'a command that writes has brought them over');
  const { 'sw-none': _, ...others } = expected('is');
  t.same(await statesOf(opened(t, data)), others);
});

t.test('commands leave a database alone that another advisory has judged', async (t) => {
  const data = temporaryDirectory(t);
  await writeOldDatabase(data, { ...oldAdvisory, id: 'other', name: 'other version 3' });
  const args = [MAIN, 'forget', 'sw-less', '--data', data];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  t.equal(status, 2);
  t.match(stderr, `judged by other version 3, rules ${RULES}, not by quovadis-root-ca-2`);
  t.same(await statesOf(opened(t, data)), expected('was'));
});
