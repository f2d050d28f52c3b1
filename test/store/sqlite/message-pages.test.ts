/** Pages of messages of plants, in parts so small that all ways to find them are gone. */
import type Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { UNKNOWN } from '../../../src/core/model/inventory.ts';
import type { MessageQuery } from '../../../src/store/ports/queries.ts';
import { type MessageLook, MessagePages } from '../../../src/store/sqlite/message-pages.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { yieldToEventLoop } from '../../../src/yield-to-event-loop.ts';
import { temporaryDirectory } from '../../given.ts';
import { Random } from '../../simulation/random.ts';

type Row = { id: number; device: string; plant: string; mnemonic: string; at: number };

function opened(t: Test) {
  const database = openDatabase(temporaryDirectory(t));
  t.teardown(() => database.close());
  return database;
}

/** Rows with what pages need of them. */
function fill(database: Database.Database, plants: ReadonlyMap<string, string>, rows: readonly Omit<Row, 'plant'>[]) {
  const member = database.prepare(
    `INSERT INTO member (key, plant, product, release, train, status, condition, level_too_low, listed, grace_bounded, timed_out,
       heard_at, sum) VALUES (?, ?, '', '', '', 'unknown', 'ok', 0, 0, 0, 0, ?, 0)`,
  );
  const evidence = database.prepare(
    `INSERT INTO evidence (id, device, ordinal, mnemonic, at, decisive, record, digest, sum)
     VALUES (?, ?, 1, ?, ?, 0, '{}', '', 0)`,
  );
  database.transaction(() => {
    for (const [index, [key, plant]] of [...plants].entries()) member.run(key, plant, index % 5);
    for (const { id, device, mnemonic, at } of rows) evidence.run(id, device, mnemonic, at);
  })();
}

async function everyId(pages: MessagePages, query: Omit<MessageQuery, 'after'>): Promise<number[]> {
  const ids: number[] = [];
  for (let after: string | undefined; ; ) {
    const { rows, next } = await pages.read({ ...query, after });
    ids.push(...rows);
    if (next === null) return ids;
    after = next;
  }
}

t.test('read() finds exactly the rows of any filter, however little it looks at in one part', async (t) => {
  const random = new Random(411);
  const database = opened(t);
  const names = ['North', 'South', '', UNKNOWN];
  const plants = new Map(
    Array.from({ length: 60 }, (_, index): [string, string] => [
      `sw-${index}`,
      index < 3 ? 'Quiet' : random.pick(names),
    ]),
  );
  const rows: Row[] = [];
  for (let id = 1; rows.length < 500; id += 1 + random.below(4)) {
    const device = `sw-${id < 40 ? random.below(3) : 3 + random.below(57)}`;
    const mnemonic = random.pick(['A', 'A', 'A', 'B', 'C']);
    rows.push({ id, device, plant: plants.get(device) ?? '', mnemonic, at: random.below(300) });
  }
  fill(database, plants, rows);
  const looks: MessageLook[] = [
    { rows: 3, parts: 1, devices: 2 },
    { rows: 50, parts: 2, devices: 7 },
    { rows: 2000, parts: 5, devices: 100 },
  ];
  for (let round = 0; round < 60; round++) {
    const pages = new MessagePages(database, random.pick(looks));
    const wanted = random.pick([
      undefined,
      ['Quiet'],
      ['North'],
      ['North', 'Quiet'],
      [UNKNOWN],
      ['None'],
      ['South', 'South'],
    ]);
    const query = {
      plants: wanted,
      device: random.pick([undefined, undefined, undefined, 'sw-1', 'sw-9', 'sw-none']),
      mnemonics: random.pick([undefined, ['A'], ['C', 'B'], ['NONE']]),
      from: random.pick([undefined, 40, 250]),
      to: random.pick([undefined, undefined, 260]),
    };
    const isByTime = query.mnemonics !== undefined || query.from !== undefined || query.to !== undefined;
    const expected = rows
      .filter(({ device }) => (query.device ?? device) === device)
      .filter(({ plant }) => wanted?.includes(plant === '' ? UNKNOWN : plant) ?? true)
      .filter(({ mnemonic }) => query.mnemonics?.includes(mnemonic) ?? true)
      .filter(({ at }) => (query.from ?? 0) <= at && (query.to === undefined || at < query.to))
      .sort((a, b) => (isByTime ? b.at - a.at : 0) || b.id - a.id)
      .map(({ id }) => id);
    for (const limit of [1, 6, 500])
      t.strictSame(await everyId(pages, { ...query, limit }), expected, `${JSON.stringify(query)} by ${limit}`);
  }
});

t.test('read() gives way while it looks for the rows of a plant that is quiet', async (t) => {
  const database = opened(t);
  const plants = new Map(Array.from({ length: 30_000 }, (_, index): [string, string] => [`sw-${index}`, 'Quiet']));
  plants.set('loud', 'Loud');
  const rows = Array.from({ length: 30_000 }, (_, index) => ({
    ...{ id: index + 1, device: index < 3 ? `sw-${index * 9000}` : 'loud', mnemonic: `M${index % 3}`, at: index },
  }));
  fill(database, plants, rows);
  const pages = new MessagePages(database);
  for (const query of [{}, { mnemonics: ['M0', 'M1', 'M2'] }, { to: 20_000 }]) {
    let turns = 0;
    let isOn = true;
    const count = async () => {
      for (; isOn; turns++) await yieldToEventLoop();
    };
    const counting = count();
    const { rows: ids, next } = await pages.read({ ...query, plants: ['Quiet'], limit: 100 });
    isOn = false;
    await counting;
    t.strictSame([ids, next], [[3, 2, 1], null]);
    t.ok(turns > 3, `${turns} turns of the event loop`);
  }
});
