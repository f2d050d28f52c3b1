/** The contract of stores, with PostgreSQL: every test of it in this one process, as a server takes seconds to start. */
import t from 'tap';
import { skipWithoutPostgres } from './cluster.ts';

process.env['CONTRACT_OF'] = 'postgres';

const files = [
  ...['../bounds', '../clock-ahead', '../contract', '../dispositions', '../durable', '../evidence', '../fleet'],
  ...[
    '../fleet-lists',
    '../gaps',
    '../gone',
    '../half-characters',
    '../incidents',
    '../outbox',
    '../queries',
    '../timeline',
  ],
];

if (skipWithoutPostgres === false) for (const file of files) await import(`${file}.test.ts`);
else t.test('the contract of stores with PostgreSQL', { skip: skipWithoutPostgres }, async () => {});
