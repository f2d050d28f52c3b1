import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { liveTime } from '../../src/core/read/event-time.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/store.ts';
import { MAIN } from '../app/running.ts';
import { advisory, BODIES, DAY, frameOf, HOUR, T0, temporaryDirectory } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { writeSums } from '../store/sqlite/sums.ts';

/** A database with one switch that failed every 25 minutes for 60 days and then recovered. */
const storm = temporaryDirectory(t);

/** A copy of this database. */
function stormy(t: Test): string {
  const data = temporaryDirectory(t);
  copyFileSync(join(storm, 'quovadis.db'), join(data, 'quovadis.db'));
  return data;
}

t.before(async () => {
  const store = new SqliteStore(openDatabase(storm), projectionOf(advisory));
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
  const line = (receivedAt: number, body: string) =>
    frameOf(`<187>7: sw-a: ${body}`, { peer: '192.0.2.7', receivedAt });
  const frames = [line(T0, BODIES.callHome205), line(T0 + HOUR, BODIES.commFailed)];
  for (let at = T0 + 2 * HOUR; at < T0 + 60 * DAY; at += 25 * 60_000) frames.push(line(at, BODIES.crlSla));
  const end = T0 + 60 * DAY;
  frames.push(line(end, BODIES.commRestored), line(end + HOUR / 2, BODIES.commFailed));
  frames.push(line(end + HOUR, BODIES.commRestored));
  for (let from = 0; from < frames.length; from += 100) await pipeline.run(frames.slice(from, from + 100), end);
  await pipeline.due(end + DAY, 10);
  await store.close();
});

const verify = (data: string, ...more: readonly string[]) => {
  const args = [MAIN, 'explain', 'sw-a', '--verify', '--data', data, ...more];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
};

t.test('explain --verify recomputes an incident of thousands of lines from the few stored lines', async (t) => {
  const data = stormy(t);
  const { status, stdout } = verify(data, '--json');
  const report = JSON.parse(stdout);
  matchWhole(t, [status, report], [0, { incident: 'qv-sw-a-1', verified: true, troubles: [], withoutDigest: 0 }]);
  t.ok(
    report.messages.counted > 3400 && report.lines < 40,
    `${report.lines} lines for ${report.messages.counted} messages`,
  );
  t.match(verify(data).stdout, /^qv-sw-a-1: verified/);
});

t.test('explain --verify finds each kind of change', async (t) => {
  const line = "(SELECT id FROM evidence WHERE decisive = 1 AND mnemonic = 'COMM_FAILED' ORDER BY id LIMIT 1)";
  const record = (place: number, value: string) =>
    `UPDATE evidence SET record = json_set(record, '$[${place}]', ${value}) WHERE id = ${line}`;
  for (const [what, sql, trouble] of [
    [
      'one byte of a line',
      `UPDATE evidence SET record = replace(record, 'sw-a: ', 'sw-b: ') WHERE id = ${line}`,
      /changed after/,
    ],
    [
      'a mnemonic',
      `UPDATE evidence SET record = replace(record, 'COMM_FAILED: ', 'COMM_FAILES: ') WHERE id = ${line}`,
      /stored meaning/,
    ],
    ['a time', `UPDATE evidence SET at = ${T0 + HOUR + 1} WHERE id = ${line}`, /changed after/],
    ['the place in the fold', record(6, `${T0 + 90 * DAY}`), /recomputed/],
    ['a weight', record(4, '5'), /stored meaning/],
    ['a decisive line taken away', `DELETE FROM evidence WHERE id = ${line}`, /openedAt: stored/],
    [
      'a digest',
      `UPDATE evidence SET digest = replace(digest, substr(digest, 1, 1), 'x') WHERE id = ${line}`,
      /changed after/,
    ],
    [
      'the incident',
      `UPDATE incident SET record = json_set(record, '$.state', 'confirmed')`,
      /state: stored confirmed, recomputed resolved/,
    ],
    ['its score', `UPDATE incident SET record = json_set(record, '$.score', 9)`, /score: stored 9/],
  ] as const) {
    const data = stormy(t);
    const database = new Database(join(data, 'quovadis.db'));
    t.equal(database.prepare(sql).run().changes, 1, what);
    if (sql.startsWith('UPDATE incident')) writeSums(database);
    database.close();
    const { status, stdout, stderr } = verify(data);
    t.match([status, stdout], [1, trouble], what);
    t.match(stdout, /NOT verified/);
    t.match(stderr, /^quovadis-watch: qv-sw-a-1 does not follow.*\[QVW_NOT_VERIFIED\]\n$/);
  }
});

t.test('explain --verify accepts lines without a digest, of an older version, and counts them', async (t) => {
  const data = stormy(t);
  const database = new Database(join(data, 'quovadis.db'));
  database.exec('UPDATE evidence SET digest = NULL, sum = NULL');
  database.close();
  t.match(verify(data), { status: 0, stdout: /without a digest: an older version/ });
});

t.test('explain --verify verifies a device whose first incidents were deleted or have a former name', async (t) => {
  const data = temporaryDirectory(t);
  const store = new SqliteStore(openDatabase(data), projectionOf(advisory));
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
  const line = (names: string, hours: number, body: string) =>
    frameOf(`<187>7: ${names}${body}`, { peer: '192.0.2.7', receivedAt: T0 + hours * HOUR });
  const incident = (name: string, from: number) =>
    [BODIES.callHome205, BODIES.commFailed, BODIES.commRestored].map((body, n) => line(name, from + n, body));
  for (let nth = 0; nth < 3; nth++) await pipeline.run(incident('', 240 * nth), T0);
  await pipeline.run(incident('sw-a: ', 720), T0);
  const named = verify(data);
  t.match([named.status, named.stdout], [0, /^qv-sw-a-4: verified/]);
  for (let nth = 4; nth < limits.pastIncidents + 9; nth++) await pipeline.run(incident('sw-a: ', 240 * nth), T0);
  await store.close();
  const last = verify(data);
  t.match([last.status, last.stdout], [0, new RegExp(`^qv-sw-a-${limits.pastIncidents + 9}: verified`)]);
  t.equal(await firstIncident(data), 'qv-sw-a-9');
});

async function firstIncident(data: string): Promise<string | undefined> {
  const store = new SqliteStore(openDatabase(data), projectionOf(advisory));
  const { rows } = await store.incidents({ limit: 500 });
  await store.close();
  return rows.find(({ device }) => device === 'sw-a')?.id;
}

t.test('explain --verify says that there is nothing to verify where retention has deleted the lines', async (t) => {
  const data = stormy(t);
  const store = new SqliteStore(openDatabase(data), projectionOf(advisory));
  const now = T0 + 600 * DAY;
  // The clock of retention begins at the newest line.
  await store.moveRetention(now, 0);
  await store.moveRetention(now, 600 * DAY);
  const policy = { incidentsMs: 4000 * DAY, evidenceMs: 400 * DAY, transitionsMs: 4000 * DAY, unparsedMs: 4000 * DAY };
  while ((await store.retain(policy)) !== null);
  t.same(await store.evidence('sw-a', 1), []);
  await store.close();
  const { status, stderr } = verify(data);
  t.equal(status, 2);
  t.match(stderr, /qv-sw-a-1.*retention\.evidence/);
});
