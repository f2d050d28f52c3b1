import t from 'tap';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { temporaryDirectory } from '../given.ts';
import { simulateFiles } from './files.ts';
import { simulate } from './simulate.ts';

for (const seed of [1, 2, 3, 72298]) {
  t.test(`simulate() holds every invariant from seed ${seed}, in memory`, async (t) => {
    const { violations, lines, incidents, faults } = await simulate(seed);
    t.same(violations, []);
    t.ok(lines > 500 && incidents > 5, `${lines} lines, ${incidents} incidents`);
    t.ok(
      Object.values(faults).every((count) => count > 0),
      JSON.stringify(faults),
    );
  });
}

t.test('simulate() holds every invariant from seed 4, on disk', async (t) => {
  t.same((await simulate(4, temporaryDirectory(t))).violations, []);
});

t.test('simulate() finds a count that is not kept', async (t) => {
  const directory = temporaryDirectory(t);
  const database = openDatabase(directory);
  // Each device that leaves a condition is still counted there.
  database.exec(`CREATE TRIGGER lose AFTER UPDATE ON fleet_count WHEN NEW.n < OLD.n AND NEW.fact = 'condition watching'
    BEGIN UPDATE fleet_count SET n = OLD.n WHERE dimension = OLD.dimension AND fact = OLD.fact AND name = OLD.name; END`);
  database.close();
  const { violations } = await simulate(4, directory);
  t.ok(
    violations.some((violation) => /^count of all, condition watching: \d+ kept, \d+ counted$/.test(violation)),
    `${violations[0]}`,
  );
});

t.test('simulate() finds clock steps that are believed at once', async (t) => {
  let future = 0;
  for (const seed of [1, 2, 3]) {
    const { violations } = await simulate(seed, null, { steadyClock: false });
    t.ok(violations.length > 0, `seed ${seed}: ${violations[0]?.slice(0, 100)}`);
    future += violations.filter((violation) => violation.includes('of the future')).length;
  }
  t.ok(future > 0, 'days of the future are told of');
});

t.test('simulateFiles() loses nothing to a replaced file, and shows no damaged row', async (t) => {
  for (const seed of [1, 2]) {
    const { violations, faults } = await simulateFiles(seed, temporaryDirectory(t));
    t.same(violations, [], `seed ${seed}`);
    t.ok(faults.replaced > 0 && faults.damaged > 0, JSON.stringify(faults));
  }
});

t.test('simulateFiles() finds a mending that is taken out', async (t) => {
  const found = async (without: object) =>
    (await Promise.all([1, 2].map((seed) => simulateFiles(seed, temporaryDirectory(t), without)))).flatMap(
      ({ violations }) => violations,
    );
  t.ok((await found({ watchesFiles: false })).length > 0, 'a replaced file');
  t.ok((await found({ checksRows: false })).length > 0, 'a damaged row');
});
