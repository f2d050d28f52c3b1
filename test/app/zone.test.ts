import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { defaults } from '../../src/config/schema.ts';
import { BODIES } from '../given.ts';
import { get, incidentsOf, running, until } from './running.ts';

t.test('startService() reads stamps that name no zone in the zone of the configuration', async (t) => {
  // In July, when Vienna has daylight saving.
  const now = Date.parse('2022-07-05T06:00:01Z');
  for (const [zone, wallClock, stamp] of [
    ['UTC', 'Jul  5 06:00:00.000', '2022-07-05T06:00:00.000Z'],
    ['+05:30', 'Jul  5 11:30:00.000', '2022-07-05T06:00:00.000Z'],
    ['Europe/Vienna', 'Jul  5 08:00:00.000', '2022-07-05T06:00:00.000Z'],
    ['Europe/Vienna', 'Jul  5 06:00:00.000 UTC', '2022-07-05T06:00:00.000Z'],
  ] as const) {
    const syslog = { ...defaults.syslog, udp: null, tcp: '127.0.0.1:0', zone };
    const service = await running(t, { syslog }, () => now);
    const sender = await openSender('tcp', service.addresses.tcp as { host: string; port: number });
    for (const body of [BODIES.callHome205, BODIES.commFailed])
      await sender.line(Buffer.from(`<187>12: sw-a: ${wallClock}: ${body}`));
    await sender.end();
    await until(
      () => incidentsOf(service.api),
      (incidents) => incidents.length === 1,
    );
    type Lines = { lines: { stamp: string; timeUsed: string }[] };
    const { lines } = await get<Lines>(`${service.api}/api/v1/incidents/qv-sw-a-1`);
    t.strictSame([...new Set(lines.map((line) => line.stamp))], [stamp], `${wallClock} in ${zone}`);
    await service.stop();
  }
});
