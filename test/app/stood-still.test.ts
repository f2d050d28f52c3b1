import t from 'tap';
import { standStill } from '../soak/stand-still.ts';
import { query, skipWithoutPostgres } from '../store/postgres/cluster.ts';

/** What the database has after a minute and a half. */
const LATER = [
  'peer_instance SET heard_at = heard_at',
  'notice SET claimed_until = claimed_until',
  'duty SET until = until',
];

t.test(
  'serve that stood still ends where its name is taken, and stores and sends nothing',
  {
    skip: skipWithoutPostgres,
  },
  async (t) => {
    const pass = async (database: string) => {
      for (const row of LATER) await query(database, `UPDATE ${row} - interval '90 s'`);
    };
    const { problems, ...figures } = await standStill(t, { devices: 40, pass });
    t.comment(JSON.stringify(figures));
    t.strictSame(problems, []);
    t.ok(figures.sentBefore > 0 && figures.sentByOther >= 40);
  },
);
