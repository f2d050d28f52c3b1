/** A service, and the commands, on a database with a row that was changed in the file. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { get, incidentsOf, MAIN, metric, type Running, running, until } from './running.ts';

async function send({ addresses }: Running, device: string, ...bodies: readonly string[]) {
  const sender = await openSender('tcp', { host: '127.0.0.1', port: addresses.tcp?.port ?? 0 });
  for (const [index, body] of bodies.entries()) {
    await sender.line(Buffer.from(`<187>${index}: ${device}: Mar  1 18:46:1${index}: ${body}`));
  }
  await sender.end();
}

/** Incidents of two devices. */
async function withTwo(t: Test, data: string): Promise<Running> {
  const service = await running(t, { data });
  for (const device of ['sw-a', 'sw-b']) await send(service, device, BODIES.callHome205, BODIES.commFailed);
  await until(
    () => incidentsOf(service.api),
    (incidents) => incidents.length === 2 && incidents.every(({ evidence }) => evidence === 2),
  );
  return service;
}

/** Another process changes a row without its checksum, as no process of this program does. */
function damage(data: string, sql: string): void {
  const database = new Database(join(data, 'quovadis.db'));
  database.exec(sql);
  database.close();
}

const check = (data: string) => spawnSync(process.execPath, [MAIN, 'check', '--data', data], { encoding: 'utf8' });

const DAMAGED_DEVICE = `UPDATE device SET record = replace(record, '"ordinal":1', '"ordinal":9') WHERE key = 'sw-a'`;

for (const when of ['before a start', 'under the service'] as const) {
  t.test(`a device whose row is damaged ${when} is set aside and begins anew, and the others go on`, async (t) => {
    const data = temporaryDirectory(t);
    let service = await withTwo(t, data);
    if (when === 'before a start') {
      await service.stop();
      damage(data, DAMAGED_DEVICE);
      service = await running(t, { data });
    } else damage(data, DAMAGED_DEVICE);
    await send(service, 'sw-a', BODIES.crlSla);
    await send(service, 'sw-b', BODIES.callHome205, BODIES.commFailed, BODIES.crlSla);
    const incidents = await until(
      () => incidentsOf(service.api),
      (found) => found.some(({ evidence }) => evidence === 3),
    );
    matchWhole(t, incidents, [{ id: 'qv-sw-b-1', state: 'confirmed', evidence: 3 }]);
    t.match(
      service.logged.filter(({ msg }) => msg === 'a row of the database is damaged'),
      [{ table: 'device', name: 'sw-a', why: 'its checksum is wrong' }],
    );
    t.ok(
      service.logged.some(({ device, msg }) => device === 'sw-a' && `${msg}`.includes('its next line makes a new one')),
      'it says what becomes of the device',
    );
    t.equal(await metric(service.api, 'quovadis_store_damaged_rows{table="device"}'), 1);
    const health = await get<{ store: unknown }>(`${service.api}/api/v1/health/pipeline`);
    t.match(health, {
      ready: true,
      detail: null,
      queue: { lines: 0 },
      spill: { lines: 0 },
      clock: { steps: 0, heldSeconds: 0 },
      store: {
        setAside: 1,
        damaged: { device: 1, tail: 0, incident: 0, evidence: 0 },
        damagedRows: [{ table: 'device', name: 'sw-a', why: 'its checksum is wrong' }],
      },
    });
    await send(service, 'sw-a', BODIES.callHome205, BODIES.commFailed);
    await until(
      () => incidentsOf(service.api),
      (found) => found.some(({ device }) => device === 'sw-a'),
    );
  });
}

t.test('check --data names the damaged rows of a database without a service', async (t) => {
  const data = temporaryDirectory(t);
  const service = await withTwo(t, data);
  await service.stop();
  const whole = check(data);
  t.equal(whole.status, 0, whole.stderr);
  t.match(whole.stdout, /every row is as it was stored/);
  damage(data, `${DAMAGED_DEVICE}; UPDATE evidence SET decisive = 1 - decisive WHERE id = 1`);
  damage(data, `UPDATE incident SET severity = 'info' WHERE device = 'sw-b'`);
  const { status, stdout, stderr } = check(data);
  t.equal(status, 1);
  for (const row of ['device: sw-a', 'incident: qv-sw-b-1', 'evidence: sw-a, line 1']) {
    t.ok(stdout.includes(`Damaged row of ${row} (its checksum is wrong)`), row);
  }
  t.match(stderr, /3 rows in .* not as stored/);
});
