/** Who may say that a device is well again: the stories of forged recoveries, and of honest ones. */
import t from 'tap';
import { waitingSenders } from '../../../src/core/correlate/senders.ts';
import { explain, momentOf } from '../../../src/core/diagnose/explain.ts';
import { incidentRecord } from '../../../src/core/diagnose/incident-record.ts';
import { recompute } from '../../../src/core/diagnose/recompute.ts';
import { isOpen } from '../../../src/core/model/incident.ts';
import { liveTime } from '../../../src/core/read/event-time.ts';
import { Operations } from '../../../src/operate/operations.ts';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { MemoryStore } from '../../../src/store/memory/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, BODIES, frameOf, HOUR, T0 } from '../../given.ts';

const [OWN, OTHER] = ['192.0.2.7', '198.51.100.66'];
const RESTART =
  '%SYS-5-RESTART: System restarted --\nCisco IOS Software [Bengaluru], Version 17.9.4, RELEASE SOFTWARE (fc5)';

/** `batch`: how many lines a batch has. `trusted`: addresses that may speak for every device. */
function service({ batch = 1, trusted = [] as readonly string[] } = {}) {
  const store = new MemoryStore(projectionOf(advisory));
  const trusts = (sender: string) => trusted.includes(sender);
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0, trusts });
  let now = T0;
  const operations = new Operations({ store, advisory, now: () => now, onCommit: () => {} });
  let number = 0;
  return {
    store,
    operations,
    /** Lines as `[hours, sender, body]`. */
    async hear(...lines: readonly (readonly [hours: number, sender: string, body: string])[]) {
      const frames = lines.map(([hours, peer, body]) =>
        frameOf(`<187>${++number}: sw-a: ${body}`, { peer, receivedAt: T0 + hours * HOUR }),
      );
      for (let from = 0; from < frames.length; from += batch) {
        const part = frames.slice(from, from + batch);
        now = part.at(-1)?.receivedAt ?? now;
        await pipeline.run(part, now);
      }
    },
    async pass(hours: number) {
      now = T0 + hours * HOUR;
      await pipeline.due(now, 10);
    },
    async device() {
      const device = (await store.load(['sw-a'])).get('sw-a');
      if (device === undefined) throw new Error('there is no sw-a');
      return device;
    },
    async state() {
      return (await this.device()).state.incident?.phase.state ?? null;
    },
    async waits() {
      return waitingSenders(await this.device()).map(({ address }) => address);
    },
  };
}

/** For two days it has failed. */
const FAILING = [
  [0, OWN, BODIES.callHome205],
  [1, OWN, BODIES.commFailed],
  [48, OWN, BODIES.commFailed],
] as const;

t.test('a recovery from an address that never spoke for the device waits', async (t) => {
  for (const batch of [1, 10]) {
    const { hear, pass, ...it } = service({ batch });
    await hear(...FAILING, [49, OTHER, BODIES.commRestored]);
    t.match(await it.state(), /suspected|confirmed/);
    t.strictSame(await it.waits(), [OTHER]);
    await pass(100);
    t.ok(isOpen((await it.device()).state.incident), 'time alone lets no forged line end it');
    const { conclusion, hints } = explain(await it.device(), T0 + 100 * HOUR, advisory);
    t.match(conclusion, /A recovery from 198\.51\.100\.66 at 2022-02-07T07:00:00.000Z waits/);
    t.match(hints.join('\n'), /confirm-sender sw-a 198\.51\.100\.66/);
    await hear([101, OWN, BODIES.commRestored]);
    t.equal(await it.state(), 'recovering', 'the device itself ends it');
    t.strictSame(await it.waits(), []);
  }
});

t.test('a recovery counts at once from the address that has always spoken for the device', async (t) => {
  const { hear, pass, ...it } = service();
  await hear([0, OWN, BODIES.callHome205], [1, OWN, BODIES.commFailed], [2, OWN, BODIES.commRestored]);
  t.equal(await it.state(), 'recovering', 'it is the only one that ever has');
  await pass(4);
  t.equal(await it.state(), 'resolved');
});

t.test('a forger who speaks first, or also reports failures, gains nothing', async (t) => {
  const first = service();
  await first.hear([0, OTHER, BODIES.commFailed], [1, OWN, BODIES.callHome205], [2, OWN, BODIES.commFailed]);
  await first.hear([3, OTHER, BODIES.commRestored]);
  t.not(await first.state(), 'recovering');
  const both = service();
  await both.hear(...FAILING, [48.5, OTHER, BODIES.commFailed], [49, OTHER, BODIES.commRestored]);
  t.not(await both.state(), 'recovering');
  const clocks = service();
  await clocks.hear(...FAILING, [49, OTHER, RESTART]);
  const { state } = await clocks.device();
  t.equal(state.release, null, 'nor is its release believed');
});

t.test('a stamp of yesterday makes no address known', async (t) => {
  const { hear, ...it } = service();
  await hear(...FAILING, [48.5, OTHER, BODIES.commFailed.replace('%', '*Feb  5 2022 06:00:00.000: %')]);
  await hear([49, OTHER, BODIES.commRestored]);
  t.not(await it.state(), 'recovering');
});

t.test('a recovery that waits counts once the address has spoken for the device for a day', async (t) => {
  const { hear, ...it } = service();
  await hear(...FAILING, [49, OTHER, BODIES.commRestored], [60, OTHER, BODIES.chatter]);
  t.not(await it.state(), 'recovering');
  await hear([74, OTHER, '%SMART_LIC-6-REGISTRATION_UNKNOWN: x']);
  t.equal(await it.state(), 'recovering');
  const device = await it.device();
  const [record, lines] = [incidentRecord(device, advisory), await it.store.evidence('sw-a', 1)];
  t.strictSame(lines.map(({ kind, senderKnown, sender }) => `${kind} ${senderKnown} ${sender}`).slice(-2), [
    `recovery false ${OTHER}`,
    `recovery true ${OTHER}`,
  ]);
  if (record === null) throw new Error('there is an incident');
  t.strictSame(recompute(record, lines, device, advisory).differences, [], 'and follows from its evidence');
});

t.test('a recovery that waits does not count when a failure has followed', async (t) => {
  const { hear, ...it } = service();
  await hear(...FAILING, [49, OTHER, BODIES.commRestored], [50, OWN, BODIES.commFailed]);
  t.strictSame(await it.waits(), []);
  await hear([74, OTHER, BODIES.commFailed]);
  t.not(await it.state(), 'recovering');
});

t.test('a recovery that waits counts when the inventory lists the address, or an operator confirms it', async (t) => {
  const listed = service();
  await listed.hear(...FAILING, [49, OTHER, BODIES.commRestored]);
  const row = { hostname: 'sw-a', serial: null, pid: null, release: null, plant: null, licensing: null };
  await listed.operations.list('sw-a', { ...row, address: '192.0.2.99' }, ['hostname', 'address']);
  t.not(await listed.state(), 'recovering', 'another address');
  const { hints } = explain(await listed.device(), momentOf(await listed.device(), 0), advisory);
  t.match(hints.join('\n'), /lists the address 192\.0\.2\.99, and lines of this device come from 192\.0\.2\.7, 198/);
  await listed.operations.list('sw-a', { ...row, address: OTHER }, ['hostname', 'address']);
  t.equal(await listed.state(), 'recovering');

  const confirmed = service();
  await confirmed.hear(...FAILING, [49, OTHER, BODIES.commRestored]);
  await confirmed.operations.confirmSender('sw-a', '203.0.113.1', 'anna', 'another one');
  t.not(await confirmed.state(), 'recovering');
  await confirmed.operations.confirmSender('sw-a', OTHER, 'anna', 'it was renumbered');
  t.equal(await confirmed.state(), 'recovering');
  await confirmed.hear(
    [50, OTHER, BODIES.commFailed],
    [51, OTHER, BODIES.callHome205],
    [52, OTHER, BODIES.commRestored],
  );
  t.equal(await confirmed.state(), 'recovering', 'and is known from then on');
});

t.test('relays and files are trusted as they are configured, and forged addresses drive none out', async (t) => {
  const relay = service({ trusted: [OTHER] });
  await relay.hear(...FAILING, [49, OTHER, BODIES.commRestored]);
  t.equal(await relay.state(), 'recovering');
  const { hear, ...it } = service();
  await hear(...FAILING);
  for (let host = 0; host < 40; host++) await hear([48 + host / 100, `203.0.113.${host}`, BODIES.commFailed]);
  t.ok((await it.device()).senders.length <= 8);
  await hear([49, OWN, BODIES.commRestored]);
  t.equal(await it.state(), 'recovering');
});

t.test(
  "another's serial number in a line changes nothing that is shown of the device, while its owner speaks",
  async (t) => {
    const store = new MemoryStore(projectionOf(advisory));
    const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
    let number = 0;
    const hear = (minutes: number, name: string, peer: string, body: string) => {
      const receivedAt = T0 + minutes * 60_000;
      return pipeline.run([frameOf(`<187>${++number}: ${name}: ${body}`, { peer, receivedAt })], receivedAt);
    };
    const of = (pid: string, serial: string) =>
      BODIES.authSendError.replace('IE-3300-8T2S', pid).replace('FOC0000A1B2', serial);
    const shown = async (key: string) => {
      const device = (await store.load([key])).get(key);
      return device === undefined ? null : [device.serial, device.pid, device.state.pid];
    };
    await hear(0, 'sw-a', '192.0.2.7', of('IE-3300-8T2S', 'FOC0000A1B2'));
    await hear(1, 'sw-b', '192.0.2.8', of('IE-3400-8T2S', 'FOC0000B1B2'));
    await hear(2, 'sw-c', '192.0.2.9', BODIES.commFailed);
    const before = await Promise.all(['sw-a', 'sw-b', 'sw-c'].map(shown));
    for (let minute = 3; minute < 30; minute += 3) {
      await hear(minute, 'sw-b', '198.51.100.66', of('IE-3300-8T2S', 'FOC0000A1B2'));
      await hear(minute + 1, 'sw-c', '198.51.100.66', of('IE-3300-8T2S', 'FOC0000A1B2'));
      await hear(minute + 2, 'sw-a', '192.0.2.7', BODIES.commFailed);
    }
    t.strictSame(await Promise.all(['sw-a', 'sw-b', 'sw-c'].map(shown)), before);
    await hear(40, 'sw-a', '192.0.2.7', of('IE-3300-8T2S', 'FOC0000A1B2'));
    t.strictSame(await shown('sw-a'), before[0], 'the owner goes on to show it');
    await hear(40 + 3 * 60, 'sw-b', '192.0.2.8', of('IE-3300-8T2S', 'FOC0000A1B2'));
    t.equal((await shown('sw-a'))?.[0], 'FOC0000A1B2');
  },
);

t.test(
  'a forger gains nothing by what others do, by order, by a second name, or by a server of the customer',
  async (t) => {
    const REGISTRATION = '%SMART_LIC-6-REGISTRATION_UNKNOWN: x';
    const alone = service();
    await alone.hear(...FAILING, [49, OTHER, BODIES.commRestored], [73.5, OWN, REGISTRATION], [80, OWN, REGISTRATION]);
    t.not(await alone.state(), 'recovering', 'a line of another address makes it no better known');
    await alone.operations.checkTrustpool('sw-a', '');
    t.not(await alone.state(), 'recovering');

    const { hear, ...named } = service();
    await hear([0, OWN, BODIES.callHome205], [1, OWN, BODIES.commFailed]);
    await named.operations.confirmSender('sw-a', OWN, 'anna', 'its own');
    for (let host = 0; host < 12; host++) {
      await named.operations.confirmSender('sw-a', `203.0.113.${host}`, 'anna', 'one of many');
    }
    t.ok(
      (await named.device()).senders.some(({ address }) => address === OWN),
      'what was confirmed first stays',
    );

    const own = service();
    const body = BODIES.callHome205.replace('tools.cisco.com', 'ssm.plant.example');
    await own.hear([0, OWN, REGISTRATION], [30, OWN, REGISTRATION], [40, OTHER, body]);
    await own.hear([41, OWN, BODIES.commFailed], [42, OWN, BODIES.authSendError], [43, OWN, BODIES.crlSla]);
    t.ok(isOpen((await own.device()).state.incident), "a forged failure of the customer's server hides nothing");
  },
);

t.test('a recovery that waits counts when its address becomes a relay, and the newest one waits', async (t) => {
  const store = new MemoryStore(projectionOf(advisory));
  const run = async (trusted: readonly string[], hours: number, peer: string, body: string) => {
    const trusts = (sender: string) => trusted.includes(sender);
    const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0, trusts });
    const receivedAt = T0 + hours * HOUR;
    await pipeline.run([frameOf(`<187>${Math.round(hours * 10)}: sw-a: ${body}`, { peer, receivedAt })], receivedAt);
  };
  const state = async () => (await store.load(['sw-a'])).get('sw-a')?.state.incident?.phase.state;
  for (const [hours, sender, body] of FAILING) await run([], hours, sender, body);
  const late = (time: string) => BODIES.commRestored.replace('%', `Feb  7 2022 ${time}:00.000 UTC: %`);
  await run([], 49, OTHER, late('06:50'));
  await run([], 49.1, OTHER, late('05:50'));
  t.not(await state(), 'recovering');
  await run([OTHER], 50, OTHER, '%SMART_LIC-6-REGISTRATION_UNKNOWN: x');
  t.equal(await state(), 'recovering');
});

t.test('a device of an archive is not ended by the address of an invented one that turns out to be it', async (t) => {
  const store = new MemoryStore(projectionOf(advisory));
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0, trusts: () => false });
  const run = (hours: number, peer: string | null, line: string) => {
    const receivedAt = T0 + hours * HOUR;
    return pipeline.run([frameOf(line, { peer, receivedAt })], receivedAt);
  };
  await run(0, null, `<187>1: sw-a: ${BODIES.callHome205}`);
  await run(1, null, `<187>2: sw-a: ${BODIES.commFailed}`);
  await run(2, OTHER, `<187>77: ${BODIES.crlSla}`);
  await run(2.1, OTHER, `<187>78: sw-a: ${BODIES.commRestored}`);
  t.not((await store.load(['sw-a'])).get('sw-a')?.state.incident?.phase.state, 'recovering');
});
