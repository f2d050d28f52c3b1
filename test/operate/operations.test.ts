import t from 'tap';
import type { Device } from '../../src/core/model/device.ts';
import { limits } from '../../src/core/model/limits.ts';
import type { Observation } from '../../src/core/model/observation.ts';
import { readInventory } from '../../src/operate/inventory-file.ts';
import { Operations } from '../../src/operate/operations.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { advisory, event, HOUR, observed, T0 } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { commitObservations, stores } from '../store/stores.ts';

const hostnames = (from: number, to: number) =>
  ['hostname', ...Array.from({ length: to - from }, (_, n) => `sw-${from + n}`)].join('\n');

for (const [name, open] of Object.entries(stores)) {
  t.test(
    `Operations.import() takes no more devices than a ${name} store may hold, and says which rows it left`,
    async (t) => {
      const store = await open(t, { devices: 10 });
      const took: number[] = [];
      const operations = new Operations({
        ...{ store, advisory, now: () => T0 },
        onCommit: (_, { evicted }) => took.push(evicted),
      });
      await commitObservations(store, [event(observed(T0), { origin: 'sw-heard' })]);
      const first = await operations.import(readInventory(hostnames(0, 8), 'csv'));
      matchWhole(t, first, { taken: 8, unchanged: 0, noRoom: [] });
      const second = await operations.import(readInventory(hostnames(6, 14), 'csv'));
      t.match([second.taken, second.unchanged], [2, 2], 'the one that was only heard makes room');
      t.match(
        second.noRoom.map(({ line, row: { hostname } }) => [line, hostname]),
        [
          [6, 'sw-10'],
          [7, 'sw-11'],
          [8, 'sw-12'],
          [9, 'sw-13'],
        ],
      );
      t.same([(await store.devices({ limit: 99 })).rows.length, took.reduce((sum, n) => sum + n, 0)], [10, 1]);
      const none = { address: null, serial: null, pid: null, release: null, plant: null, licensing: null };
      await t.rejects(operations.list('sw-99', { hostname: 'sw-99', ...none }, ['hostname']), { code: 'QVW_REFUSED' });
      const plant = await operations.list('sw-3', { ...none, hostname: 'sw-3', plant: 'Linz' }, ['hostname', 'plant']);
      t.match(plant.inventory, { plant: 'Linz' }, 'a device that is there can always be written of');
      await commitObservations(store, [event(observed(T0 + HOUR), { origin: 'sw-3', peer: '192.0.2.3' })]);
      const address = await operations.list('sw-3', { ...none, hostname: 'sw-3', address: '192.0.2.3' }, ['address']);
      t.match(address.inventory, { address: '192.0.2.3' });
    },
  );
}

const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' } as const;
const crl = { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' } as const;
const lines = (origin: string) => [event(observed(T0, callHome), { origin }), event(observed(T0 + HOUR), { origin })];

/** Just before the next commit of a store somebody else commits these lines. */
function rival(store: Store, observations: readonly Observation[]): void {
  const { commit } = store;
  store.commit = async (about, fold) => {
    store.commit = commit;
    await commitObservations(store, observations);
    return store.commit(about, fold);
  };
}

const none = { address: null, serial: null, pid: null, release: null, plant: null, licensing: null };
const NEW_ROOT = [
  'CA Certificate',
  '  Certificate Serial Number (hex): 0A0142800000014523C844B500000002',
  '  Subject:',
  '    cn=IdenTrust Commercial Root CA 1',
  '  Trustpool: Downloaded',
  '',
].join('\n');

type Acting = {
  readonly why: string;
  /** Of the device before: with an incident, closed, or none at all. */
  readonly before: 'open' | 'closed' | 'none';
  readonly run: (operations: Operations) => Promise<unknown>;
  readonly state: string;
  readonly told: readonly string[];
  readonly notes: readonly string[];
  readonly of?: (device: Device) => unknown;
  readonly is?: unknown;
};

const OPENED = ['IncidentSuspected score-reached', 'IncidentConfirmed score-reached'];
const CLOSED = 'IncidentClosed closed-by-operator';

const acts: readonly Acting[] = [
  {
    why: 'close()',
    before: 'open',
    run: (operations) => operations.close('qv-sw-a-1', 'kim', 'taken out'),
    state: 'closed',
    told: [...OPENED, CLOSED],
    notes: ['closed by kim: taken out'],
  },
  {
    why: 'reopen()',
    before: 'closed',
    run: (operations) => operations.reopen('qv-sw-a-1', 'kim', 'it is back'),
    state: 'suspected',
    told: ['IncidentSuspected score-reached', CLOSED, 'IncidentReopened reopened-by-operator'],
    notes: ['closed by kim: done', 'reopened by kim: it is back'],
  },
  {
    why: 'list()',
    before: 'open',
    run: (operations) => operations.list('sw-a', { ...none, hostname: 'sw-a', plant: 'Linz' }, ['hostname', 'plant']),
    state: 'confirmed',
    told: OPENED,
    notes: [],
    of: ({ inventory }) => inventory?.plant,
    is: 'Linz',
  },
  {
    why: 'import() of a device that there is',
    before: 'open',
    run: (operations) => operations.import(readInventory('hostname,plant\nsw-a,Linz', 'csv')),
    state: 'confirmed',
    told: OPENED,
    notes: [],
    of: ({ inventory }) => inventory?.plant,
    is: 'Linz',
  },
  {
    why: 'import() of a device that there was not',
    before: 'none',
    run: (operations) => operations.import(readInventory('hostname,plant\nsw-a,Linz', 'csv')),
    state: 'none',
    told: [],
    notes: [],
    of: ({ inventory, messages }) => [inventory?.plant, messages],
    is: ['Linz', 1],
  },
  {
    why: 'look()',
    before: 'open',
    run: (operations) => operations.checkTrustpool('sw-a', NEW_ROOT),
    state: 'confirmed',
    told: OPENED,
    notes: [],
    of: ({ trustpool }) => trustpool?.newRoot,
    is: 'present',
  },
];

for (const [name, open] of Object.entries(stores)) {
  t.test(`Operations loses neither an act nor lines where a ${name} had a line before it`, async (t) => {
    for (const { why, before, run, state, told, notes, of, is } of acts) {
      const store = await open(t);
      let [now, committed] = [T0 + 2 * HOUR, 0];
      const operations = new Operations({ store, advisory, now: () => now, onCommit: () => committed++ });
      if (before !== 'none') await commitObservations(store, lines('sw-a'));
      if (before === 'closed') await operations.close('qv-sw-a-1', 'kim', 'done');
      now += 2 * HOUR;
      committed = 0;
      rival(store, [event(observed(T0 + 3 * HOUR, crl), { origin: 'sw-a' })]);
      await run(operations);
      t.equal(committed, 1, `${why}: decided on what the line has left, and notified once`);
      const device = (await store.load(['sw-a'])).get('sw-a') as Device;
      t.equal(device.state.incident?.phase.state ?? 'none', state, why);
      t.equal(device.state.families['revocation']?.count ?? 0, why === 'close()' ? 0 : 1, `${why}: the line counts`);
      const changes = await store.transitions('sw-a', 1);
      t.strictSame(
        changes.map(({ type, reason }) => `${type} ${reason}`),
        told,
        why,
      );
      const written = await store.notes('sw-a', 1);
      t.strictSame(
        written.map(({ kind, by, text }) => `${kind} by ${by}: ${text}`),
        notes,
        `${why}: written once`,
      );
      if (of !== undefined) t.strictSame(of(device), is, why);
    }
  });

  t.test(
    `Operations.note() refuses what is more than the bound on an incident in a ${name}, and keeps the rest`,
    async (t) => {
      const store = await open(t);
      const operations = new Operations({ store, advisory, now: () => T0, onCommit: () => {} });
      for (const device of ['sw-a', 'sw-b']) {
        const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' };
        const signals = [observed(T0, callHome), observed(T0 + HOUR)];
        await commitObservations(
          store,
          signals.map((signal) => event(signal, { origin: device })),
        );
      }
      const [a, b] = ['qv-sw-a-1', 'qv-sw-b-1'];
      for (let n = 0; n < limits.notes - 1; n++) await operations.note(a, 'kim', `${n}`);
      await operations.acknowledge(a, 'kim', 'the last one');
      const more: Record<string, () => Promise<void>> = {
        note: () => operations.note(a, 'kim', 'more'),
        acknowledge: () => operations.acknowledge(a, 'kim', 'more'),
        close: () => operations.close(a, 'kim', 'more'),
      };
      for (const [why, act] of Object.entries(more)) {
        await t.rejects(act(), { code: 'QVW_REFUSED', message: /has 200 notes already/ }, why);
      }
      const notes = await store.notes('sw-a', 1);
      t.strictSame([notes.length, notes.at(-1)?.text], [limits.notes, 'the last one']);
      t.equal((await store.incident(a))?.state, 'suspected', 'nor is it closed without its reason');
      await operations.note(b, 'kim', 'of another one');
      t.equal((await store.notes('sw-b', 1)).length, 1, 'each incident has its own');
    },
  );
}
