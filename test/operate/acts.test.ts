/** What is told of what people do, after its commit. */
import t, { type Test } from 'tap';
import type { Names } from '../../src/core/model/names.ts';
import { type Act, actKinds } from '../../src/operate/committing.ts';
import { readInventory } from '../../src/operate/inventory-file.ts';
import { Operations } from '../../src/operate/operations.ts';
import { trustpoolSample } from '../../src/serve/openapi/route-examples.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { advisory, event, HOUR, observed, T0 } from '../given.ts';
import { commitObservations, stores } from '../store/stores.ts';

const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' } as const;
const csv = (...lines: readonly string[]) => readInventory(['hostname,plant', ...lines].join('\n'), 'csv');

type Open = (t: Test) => Promise<Store>;

/** What people do with a store in which these devices have failed, and what was told of it since it was last asked. */
async function acting(t: Test, open: Open, devices: readonly string[], names: Partial<Names> = {}) {
  const store = await open(t);
  for (const origin of devices)
    await commitObservations(
      store,
      [observed(T0, callHome), observed(T0 + HOUR)].map((signal) => event(signal, { origin, ...names })),
    );
  const told: (Act | string)[] = [];
  const operations = new Operations({
    ...{ store, advisory, now: () => T0 + 2 * HOUR },
    onCommit: (changes) => told.push(...changes.map(({ reason }) => reason)),
    onAct: (act) => told.push(act),
  });
  const saidOf = (each: Act | string) =>
    typeof each === 'string'
      ? each
      : `${each.kind} by ${each.by}: ${each.incidents.map(({ device, ordinal }) => `${device} ${ordinal}`)} of ${each.devices}`;
  return { operations, taken: () => told.splice(0).map(saidOf) };
}

for (const [name, open] of Object.entries(stores)) {
  t.test(`Operations tells each thing that is done in a ${name} store, after its changes`, async (t) => {
    const { operations, taken } = await acting(t, open, ['sw-a', 'sw-b']);
    const id = 'qv-sw-a-1';
    const kinds = new Set<string>();
    for (const [act, expected] of [
      [() => operations.acknowledge(id, 'kim', ''), ['acknowledged by kim: sw-a 1 of sw-a']],
      [() => operations.acknowledge(id, 'kim', ''), []],
      [() => operations.unacknowledge(id, 'lee', ''), ['unacknowledged by lee: sw-a 1 of sw-a']],
      [() => operations.unacknowledge(id, 'lee', ''), []],
      [() => operations.note(id, 'kim', 'on my way'), ['note by kim: sw-a 1 of sw-a']],
      [() => operations.close(id, 'kim', 'done'), ['closed-by-operator', 'closed by kim: sw-a 1 of sw-a']],
      [() => operations.reopen(id, 'kim', 'again'), ['reopened-by-operator', 'reopened by kim: sw-a 1 of sw-a']],
      [() => operations.import(csv('sw-b,North', 'sw-c,North')), ['devices by null:  of sw-b,sw-c']],
      [() => operations.import(csv('sw-b,North', 'sw-c,North')), []],
      [() => operations.import(csv('sw-d,North'), { dryRun: true }), []],
      [() => operations.checkTrustpool('sw-b', trustpoolSample), ['devices by null:  of sw-b']],
      [() => operations.checkTrustpool('sw-b', trustpoolSample, { dryRun: true }), []],
      [() => operations.forget(['sw-c'], 'kim', 'scrapped'), ['devices by kim:  of sw-c']],
      [
        () => operations.forget(['sw-b'], 'kim', 'scrapped'),
        ['closed-by-operator', 'closed by kim: sw-b 1 of sw-b', 'devices by kim:  of sw-b'],
      ],
    ] as const) {
      await act();
      const told = taken();
      t.strictSame(told, expected, `${act}`);
      for (const each of told) kinds.add(each.split(' ')[0] ?? '');
    }
    t.strictSame(
      actKinds.filter((kind) => !kinds.has(kind)),
      [],
      'all kinds have been told',
    );
  });

  t.test(`Operations names a device of a ${name} store that became another one`, async (t) => {
    const { operations, taken } = await acting(t, open, ['sw-a'], { serial: 'FOC0000A1B2' });
    await operations.import(readInventory('hostname,serial\nsw-new,FOC0000A1B2\n', 'csv'));
    t.strictSame(taken(), ['same-device', 'same-device', 'devices by null:  of sw-new,sw-a']);
  });

  t.test(`actOnAll() tells of many incidents of a ${name} store by few acts, and not of those that stay`, async (t) => {
    const devices = Array.from({ length: 120 }, (_, index) => `sw-${index}`);
    const { operations, taken } = await acting(t, open, devices);
    await operations.acknowledge('qv-sw-0-1', 'kim', '');
    taken();
    const ids = devices.map((device) => `qv-${device}-1`);
    const order = { action: 'acknowledge', by: 'kim', text: '', stated: null } as const;
    t.match(await operations.actOnAll([...ids, 'qv-none-1'], order), { done: 119, unchanged: 1 });
    const told = taken();
    t.equal(told.length, 3, 'one for each commit of 50');
    const named = told.flatMap((each) => [...each.matchAll(/(sw-\d+) 1/g)].map(([, device]) => device));
    t.strictSame(named, devices.slice(1));
  });
}
