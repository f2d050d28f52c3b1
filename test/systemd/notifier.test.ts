import t from 'tap';
import { SystemdNotifier } from '../../src/systemd/notifier.ts';

t.test('SystemdNotifier goes on where the system starts no other process', async (t) => {
  const warned: unknown[] = [];
  const log = { info: () => {}, warn: (fields: object, text: string) => warned.push({ ...fields, text }) } as never;
  // Linux takes no variable of that length.
  const environment = { ...process.env, NOTIFY_SOCKET: '/nowhere', LONG: 'x'.repeat(300_000) };
  const notifier = new SystemdNotifier({ environment, pid: process.pid, log });
  notifier.ready('listening');
  notifier.reloading();
  await notifier.end();
  t.match(warned, [
    { message: 'READY=1', err: /E2BIG/, text: /systemd was not told/ },
    { message: 'RELOADING=1', err: /E2BIG/ },
  ]);
});

t.test('SystemdNotifier is not ready again once it stops', async (t) => {
  const warned: string[] = [];
  const log = { info: () => {}, warn: ({ message }: { message: string }) => warned.push(message) } as never;
  const environment = { ...process.env, NOTIFY_SOCKET: '/nowhere', LONG: 'x'.repeat(300_000), WATCHDOG_USEC: '2000' };
  const notifier = new SystemdNotifier({ environment, pid: process.pid, log });
  notifier.stopping();
  notifier.ready('listening; the configuration was read again');
  await notifier.end();
  t.same(warned, ['STOPPING=1']);
});
