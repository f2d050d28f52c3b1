/** A buffered archive must give the same store as an archive that is stored at once. */

import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { type Enrolled, enrol } from '../../src/core/correlate/enrol.ts';
import type { SignalEvent } from '../../src/core/model/device-state.ts';
import type { Observation } from '../../src/core/model/observation.ts';
import { liveTime } from '../../src/core/read/event-time.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import type { DecidingStore } from '../../src/store/ports/devices.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/store.ts';
import { WriteBuffer } from '../../src/store/write-buffer.ts';
import { advisory, BODIES, event, frameOf, HOUR, NAMINGS, observed, T0, temporaryDirectory } from '../given.ts';
import { commitObservations, dueIn, inFile, knownOf, noRows, writeBatch } from './stores.ts';

const shapes: readonly Partial<SignalEvent>[] = [
  {},
  { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' },
  { family: 'trust-proof', weight: 3, cause: 'trust', mnemonic: 'AUTH_RENEW_FAILED' },
  { kind: 'recovery', family: null, cause: null, weight: 0, mnemonic: 'COMM_RESTORED' },
];
const hours = fc.integer({ min: 0, max: 600 });
const stories = fc.array(fc.tuple(hours, fc.constantFrom(...NAMINGS), fc.constantFrom(...shapes)), {
  minLength: 1,
  maxLength: 120,
  size: 'max',
});

/** Decides batch by batch on one store. */
async function run(store: DecidingStore, observations: readonly Observation[], batch: number): Promise<void> {
  for (let from = 0; from < observations.length; from += batch) {
    const part = observations.slice(from, from + batch);
    const unparsed = part.map(({ line, receivedAt }) => {
      const raw = line?.raw ?? '';
      return { receivedAt, device: null, facility: 'SMART_LIC', mnemonic: 'NEW', why: 'unknown-mnemonic', raw };
    });
    await commitObservations(store, part, { unparsed });
  }
}

const roomIn = async (store: DecidingStore, newDevices: number) =>
  (await knownOf(store, { names: [], keys: [], newDevices })).room;

/** The whole content of a store, without versions: a device is written less often through a buffer. */
async function contentsOf(store: Store) {
  const { rows } = await store.devices({ limit: 500 });
  const devices = rows.map(({ version: _, ...device }) => device);
  const incidents = (await store.incidents({ limit: 500 })).rows;
  const transitions = await Promise.all(
    devices.flatMap(({ key, state }) =>
      Array.from({ length: state.ordinal + 1 }, (_, ordinal) => store.transitions(key, ordinal)),
    ),
  );
  const names = await Promise.all(devices.map(async ({ key }) => (await store.namesOf(key)).toSorted()));
  const messages = (await store.messages({ limit: 500 })).rows;
  const unparsed = (await store.unparsed({ limit: 500 })).rows;
  const counts = await store.counts(T0);
  const counted = [...counts.devices, ...counts.incidents].map((row) => JSON.stringify(row)).sort();
  return { devices, incidents, transitions, names, messages, unparsed, counted };
}

t.test('WriteBuffer gives the same store as without a buffer, in a file and in memory', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      stories,
      fc.boolean(),
      fc.integer({ min: 1, max: 20 }),
      fc.nat(60),
      async (story, inTime, batch, rows) => {
        const ordered = inTime ? [...story].sort(([a], [b]) => a - b) : story;
        const observations = ordered.map(([hour, names, over], index) => {
          return event(observed(T0 + hour * HOUR, over), names, `line ${index}`);
        });
        const [plain, underlying] = [inFile(t), inFile(t)];
        const inMemory = new MemoryStore(projectionOf(advisory));
        const buffer = new WriteBuffer(underlying, { bufferedRows: rows, bufferedSignals: 3 * rows });
        await run(plain, observations, batch);
        await run(inMemory, observations, batch);
        await run(buffer, observations, batch);
        await buffer.flush();
        const expected = await contentsOf(plain);
        const same =
          isDeepStrictEqual(await contentsOf(underlying), expected) &&
          isDeepStrictEqual(await contentsOf(inMemory), expected);
        await Promise.all([plain.close(), underlying.close()]);
        return same;
      },
    ),
    { numRuns: 60, interruptAfterTimeLimit: 60_000 },
  );
  t.pass();
});

t.test('WriteBuffer stores all buffered batches in one commit, and nothing before', async (t) => {
  const underlying = inFile(t);
  const buffer = new WriteBuffer(underlying);
  const [first, second] = [event(observed(T0), { origin: 'sw-a' }), event(observed(T0 + HOUR), { origin: 'sw-a' })];
  await run(buffer, [first, second], 1);
  t.same(await underlying.load(['sw-a']), new Map());
  const about = { names: [], keys: ['sw-a'], newDevices: 0 };
  t.match((await knownOf(buffer, about)).devices.get('sw-a'), { messages: 2, version: 0 });
  t.same(await buffer.flush(), { evicted: 0, forgotten: 0 });
  t.match((await underlying.load(['sw-a'])).get('sw-a'), { messages: 2, version: 1 });
  await buffer.flush();
  t.match((await underlying.load(['sw-a'])).get('sw-a'), { version: 1 }, 'nothing was left');
  t.same(await dueIn(buffer, T0 + 1000 * HOUR, 9), await dueIn(underlying, T0 + 1000 * HOUR, 9));
});

t.test('WriteBuffer.commit() gives the room that remains beside the buffered devices', async (t) => {
  const buffer = new WriteBuffer(inFile(t, { devices: 3 }));
  const listed: Enrolled = {
    row: { hostname: 'sw-listed', address: null, serial: null, pid: null, release: null, plant: null, licensing: null },
    columns: ['hostname'],
  };
  const { devices, changes, aliases } = enrol({ devices: new Map(), aliases: new Map() }, [listed], advisory);
  await writeBatch(buffer, { ...noRows, devices: [...devices.values()], changes, aliases, now: T0 });
  t.equal(await roomIn(buffer, 2), 2);
  t.equal(await roomIn(buffer, 9), 2, 'the listed one stays');
  await run(buffer, [event(observed(T0), { origin: 'sw-a' })], 1);
  t.equal(await roomIn(buffer, 9), 2, 'the other one can be forgotten');
});

t.test('WriteBuffer works with more devices than the bound, and reports the evicted rows', async (t) => {
  const line = (device: number, hours: number, body: string) =>
    frameOf(`<187>7: sw-${device}: ${body}`, { receivedAt: T0 + hours * HOUR });
  const batches = Array.from({ length: 12 }, (_, batch) =>
    // Devices of earlier batches, one with an incident, a new one, and one that fails now and then.
    [
      line(batch % 5, batch, BODIES.commRestored),
      line(100 + Math.floor(batch / 4), batch, batch % 2 === 0 ? BODIES.callHome205 : BODIES.commFailed),
      line(200 + batch, batch, BODIES.commRestored),
      line(batch % 3, batch + 0.5, BODIES.commFailed),
    ],
  );
  const found = [];
  for (const buffered of [false, true]) {
    const underlying = inFile(t, { devices: 6 });
    const buffer = new WriteBuffer(underlying);
    const store = buffered ? buffer : underlying;
    const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
    const lost = { evicted: 0, forgotten: 0, refused: 0 };
    for (const [hours, frames] of batches.entries()) {
      const stats = await pipeline.run(frames, T0 + hours * HOUR);
      for (const name of ['evicted', 'forgotten', 'refused'] as const) lost[name] += stats[name];
    }
    if (buffered) lost.evicted += (await buffer.flush()).evicted;
    const { devices, incidents, transitions } = await contentsOf(underlying);
    t.equal(incidents.length, 3, 'all three with an incident');
    t.ok(lost.evicted > 5, `${lost.evicted} were forgotten`);
    found.push({ incidents, transitions, keys: devices.length });
  }
  t.same(found[1], found[0]);
});

t.test('WriteBuffer fails if somebody else has written meanwhile, and stores nothing', async (t) => {
  const directory = temporaryDirectory(t);
  const underlying = new SqliteStore(openDatabase(directory), projectionOf(advisory));
  const other = new SqliteStore(openDatabase(directory), projectionOf(advisory));
  t.teardown(() => Promise.all([underlying.close(), other.close()]));
  const buffer = new WriteBuffer(underlying);
  await run(buffer, [event(observed(T0), { origin: 'sw-a' })], 1);
  await run(other, [event(observed(T0 + 1), { origin: 'sw-a' })], 1);
  await t.rejects(buffer.flush(), /another version than the store/);
  t.equal((await other.load(['sw-a'])).get('sw-a')?.messages, 1);
});
