/** Two names turn out to be one device's: what follows from the lines of both, each at its own time. */

import fc from 'fast-check';
import t from 'tap';
import type { SignalEvent } from '../../../src/core/model/device-state.ts';
import type { Names } from '../../../src/core/model/names.ts';
import { MemoryStore } from '../../../src/store/memory/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, event, HOUR, NAMINGS, observed, T0 } from '../../given.ts';
import { batchOf, noRows, writeBatch } from '../../store/stores.ts';

const comm: Partial<SignalEvent> = {};
const callHome: Partial<SignalEvent> = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' };
const restored: Partial<SignalEvent> = {
  kind: 'recovery',
  family: null,
  cause: null,
  weight: 0,
  mnemonic: 'COMM_RESTORED',
};
const hint: Partial<SignalEvent> = { kind: 'hint', family: null, cause: null, weight: 0, mnemonic: 'RESTART' };

type Story = readonly (readonly [hours: number, over: Partial<SignalEvent>])[];

const byAddress = { peer: '192.0.2.8' };
const byName = { origin: 'sw-a' };

/** A store that was told of lines, a batch for each name; `changes`: all that was told of incidents. */
class World {
  readonly store = new MemoryStore(projectionOf(advisory));
  readonly changes: string[] = [];

  async say(names: Partial<Names>, story: Story): Promise<void> {
    const observations = story.map(([hours, over]) => event(observed(T0 + hours * HOUR, over), names));
    const batch = await batchOf(this.store, observations);
    for (const { device, ordinal, type } of batch.changes) this.changes.push(`${device} ${ordinal} ${type}`);
    await writeBatch(this.store, batch);
  }

  async states(): Promise<Record<string, string>> {
    const { rows } = await this.store.incidents({ limit: 99 });
    return Object.fromEntries(rows.map(({ id, state }) => [id, state]));
  }
}

t.test('what one name said long before the other one failed makes no incident of both', async (t) => {
  const world = new World();
  await world.say(byAddress, [[0, callHome]]);
  await world.say(byName, [
    [100, comm],
    [130, comm],
    [160, comm],
  ]);
  await world.say({ ...byAddress, ...byName }, [[161, hint]]);
  t.same(await world.states(), {});
  const device = (await world.store.load(['sw-a'])).get('sw-a');
  t.equal(device?.state.firstFailureAt, T0, 'it has failed since then');
});

t.test('what failed under one name and later worked under the other has recovered', async (t) => {
  const world = new World();
  await world.say(byAddress, [
    [0, callHome],
    [1, comm],
  ]);
  await world.say(byName, [
    [10, restored],
    [100, hint],
  ]);
  t.same(await world.states(), { 'qv-192.0.2.8-1': 'suspected' });
  await world.say({ ...byAddress, ...byName }, [[101, hint]]);
  t.same(await world.states(), { 'qv-sw-a-1': 'resolved' });
  t.same((await world.store.incident('qv-sw-a-1'))?.resolvedAt, new Date(T0 + 11 * HOUR).toISOString());
});

t.test('what recovers under one name and later fails under the other fails', async (t) => {
  const world = new World();
  await world.say(byAddress, [
    [0, callHome],
    [1, { ...comm, peers: ['tools.cisco.com'] }],
    [1.5, { family: 'trust-proof', weight: 3, cause: 'trust', mnemonic: 'AUTH_RENEW_FAILED' }],
    [2, restored],
    [100, hint],
  ]);
  await world.say(byName, [
    [1.6, callHome],
    [2.5, comm],
    [100, hint],
  ]);
  await world.say({ ...byAddress, ...byName }, [[100.5, hint]]);
  t.same(await world.states(), { 'qv-sw-a-1': 'confirmed' });
});

t.test('an incident that was over stays under the name it was told under', async (t) => {
  const over: Story = [
    [0, callHome],
    [1, comm],
    [2, restored],
    [100, hint],
  ];
  const world = new World();
  await world.say(byAddress, over);
  await world.say(
    byName,
    over.map(([hours, what]) => [hours + 200, what] as const),
  );
  await writeBatch(world.store, { ...noRows, devices: [], now: T0, notes: [noteOf('192.0.2.8')] });
  await world.say({ ...byAddress, ...byName }, [[301, hint]]);
  t.same(await world.states(), { 'qv-192.0.2.8-1': 'resolved', 'qv-sw-a-1': 'resolved' });
  t.notMatch(world.changes.join('\n'), /Withdrawn/);
  t.same((await world.store.evidence('192.0.2.8', 1)).length, 3);
  t.same(await world.store.notes('192.0.2.8', 1), [noteOf('192.0.2.8')]);
  t.same([...(await world.store.load(['192.0.2.8', 'sw-a'])).keys()], ['sw-a'], 'it is one device nevertheless');
});

t.test('an incident that was over is not withdrawn where the other name has an open one', async (t) => {
  const world = new World();
  await world.say(byName, [
    [0, callHome],
    [1, comm],
    [2, restored],
    [3, hint],
  ]);
  await world.say(byAddress, [
    [100, callHome],
    [101, comm],
    [200, comm],
    [201, hint],
  ]);
  await world.say({ ...byAddress, ...byName }, [[202, hint]]);
  t.same(await world.states(), { 'qv-sw-a-1': 'resolved', 'qv-sw-a-2': 'suspected' });
  t.same(
    world.changes.filter((change) => change.startsWith('sw-a 1')),
    ['sw-a 1 IncidentSuspected', 'sw-a 1 IncidentRecovering', 'sw-a 1 IncidentResolved'],
  );
});

t.test('what was past and is then withdrawn in the same batch stays withdrawn', async (t) => {
  const failing: Story = [
    [0, callHome],
    [2, comm],
    [3, restored],
    [29, callHome],
    [30, comm],
    [30.5, { ...restored, peers: ['cslu'] }],
    [56, callHome],
    [57, comm],
  ];
  const late = [20, { ...comm, peers: ['tools.cisco.com'] }] as const;
  const world = new World();
  await world.say(byName, failing);
  t.same(await world.states(), { 'qv-sw-a-1': 'resolved', 'qv-sw-a-2': 'resolved', 'qv-sw-a-3': 'suspected' });
  const atOnce = new World();
  await atOnce.say(byName, [...failing, late]);
  await world.say(byName, [late]);
  t.same(await world.states(), { 'qv-sw-a-1': 'suspected' });
  t.same(await atOnce.states(), { 'qv-sw-a-1': 'suspected' });
});

t.test('what was told of incidents adds up to what is stored, whatever names their lines come under', async (t) => {
  const line = fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 700 })),
    fc.constantFrom(...NAMINGS),
    fc.constantFrom(comm, callHome, restored, hint, { ...comm, weight: 0, cause: 'dns' as const }),
  );
  const stories = fc.array(line, { minLength: 1, maxLength: 80, size: 'max' });
  await fc.assert(
    fc.asyncProperty(stories, fc.boolean(), fc.integer({ min: 1, max: 20 }), async (story, inTime, size) => {
      const ordered = inTime ? [...story].sort(([a], [b]) => a - b) : story;
      const observations = ordered.map(([hours, names, over]) => event(observed(T0 + hours * HOUR, over), names));
      const store = new MemoryStore(projectionOf(advisory));
      const told = new Map<string, string>();
      for (let from = 0; from < observations.length; from += size) {
        const batch = await batchOf(store, observations.slice(from, from + size));
        for (const { device, ordinal, to, type } of batch.changes) {
          const id = `qv-${device}-${ordinal}`;
          if (type === 'IncidentWithdrawn') told.delete(id);
          else told.set(id, to);
        }
        const result = await writeBatch(store, batch);
        const { rows } = await store.incidents({ limit: 500 });
        // A name that comes again begins anew; what was told under it before is forgotten.
        if (result.forgotten > 0) for (const id of told.keys()) if (!rows.some((row) => row.id === id)) told.delete(id);
        if (rows.length !== told.size || rows.some(({ id, state }) => told.get(id) !== state)) return false;
      }
      return true;
    }),
    { numRuns: 2000, interruptAfterTimeLimit: 60_000 },
  );
  t.pass();
});

function noteOf(device: string) {
  return { device, ordinal: 1, at: T0, by: 'kim', kind: 'note' as const, text: 'it was the proxy' };
}
