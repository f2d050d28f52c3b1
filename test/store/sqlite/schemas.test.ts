/** Databases that the programs of former commits have written: see schemas/README.md. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type Database from 'better-sqlite3';
import t from 'tap';
import { bringOver, judgingAnew } from '../../../src/operate/bring-over.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { DATABASE_NAME, openDatabase } from '../../../src/store/sqlite/open.ts';
import { migrations } from '../../../src/store/sqlite/schema.ts';
import { advisory, temporaryDirectory } from '../../given.ts';

const files = new URL('./schemas/', import.meta.url);
const names = readdirSync(files).flatMap((name) => /^(.*)\.db\.gz$/.exec(name)?.[1] ?? []);
/** When the files were written. */
const NOW = Date.parse('2026-11-27T20:00:00Z');

t.test('every former schema has a file', async (t) => {
  const versions = new Set(names.map((name) => Number.parseInt(name, 10)));
  for (let version = 1; version < migrations.length; version++) t.ok(versions.has(version), `of version ${version}`);
});

for (const name of names) {
  t.test(`openStore() brings ${name}.db to this version`, async (t) => {
    const version = Number.parseInt(name, 10);
    const data = temporaryDirectory(t);
    const file = gunzipSync(readFileSync(new URL(`${name}.db.gz`, files)));
    t.equal(file.readUInt32BE(60), version, 'user_version');
    writeFileSync(join(data, DATABASE_NAME), file);
    const store = await openStore(data, projectionOf(advisory), 'service');
    const judgeAnew = judgingAnew({ store, advisory, routes: [], now: () => NOW });
    const unread: unknown[] = [];
    await bringOver(store, () => ({ advisory, judgeAnew }), { onSetAside: (device) => unread.push(device) });
    t.strictSame(unread, [], 'every device could be judged');

    const devices = (await store.devices({ limit: 9 })).rows;
    t.strictSame(devices.map(({ key }) => key).sort(), ['sw-pack-04', 'sw-paint-03', 'sw-press-01', 'sw-weld-02']);
    const incidents = new Map((await store.incidents({ limit: 9 })).rows.map((row) => [row.id, row]));
    t.strictSame([...incidents.keys()].sort(), ['qv-sw-pack-04-1', 'qv-sw-press-01-1', 'qv-sw-weld-02-1']);
    t.match(incidents.get('qv-sw-pack-04-1'), { state: 'suspected', score: 3 });
    t.match(incidents.get('qv-sw-press-01-1'), { state: 'resolved', severity: 'major', score: 5 });
    const { families } = incidents.get('qv-sw-weld-02-1') ?? {};
    t.match(incidents.get('qv-sw-weld-02-1'), { openedAt: '2026-11-20T07:00:04.120Z' });
    t.same(families, ['authorization', 'call-home', 'communication'].slice(-(families?.length ?? 0)));
    t.equal((await store.unparsed({ limit: 9 })).rows.length, 1);
    t.equal(devices.find(({ key }) => key === 'sw-weld-02')?.messages, 32, 'its recent signals are counted');
    for (const { device, id } of incidents.values()) {
      const ordinal = Number(id.split('-').at(-1));
      const evidence = await store.checkedEvidence(device, ordinal);
      t.ok(evidence.length >= 2, `${id} has its evidence`);
      t.ok(
        evidence.every(({ intact }) => intact !== false),
        `${id}: intact`,
      );
      t.ok((await store.transitions(device, ordinal)).length >= 1, `${id} has its transitions`);
    }
    const [note] = await store.notes('sw-weld-02', 1);
    if (version >= 3) {
      t.match(note, { by: 'kim', text: 'the proxy was replaced', kind: 'note' });
      t.match(note?.disposition ?? null, version >= 6 ? { hypothesis: 'dns' } : null);
      t.match(devices.find(({ key }) => key === 'sw-press-01')?.inventory, { plant: 'Press shop', release: '17.3.3' });
    }
    const notices = (await store.outbox.list({ limit: 9 })).rows;
    if (version >= 4) t.match(notices, [{ sink: 'noc', state: 'pending', announcement: { device: 'sw-pack-04' } }]);
    await store.close();

    const [migrated, fresh] = [openDatabase(data), openDatabase(temporaryDirectory(t))];
    t.strictSame(formOf(migrated), formOf(fresh), 'tables and indexes are those of a new file');
    for (const database of [migrated, fresh]) database.close();
    const again = await openStore(data, projectionOf(advisory), 'service');
    t.equal((await again.unjudged()).count, 0, 'nothing is left to do at the next start');
    t.strictSame((await again.devices({ limit: 9 })).rows, devices);
    await again.close();
  });
}

/** Columns, indexes and their columns, sorted: their order in the file depends on its history. */
function formOf(database: Database.Database): unknown[] {
  const columns = database.prepare(
    `SELECT m.name AS "table", c.name, c.type, c."notnull", c.dflt_value, c.pk FROM sqlite_schema m, pragma_table_info(m.name) c
     WHERE m.type = 'table' ORDER BY 1, 2`,
  );
  const indexes = database.prepare(
    `SELECT i.name, i."unique", i.partial, group_concat(x.name ORDER BY x.seqno) AS columns
     FROM sqlite_schema m, pragma_index_list(m.name) i, pragma_index_info(i.name) x
     WHERE m.type = 'table' GROUP BY i.name ORDER BY i.name`,
  );
  return [...columns.all(), ...indexes.all()];
}
