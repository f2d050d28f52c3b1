import t from 'tap';
import type { Device } from '../../src/core/model/device.ts';
import type { SignalEvent } from '../../src/core/model/device-state.ts';
import { limits } from '../../src/core/model/limits.ts';
import type { Observation } from '../../src/core/model/observation.ts';
import { LinkWatch } from '../../src/core/read/link-watch.ts';
import { FleetReport } from '../../src/operate/fleet-report.ts';
import { readInventory } from '../../src/operate/inventory-file.ts';
import { Operations } from '../../src/operate/operations.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, DAY, event, HOUR, observed, T0 } from '../given.ts';
import { commitObservations } from '../store/stores.ts';

const MINUTE = HOUR / 60;
const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' } as const;
const crl = { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' } as const;
const other = { family: null, cause: null, weight: 0 } as const;
const restored = { ...other, kind: 'recovery', mnemonic: 'COMM_RESTORED' } as const;
const imported = { ...other, kind: 'remediation', mnemonic: 'TRUSTPOOL_DOWNLOAD_SUCCESS' } as const;
const lost = {
  ...other,
  kind: 'consequence',
  family: 'consequence',
  mnemonic: 'OUT_OF_COMPLIANCE',
  critical: true,
} as const;

/** A store with this inventory and with the observations of the devices. */
async function storeOf(csv: string, observations: readonly Observation[]) {
  const store = new MemoryStore(projectionOf(advisory));
  const operations = new Operations({ store, advisory, now: () => T0, onCommit: () => {} });
  await operations.import(readInventory(csv, 'csv'));
  if (observations.length > 0) await commitObservations(store, observations);
  return store;
}

t.test('FleetReport.hypotheses() counts only links of the plant that went down near the failures', async (t) => {
  const plant = ['sw-1', 'sw-2', 'sw-3'];
  const observations = plant.flatMap((origin, n) => {
    const names = { origin, peer: `192.0.2.${n + 1}` };
    return [event(observed(T0, callHome), names), event(observed(T0 + 2 * MINUTE), names)];
  });
  const store = await storeOf(`hostname,plant\n${plant.join(',Linz\n')},Linz\nsw-9,Graz`, observations);
  const device = (await store.load(['sw-1'])).get('sw-1') as Device;
  const rows: readonly (readonly [
    why: string,
    down: readonly (readonly [peer: string | null, at: number])[],
    count: number,
  ])[] = [
    ['none', [], 0],
    [
      'two within minutes',
      [
        ['192.0.2.2', -10 * MINUTE],
        ['192.0.2.3', 14 * MINUTE],
      ],
      2,
    ],
    ['two days before', [['192.0.2.2', -2 * DAY]], 0],
    ['two days after', [['192.0.2.2', 2 * DAY]], 0],
    [
      'at the bounds',
      [
        ['192.0.2.1', -15 * MINUTE],
        ['192.0.2.2', 15 * MINUTE],
      ],
      2,
    ],
    [
      'beyond the bounds',
      [
        ['192.0.2.1', -15 * MINUTE - 1],
        ['192.0.2.2', 15 * MINUTE + 1],
      ],
      0,
    ],
    [
      'the last time counts',
      [
        ['192.0.2.2', -2 * DAY],
        ['192.0.2.2', 0],
      ],
      1,
    ],
    [
      'of another plant, or without an address',
      [
        ['192.0.2.9', 0],
        [null, 0],
      ],
      0,
    ],
  ];
  for (const [why, down, count] of rows) {
    const links = new LinkWatch();
    for (const [peer, at] of down) links.note(peer, T0 + at);
    const ranked = await new FleetReport(store, advisory, () => T0 + HOUR, links).hypotheses(device, T0 + HOUR);
    const reasons = ranked.flatMap(({ for: reasons }) => reasons).filter((text) => text.includes('reported links'));
    t.strictSame(reasons, count === 0 ? [] : [`${count} devices of the plant reported links that went down`], why);
  }
});

t.test('FleetReport.tasks() lists exactly the devices to repair or to check, the most urgent first', async (t) => {
  const of = (origin: string, ...signals: readonly (readonly [hours: number, over: Partial<SignalEvent>])[]) =>
    signals.map(([hours, over]) => event(observed(T0 + hours * HOUR, over), { origin }));
  const suspected = [
    [0, callHome],
    [1, {}],
  ] as const;
  const confirmed = [...suspected, [2, crl]] as const;
  const worked = (days: number) => [-24 * days, restored] as const;
  const observations = [
    ...of('critical', ...suspected, [3, lost]),
    ...of('major-ends-soon', worked(200), ...confirmed),
    ...of('major-ends-later', worked(100), ...confirmed),
    ...of('major-bound', [-24 * 150, {}], ...confirmed),
    ...of('major-at-most', ...confirmed),
    ...of('major-at-most-too', ...confirmed),
    ...of('major-touched', worked(300), ...confirmed, [3, imported]),
    ...of('warning', worked(300), ...suspected),
    ...of('warning-touched', worked(310), ...suspected, [3, imported]),
    ...of('offline', ...confirmed),
    ...of('recovering', ...confirmed, [3, restored]),
    ...of('unset-clock', [0, { ...callHome, clock: 'unset' }], [1, {}]),
    ...of('watched', [0, callHome]),
    ...of('well', worked(1)),
  ];
  const store = await storeOf('hostname,plant,licensing\noffline,Linz,PLR\nwarning,Linz,\nunheard,Linz,', observations);
  const report = new FleetReport(store, advisory, () => T0 + 3.5 * HOUR);
  const names = async (query: Parameters<typeof report.tasks>[0]) =>
    (await report.tasks(query)).map(({ device }) => device);
  const urgency = [
    'critical',
    'major-ends-soon',
    'major-bound',
    'major-ends-later',
    'major-at-most',
    'major-at-most-too',
    'major-touched',
    'warning',
    'warning-touched',
    // No repair, but something to check.
    'unset-clock',
  ];
  t.strictSame(await names({ limit: 99 }), urgency);
  t.strictSame(await names({ limit: 3 }), urgency.slice(0, 3), 'up to the limit');
  t.strictSame(await names({ plant: 'Linz', limit: 99 }), ['warning'], 'of a plant');
  t.equal((await store.incident('qv-offline-1'))?.state, 'suppressed', 'the incident is open, but needs no repair');
  t.equal((await store.incident('qv-unset-clock-1'))?.state, 'suspected');
});

t.test('FleetReport.snapshot() counts the groups beyond the limit together', async (t) => {
  const beyond = 5;
  const rows = Array.from(
    { length: limits.fleetGroups + beyond },
    (_, n) => `sw-${`${n}`.padStart(5, '0')},plant ${n}`,
  );
  const store = await storeOf(['hostname,plant', ...rows, 'sw-99998,plant 0', 'sw-99999,plant 9999'].join('\n'), []);
  const { fleet } = await new FleetReport(store, advisory, () => T0).snapshot();
  const named = new Map(fleet.plants.map(({ name, devices }) => [name, devices]));
  t.equal(fleet.all.devices, limits.fleetGroups + beyond + 2);
  t.equal(named.size, limits.fleetGroups + 1);
  t.strictSame([named.get('others'), named.get('plant 0')], [beyond + 1, 2], 'a known plant has its own count');
});
