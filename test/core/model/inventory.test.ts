import fc from 'fast-check';
import t from 'tap';
import { correlate } from '../../../src/core/correlate/correlate.ts';
import { type Enrolled, enrol } from '../../../src/core/correlate/enrol.ts';
import { conditionOf, type Device } from '../../../src/core/model/device.ts';
import { columnOf, type InventoryRow, inventoryRow } from '../../../src/core/model/inventory.ts';
import type { Names } from '../../../src/core/model/names.ts';
import { advisory, event, HOUR, observed, T0 } from '../../given.ts';

const EMPTY: InventoryRow = {
  hostname: null,
  address: null,
  serial: null,
  pid: null,
  release: null,
  plant: null,
  licensing: null,
};

const row = (over: Partial<InventoryRow>): Enrolled => ({
  row: { ...EMPTY, ...over },
  columns: Object.keys(EMPTY) as (keyof InventoryRow)[],
});

/** A store in memory: applies rows and lines to the stored devices, as the service does. */
class Fleet {
  known: { devices: Map<string, Device>; aliases: Map<string, string | null> } = {
    devices: new Map(),
    aliases: new Map(),
  };
  changes: string[] = [];

  enrol(...rows: Enrolled[]): number {
    const result = enrol(this.known, rows, advisory);
    this.#apply(result);
    return result.taken;
  }

  line(names: Partial<Names>, hours: number, over = {}): void {
    this.#apply(correlate(this.known, [event(observed(T0 + hours * HOUR, over), names)], advisory));
  }

  #apply({ devices, aliases, merges, changes }: ReturnType<typeof correlate>): void {
    for (const { from } of merges) {
      this.known.devices.delete(from);
      const into = merges.find((merge) => merge.from === from)?.into ?? null;
      for (const [name, key] of this.known.aliases) if (key === from) this.known.aliases.set(name, into);
    }
    for (const [key, device] of devices) this.known.devices.set(key, device);
    for (const [name, key] of aliases) this.known.aliases.set(name, key);
    this.changes.push(...changes.map(({ type, device, reason }) => `${type} ${device} ${reason}`));
  }

  device(key: string) {
    return this.known.devices.get(key);
  }

  get keys(): string[] {
    return [...this.known.devices.keys()].sort();
  }
}

const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' };

t.test('inventoryRow() accepts the usual spellings, or returns the problem', async (t) => {
  t.same(inventoryRow({ hostname: ' sw-a ', address: '', licensing: 'slr', release: 17.3 }), {
    ...EMPTY,
    hostname: 'sw-a',
    licensing: 'SLR',
    release: '17.3',
  });
  t.match(inventoryRow({ hostname: 'sw-a', licensing: 'Unknown' }), { licensing: null });
  t.match(inventoryRow({ hostname: 'sw-a', plant: 'Unknown' }), { plant: null }, 'it would be taken for no plant');
  t.match(inventoryRow({ hostname: 'sw-a', plant: 'unknown hall' }), { plant: 'unknown hall' });
  for (const [cells, problem] of [
    [{ plant: 'North' }, /no hostname, address or serial/],
    [{ hostname: 'localhost' }, /names no device/],
    [{ address: '0.0.0.0' }, /names no device/],
    [{ serial: 'XXXX' }, /names no device/],
    [{ hostname: '..' }, /cannot stand in an address/],
    [{ hostname: 'sw-a', plant: '.' }, /plant \. cannot stand in an address/],
    [{ address: '1.2.3' }, /no IP address/],
    [{ hostname: 'sw a' }, /blank/],
    [{ hostname: 'sw-a', licensing: 'PLRX' }, /online, PLR, SLR/],
    [{ hostname: 'sw-a', plant: 'x'.repeat(129) }, /longer than 128/],
    [{ hostname: 'sw-a', plant: 'a\u001bb' }, /control character/],
    [{ hostname: { a: 1 } }, /not a text/],
  ] as const) {
    t.match(inventoryRow(cells), problem, JSON.stringify(cells));
  }
});

t.test('columnOf() knows the usual headings', async (t) => {
  for (const [heading, column] of [
    ['Host Name', 'hostname'],
    ['IP_Address', 'address'],
    ['Serial-Number', 'serial'],
    ['Model', 'pid'],
    ['VERSION', 'release'],
    ['Site', 'plant'],
    ['licensing mode', 'licensing'],
    ['Rack', null],
    ['__proto__', null],
  ] as const) {
    t.equal(columnOf(heading), column, heading);
  }
});

t.test('enrol() adds devices that have sent nothing, once', async (t) => {
  const fleet = new Fleet();
  const rows = [
    row({ hostname: 'sw-a', plant: 'North' }),
    row({ serial: 'FOC0000A1B2' }),
    row({ address: '192.0.2.9' }),
  ];
  t.equal(fleet.enrol(...rows), 3);
  t.equal(fleet.enrol(...rows), 0, 'the same rows change nothing');
  t.same(fleet.keys, ['192.0.2.9', 'FOC0000A1B2', 'sw-a']);
  t.equal(conditionOf(fleet.device('sw-a') as never), 'unheard');
  fleet.line({ peer: '192.0.2.9' }, 0);
  t.equal(conditionOf(fleet.device('192.0.2.9') as never), 'watching');
  t.equal(fleet.enrol({ row: { ...EMPTY, hostname: 'sw-a', pid: 'IE-3300-8T2S' }, columns: ['hostname', 'pid'] }), 1);
  t.match(fleet.device('sw-a')?.inventory, { plant: 'North', pid: 'IE-3300-8T2S' }, 'columns not given stay');
});

t.test('identify() finds the inventory row by serial number, name, address', async (t) => {
  const fleet = new Fleet();
  fleet.enrol(row({ hostname: 'sw-a', address: '192.0.2.7', serial: 'FOC0000A1B2' }), row({ hostname: 'sw-b' }));
  fleet.line({ peer: '192.0.2.7' }, 0);
  fleet.line({ origin: 'SW-A', peer: '192.0.2.50' }, 1);
  fleet.line({ origin: 'other-name', peer: '192.0.2.60', serial: 'FOC0000A1B2' }, 2);
  fleet.line({ relayHost: '192.0.2.7', peer: '192.0.2.90' }, 3);
  fleet.line({ origin: 'sw-b', peer: '192.0.2.7' }, 4);
  t.same(fleet.keys, ['sw-a', 'sw-b']);
  t.equal(fleet.device('sw-a')?.messages, 4);
  t.equal(fleet.device('sw-b')?.messages, 1, 'its name takes precedence over an address');
  fleet.line({ origin: 'stranger', peer: '192.0.2.7' }, 5);
  t.equal(
    fleet.device('stranger')?.messages,
    1,
    'an address with several senders is a relay, although the inventory lists it',
  );
});

t.test('enrol() gives a known device its inventory name, and moves its incident', async (t) => {
  const fleet = new Fleet();
  fleet.line({ peer: '192.0.2.7' }, 0, callHome);
  fleet.line({ peer: '192.0.2.7' }, 1);
  fleet.enrol(row({ hostname: 'sw-a', address: '192.0.2.7', plant: 'North' }));
  t.same(fleet.keys, ['sw-a']);
  t.equal(fleet.device('sw-a')?.state.incident?.phase.state, 'suspected');
  t.match(fleet.changes, [
    /IncidentSuspected 192/,
    /IncidentWithdrawn 192.* same-device/,
    /IncidentAmended sw-a same-device/,
  ]);
});

t.test('enrol() keeps two rows apart that share an address', async (t) => {
  const fleet = new Fleet();
  fleet.enrol(row({ hostname: 'sw-a', address: '192.0.2.7' }));
  fleet.enrol(row({ hostname: 'sw-b', address: '192.0.2.7' }));
  t.same(fleet.keys, ['sw-a', 'sw-b'], 'the address has moved');
  fleet.line({ peer: '192.0.2.7' }, 0);
  t.equal(fleet.device('sw-b')?.messages, 1);
});

t.test('enrol() confirms a suspicion on an affected release, imported before or after the suspicion', async (t) => {
  const affected = { hostname: 'sw-a', pid: 'IE-3300-8T2S', release: '17.3.3' };
  /** A score of 4 from three families. */
  const fail = (fleet: Fleet) => {
    fleet.line({ origin: 'sw-a' }, 0, callHome);
    fleet.line({ origin: 'sw-a' }, 1);
    fleet.line({ origin: 'sw-a' }, 2, { family: 'authorization', mnemonic: 'AUTH_RENEW_FAILED' });
  };
  const suspected = 'IncidentSuspected sw-a score-reached';
  const before = new Fleet();
  before.enrol(row(affected));
  fail(before);
  t.same(before.changes, [suspected, 'IncidentConfirmed sw-a affected-release']);
  const after = new Fleet();
  fail(after);
  after.enrol(row(affected));
  t.same(after.changes, [suspected, 'IncidentAmended sw-a inventory-changed']);
  t.match(after.device('sw-a')?.state.incident, {
    phase: { state: 'confirmed' },
    severity: 'major',
    confirmedAt: T0 + 2 * HOUR,
  });
  const fixed = new Fleet();
  fixed.enrol(row({ ...affected, release: '17.6.1' }));
  fail(fixed);
  t.same(fixed.changes, [suspected]);
});

t.test('enrol() suppresses an incident on offline licensing, and ends the suppression', async (t) => {
  const fleet = new Fleet();
  fleet.enrol(row({ hostname: 'sw-a', licensing: 'PLR' }));
  fleet.line({ origin: 'sw-a' }, 0, callHome);
  fleet.line({ origin: 'sw-a' }, 1);
  fleet.line({ origin: 'sw-a' }, 2, { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' });
  t.same(fleet.changes.splice(0), ['IncidentSuppressed sw-a offline-licensing']);
  t.match(fleet.device('sw-a')?.state.incident, { phase: { state: 'suppressed' }, severity: 'warning' });
  fleet.enrol(row({ hostname: 'sw-a', licensing: 'online' }));
  t.same(fleet.changes.splice(0), ['IncidentAmended sw-a inventory-changed']);
  t.match(fleet.device('sw-a')?.state.incident, { phase: { state: 'confirmed' }, severity: 'major' });
  fleet.enrol(row({ hostname: 'sw-a', licensing: 'SLR' }));
  t.match(fleet.device('sw-a')?.state.incident, {
    // Offline, lost trust does not lead: that caps the level.
    phase: { state: 'suppressed', from: 'suspected' },
    severity: 'warning',
  });
});

t.test('correlate() lets no suppressed incident go stale or recover, which would page somebody', async (t) => {
  const restored = { kind: 'recovery', family: null, cause: null, weight: 0, mnemonic: 'COMM_RESTORED' } as const;
  const DAY = 24;
  const failing = (licensing: InventoryRow['licensing']) => {
    const fleet = new Fleet();
    fleet.enrol(row({ hostname: 'sw-a', licensing }));
    fleet.line({ origin: 'sw-a' }, 0, callHome);
    fleet.line({ origin: 'sw-a' }, 1);
    fleet.changes.splice(0);
    return fleet;
  };
  const stateOf = (fleet: Fleet) => fleet.device('sw-a')?.state.incident?.phase.state;
  const silent = failing('PLR');
  silent.line({ origin: 'sw-a' }, 40 * DAY, { kind: 'hint', family: null, cause: null, weight: 0 });
  t.strictSame([silent.changes, stateOf(silent)], [[], 'suppressed'], 'silence means nothing');
  const heard = failing('SLR');
  heard.line({ origin: 'sw-a' }, 2, restored);
  t.strictSame(heard.changes.splice(0), ['IncidentResolved sw-a success-of-an-unnamed-peer']);
  heard.line({ origin: 'sw-a' }, 3, callHome);
  heard.line({ origin: 'sw-a' }, 4);
  t.strictSame(
    [heard.changes, stateOf(heard)],
    [['IncidentReopened sw-a failure-soon-after-resolution'], 'suppressed'],
  );
  const known = failing('online');
  known.line({ origin: 'sw-a' }, 40 * DAY, { kind: 'hint', family: null, cause: null, weight: 0 });
  t.equal(stateOf(known), 'stale');
  known.enrol(row({ hostname: 'sw-a', licensing: 'PLR' }));
  t.equal(stateOf(known), 'suppressed', 'the inventory also decides on a stale incident');
});

t.test('enrol() gives the same devices for rows in any order, among lines in order', async (t) => {
  const rows = ['sw-a', 'sw-b', 'sw-c'].map((hostname, index) =>
    row({ hostname, address: `192.0.2.${index}`, serial: `FOC0000A1B${index}`, plant: 'North' }),
  );
  const lines: readonly Partial<Names>[] = [
    { peer: '192.0.2.0' },
    { origin: 'sw-a', peer: '192.0.2.0' },
    { relayHost: '192.0.2.1', peer: '192.0.2.90' },
    { peer: '192.0.2.80', serial: 'FOC0000A1B2' },
  ];
  const steps = [...rows.keys(), ...lines.keys()].map((_, index) => index);
  const check = (order: readonly number[]) => {
    const fleet = new Fleet();
    const inOrder = lines.keys();
    for (const step of order) {
      if (step < rows.length) fleet.enrol(rows[step] as Enrolled);
      else {
        const next = inOrder.next().value as number;
        fleet.line(lines[next] as Partial<Names>, next);
      }
    }
    fleet.enrol(...rows);
    return fleet.keys.join() === 'sw-a,sw-b,sw-c';
  };
  fc.assert(fc.property(fc.shuffledSubarray(steps, { minLength: steps.length }), check), { verbose: true });
  t.pass('a failing run prints its seed');
});
