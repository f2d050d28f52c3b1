import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { BODIES } from '../given.ts';
import { get, metric, running, until } from './running.ts';

type Shown = { condition: string; heardAt: string | null; level: number | null; recoveryVisible: boolean | null };

t.test('startService() tells devices that send ordinary lines from those that send none', async (t) => {
  const service = await running(t);
  const { api } = service;
  const inventory = 'hostname,plant\nsw-a,North\nsw-b,North\nsw-c,South\n';
  await fetch(`${api}/api/v1/inventory`, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: inventory });
  const shown = (key: string) => get<Shown>(`${api}/api/v1/devices/${key}`);
  t.match(await shown('sw-a'), { condition: 'unheard', heardAt: null, level: null, recoveryVisible: null });

  const sender = await openSender('udp', service.addresses.udp as { host: string; port: number });
  const line = (name: string, body: string) => sender.line(Buffer.from(`<187>${name}: ${body}`));
  await line('sw-a', '%SYS-3-CPUHOG: Task ran too long');
  await line('sw-other', BODIES.chatter);
  const first = await until(
    () => shown('sw-a'),
    ({ condition }) => condition === 'heard',
  );
  t.match(first, { level: 3, recoveryVisible: null, lastSeenAt: null, messages: 0 });
  t.ok(Math.abs(Date.parse(first.heardAt ?? '') - Date.now()) < 60_000);
  await line('sw-a', BODIES.chatter);
  t.match(
    await until(
      () => shown('sw-a'),
      ({ level }) => level === 5,
    ),
    { condition: 'heard', recoveryVisible: true, explanation: { level: 5, recoveryVisible: true } },
    'a new highest level comes at once',
  );
  // Enough graver lines to say that it sends no others; the tracked line has them with it.
  for (let index = 0; index < 200; index++) await line('sw-c', '%SYS-3-CPUHOG: Task ran too long');
  await line('sw-c', BODIES.commFailed);
  const hidden = await until(
    () => shown('sw-c'),
    ({ recoveryVisible }) => recoveryVisible === false,
  );
  t.match(hidden, { level: 3, explanation: { hints: [/logging trap informational/] } });
  await sender.end();

  const { devices } = await get<{ devices: { key: string }[] }>(`${api}/api/v1/devices?condition=heard`);
  t.same(
    devices.map(({ key }) => key),
    ['sw-a'],
    'ordinary lines make no device',
  );
  t.match(await get(`${api}/api/v1/fleet`), {
    all: { levelTooLow: 1, conditions: { heard: 1, unheard: 1 } },
    plants: [
      { name: 'North', levelTooLow: 0, conditions: { heard: 1, unheard: 1 } },
      { name: 'South', levelTooLow: 1 },
    ],
  });
  t.equal(await metric(api, 'quovadis_devices{condition="heard"}'), 1);
  t.equal(await metric(api, 'quovadis_devices{condition="unheard"}'), 1);
  t.equal(await metric(api, 'quovadis_devices_recovery_hidden'), 1);
});
