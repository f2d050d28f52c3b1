/** A row of PostgreSQL that cannot be read ends no service, nor the next start of one. */
import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { newDatabase, query, skipWithoutPostgres } from '../store/postgres/cluster.ts';
import { type Running, running, until } from './running.ts';

async function say({ addresses }: Running, device: string, body: string) {
  const { host, port } = addresses.udp as { host: string; port: number };
  const sender = await openSender('udp', { host, port });
  await sender.line(Buffer.from(`<187>7: ${device}: Mar  1 18:46:11.123: ${body}`));
  await sender.end();
}

t.test('a service goes on where a device cannot be read, and says so', { skip: skipWithoutPostgres }, async (t) => {
  const store = await newDatabase();
  const start = (instance: string) => running(t, { store, instance, data: temporaryDirectory(t) });
  const first = await start('plant-a');
  const devices = async ({ api }: Running) => {
    const { devices } = (await (await fetch(`${api}/api/v1/devices`)).json()) as { devices: { key: string }[] };
    return devices.map(({ key }) => key).sort();
  };
  const messages = async () =>
    (await query(store, "SELECT key, record::json->>'messages' AS n FROM device WHERE record <> '{}' ORDER BY key"))
      .rows;
  for (const device of ['sw-a', 'sw-b']) await say(first, device, BODIES.callHome205);
  await until(
    () => devices(first),
    (keys) => keys.length === 2,
  );
  await query(store, "UPDATE device SET record = '{}' WHERE key = 'sw-a'");
  for (const device of ['sw-a', 'sw-b']) await say(first, device, BODIES.commFailed);
  const after = [
    { key: 'sw-a', n: '1' },
    { key: 'sw-b', n: '2' },
  ];
  t.strictSame(await until(messages, (rows) => JSON.stringify(rows) === JSON.stringify(after)), after);
  t.strictSame((await query(store, 'SELECT key FROM set_aside')).rows, [{ key: 'sw-a' }]);
  t.match(
    first.logged.filter(({ msg }) => /damaged|set aside/.test(`${msg}`)),
    [
      { msg: 'a row of the database is damaged', table: 'device', name: 'sw-a' },
      { msg: 'the device is set aside: its next line makes a new one', device: 'sw-a' },
    ],
  );
  await query(store, "UPDATE device SET record = '{}' WHERE key = 'sw-b'");
  await first.stop();
  const next = await start('plant-a');
  await say(next, 'sw-b', BODIES.crlSla);
  await until(messages, (rows) => rows.length === 2 && rows[1].n === '1');
});
