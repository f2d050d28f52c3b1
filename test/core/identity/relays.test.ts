/** Lines without a name behind a relay: they are of none of the devices that the relay speaks for. */
import t from 'tap';
import { newNumbers, readNumbers } from '../../../src/core/decode/quick-numbers.ts';
import { liveTime } from '../../../src/core/read/event-time.ts';
import { FrameCollector } from '../../../src/core/read/frame-collector.ts';
import { LiveHearing } from '../../../src/core/read/hearing.ts';
import { Prefilter } from '../../../src/core/read/prefilter.ts';
import { Operations } from '../../../src/operate/operations.ts';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { MemoryStore } from '../../../src/store/memory/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, BODIES, HOUR, T0 } from '../../given.ts';

const RELAY = '192.0.2.250';
const CHAT = '%SYS-5-CONFIG_I: Configured from console by admin on vty0 (192.0.2.5)';
const ROUTER = 'Cisco IOS Software [Cupertino], ISR Software, Version 17.9.4, RELEASE SOFTWARE (fc7)';

/** `relays`: addresses of `syslog.relays`. */
function service(relays: readonly string[] = [], store = new MemoryStore(projectionOf(advisory))) {
  const isRelay = (sender: string) => relays.includes(sender);
  const pipeline = new Pipeline({
    store,
    advisory,
    time: liveTime(() => 0),
    clock: () => 0,
    trusts: () => true,
    isRelay,
  });
  let [number, now] = [0, T0];
  const operations = new Operations({ store, advisory, now: () => now, onCommit: () => {} });
  const numbers = newNumbers();
  const collector = new FrameCollector(new Prefilter(undefined, true), undefined, new LiveHearing(numbers));
  return {
    store,
    operations,
    /** A line of the relay. `name`: null without one. */
    hear(hours: number, name: string | null, body: string) {
      now = T0 + hours * HOUR;
      const header = name === null ? `<187>${++number}: ` : `<187>${++number}: ${name}: `;
      const bytes = Buffer.from(`${header}${body}`);
      readNumbers(bytes, 0, bytes.length, numbers);
      collector.add(bytes, 0, bytes.length, false, { peer: RELAY, transport: 'udp', receivedAt: now });
      return pipeline.commit(pipeline.readFiltered(collector.take(), now), now);
    },
    async device(key: string) {
      return (await store.load([key])).get(key);
    },
    async state(key: string) {
      return (await this.device(key))?.state.incident?.phase.state ?? null;
    },
  };
}

type Service = ReturnType<typeof service>;

async function failing({ hear }: Service): Promise<void> {
  await hear(0, 'sw-a', BODIES.callHome205);
  await hear(1, 'sw-a', BODIES.commFailed);
}

t.test('identify() gives nothing without a name to the one device that is known behind a listed relay', async (t) => {
  const one = service([RELAY]);
  await failing(one);
  await one.hear(2, null, BODIES.commRestored);
  t.equal(await one.state('sw-a'), 'suspected', 'a success of another one');
  await one.hear(3, null, `%SYS-5-RESTART: System restarted --\n${ROUTER}`);
  t.equal((await one.device('sw-a'))?.state.release, null, 'a restart of another one');
  await one.hear(4, null, BODIES.crlSla);
  t.equal(
    (await one.device('sw-a'))?.state.incident?.families.includes('revocation'),
    false,
    'a failure of another one',
  );
  const kept = await one.device(RELAY);
  t.strictSame(
    [kept?.messages, kept?.state.release],
    [3, null],
    'they are kept under the address, and have no release',
  );
  await one.hear(5, 'sw-a', BODIES.commRestored);
  t.equal(await one.state('sw-a'), 'recovering', 'its own success');
});

t.test('identify() takes no device from an address that was learnt before it was listed as a relay', async (t) => {
  const before = service();
  await failing(before);
  await before.hear(2, null, BODIES.crlSla);
  await before.hear(3, 'sw-a', CHAT);
  t.ok((await before.device('sw-a'))?.state.incident?.families.includes('revocation'), 'a sender of one device');
  const after = service([RELAY], before.store);
  await after.hear(4, null, BODIES.commRestored);
  t.equal(await after.state('sw-a'), 'confirmed');
});

t.test('sharedAddress() tells a relay that is not listed by ordinary lines under a second name', async (t) => {
  const one = service();
  await one.hear(0, 'sw-b', CHAT);
  await failing(one);
  await one.hear(2, 'sw-b', CHAT);
  await one.hear(3, null, BODIES.commRestored);
  t.equal(await one.state('sw-a'), 'suspected');
  t.equal(await one.device('sw-b'), undefined, 'ordinary lines make no device');
  const same = service();
  await failing(same);
  await same.hear(2, 'sw-a', CHAT);
  await same.hear(3, null, BODIES.commRestored);
  t.equal(await same.state('sw-a'), 'recovering', 'the same name is no second one');
});

t.test('sharedAddress() leaves an address to the device that the inventory lists it for', async (t) => {
  const one = service();
  const row = {
    hostname: 'sw-a',
    address: RELAY,
    serial: null,
    pid: null,
    release: null,
    plant: null,
    licensing: null,
  };
  await one.operations.import({ rows: [{ row, columns: ['hostname', 'address'] }] });
  await failing(one);
  await one.hear(2, 'sw-b', CHAT);
  await one.hear(3, null, BODIES.commRestored);
  t.equal(await one.state('sw-a'), 'recovering');
});
