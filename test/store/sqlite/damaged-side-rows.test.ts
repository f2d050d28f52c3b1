/** A byte is changed in a row of a name, a change, a note, a notice, a delivery or a change of the inventory. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import type { Alert } from '../../../src/core/announce/alerts.ts';
import type { Announcement } from '../../../src/core/announce/notice.ts';
import type { LossRow } from '../../../src/core/loss/loss-row.ts';
import { aliasOf } from '../../../src/core/model/names.ts';
import { everyRow } from '../../../src/store/every-page.ts';
import { damagedRowsIn } from '../../../src/store/open-store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { damagedRows } from '../../../src/store/sqlite/check-rows.ts';
import { registerRowSum } from '../../../src/store/sqlite/checksums.ts';
import { DATABASE_NAME, openDatabase } from '../../../src/store/sqlite/open.ts';
import { sideTables } from '../../../src/store/sqlite/side-rows.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { advisory, DAY, T0, temporaryDirectory } from '../../given.ts';
import { Random } from '../../simulation/random.ts';
import { happen } from '../happenings.ts';
import { commitObservations, noRows, writeBatch } from '../stores.ts';
import { callHome, noteOf, observation } from '../written.ts';
import { flip, placesIn } from './row-places.ts';

const seed = Number(process.env['SEED'] ?? 72298);
t.setTimeout(600_000);
const FLIPS = Number(process.env['RUNS'] ?? 8);
/** When everything that happened is over, in hours. */
const STEPS = 120;
const LATER = T0 + 30 * DAY;
/** The header of a row says of which type each column is. */
const MOST_HEADER = 24;
const devices = Array.from({ length: 12 }, (_, number) => `sw-${number}`);

const openAt = (data: string) => new SqliteStore(openDatabase(data), projectionOf(advisory));
const codeOf = (error: unknown) => (error as { code?: unknown }).code;

function announced(device: string, text: string): Announcement {
  return {
    ...{ type: 'incident.opened', incident: `qv-${device}-1`, device, plant: null, at: T0, from: null },
    ...{ to: 'suspected', severity: 'warning', reason: 'score-reached', by: null, text, record: null },
    ...{ disposition: null, pid: null, serial: null, release: null },
  };
}

async function written(data: string): Promise<void> {
  const store = openAt(data);
  const random = new Random(7);
  for (let step = 0; step < STEPS; step++) await happen(store, random, step);
  const notices = devices.flatMap((device) =>
    ['first', 'second'].map((text) => ({ announcement: announced(device, text), sinks: ['pager', 'hook'] })),
  );
  await writeBatch(store, { ...noRows, devices: [], notices, now: T0 });
  for (const { seq } of await store.outbox.due('hook', T0, 6))
    await store.outbox.settle(seq, { result: 'delivered' }, T0);
  for (const { seq } of await store.outbox.due('hook', T0, 3))
    await store.outbox.settle(seq, { result: 'dead', error: 'HTTP 410' }, T0);
  for (const { seq } of await store.outbox.due('pager', T0, 3))
    await store.outbox.settle(seq, { result: 'failed', error: 'HTTP 500', nextAt: T0 + 60_000 }, T0);
  await store.close();
}

/** All that is answered out of these tables, each row as a text. */
async function seen(store: SqliteStore): Promise<Set<string>> {
  const rows: unknown[] = [];
  for (const { device, id } of await everyRow((after) => store.incidents({ after, limit: 100 }))) {
    const ordinal = Number(id.split('-').at(-1));
    rows.push(...(await store.transitions(device, ordinal)), ...(await store.notes(device, ordinal)));
  }
  for (const device of devices) {
    rows.push(...(await everyRow((after) => store.timeline({ device, after, limit: 50 }))));
    for (const name of await store.namesOf(device)) rows.push({ device, name });
    for (const alias of (await store.aliases([aliasOf(device)])).entries()) rows.push(alias);
  }
  rows.push(...(await everyRow((after) => store.outbox.list({ after, limit: 100 }))));
  rows.push(...(await everyRow((after) => store.outbox.delivered({ after, limit: 100 }))));
  // A notice is due as soon as an earlier one of its incident is taken out.
  return new Set(rows.map((row) => JSON.stringify(row).replace(/"nextAt":[^,]*/, '')));
}

function isRefused(data: string): boolean {
  try {
    openDatabase(data).close();
    return false;
  } catch (error) {
    return codeOf(error) === 'QVW_DATABASE_DAMAGED';
  }
}

/** As the pump does it: what a damaged row is the reason of is tried once more after it was mended. */
async function mending<T>(store: SqliteStore, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) !== 'QVW_ROW_DAMAGED') throw error;
    await store.mend(0);
    return work();
  }
}

for (const table of sideTables) {
  t.test(
    `SqliteStore answers nothing that was not stored, whatever byte of a row of ${table} is changed`,
    async (t) => {
      t.comment(`seed ${seed}`);
      const random = new Random(seed);
      const root = temporaryDirectory(t);
      const data = join(root, 'whole');
      await written(data);
      const whole = openAt(data);
      const before = await seen(whole);
      const due = (await whole.outbox.due('pager', LATER, 99)).length;
      await whole.close();
      const places = placesIn(data, [table], '');
      t.ok(places.length > 3, `${places.length} rows`);
      let found = 0;
      for (let run = 0; run < FLIPS; run++) {
        const place = random.pick(places);
        const at = random.pick(place.bytes);
        const bit = random.below(8);
        const copy = join(root, `${run}`);
        mkdirSync(copy);
        copyFileSync(join(data, DATABASE_NAME), join(copy, DATABASE_NAME));
        flip(copy, at, bit);
        const index = place.bytes.indexOf(at);
        const what = `${table} ${place.rowid}, byte ${index} of ${place.bytes.length}, bit ${bit}`;
        if (index < MOST_HEADER && isRefused(copy)) continue;
        const file = new Database(join(copy, DATABASE_NAME), { readonly: true });
        registerRowSum(file);
        const offline = [...damagedRows(file)].filter((row) => row.table !== 'index');
        file.close();
        const store = openAt(copy);
        if (offline.length === 0) {
          if (index >= MOST_HEADER) t.fail(`${what}: not found`);
          t.strictSame(await seen(store), before, `${what}: changes nothing`);
          await store.close();
          continue;
        }
        found++;
        if (offline.length !== 1 || offline[0]?.table !== table) t.fail(`${what}: ${JSON.stringify(offline)}`);
        const answers = [await mending(store, () => seen(store))];
        const named = await store.mend(0);
        answers.push(await seen(store));
        for (const rows of answers)
          for (const row of rows) if (!before.has(row)) t.fail(`${what}: answers ${row.slice(0, 200)}`);
        const counts = await store.countDamaged();
        if (counts[table] !== 1) t.fail(`${what}: counted ${JSON.stringify(counts)}, named ${JSON.stringify(named)}`);
        if ((await store.mend(0)).length > 0) t.fail(`${what}: named twice`);
        const left = (await store.outbox.due('pager', LATER, 99)).length;
        if (left < due - (table === 'notice' ? 1 : 0)) t.fail(`${what}: ${due - left} notices are not due`);
        // Each device is found by its next line.
        for (const device of devices) {
          const keys = (await everyRow((after) => store.devices({ after, limit: 100 }))).length;
          const line = observation(device, STEPS, callHome, { peer: `192.0.2.${20 + devices.indexOf(device)}` });
          await mending(store, () => commitObservations(store, [line]));
          const [known, now] = [(await store.load([device])).get(device), await store.devices({ limit: 100 })];
          if (known?.lastSeenAt !== T0 + STEPS * 3_600_000)
            t.fail(`${what}: the line of ${device} is another device's`);
          if (now.rows.length > keys + (before.has(JSON.stringify([aliasOf(device), device])) ? 0 : 1))
            t.fail(`${what}: ${device} is there twice`);
        }
        for (const device of devices) await mending(store, () => store.forget([device], 0));
        await store.close();
        const again = new Database(join(copy, DATABASE_NAME), { readonly: true });
        if (again.pragma('integrity_check', { simple: true }) !== 'ok') t.fail(`${what}: the file is left in disorder`);
        again.close();
      }
      t.ok(found > FLIPS / 4, `${found} of ${FLIPS} changes are found`);
    },
  );
}

t.test('SqliteStore counts and names a row that damage has given the name of another one', async (t) => {
  const data = temporaryDirectory(t);
  const store = openAt(data);
  for (const device of devices) await commitObservations(store, [observation(device, 1, callHome)]);
  await store.close();
  const file = new Database(join(data, DATABASE_NAME));
  // As an older version has written them.
  file.exec('UPDATE alias SET sum = NULL');
  const rowid = file.prepare("SELECT id FROM alias WHERE name = 'sw-3'").pluck().get();
  file.close();
  const bytes = readFileSync(join(data, DATABASE_NAME));
  const place = placesIn(data, ['alias'], '').find((row) => row.rowid === rowid)?.bytes ?? [];
  const text = Buffer.from(place.map((at) => bytes.readUInt8(at))).toString('latin1');
  // 3 is 2 with another bit.
  flip(data, place[text.indexOf('sw-3') + 3] ?? 0, 0);
  const damaged = openAt(data);
  const why = 'another row has its name, and came first: this one is deleted';
  t.strictSame(await damaged.mend(0), [{ table: 'alias', name: 'sw-2', why }]);
  t.match(await damaged.countDamaged(), { alias: 1, index: 0 });
  for (const device of ['sw-2', 'sw-3']) {
    await commitObservations(damaged, [observation(device, 2, callHome)]);
    t.equal((await damaged.load([device])).get(device)?.messages, 2, device);
  }
  t.equal((await damaged.devices({ limit: 100 })).rows.length, devices.length, 'no device is there twice');
  await damaged.close();
});

for (const sum of ['sum', 'NULL']) {
  t.test(`SqliteStore merges devices whose changes and notes cannot be read, with ${sum} as checksum`, async (t) => {
    const data = temporaryDirectory(t);
    const store = openAt(data);
    const peer = '192.0.2.8';
    const unnamed = (hours: number) => observation(null, hours, callHome, { peer });
    await commitObservations(store, [unnamed(0), observation(null, 1, {}, { peer, serial: 'FOC0000A1B2' })]);
    await writeBatch(store, { ...noRows, devices: [], now: T0, notes: [noteOf(peer, 1), noteOf(peer, 1)] });
    await store.close();
    const file = new Database(join(data, DATABASE_NAME));
    for (const table of ['transition', 'note']) {
      const first = `id = (SELECT min(id) FROM ${table})`;
      file.exec(`UPDATE ${table} SET record = replace(record, '{', '<'), sum = ${sum} WHERE ${first}`);
    }
    file.close();
    const damaged = openAt(data);
    await mending(damaged, () => commitObservations(damaged, [observation('sw-a', 2, callHome, { peer })]));
    t.same([...(await damaged.load([peer, 'sw-a'])).keys()], ['sw-a']);
    t.strictSame(await damaged.notes('sw-a', 1), [noteOf('sw-a', 1)], 'the other note goes along');
    await damaged.transitions('sw-a', 1);
    await damaged.mend(0);
    t.match(await damaged.countDamaged(), { transition: 1, note: 1 });
    await damaged.close();
  });
}

const brokenRecords = {
  'cannot be read': "replace(record, '{', '\u007f')",
  'are another JSON': 'replace(record, \'"severity"\', \'"severitx"\')',
  'have another number': "replace(record, '3', '7')",
} as const;

for (const [what, broken] of Object.entries(brokenRecords))
  t.test(`SqliteStore goes on without rows of the loss ledger and of alerts that ${what}`, async (t) => {
    const data = temporaryDirectory(t);
    const store = openAt(data);
    const loss = (peer: string) => ({ peer, name: 1, lines: 3, severity: '' }) as unknown as LossRow;
    await store.sources.save([loss('192.0.2.1'), loss('192.0.2.2')]);
    const alert = (device: string) => ({ device, plant: 'Linz', severity: 'major', startsAt: 3 }) as unknown as Alert;
    await store.alerts.save('am', [alert('sw-a'), alert('sw-b')], []);
    await store.close();
    const file = new Database(join(data, DATABASE_NAME));
    file.exec(`UPDATE source SET record = ${broken} WHERE peer = '192.0.2.1'`);
    t.equal(file.prepare(`UPDATE alert SET record = ${broken} WHERE record LIKE '%sw-a%'`).run().changes, 1);
    file.close();
    const rows: string[] = [];
    for await (const { table } of damagedRowsIn(data)) rows.push(table);
    t.strictSame(rows, ['source', 'alert'], 'check --data finds them');
    const damaged = openAt(data);
    t.equal(await damaged.sources.find('192.0.2.1', 1), null);
    t.strictSame(await damaged.sources.takeAll(), [loss('192.0.2.2')]);
    t.strictSame(await damaged.alerts.sent('am'), [alert('sw-b')]);
    t.strictSame((await damaged.mend(0)).map(({ table }) => table).sort(), ['alert', 'source']);
    t.match(await damaged.countDamaged(), { source: 1, alert: 1 });
    t.strictSame(await damaged.alerts.sent('am'), [alert('sw-b')]);
    t.strictSame(await damaged.mend(0), []);
    await damaged.sources.save([loss('192.0.2.1')]);
    t.strictSame(await damaged.sources.takeAll(), [loss('192.0.2.1')]);
    await damaged.close();
  });
