/** The worker with receivers that misbehave: a receiver harms only its own sink. */

import { Webhook } from 'standardwebhooks';
import t, { type Test } from 'tap';
import { isPublicAddress } from '../../src/config/public-address.ts';
import type { Announcement } from '../../src/core/announce/notice.ts';
import { limits } from '../../src/core/model/limits.ts';
import { OperatingError } from '../../src/errors.ts';
import { makeDeliver } from '../../src/notify/delivery.ts';
import { makePost } from '../../src/notify/http-post.ts';
import { OutboxWorker } from '../../src/notify/outbox-worker.ts';
import type { NoticeResult } from '../../src/notify/sink-kind.ts';
import { sinkKinds } from '../../src/notify/sinks.ts';
import type { WebhookSettings } from '../../src/notify/webhook/settings.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import type { Outbox } from '../../src/store/ports/outbox.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, T0 } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { answering, garbage, hanging, type Manner, type Receiver, receiver } from './receiver.ts';

const SECRET = 'whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIz';
const OLD_SECRET = 'whsec_b2xkLXNlY3JldC1vbGQtc2VjcmV0LTEy';

function announcement(device: string, over: Partial<Announcement> = {}): Announcement {
  return {
    ...{ type: 'incident.opened', incident: `qv-${device}-1`, device, plant: null, at: T0, from: null },
    ...{ to: 'suspected', severity: 'warning', reason: 'score-reached', by: null, text: null, record: null },
    ...{ disposition: null, pid: null, serial: null, release: null },
    ...over,
  };
}

type Tried = {
  readonly store: MemoryStore;
  readonly worker: OutboxWorker;
  readonly results: NoticeResult[];
  readonly logged: { message: string; why?: string }[];
  /** The devices of the tries whose result is stored. */
  readonly settled: string[];
  /** Resolves when `count` tries have ended with this result. */
  readonly ended: (result: NoticeResult, count: number) => Promise<void>;
};

/** A worker of one webhook sink, with these announcements in its outbox. */
async function working(
  t: Test,
  url: string,
  announcements: readonly Announcement[],
  { schedule = [1, 1, 1], timeoutMs = 5000, allowPrivate = true } = {},
): Promise<Tried> {
  const store = new MemoryStore(projectionOf(advisory));
  const [results, settled]: [NoticeResult[], string[]] = [[], []];
  const logged: { message: string; why?: string }[] = [];
  let look = () => {};
  const settings: WebhookSettings = {
    ...{ kind: 'webhook', name: 'hook', url, secrets: [SECRET, OLD_SECRET], headers: {}, allowPrivate, timeoutMs },
    ...{ authorization: 'Bearer t0ken', only: { states: [], severities: [], plants: [] } },
  };
  const { post, close } = makePost({ timeoutMs, ...(allowPrivate ? {} : { allowAddress: isPublicAddress }) });
  const now = Date.now;
  const { webhook } = sinkKinds;
  const sending = { post, publicUrl: 'https://watch.example.net', advisory, now };
  const worker = new OutboxWorker({
    sink: 'hook',
    outbox: store.outbox,
    deliver: makeDeliver(webhook.deliver(settings, sending), webhook),
    schedule,
    onSettled: (device) => void settled.push(device),
    now,
    random: () => 0,
    onResult: (_sink, result, count) => {
      for (let i = 0; i < count; i++) results.push(result);
      look();
    },
    log: (_level, fields, message) => void logged.push({ message, ...fields }),
  });
  store.outbox.write(
    announcements.map((one) => ({ announcement: one, sinks: ['hook'] })),
    now(),
  );
  const ended = (result: NoticeResult, count: number) =>
    new Promise<void>((resolve) => {
      look = () => {
        if (results.filter((one) => one === result).length >= count) resolve();
      };
      look();
    });
  worker.start();
  t.teardown(async () => {
    await close();
    await worker.stop();
  });
  return { store, worker, results, settled, logged, ended };
}

const bodies = ({ requests }: Receiver) =>
  requests.map(({ body }) => JSON.parse(body) as { id: string; subject: string; type: string });

t.test('OutboxWorker delivers signed events, with the current and the old key', async (t) => {
  const hook = await receiver(t, answering(204));
  const { ended, store } = await working(t, hook.url, [announcement('sw-a')]);
  await ended('delivered', 1);
  const [first] = hook.requests;
  t.match(first?.headers, {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    authorization: 'Bearer t0ken',
    'webhook-id': JSON.parse(first?.body ?? '').id,
  });
  for (const secret of [SECRET, OLD_SECRET]) {
    t.ok(new Webhook(secret).verify(first?.body ?? '', first?.headers as Record<string, string>), secret);
  }
  t.throws(() =>
    new Webhook(`whsec_${'A'.repeat(32)}`).verify(first?.body ?? '', first?.headers as Record<string, string>),
  );
  t.same((await store.outbox.list({ limit: 9 })).rows, [], 'a delivered notice is deleted from the outbox');
});

t.test('OutboxWorker sends a notice again under the same id until the receiver accepts it', async (t) => {
  const manners: Manner[] = [
    answering(500),
    answering(302, { location: 'http://127.0.0.1:1/' }),
    garbage,
    answering(200),
  ];
  const hook = await receiver(t, (request, response, nth) => manners[nth - 1]?.(request, response, nth));
  const { ended, results } = await working(t, hook.url, [announcement('sw-a')]);
  await ended('delivered', 1);
  t.same(results, ['failed', 'failed', 'failed', 'delivered']);
  t.equal(new Set(bodies(hook).map(({ id }) => id)).size, 1, 'four times the same id');
  t.equal(hook.requests.length, 4, 'a redirection is not followed');
});

t.test('OutboxWorker makes a notice a dead letter that can be sent again', async (t) => {
  let healthy = false;
  const hook = await receiver(t, (request, response, nth) => answering(healthy ? 200 : 503)(request, response, nth));
  const { ended, store, results, settled, worker } = await working(t, hook.url, [
    announcement('sw-a'),
    announcement('sw-b'),
  ]);
  await ended('dead', 2);
  t.same(results.filter((result) => result === 'failed').length, 6, 'three tries more for each');
  const { rows } = await store.outbox.list({ state: 'dead', limit: 9 });
  matchWhole(t, rows, [{ state: 'dead', attempts: 4, error: 'HTTP 503 (after 4 tries)' }, { state: 'dead' }]);
  matchWhole(t, await store.outbox.counts(), [{ sink: 'hook', pending: 0, dead: 2, oldestAt: null }]);
  healthy = true;
  t.match(await store.outbox.retry({ sinks: ['hook'], id: rows[0]?.id }, Date.now()), { retried: 1 });
  worker.wake();
  await ended('delivered', 1);
  t.equal(bodies(hook).at(-1)?.id, rows[0]?.id, 'under the same id');
  await worker.stop();
  t.strictSame(
    ['sw-a', 'sw-b'].map((device) => settled.filter((each) => each === device).length),
    [5, 4],
    'each stored result is told',
  );
  matchWhole(t, await store.outbox.list({ limit: 9 }), { rows: [{ id: rows[1]?.id, state: 'dead' }] });
});

t.test('OutboxWorker sends a notice once if a damaged store cannot store the result, and goes on', async (t) => {
  const hook = await receiver(t, answering(200));
  const devices = Array.from({ length: limits.noticesInFlight * 3 }, (_, index) => `sw-${index}`);
  const { ended, store, worker, logged } = await working(
    t,
    hook.url,
    devices.map((device) => announcement(device)),
  );
  store.outbox.settle = async () => {
    throw new OperatingError('QVW_DATABASE_DAMAGED', 'the database is damaged');
  };
  await ended('delivered', devices.length);
  await worker.stop();
  t.equal(hook.requests.length, devices.length, 'every notice was sent');
  t.equal(new Set(bodies(hook).map(({ id }) => id)).size, devices.length, 'and no notice twice');
  t.equal(
    logged.filter(({ message }) => message === 'the result of a notice could not be stored').length,
    devices.length,
  );
});

t.test('OutboxWorker does not try again after 410', async (t) => {
  const hook = await receiver(t, answering(410, {}, 'gone fishing'));
  const { ended, results, store } = await working(t, hook.url, [announcement('sw-a')]);
  await ended('dead', 1);
  t.same(results, ['dead']);
  matchWhole(t, await store.outbox.list({ limit: 9 }), { rows: [{ error: 'HTTP 410: gone fishing' }] });
});

t.test('OutboxWorker waits for Retry-After', async (t) => {
  const hook = await receiver(t, answering(429, { 'retry-after': '3600' }));
  const { ended, store } = await working(t, hook.url, [announcement('sw-a')]);
  await ended('failed', 1);
  const { rows } = await store.outbox.list({ limit: 9 });
  const wait = (rows[0]?.nextAt ?? 0) - Date.now();
  t.ok(wait > 3_590_000 && wait <= 3_600_000, `${wait} ms`);
});

t.test('OutboxWorker sends the notices of one incident in order, and other notices meanwhile', async (t) => {
  const hook = await receiver(t, (request, response, nth) =>
    answering(nth <= 2 && request.body.includes('qv-sw-a-1') ? 500 : 200)(request, response, nth),
  );
  const notices = [
    announcement('sw-a'),
    announcement('sw-a', { type: 'incident.updated', to: 'confirmed' }),
    announcement('sw-a', { type: 'incident.resolved', to: 'resolved' }),
    announcement('sw-b'),
  ];
  const { ended } = await working(t, hook.url, notices, { schedule: [30, 30, 30, 30] });
  await ended('delivered', 4);
  const order = bodies(hook).filter(({ subject }) => subject === 'qv-sw-a-1');
  t.same(
    order.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]),
    ['quovadis.incident.opened', 'quovadis.incident.updated', 'quovadis.incident.resolved'],
  );
});

t.test('OutboxWorker with a hanging receiver delays no other worker, and times out', async (t) => {
  const [slow, quick] = [await receiver(t, hanging), await receiver(t, answering(200))];
  const hung = await working(t, slow.url, [announcement('sw-a')], { timeoutMs: 300, schedule: [60_000] });
  await slow.count(1);
  const well = await working(t, quick.url, [announcement('sw-a'), announcement('sw-b')]);
  await well.ended('delivered', 2);
  t.same(hung.results, [], 'the hanging request is still open');
  await hung.ended('failed', 1);
  t.match(hung.logged.at(-1), { message: 'notice failed; trying again later', why: /timeout/i });
});

t.test('OutboxWorker survives a closed port, and an answer without an end', async (t) => {
  const closed = await receiver(t, answering(200));
  await closed.close();
  const refused = await working(t, closed.url, [announcement('sw-a')], { schedule: [60_000] });
  await refused.ended('failed', 1);
  t.match(refused.logged.at(-1), { why: /ECONNREFUSED/ });
  const endless = await receiver(t, (_got, response) => {
    response.writeHead(500);
    const write = () => {
      while (!response.destroyed && response.write('x'.repeat(4096)));
    };
    response.on('drain', write);
    write();
  });
  const long = await working(t, endless.url, [announcement('sw-a')], { schedule: [60_000] });
  await long.ended('failed', 1);
  t.ok((long.logged.at(-1)?.why ?? '').length < 500, 'only the beginning of the answer is read');
});

t.test('OutboxWorker keeps of an answer what a database gives back as it was', async (t) => {
  for (const filling of ['x', 'xx']) {
    const hook = await receiver(t, (_got, response) =>
      response.writeHead(500).end(`a\0b${filling}${'😀'.repeat(400)}`),
    );
    const { ended, logged } = await working(t, hook.url, [announcement('sw-a')], { schedule: [60_000] });
    await ended('failed', 1);
    const why = `${logged.at(-1)?.why}`;
    t.match(why, /^HTTP 500: a b.*😀$/u);
    t.ok(why.isWellFormed(), 'it does not end within a character');
  }
});

t.test('makePost() refuses addresses that are not public, unless allowPrivate is set', async (t) => {
  const hook = await receiver(t, answering(200));
  const { port } = new URL(hook.url);
  for (const url of [hook.url, `http://localhost:${port}`, `http://[::1]:${port}`, `http://0x7f000001:${port}`]) {
    const { ended, logged } = await working(t, url, [announcement('sw-a')], { allowPrivate: false });
    await ended('dead', 1);
    t.match(logged.at(-1), { why: /is not a public address; if you mean this address, set allowPrivate: true/ }, url);
  }
  t.equal(hook.requests.length, 0);
});

t.test('isPublicAddress() is false for addresses outside the public Internet', async (t) => {
  for (const address of [
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '127.0.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '100.64.0.1',
  ])
    t.notOk(isPublicAddress(address), address);
  for (const address of ['::1', '[::1]', 'fe80::1', 'fd00::1', '::ffff:10.0.0.1', '64:ff9b::a00:1', '2001:db8::1', 'x'])
    t.notOk(isPublicAddress(address), address);
  for (const address of ['1.1.1.1', '9.9.9.9', '2606:4700:4700::1111']) t.ok(isPublicAddress(address), address);
});

t.test('OutboxWorker asks again, and sends nothing, where the time of a claim may be over', async (t) => {
  const { outbox } = new MemoryStore(projectionOf(advisory));
  outbox.write([{ announcement: announcement('sw-a'), sinks: ['hook'] }], T0);
  // A process that stands still between the answer and the first try.
  const state = { claimedMs: 0, asked: 0, sentAfter: [] as number[] };
  const sent = new Promise<void>((resolve) => {
    const worker = new OutboxWorker({
      sink: 'hook',
      outbox: {
        get claimedMs() {
          return state.claimedMs;
        },
        due: async (...asked: Parameters<Outbox['due']>) => {
          if (++state.asked === 3) state.claimedMs = 60_000;
          return outbox.due(...asked);
        },
        nextAt: (sink: string) => outbox.nextAt(sink),
        settle: (...of: Parameters<Outbox['settle']>) => outbox.settle(...of),
      } as unknown as Outbox,
      deliver: async () => {
        state.sentAfter.push(state.asked);
        return { kind: 'delivered' };
      },
      ...{ schedule: [1], now: () => T0, random: () => 0, log: () => {}, onResult: () => {} },
      onSettled: () => resolve(),
    });
    t.teardown(() => worker.stop());
    worker.start();
  });
  await sent;
  t.strictSame(state.sentAfter, [3]);
});
