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
    `Operations.import() imports no more devices than a ${name} store may hold, and returns the other rows`,
    async (t) => {
      const store = await open(t, { devices: 10 });
      const evictions: number[] = [];
      const operations = new Operations({
        ...{ store, advisory, now: () => T0 },
        onCommit: (_, { evicted }) => evictions.push(evicted),
      });
      await commitObservations(store, [event(observed(T0), { origin: 'sw-heard' })]);
      const first = await operations.import(readInventory(hostnames(0, 8), 'csv'));
      matchWhole(t, first, { taken: 8, unchanged: 0, noRoom: [] });
      const second = await operations.import(readInventory(hostnames(6, 14), 'csv'));
      t.match([second.taken, second.unchanged], [2, 2], 'a device that is not in the inventory is evicted');
      t.match(
        second.noRoom.map(({ line, row: { hostname } }) => [line, hostname]),
        [
          [6, 'sw-10'],
          [7, 'sw-11'],
          [8, 'sw-12'],
          [9, 'sw-13'],
        ],
      );
      t.same([(await store.devices({ limit: 99 })).rows.length, evictions.reduce((sum, n) => sum + n, 0)], [10, 1]);
      const none = { address: null, serial: null, pid: null, release: null, plant: null, licensing: null };
      await t.rejects(operations.list('sw-99', { hostname: 'sw-99', ...none }, ['hostname']), { code: 'QVW_REFUSED' });
      const plant = await operations.list('sw-3', { ...none, hostname: 'sw-3', plant: 'Linz' }, ['hostname', 'plant']);
      t.match(plant.inventory, { plant: 'Linz' }, 'a row of a known device is always imported');
      await commitObservations(store, [event(observed(T0 + HOUR), { origin: 'sw-3', peer: '192.0.2.3' })]);
      const address = await operations.list('sw-3', { ...none, hostname: 'sw-3', address: '192.0.2.3' }, ['address']);
      t.match(address.inventory, { address: '192.0.2.3' });
    },
  );
}

const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' } as const;
const crl = { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' } as const;
const hint = { kind: 'hint', family: null, cause: null, weight: 0 } as const;
const lines = (origin: string) => [event(observed(T0, callHome), { origin }), event(observed(T0 + HOUR), { origin })];

/** Commits these lines just before the next commit of the store, as a concurrent writer does. */
function commitBefore(store: Store, observations: readonly Observation[]): void {
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

type Action = {
  readonly why: string;
  /** The incident of the device before the action; `none`: there is no incident. */
  readonly before: 'open' | 'closed' | 'none';
  readonly run: (operations: Operations) => Promise<unknown>;
  readonly state: string;
  readonly changes: readonly string[];
  readonly notes: readonly string[];
  readonly of?: (device: Device) => unknown;
  readonly is?: unknown;
};

const OPENED = ['IncidentSuspected score-reached', 'IncidentConfirmed score-reached'];
const CLOSED = 'IncidentClosed closed-by-operator';

const actions: readonly Action[] = [
  {
    why: 'close()',
    before: 'open',
    run: (operations) => operations.close('qv-sw-a-1', 'kim', 'taken out'),
    state: 'closed',
    changes: [...OPENED, CLOSED],
    notes: ['closed by kim: taken out'],
  },
  {
    why: 'reopen()',
    before: 'closed',
    run: (operations) => operations.reopen('qv-sw-a-1', 'kim', 'it is back'),
    state: 'suspected',
    changes: ['IncidentSuspected score-reached', CLOSED, 'IncidentReopened reopened-by-operator'],
    notes: ['closed by kim: done', 'reopened by kim: it is back'],
  },
  {
    why: 'list()',
    before: 'open',
    run: (operations) => operations.list('sw-a', { ...none, hostname: 'sw-a', plant: 'Linz' }, ['hostname', 'plant']),
    state: 'confirmed',
    changes: OPENED,
    notes: [],
    of: ({ inventory }) => inventory?.plant,
    is: 'Linz',
  },
  {
    why: 'import() of a known device',
    before: 'open',
    run: (operations) => operations.import(readInventory('hostname,plant\nsw-a,Linz', 'csv')),
    state: 'confirmed',
    changes: OPENED,
    notes: [],
    of: ({ inventory }) => inventory?.plant,
    is: 'Linz',
  },
  {
    why: 'import() of a new device',
    before: 'none',
    run: (operations) => operations.import(readInventory('hostname,plant\nsw-a,Linz', 'csv')),
    state: 'none',
    changes: [],
    notes: [],
    of: ({ inventory, messages }) => [inventory?.plant, messages],
    is: ['Linz', 1],
  },
  {
    why: 'checkTrustpool()',
    before: 'open',
    run: (operations) => operations.checkTrustpool('sw-a', NEW_ROOT),
    state: 'confirmed',
    changes: OPENED,
    notes: [],
    of: ({ trustpool }) => trustpool?.newRoot,
    is: 'present',
  },
];

for (const [name, open] of Object.entries(stores)) {
  t.test(
    `Operations loses neither an action nor a line that a ${name} store commits just before the action`,
    async (t) => {
      for (const { why, before, run, state, changes: expected, notes, of, is } of actions) {
        const store = await open(t);
        let [now, committed] = [T0 + 2 * HOUR, 0];
        const operations = new Operations({ store, advisory, now: () => now, onCommit: () => committed++ });
        if (before !== 'none') await commitObservations(store, lines('sw-a'));
        if (before === 'closed') await operations.close('qv-sw-a-1', 'kim', 'done');
        now += 2 * HOUR;
        committed = 0;
        commitBefore(store, [event(observed(T0 + 3 * HOUR, crl), { origin: 'sw-a' })]);
        await run(operations);
        t.equal(committed, 1, `${why}: decided on the state after the line, and notified once`);
        const device = (await store.load(['sw-a'])).get('sw-a') as Device;
        t.equal(device.state.incident?.phase.state ?? 'none', state, why);
        const lists = device.state.claims.filter(({ family }) => family === 'revocation');
        t.equal(lists[0]?.count ?? 0, why === 'close()' ? 0 : 1, `${why}: the line counts`);
        const changes = await store.transitions('sw-a', 1);
        t.strictSame(
          changes.map(({ type, reason }) => `${type} ${reason}`),
          expected,
          why,
        );
        const written = await store.notes('sw-a', 1);
        t.strictSame(
          written.map(({ kind, by, text }) => `${kind} by ${by}: ${text}`),
          notes,
          `${why}: stored once`,
        );
        if (of !== undefined) t.strictSame(of(device), is, why);
      }
    },
  );

  t.test(
    `Operations.close() and note() store beside a disposition what a ${name} store has at the commit`,
    async (t) => {
      const store = await open(t);
      const operations = new Operations({ store, advisory, now: () => T0 + 4 * HOUR, onCommit: () => {} });
      const restart = (release: string, hours: number) =>
        event(observed(T0 + hours * HOUR, { ...hint, mnemonic: 'RESTART', facts: { release } }), { origin: 'sw-a' });
      await commitObservations(store, [...lines('sw-a'), restart('17.6.3', 2)]);
      commitBefore(store, [restart('17.9.4', 3)]);
      const { diagnosis } = (await store.incident('qv-sw-a-1')) ?? {};
      const [dns, trust] = [
        { hypothesis: 'dns', text: 'a typo' },
        { hypothesis: 'trust', text: '' },
      ] as const;
      await operations.note('qv-sw-a-1', 'kim', 'I looked', dns);
      await operations.note('qv-sw-a-1', 'kim', 'on my way');
      await operations.close('qv-sw-a-1', 'lee', 'done', trust);
      await operations.note('qv-sw-a-1', 'lee', 'and over');
      t.strictSame(
        (await store.notes('sw-a', 1)).map(({ kind, text, disposition }) => [kind, text, disposition]),
        [
          ['note', 'I looked', { ...dns, diagnosis, release: '17.9.4' }],
          ['note', 'on my way', null],
          ['closed', 'done', { ...trust, diagnosis, release: '17.9.4' }],
          ['note', 'and over', null],
        ],
      );
      await t.rejects(operations.close('qv-sw-a-1', 'lee', 'again', dns), { code: 'QVW_REFUSED' });
      const counts = [{ hypothesis: 'trust', diagnosis, release: '17.9.4', count: 1 }];
      t.strictSame(await store.dispositions({}), counts, 'a refused one is not stored');
    },
  );

  t.test(
    `Operations.note() refuses a note beyond the limit of an incident in a ${name} store, and keeps the others`,
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
        acknowledge: () => operations.acknowledge(a, 'alex', 'more'),
        close: () => operations.close(a, 'kim', 'more'),
      };
      for (const [why, act] of Object.entries(more)) {
        await t.rejects(act(), { code: 'QVW_REFUSED', message: /has 200 notes already/ }, why);
      }
      const notes = await store.notes('sw-a', 1);
      t.strictSame([notes.length, notes.at(-1)?.text], [limits.notes, 'the last one']);
      t.equal((await store.incident(a))?.state, 'suspected', 'the incident is not closed without a note');
      await operations.note(b, 'kim', 'of another one');
      t.equal((await store.notes('sw-b', 1)).length, 1, 'each incident has its own limit');
    },
  );
}
