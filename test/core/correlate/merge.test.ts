/** Two names turn out to belong to one device: the incidents follow from the lines of both, each at its own time. */

import fc from 'fast-check';
import t from 'tap';
import type { SignalEvent } from '../../../src/core/model/device-state.ts';
import type { Names } from '../../../src/core/model/names.ts';
import { MemoryStore } from '../../../src/store/memory/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, event, HOUR, NAMINGS, observed, T0 } from '../../given.ts';
import { batchOf, noRows, writeBatch } from '../../store/stores.ts';
import { shapes } from '../signals.ts';

const comm: Partial<SignalEvent> = {};
const callHome: Partial<SignalEvent> = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' };
const restored: Partial<SignalEvent> = {
  kind: 'recovery',
  family: null,
  cause: null,
  weight: 0,
  mnemonic: 'COMM_RESTORED',
};
const imported: Partial<SignalEvent> = {
  kind: 'remediation',
  family: null,
  cause: null,
  weight: 0,
  mnemonic: 'TRUSTPOOL_DOWNLOAD_SUCCESS',
};
const hint: Partial<SignalEvent> = { kind: 'hint', family: null, cause: null, weight: 0, mnemonic: 'RESTART' };

type Story = readonly (readonly [hours: number, over: Partial<SignalEvent>])[];

const byAddress = { peer: '192.0.2.8' };
const byName = { origin: 'sw-a' };

/** A store that is fed with lines, one batch per name; `changes`: all changes of incidents. */
class Fixture {
  readonly store = new MemoryStore(projectionOf(advisory));
  readonly changes: string[] = [];

  async receive(names: Partial<Names>, story: Story): Promise<void> {
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

t.test('mergeDevices() opens no incident from failures further apart than the window', async (t) => {
  const fixture = new Fixture();
  await fixture.receive(byAddress, [[0, callHome]]);
  await fixture.receive(byName, [
    [200, comm],
    [230, comm],
    [260, comm],
  ]);
  await fixture.receive({ ...byAddress, ...byName }, [[261, hint]]);
  t.same(await fixture.states(), {});
  const device = (await fixture.store.load(['sw-a'])).get('sw-a');
  t.equal(device?.state.firstFailureAt, T0, 'the device has failed since the first line of both');
});

t.test('mergeDevices() recovers an incident of one name by a later success of the other', async (t) => {
  const fixture = new Fixture();
  await fixture.receive(byAddress, [
    [0, callHome],
    [1, comm],
  ]);
  await fixture.receive(byName, [
    [10, restored],
    [100, hint],
  ]);
  t.same(await fixture.states(), { 'qv-192.0.2.8-1': 'suspected' });
  await fixture.receive({ ...byAddress, ...byName }, [[101, hint]]);
  t.same(await fixture.states(), { 'qv-sw-a-1': 'resolved' });
  t.same((await fixture.store.incident('qv-sw-a-1'))?.resolvedAt, new Date(T0 + 11 * HOUR).toISOString());
});

t.test('mergeDevices() keeps an incident open if one name recovers and the other fails later', async (t) => {
  const fixture = new Fixture();
  await fixture.receive(byAddress, [
    [0, callHome],
    [1, { ...comm, peers: ['tools.cisco.com'] }],
    [1.5, { family: 'trust-proof', weight: 3, cause: 'trust', mnemonic: 'AUTH_RENEW_FAILED' }],
    [2, restored],
    [100, hint],
  ]);
  await fixture.receive(byName, [
    [1.6, callHome],
    [2.5, comm],
    [100, hint],
  ]);
  await fixture.receive({ ...byAddress, ...byName }, [[100.5, hint]]);
  t.same(await fixture.states(), { 'qv-sw-a-1': 'confirmed' });
});

t.test('mergeDevices() leaves a finished incident under its old key', async (t) => {
  const over: Story = [
    [0, callHome],
    [1, comm],
    [2, restored],
    [100, hint],
  ];
  const fixture = new Fixture();
  await fixture.receive(byAddress, over);
  await fixture.receive(
    byName,
    over.map(([hours, what]) => [hours + 200, what] as const),
  );
  await writeBatch(fixture.store, { ...noRows, devices: [], now: T0, notes: [noteOf('192.0.2.8')] });
  await fixture.receive({ ...byAddress, ...byName }, [[301, hint]]);
  t.same(await fixture.states(), { 'qv-192.0.2.8-1': 'resolved', 'qv-sw-a-1': 'resolved' });
  t.notMatch(fixture.changes.join('\n'), /Withdrawn/);
  t.same((await fixture.store.evidence('192.0.2.8', 1)).length, 3);
  t.same(await fixture.store.notes('192.0.2.8', 1), [noteOf('192.0.2.8')]);
  t.same([...(await fixture.store.load(['192.0.2.8', 'sw-a'])).keys()], ['sw-a'], 'both names lead to one device');
});

t.test('mergeDevices() does not withdraw a finished incident if the other name has an open one', async (t) => {
  const fixture = new Fixture();
  await fixture.receive(byName, [
    [0, callHome],
    [1, comm],
    [2, restored],
    [3, hint],
  ]);
  await fixture.receive(byAddress, [
    [100, callHome],
    [101, comm],
    [200, comm],
    [201, hint],
  ]);
  await fixture.receive({ ...byAddress, ...byName }, [[202, hint]]);
  t.same(await fixture.states(), { 'qv-sw-a-1': 'resolved', 'qv-sw-a-2': 'suspected' });
  t.same(
    fixture.changes.filter((change) => change.startsWith('sw-a 1')),
    ['sw-a 1 IncidentSuspected', 'sw-a 1 IncidentRecovering', 'sw-a 1 IncidentResolved'],
  );
});

t.test('correlate() leaves out a finished incident that a later line of the batch withdraws', async (t) => {
  const failing: Story = [
    [0, callHome],
    [2, comm],
    [2.5, imported],
    [3, restored],
    [29, callHome],
    [30, comm],
    [30.2, imported],
    [30.5, restored],
    [56, callHome],
    [57, comm],
  ];
  // Proof soon after the repair: the first incident is reopened, and the second one was the same.
  const late = [20, { ...comm, family: 'trust-proof', weight: 3, cause: 'trust', manner: 'refused' }] as const;
  const fixture = new Fixture();
  await fixture.receive(byName, failing);
  t.same(await fixture.states(), { 'qv-sw-a-1': 'resolved', 'qv-sw-a-2': 'resolved', 'qv-sw-a-3': 'suspected' });
  const atOnce = new Fixture();
  await atOnce.receive(byName, [...failing, late]);
  await fixture.receive(byName, [late]);
  t.same(await fixture.states(), { 'qv-sw-a-1': 'resolved', 'qv-sw-a-2': 'suspected' });
  t.same(await atOnce.states(), { 'qv-sw-a-1': 'resolved', 'qv-sw-a-2': 'suspected' });
});

t.test('correlate() reports changes that add up to the stored incidents, under any names of the lines', async (t) => {
  const line = fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 700 })),
    fc.constantFrom(...NAMINGS),
    fc.constantFrom(comm, callHome, restored, hint, ...shapes),
  );
  const stories = fc.array(line, { minLength: 1, maxLength: 80, size: 'max' });
  await fc.assert(
    fc.asyncProperty(stories, fc.boolean(), fc.integer({ min: 1, max: 20 }), async (story, inTime, size) => {
      const ordered = inTime ? [...story].sort(([a], [b]) => a - b) : story;
      const observations = ordered.map(([hours, names, over]) => event(observed(T0 + hours * HOUR, over), names));
      const store = new MemoryStore(projectionOf(advisory));
      const reported = new Map<string, string>();
      for (let from = 0; from < observations.length; from += size) {
        const batch = await batchOf(store, observations.slice(from, from + size));
        for (const { device, ordinal, to, type } of batch.changes) {
          const id = `qv-${device}-${ordinal}`;
          if (type === 'IncidentWithdrawn') reported.delete(id);
          else reported.set(id, to);
        }
        const result = await writeBatch(store, batch);
        const { rows } = await store.incidents({ limit: 500 });
        // A key that appears again is a new device; the incidents reported under it before are deleted.
        if (result.forgotten > 0)
          for (const id of reported.keys()) if (!rows.some((row) => row.id === id)) reported.delete(id);
        if (rows.length !== reported.size || rows.some(({ id, state }) => reported.get(id) !== state)) return false;
      }
      return true;
    }),
    { numRuns: 2000, interruptAfterTimeLimit: 60_000 },
  );
  t.pass();
});

function noteOf(device: string) {
  return { device, ordinal: 1, at: T0, by: 'kim', kind: 'note' as const, text: 'it was the proxy', disposition: null };
}
