/** A service on the database of a former version. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { BringingOver } from '../../src/bringing-over.ts';
import { defaults } from '../../src/config/schema.ts';
import { RULES } from '../../src/core/correlate/judged-by.ts';
import type { Engine } from '../../src/engine.ts';
import { OperatingError } from '../../src/errors.ts';
import { judgingAnew } from '../../src/operate/bring-over.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { DATABASE_NAME, openDatabase } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/store.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { advisory, BODIES, DAY, T0, temporaryDirectory } from '../given.ts';
import { serving } from '../serve/served-store.ts';
import { copyDevice, oldAdvisory, STORY, withFormerSchema, writeOldDatabase } from '../store/sqlite/old-database.ts';
import { writeSums } from '../store/sqlite/sums.ts';
import { child, get, type Listed, metric, running, until } from './running.ts';

t.setTimeout(180_000);

type Ready = { status: string; detail?: string };

const ready = async (api: string): Promise<Ready & { code: number }> => {
  const response = await fetch(`${api}/readyz`);
  return { ...((await response.json()) as Ready), code: response.status };
};

t.test('BringingOver holds the pump and says in /readyz how far it is, until the last device', async (t) => {
  const data = temporaryDirectory(t);
  await writeOldDatabase(data);
  const database = new Database(join(data, DATABASE_NAME));
  copyDevice(database, 'sw-none', 2000);
  database.close();
  const store = new SqliteStore(openDatabase(data), projectionOf(advisory));
  t.teardown(() => store.close());
  const { server, readiness } = serving(t, { store });
  const { port } = await server.start({ host: '127.0.0.1', port: 0 });
  const asked: unknown[] = [];
  const pump: string[] = [];
  const logged: string[] = [];
  const errors: (string | null)[] = [];
  const judge = judgingAnew({ store, advisory, routes: [], now: () => 0 });
  const judgeAnew = async () => {
    asked.push((await ready(`http://127.0.0.1:${port}`)) as unknown);
    if (asked.length === 3) throw new OperatingError('QVW_DATABASE_FAILED', 'the disk is full');
    return judge();
  };
  const bringing = new BringingOver({
    ...{ store, engine: () => ({ advisory, judgeAnew }) as unknown as Engine, now: () => 0 },
    pump: { hold: async () => void pump.push('held'), resume: () => void pump.push('resumed') },
    readiness: {
      onMigration: (text) => readiness.onMigration(text),
      onStoreError: (error) => errors.push(error?.message ?? null),
    },
    log: { info: (_: unknown, text: string) => logged.push(text) } as unknown as Log,
    failed: (error) => t.fail('it fails', { error }),
  });
  await bringing.start();
  t.same(pump, ['held'], 'before a line is taken');
  await bringing.done();
  t.same(pump, ['held', 'resumed']);
  const from = `(${oldAdvisory.name}, rules ${RULES} → ${advisory.name}, rules ${RULES})`;
  t.match(asked.slice(0, 2), [
    { code: 503, detail: `migrating 0 of 2,005 devices ${from}` },
    { code: 503, detail: `migrating 250 of 2,005 devices ${from}` },
  ]);
  t.match(await ready(`http://127.0.0.1:${port}`), { code: 200, status: 'ok' });
  t.same(logged.slice(0, 1), [`migrating 0 of 2,005 devices ${from}`]);
  t.equal(logged.at(-1), `migrating 1,505 of 1,505 devices ${from}`, 'what was left after the failure');
  t.same(errors, ['the disk is full', null], 'a failure that may pass is tried again');
  await bringing.start();
  t.equal(pump.length, 2, 'nothing is held where nothing is to do');
});

t.test(
  'a service that starts brings devices over, sets the unreadable aside, and folds lines afterwards',
  async (t) => {
    const data = temporaryDirectory(t);
    await writeOldDatabase(data);
    const database = new Database(join(data, DATABASE_NAME));
    database.exec(`UPDATE device SET record = '{"' WHERE key = 'sw-none'`);
    writeSums(database);
    database.close();
    withFormerSchema(data);
    // The devices were heard from other addresses before.
    const syslog = { ...defaults.syslog, udp: null, tcp: '127.0.0.1:0', trustUnknownSenders: true };
    const service = await running(t, { data, syslog }, () => T0 + 4 * DAY);
    const socket = connect(service.addresses.tcp?.port ?? 0, '127.0.0.1');
    await once(socket, 'connect');
    socket.end(`<187>99: sw-same: ${BODIES.commRestored}\n<187>7: sw-none: ${BODIES.commFailed}\n`);
    const { incidents } = await until(
      () => get<{ incidents: Listed[] }>(`${service.api}/api/v1/incidents?device=sw-same`),
      ({ incidents }) => incidents[0]?.state === 'recovering',
    );
    t.match(incidents, [{ score: 5, evidence: 4 }]);
    t.match(await ready(service.api), {
      ...{ code: 200, status: 'ok' },
      detail: '1 device is set aside: see the log of the service for their names',
    });
    t.equal(await metric(service.api, 'quovadis_devices_set_aside'), 1);
    t.equal(await metric(service.api, 'quovadis_incident_transitions_total{to="suspected"}'), 3);
    const texts = service.logged.map(({ msg }) => msg);
    t.match(
      texts.filter((text) => /^migrating/.test(String(text))),
      [/^migrating 0 of 5 /, /^migrating 5 of 5 /],
    );
    t.match(
      service.logged.filter(({ msg }) => /set aside/.test(String(msg))),
      [{ device: 'sw-none', why: /JSON/ }],
    );
    const states = (await get<{ incidents: Listed[] }>(`${service.api}/api/v1/incidents`)).incidents
      .filter(({ device, id }) => device !== 'sw-same' && id !== 'qv-sw-over-1')
      .map(({ device, state }) => `${device} ${state}`);
    t.same(
      states.sort(),
      ['sw-less', 'sw-more', 'sw-over'].map((device) => `${device} ${STORY[device]?.is}`),
    );
    t.match(
      await until(
        () => service.store.load(['sw-none']),
        (devices) => devices.size === 1,
      ).then((devices) => devices.get('sw-none')),
      { messages: 1 },
      'the next line of a device that was set aside makes a new one',
    );
  },
);

t.test('a killed service goes on with the rest, and notifies nobody twice', async (t) => {
  const data = temporaryDirectory(t);
  await writeOldDatabase(data);
  const file = join(data, DATABASE_NAME);
  const database = new Database(file);
  copyDevice(database, 'sw-none', 4000);
  database.close();
  const unjudged = () => {
    const reader = new Database(file, { readonly: true });
    const count = reader
      .prepare('SELECT count(*) FROM device WHERE judged <> ?')
      .pluck()
      .get(`${advisory.name}, rules ${RULES}`);
    reader.close();
    return count as number;
  };
  const first = await child(t, data);
  await until(
    async () => unjudged(),
    (count) => count < 4005,
  );
  first.process.kill('SIGKILL');
  await first.exit;
  const left = unjudged();
  t.comment(`${left} of 4005 devices are left`);
  const second = await child(t, data);
  await until(
    () => ready(second.api),
    ({ code }) => code === 200,
  );
  t.equal(unjudged(), 0);
  second.process.kill('SIGTERM');
  t.equal(await second.exit, 0);
  const reader = new Database(file, { readonly: true });
  t.teardown(() => reader.close());
  const changes = reader
    .prepare(
      "SELECT device FROM transition WHERE json_extract(record, '$.reason') = 'advisory-changed' ORDER BY device",
    )
    .pluck()
    .all();
  t.same(changes, ['sw-less', 'sw-more', 'sw-over']);
});

t.test('BringingOver counts devices of a former version while lines are taken, and says how far it is', async (t) => {
  const data = temporaryDirectory(t);
  await writeUncounted(data, 100);
  const store = new SqliteStore(openDatabase(data), projectionOf(advisory));
  t.teardown(() => store.close());
  const [pump, said]: [string[], (string | null)[]] = [[], []];
  const judgeAnew = judgingAnew({ store, advisory, routes: [], now: () => 0 });
  const bringing = new BringingOver({
    ...{ store, engine: () => ({ advisory, judgeAnew }) as unknown as Engine, now: () => 0 },
    pump: { hold: async () => void pump.push('held'), resume: () => void pump.push('resumed') },
    readiness: { onMigration: (text) => said.push(text), onStoreError: () => t.fail('it fails') },
    log: { info: () => {} } as unknown as Log,
    failed: (error) => t.fail('it fails', { error }),
  });
  await bringing.start();
  await bringing.done();
  t.same(pump, [], 'nothing is held');
  t.match(said.slice(0, 2), [/^counting 0 of 105 devices/, /^counting 30 of 105 devices/]);
  t.same(said.slice(-1), [null]);
  t.equal(await store.notCounted(), 0);
});

/** A database whose devices are judged as now, and that a former version stored: it kept no facts of them. */
async function writeUncounted(data: string, copies: number): Promise<void> {
  await writeOldDatabase(data, advisory);
  const database = new Database(join(data, DATABASE_NAME));
  copyDevice(database, 'sw-same', copies);
  database.exec('DELETE FROM member; DELETE FROM fleet_count; UPDATE device SET projected = 3');
  writeSums(database);
  database.close();
}

t.test(
  'a service on a database of a former version opens its ports, and counts its devices while it takes lines',
  async (t) => {
    const data = temporaryDirectory(t);
    await writeUncounted(data, 6000);
    const syslog = { ...defaults.syslog, udp: null, tcp: '127.0.0.1:0', trustUnknownSenders: true };
    const service = await running(t, { data, syslog }, () => T0 + 13 * DAY);
    const left = (await get<{ notCounted: number }>(`${service.api}/api/v1/fleet`)).notCounted;
    t.ok(left > 0 && left < 6005, `${left} are left while the API answers`);
    t.match(await ready(service.api), {
      code: 503,
      detail: /^counting [\d,]+ of 6,005 devices of a former version: lists/,
    });
    for (const path of ['devices?condition=confirmed', 'devices/facets', 'plants', 'fleet/next', 'fleet/grace'])
      t.equal((await fetch(`${service.api}/api/v1/${path}`)).status, 503, `${path} says that it is not complete`);
    t.equal((await get<{ devices: unknown[] }>(`${service.api}/api/v1/devices?limit=500`)).devices.length, 500);
    t.ok(((await metric(service.api, 'quovadis_devices_not_counted')) ?? 0) > 0);
    const socket = connect(service.addresses.tcp?.port ?? 0, '127.0.0.1');
    await once(socket, 'connect');
    socket.end(`<187>7: sw-new: ${BODIES.commFailed}\n`);
    await until(
      () => service.store.load(['sw-new']),
      (devices) => devices.size === 1,
    );
    await until(
      () => ready(service.api),
      ({ code }) => code === 200,
    );
    t.equal((await get<{ notCounted: number }>(`${service.api}/api/v1/fleet`)).notCounted, 0);
    t.equal(await metric(service.api, 'quovadis_devices_not_counted'), 0);
    const differences: string[] = [];
    for await (const difference of service.store.recount(T0 + 13 * DAY)) differences.push(difference);
    t.same(differences, []);
    t.equal((await get<{ total: number }>(`${service.api}/api/v1/devices/facets`)).total, 6006);
  },
);

function uncountedOf(data: string): number {
  const reader = new Database(join(data, DATABASE_NAME), { readonly: true });
  const count = reader.prepare('SELECT count(*) FROM device WHERE projected = 3').pluck().get();
  reader.close();
  return count as number;
}

/** Kills a service that has counted some devices; one of them cannot be read. Returns whether any are left. */
async function isKilledWhileItCounts(t: Test, data: string, copies: number): Promise<boolean> {
  await writeUncounted(data, copies);
  const database = new Database(join(data, DATABASE_NAME));
  database.prepare(`UPDATE device SET record = '{"' WHERE key = ?`).run(`copy-${copies - 1}`);
  writeSums(database);
  database.close();
  const all = uncountedOf(data);
  const service = await child(t, data);
  while (uncountedOf(data) === all) await new Promise(setImmediate);
  service.process.kill('SIGKILL');
  await service.exit;
  return uncountedOf(data) > 0;
}

t.test('a killed service goes on counting the rest, and sets aside what it cannot read', async (t) => {
  // A service that was ready before the kill has more to count the next time.
  let data = '';
  for (let copies = 2000; data === ''; copies *= 3) {
    const tried = temporaryDirectory(t);
    if (await isKilledWhileItCounts(t, tried, copies)) data = tried;
  }
  const uncounted = () => uncountedOf(data);
  const second = await child(t, data);
  await until(
    () => ready(second.api),
    ({ code }) => code === 200,
  );
  t.equal(uncounted(), 0);
  t.match(await ready(second.api), { detail: /^1 device is set aside/ });
  second.process.kill('SIGTERM');
  t.equal(await second.exit, 0);
  const store = new SqliteStore(openDatabase(data), projectionOf(advisory));
  t.teardown(() => store.close());
  const differences: string[] = [];
  for await (const difference of store.recount(Date.now())) differences.push(difference);
  t.same(differences, []);
});

t.test('Service.use() brings devices over to the new advisory', async (t) => {
  const data = temporaryDirectory(t);
  await writeOldDatabase(data, advisory);
  const service = await running(t, { data });
  t.match(await service.store.unjudged(), { count: 0 });
  const other = new URL('../advisories/example-root-g1.yaml', import.meta.url).pathname;
  await service.use({ ...defaults, data, advisory: other });
  const judged = new Database(join(data, DATABASE_NAME), { readonly: true });
  t.teardown(() => judged.close());
  t.match(judged.prepare('SELECT DISTINCT judged FROM device').pluck().all(), [/^example-root-g1 version/]);
  const { incidents } = await get<{ incidents: Listed[] }>(`${service.api}/api/v1/incidents`);
  t.same(
    incidents.filter(({ id, state }) => id.startsWith('qv-') && state !== 'resolved'),
    [],
    'no incident is left open under the former advisory',
  );
  await service.use({ ...defaults, data });
  t.match(await service.store.unjudged(), { count: 0 });
});
