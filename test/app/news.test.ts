/** What the event stream of a running service tells of devices: which of them have something new, whatever it is. */
import { once } from 'node:events';
import { get as httpGet } from 'node:http';
import t, { type Test } from 'tap';
import { devicesAt, list } from '../console/failing.ts';
import { webhooks } from '../console/sinks.ts';
import { BODIES } from '../given.ts';
import { eventsOf, take } from '../serve/event-stream.ts';
import { get, running, until } from './running.ts';

/** A listener to a running service. `named`: resolves when the device is in the news. */
async function listening(t: Test, over: Parameters<typeof running>[1]) {
  const service = await running(t, over);
  const [response] = await once(httpGet(`${service.api}/api/v1/stream`, { agent: false }), 'response');
  t.teardown(() => response.destroy());
  const events = eventsOf(response.on('error', () => {}));
  await take(events, 1, 'hello');
  const news = async () => (await take(events, 1, 'news'))[0]?.data as { devices: string[]; all: boolean };
  const named = async (device: string) => {
    while (!(await news()).devices.includes(device));
  };
  const tcp = service.addresses.tcp as { host: string; port: number };
  return { ...service, named, ...(await devicesAt(t, tcp)) };
}

t.test('GET stream names a device for a line, for what a person does, and for a notice about it', async (t) => {
  const { sinks, accept } = await webhooks(t);
  const { api, named, say, fail } = await listening(t, { sinks });
  await say('sw-a', BODIES.commFailed);
  await named('sw-a');
  await fail('sw-a');
  const notices = (state: string, count: number) =>
    until(
      () => get<{ notices: object[] }>(`${api}/api/v1/notices?state=${state}`),
      ({ notices }) => notices.length === count,
    );
  await notices('dead', 1);
  await notices('delivered', 1);
  await list(api, 'hostname\nsw-b\n');
  await named('sw-b');
  accept();
  const answer = await fetch(`${api}/api/v1/notices/retry`, { method: 'POST' });
  t.equal(answer.status, 200);
  await notices('delivered', 2);
  await named('sw-a');
});
