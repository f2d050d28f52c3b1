/** A service is stopped while its store cannot be written. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { Between } from '../store/postgres/between.ts';
import { newDatabase, skipWithoutPostgres } from '../store/postgres/cluster.ts';
import { type Child, child, get, incidentsOf, metric, running, until } from './running.ts';

async function send(port: number, lines: readonly string[]) {
  const sender = await openSender('tcp', { host: '127.0.0.1', port });
  for (const line of lines) await sender.line(Buffer.from(line));
  await sender.end();
}

const line = (counter: number, body: string) => `<187>${counter}: sw-a: Mar  1 18:46:1${counter % 10}: ${body}`;

const waiting = async ({ api }: Child) => {
  const text = await (await fetch(`${api}/metrics`)).text();
  return Number(/^quovadis_syslog_lines_received_total\{transport="tcp"\} (\d+)$/m.exec(text)?.[1] ?? 0);
};

type Entry = Record<string, unknown> & { msg: string };

/** A service that has stored two lines, whose database is then moved away, and that has received a third one. */
async function unwritable(t: Test, data: string): Promise<Child & { readonly logged: Entry[] }> {
  const service = await child(t, data);
  const logged: Entry[] = [];
  createInterface({ input: service.process.stdout }).on('line', (text) => logged.push(JSON.parse(text)));
  await send(service.ports.tcp, [line(11, BODIES.callHome205), line(12, BODIES.commFailed)]);
  await until(
    () => incidentsOf(service.api),
    ([incident]) => incident?.evidence === 2,
  );
  renameSync(join(data, 'quovadis.db'), join(data, 'away'));
  await send(service.ports.tcp, [line(13, BODIES.crlSla), line(14, BODIES.authSendError)]);
  await until(
    () => waiting(service),
    (received) => received === 4,
  );
  return { ...service, logged };
}

t.test('serve keeps what it cannot store in a spill file, and stores it first at the next start', async (t) => {
  const data = temporaryDirectory(t);
  const before = Date.now();
  const first = await unwritable(t, data);
  first.process.kill('SIGTERM');
  t.equal(await first.exit, 0);
  const after = Date.now();
  t.ok(existsSync(join(data, 'quovadis.spill')));
  t.match(
    first.logged.find(({ msg }) => msg.includes('quovadis.spill')),
    { lines: 2 },
  );
  renameSync(join(data, 'away'), join(data, 'quovadis.db'));
  const second = await child(t, data);
  await send(second.ports.tcp, [line(15, BODIES.callHome207)]);
  await until(
    () => incidentsOf(second.api),
    ([incident]) => incident?.evidence === 5,
  );
  const { messages } = await get<{ messages: { raw: string; receivedAt: string; peers: string[] }[] }>(
    `${second.api}/api/v1/messages?limit=10`,
  );
  t.same(
    messages.map(({ raw }) => Number(/^<187>(\d+)/.exec(raw)?.[1])),
    [15, 14, 13, 12, 11],
    'in their order, before what came after the start',
  );
  for (const { receivedAt } of messages.slice(1, 3)) {
    t.ok(Date.parse(receivedAt) >= before && Date.parse(receivedAt) <= after, receivedAt);
  }
  t.notOk(existsSync(join(data, 'quovadis.spill')), 'it is gone once its lines are stored');
  second.process.kill('SIGTERM');
  t.equal(await second.exit, 0);
});

t.test('serve says how many lines are lost, and exits 1, where it can write no spill file either', async (t) => {
  const data = temporaryDirectory(t);
  mkdirSync(join(data, 'quovadis.spill.partial'));
  const service = await unwritable(t, data);
  service.process.kill('SIGTERM');
  t.equal(await service.exit, 1);
  matchWhole(
    t,
    service.logged.filter(({ lost }) => lost !== undefined),
    [{ lost: 2, msg: 'lines could be stored neither in the database nor in the spill file: they are lost' }],
  );
});

t.test('serve takes the whole lines of a spill file with a damaged one, and names the loss', async (t) => {
  const data = temporaryDirectory(t);
  const first = await unwritable(t, data);
  first.process.kill('SIGTERM');
  t.equal(await first.exit, 0);
  const file = join(data, 'quovadis.spill');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('"receivedAt":1', '"receivedAt":9'));
  renameSync(join(data, 'away'), join(data, 'quovadis.db'));
  const second = await child(t, data);
  const [incident] = await until(
    () => incidentsOf(second.api),
    ([one]) => one?.evidence !== 2,
  );
  t.equal(incident?.evidence, 3);
});

t.test('beside PostgreSQL each instance has a spill file of its own', { skip: skipWithoutPostgres }, async (t) => {
  const between = new Between();
  t.teardown(() => between.stop());
  const store = await between.start(await newDatabase());
  // Nobody has made the directory, and both instances are on one host.
  const data = join(temporaryDirectory(t), 'none', 'data');
  const [a, b] = [
    await running(t, { store, instance: 'plant a', data }),
    await running(t, { store, instance: 'plant-b', data }),
  ];
  between.leave();
  for (const [index, { addresses, api }] of [a, b].entries()) {
    await send(addresses.tcp?.port ?? 0, [`<187>1: sw-${index}: Mar  1 18:46:11.123: ${BODIES.commFailed}`]);
    await until(
      () => metric(api, 'quovadis_syslog_lines_received_total{transport="tcp"}'),
      (received) => received === 1,
    );
  }
  await a.stop();
  t.same(readdirSync(data), ['quovadis-plant%20a.spill']);
  await b.stop();
  t.same(readdirSync(data).sort(), ['quovadis-plant%20a.spill', 'quovadis-plant-b.spill']);
  between.state = 'open';
  const again = await running(t, { store, instance: 'plant a', data });
  await until(
    async () => readdirSync(data),
    (names) => names.length === 1,
  );
  t.match(await get(`${again.api}/api/v1/devices`), { devices: [{ key: 'sw-0' }] });
  t.same(readdirSync(data), ['quovadis-plant-b.spill'], 'that of another instance stays');
});

t.test(
  'beside PostgreSQL a data directory that cannot be written is told at the start',
  { skip: skipWithoutPostgres },
  async (t) => {
    const file = join(temporaryDirectory(t), 'file');
    writeFileSync(file, '');
    await t.rejects(running(t, { store: await newDatabase(), data: join(file, 'data') }), {
      code: 'QVW_FILE_UNREADABLE',
      message: /^data: .*file\/data cannot be written \(ENOTDIR\): name a directory/,
    });
  },
);

for (const isDelivered of [true, false])
  t.test(
    `lines count once whose commit ${isDelivered ? 'was stored without an answer' : 'never arrived'}, over a stop`,
    {
      skip: skipWithoutPostgres,
    },
    async (t) => {
      const between = new Between();
      t.teardown(() => between.stop());
      const store = await between.start(await newDatabase());
      const data = temporaryDirectory(t);
      const first = await running(t, { store, instance: 'plant-a', data });
      between.cut('gone', { isDelivered, after: 'sw-cut' });
      // Nothing in the line tells it from a repetition of it.
      await send(first.addresses.tcp?.port ?? 0, [`<187>sw-cut: ${BODIES.commFailed}`]);
      await until(
        async () => between.hasCut,
        (hasCut) => hasCut,
      );
      await first.stop();
      t.same(readdirSync(data), ['quovadis-plant-a.spill']);
      between.state = 'open';
      const second = await running(t, { store, instance: 'plant-a', data });
      await until(
        async () => readdirSync(data),
        (names) => names.length === 0,
      );
      t.match(await get(`${second.api}/api/v1/devices`), { devices: [{ key: 'sw-cut', messages: 1 }] });
      const told = ({ msg }: Record<string, unknown>) => `${msg}`.includes('were stored before the last stop');
      t.equal(second.logged.some(told), isDelivered);
    },
  );
