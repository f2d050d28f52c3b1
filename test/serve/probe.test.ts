/** The listener of `http.probe`: what it answers, also while the main thread stands still and while others hold connections. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { ProbeListener } from '../../src/serve/probe-listener.ts';
import type { Ready } from '../../src/serve/ready.ts';
import type { Log } from '../../src/telemetry/log.ts';

const LONG = { stalledMs: 3_600_000, answerMs: 3_600_000 };

async function probing(t: Test, ready: () => Promise<Ready>, bounds: { stalledMs: number; answerMs: number }) {
  const logged: string[] = [];
  const log = { error: (_: unknown, message: string) => logged.push(message) } as unknown as Log;
  const listener = new ProbeListener({ ready, log }, bounds);
  const { port } = await listener.start({ host: '127.0.0.1', port: 0 });
  t.teardown(() => listener.stop());
  const ask = (path: string, method = 'GET') =>
    new Promise<{ status: number; allow: string | undefined; text: string }>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, method, agent: false }, (answer) => {
        let text = '';
        answer.on('data', (part) => {
          text += part;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, allow: answer.headers.allow, text }));
      });
      sent.on('error', reject).end();
    });
  return { port, ask, logged };
}

t.test('ProbeListener answers /healthz and /readyz, and nothing else', async (t) => {
  let ready: Ready = { problem: null };
  const { ask } = await probing(t, async () => ready, LONG);
  t.match(await ask('/healthz'), { status: 200, text: '{"status":"ok"}' });
  t.match(await ask('/readyz'), { status: 200, text: '{"status":"ok"}' });
  ready = { problem: null, detail: '1 device is set aside' };
  t.match(await ask('/readyz'), { status: 200, text: '{"status":"ok","detail":"1 device is set aside"}' });
  ready = { problem: 'the queue is full' };
  t.match(await ask('/readyz'), { status: 503, text: /"status":503,"detail":"the queue is full"/ });
  t.match(await ask('/healthz'), { status: 200 });
  t.match(await ask('/healthz', 'HEAD'), { status: 200, text: '' });
  for (const path of ['/', '/metrics', '/api/v1/incidents', '/healthz/', '/__proto__', '/openapi.json'])
    t.match(await ask(path), { status: 404, text: /only \/healthz and \/readyz/ }, path);
  for (const method of ['POST', 'DELETE', 'OPTIONS'])
    t.match(await ask('/healthz', method), { status: 405, allow: 'GET, HEAD' }, method);
  t.match(await ask('/readyz?verbose=1'), { status: 400, text: /no parameters/ });
});

t.test('/healthz is answered while the main thread stands still, until it does so for too long', async (t) => {
  const asked = (port: number, path: string) => {
    const script = `fetch('http://127.0.0.1:${port}${path}').then(async (answer) => console.log(answer.status, await answer.text()))`;
    // Nothing else runs in this thread until the other process has ended.
    return spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', env: {} }).stdout;
  };
  const patient = await probing(t, async () => ({ problem: null }), { ...LONG, answerMs: 100 });
  t.match(asked(patient.port, '/healthz'), /^200 /);
  t.match(asked(patient.port, '/readyz'), /^503 .*the service is busy: no answer within 0\.1 s/);
  t.match(await patient.ask('/readyz'), { status: 200 });
  const strict = await probing(t, async () => ({ problem: null }), { ...LONG, stalledMs: -1 });
  t.match(await strict.ask('/healthz'), { status: 503, text: /has not moved for \d+ s/ });
});

t.test('/readyz answers 503 if it is not known, and the log says why', async (t) => {
  const { ask, logged } = await probing(t, () => Promise.reject(new Error('the disk is gone')), LONG);
  t.match(await ask('/readyz'), { status: 503, text: /not known whether the service is ready/ });
  t.same(logged, ['it is not known whether the service is ready']);
});

t.test('Connections that ask nothing keep no probe out', async (t) => {
  const { port, ask } = await probing(t, async () => ({ problem: null }), LONG);
  const silent = Array.from({ length: 3 * limits.httpProbes }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  for (const path of ['/healthz', '/readyz', '/healthz']) t.match(await ask(path), { status: 200 }, path);
  for (const socket of silent) socket.destroy();
});

t.test('ProbeListener says that an address is taken', async (t) => {
  const { port } = await probing(t, async () => ({ problem: null }), LONG);
  const second = new ProbeListener({ ready: async () => ({ problem: null }), log: {} as Log }, LONG);
  await t.rejects(second.start({ host: '127.0.0.1', port }), { code: 'QVW_ADDRESS_IN_USE', message: /^http\.probe: / });
});
