import pg from 'pg';
import t from 'tap';
import { arrayOf, arraysOf, newRows } from '../../../src/store/postgres/arrays.ts';
import { newDatabase, skipWithoutPostgres } from './cluster.ts';

const VALUES = {
  text: ['a', null, '', 'quotes " and \\ {braces}, NULL', 'Zürich ☂ \u{1f600}', '\n\t\u0001'],
  boolean: [true, false, null],
  int2: [0, -1, 32_767, null],
  int4: [0, -1, 2 ** 31 - 1, null],
  int8: [0, -1, Number.MAX_SAFE_INTEGER, null],
  float8: [0, -1.5, Number.MAX_VALUE, Number.MIN_SAFE_INTEGER, 1.7e12 + 0.1, null],
} as const;

t.test('arrayOf() gives PostgreSQL the values', { skip: skipWithoutPostgres }, async (t) => {
  const client = new pg.Client({ connectionString: await newDatabase() });
  await client.connect();
  t.teardown(() => client.end());
  for (const [type, values] of Object.entries(VALUES))
    for (const some of [values, [], [null], values.slice(0, 1)]) {
      const sql = `SELECT to_json($1::${type}[]) AS is`;
      const { rows } = await client.query(sql, [arrayOf(type as keyof typeof VALUES, some)]);
      t.strictSame(rows[0].is, some, type);
    }
});

t.test('arraysOf() and newRows() make a table of rows', { skip: skipWithoutPostgres }, async (t) => {
  const client = new pg.Client({ connectionString: await newDatabase() });
  await client.connect();
  t.teardown(() => client.end());
  const of = { name: 'text', at: 'float8' } as const;
  const rows = [
    { at: 1, name: 'one' },
    { at: null, name: 'none' },
  ];
  const found = await client.query(`SELECT * FROM ${newRows(of)}`, arraysOf(of, rows));
  t.strictSame(
    found.rows.map((row) => ({ ...row })),
    [
      { name: 'one', at: 1 },
      { name: 'none', at: null },
    ],
  );
});
