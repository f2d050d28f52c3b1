/** Half of a character that an older version took from an inventory: each store reads it as U+FFFD, and goes on. */
import { join } from 'node:path';
import t from 'tap';
import { enrol } from '../../src/core/correlate/enrol.ts';
import { columns } from '../../src/core/model/inventory.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { advisory, T0, temporaryDirectory } from '../given.ts';
import { writeSums } from './sqlite/sums.ts';
import { aboutOf, commitObservations, durableEngines, knownOf, noRows, writeBatch } from './stores.ts';
import { callHome, noteOf, observation, proof, rowOf } from './written.ts';

/** The file is of a version that counted halves under names of their own. */
function asOfFormer(directory: string): void {
  const database = openDatabase(directory);
  database.exec('UPDATE device SET projected = projected - 1');
  writeSums(database);
  database.close();
}

const HALVES = { 'sw-a': '\ud800', 'sw-b': '\udfff' };
const projection = projectionOf(advisory);

for (const [name, engineOf] of Object.entries(durableEngines)) {
  t.test(`${name}: half of a character in what is stored is read as U+FFFD, and counts as it`, async (t) => {
    const data = join(temporaryDirectory(t), 'data');
    const engine = await engineOf(data);
    const before = await engine.open(projection, 'write');
    const first = Object.keys(HALVES).map((device) => observation(device, 0, callHome));
    await commitObservations(before, first);
    const rows = Object.entries(HALVES).map(([device, half]) => {
      const { row } = rowOf(device);
      return { row: { ...row, plant: half, pid: `a${half}b` }, columns };
    });
    const known = await knownOf(before, aboutOf(first));
    const { devices, ...enrolled } = enrol({ ...known, room: 9 }, rows, advisory);
    const notes = [noteOf('sw-a', 1, { text: 'a\ud800b' })];
    await writeBatch(before, { ...noRows, ...enrolled, notes, devices: [...devices.values()], now: T0 });
    await before.close();
    if (name === 'sqlite') asOfFormer(data);

    const store = await engine.open(projection, 'write');
    t.teardown(() => store.close());
    t.strictSame(await store.mend(T0), []);
    const read = [...(await store.load(['sw-a', 'sw-b'])).values()];
    t.strictSame(
      read.map(({ inventory }) => [inventory?.plant, inventory?.pid]),
      [
        ['\ufffd', 'a\ufffdb'],
        ['\ufffd', 'a\ufffdb'],
      ],
    );
    t.equal((await store.notes('sw-a', 1))[0]?.text, 'a\ufffdb');
    const second = Object.keys(HALVES).map((device) => observation(device, 0.1, proof));
    await commitObservations(store, second);
    t.strictSame(
      (await store.incidents({ limit: 9, sort: 'device' })).rows.map(({ device }) => device),
      ['sw-a', 'sw-b'],
    );
    for await (const difference of store.recount(T0)) t.fail(difference);
  });
}
