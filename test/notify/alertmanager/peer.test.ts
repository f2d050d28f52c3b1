import { mock } from 'node:test';
import t from 'tap';
import type { Alert } from '../../../src/core/announce/alerts.ts';
import { AlertPeer } from '../../../src/notify/alertmanager/peer.ts';
import { T0 } from '../../given.ts';

const alert: Alert = {
  ...{ subject: 'qv-sw-a-1', device: 'sw-a', plant: 'P1', severity: 'major', startsAt: T0, endsAt: null },
};
const yieldToEventLoop = () => new Promise((resolve) => setImmediate(resolve));

t.test('AlertPeer waits for Retry-After, but no longer than until the next resend', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const rows: readonly (readonly [why: string, retryAfter: string | null, waitMs: number])[] = [
    ['no Retry-After', null, 1000],
    ['seconds', '30', 30_000],
    ['a date', 'Sat, 05 Feb 2022 06:00:20 GMT', 20_000],
    ['less than the planned pause', '0', 1000],
    ['more than the pause between two resends', '3600', 60_000],
    ['neither a number nor a date', 'soon', 1000],
  ];
  for (const [why, retryAfter, waitMs] of rows) {
    let posted = 0;
    const peer = new AlertPeer({
      ...{ url: 'http://alertmanager.example.net', sink: 'am', headers: {}, maxPauseMs: 60_000 },
      ...{ now: () => T0, random: () => 0, onResult: () => {}, log: () => {} },
      ...{ activeAlerts: { alert: () => alert }, payload: () => [] },
      post: async () => ({ status: ++posted === 1 ? 503 : 200, retryAfter, text: '' }),
    });
    peer.notify([alert]);
    await yieldToEventLoop();
    t.equal(posted, 1, why);
    mock.timers.tick(waitMs - 1);
    await yieldToEventLoop();
    t.equal(posted, 1, `${why}: not before ${waitMs} ms`);
    mock.timers.tick(1);
    await yieldToEventLoop();
    t.equal(posted, 2, `${why}: after ${waitMs} ms`);
    t.strictSame(peer.pending(), { pending: 0, oldestAt: null }, why);
    await peer.stop();
  }
});
