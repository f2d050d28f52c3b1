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

/** The fold over stored states, as the shell does it. */
class Ground {
  known: { devices: Map<string, Device>; aliases: Map<string, string | null> } = {
    devices: new Map(),
    aliases: new Map(),
  };
  changes: string[] = [];

  enrol(...rows: Enrolled[]): number {
    const result = enrol(this.known, rows, advisory);
    this.#keep(result);
    return result.taken;
  }

  line(names: Partial<Names>, hours: number, over = {}): void {
    this.#keep(correlate(this.known, [event(observed(T0 + hours * HOUR, over), names)], advisory));
  }

  #keep({ devices, aliases, merges, changes }: ReturnType<typeof correlate>): void {
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

t.test('inventoryRow() takes what people write, or says what is wrong', async (t) => {
  t.same(inventoryRow({ hostname: ' sw-a ', address: '', licensing: 'slr', release: 17.3 }), {
    ...EMPTY,
    hostname: 'sw-a',
    licensing: 'SLR',
    release: '17.3',
  });
  t.match(inventoryRow({ hostname: 'sw-a', licensing: 'Unknown' }), { licensing: null });
  for (const [cells, problem] of [
    [{ plant: 'North' }, /no hostname, address or serial/],
    [{ hostname: 'localhost' }, /names no device/],
    [{ address: '0.0.0.0' }, /names no device/],
    [{ serial: 'XXXX' }, /names no device/],
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

t.test('columnOf() knows the names that people give', async (t) => {
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

t.test('enrol() lists devices that nobody has heard of, once', async (t) => {
  const ground = new Ground();
  const rows = [
    row({ hostname: 'sw-a', plant: 'North' }),
    row({ serial: 'FOC0000A1B2' }),
    row({ address: '192.0.2.9' }),
  ];
  t.equal(ground.enrol(...rows), 3);
  t.equal(ground.enrol(...rows), 0, 'the same rows say nothing new');
  t.same(ground.keys, ['192.0.2.9', 'FOC0000A1B2', 'sw-a']);
  t.equal(conditionOf(ground.device('sw-a') as never), 'unheard');
  ground.line({ peer: '192.0.2.9' }, 0);
  t.equal(conditionOf(ground.device('192.0.2.9') as never), 'watching');
  t.equal(ground.enrol({ row: { ...EMPTY, hostname: 'sw-a', pid: 'IE-3300-8T2S' }, columns: ['hostname', 'pid'] }), 1);
  t.match(ground.device('sw-a')?.inventory, { plant: 'North', pid: 'IE-3300-8T2S' }, 'columns not given stay');
});

t.test('identify() goes by the inventory: serial number, name, address', async (t) => {
  const ground = new Ground();
  ground.enrol(row({ hostname: 'sw-a', address: '192.0.2.7', serial: 'FOC0000A1B2' }), row({ hostname: 'sw-b' }));
  ground.line({ peer: '192.0.2.7' }, 0);
  ground.line({ origin: 'SW-A', peer: '192.0.2.50' }, 1);
  ground.line({ origin: 'other-name', peer: '192.0.2.60', serial: 'FOC0000A1B2' }, 2);
  ground.line({ relayHost: '192.0.2.7', peer: '192.0.2.90' }, 3);
  ground.line({ origin: 'sw-b', peer: '192.0.2.7' }, 4);
  t.same(ground.keys, ['sw-a', 'sw-b']);
  t.equal(ground.device('sw-a')?.messages, 4);
  t.equal(ground.device('sw-b')?.messages, 1, 'its name goes before an address');
  ground.line({ origin: 'stranger', peer: '192.0.2.7' }, 5);
  t.equal(ground.device('stranger')?.messages, 1, 'an address that others speak from is a relay, whatever is listed');
});

t.test('enrol() gives a known device its name, and its incident goes with it', async (t) => {
  const ground = new Ground();
  ground.line({ peer: '192.0.2.7' }, 0, callHome);
  ground.line({ peer: '192.0.2.7' }, 1);
  ground.enrol(row({ hostname: 'sw-a', address: '192.0.2.7', plant: 'North' }));
  t.same(ground.keys, ['sw-a']);
  t.equal(ground.device('sw-a')?.state.incident?.phase.state, 'suspected');
  t.match(ground.changes, [
    /IncidentSuspected 192/,
    /IncidentWithdrawn 192.* same-device/,
    /IncidentAmended sw-a same-device/,
  ]);
});

t.test('enrol() keeps two rows apart, whatever an address says', async (t) => {
  const ground = new Ground();
  ground.enrol(row({ hostname: 'sw-a', address: '192.0.2.7' }));
  ground.enrol(row({ hostname: 'sw-b', address: '192.0.2.7' }));
  t.same(ground.keys, ['sw-a', 'sw-b'], 'the address has moved');
  ground.line({ peer: '192.0.2.7' }, 0);
  t.equal(ground.device('sw-b')?.messages, 1);
});

t.test('enrol() confirms a suspicion on an affected release, before or after it', async (t) => {
  const affected = { hostname: 'sw-a', pid: 'IE-3300-8T2S', release: '17.3.3' };
  const before = new Ground();
  before.enrol(row(affected));
  before.line({ origin: 'sw-a' }, 0, callHome);
  before.line({ origin: 'sw-a' }, 1);
  t.same(before.changes, ['IncidentConfirmed sw-a affected-release']);
  const after = new Ground();
  after.line({ origin: 'sw-a' }, 0, callHome);
  after.line({ origin: 'sw-a' }, 1);
  after.enrol(row(affected));
  t.same(after.changes, ['IncidentSuspected sw-a score-reached', 'IncidentAmended sw-a inventory-changed']);
  t.match(after.device('sw-a')?.state.incident, {
    phase: { state: 'confirmed' },
    severity: 'major',
    confirmedAt: T0 + HOUR,
  });
  const fixed = new Ground();
  fixed.enrol(row({ ...affected, release: '17.6.1' }));
  fixed.line({ origin: 'sw-a' }, 0, callHome);
  fixed.line({ origin: 'sw-a' }, 1);
  t.same(fixed.changes, ['IncidentSuspected sw-a score-reached']);
});

t.test('enrol() suppresses on offline licensing, and takes it back', async (t) => {
  const ground = new Ground();
  ground.enrol(row({ hostname: 'sw-a', licensing: 'PLR' }));
  ground.line({ origin: 'sw-a' }, 0, callHome);
  ground.line({ origin: 'sw-a' }, 1);
  ground.line({ origin: 'sw-a' }, 2, { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' });
  t.same(ground.changes.splice(0), ['IncidentSuppressed sw-a offline-licensing']);
  t.match(ground.device('sw-a')?.state.incident, { phase: { state: 'suppressed' }, severity: 'warning' });
  ground.enrol(row({ hostname: 'sw-a', licensing: 'online' }));
  t.same(ground.changes.splice(0), ['IncidentAmended sw-a inventory-changed']);
  t.match(ground.device('sw-a')?.state.incident, { phase: { state: 'confirmed' }, severity: 'major' });
  ground.enrol(row({ hostname: 'sw-a', licensing: 'SLR' }));
  t.match(ground.device('sw-a')?.state.incident, {
    phase: { state: 'suppressed', from: 'confirmed' },
    severity: 'warning',
  });
});

t.test('offline licensing is quiet: it neither grows stale nor recovers, which would page somebody', async (t) => {
  const restored = { kind: 'recovery', family: null, cause: null, weight: 0, mnemonic: 'COMM_RESTORED' } as const;
  const DAY = 24;
  const failing = (licensing: InventoryRow['licensing']) => {
    const ground = new Ground();
    ground.enrol(row({ hostname: 'sw-a', licensing }));
    ground.line({ origin: 'sw-a' }, 0, callHome);
    ground.line({ origin: 'sw-a' }, 1);
    ground.changes.splice(0);
    return ground;
  };
  const states = (ground: Ground) => ground.device('sw-a')?.state.incident?.phase.state;
  const silent = failing('PLR');
  silent.line({ origin: 'sw-a' }, 40 * DAY, { kind: 'hint', family: null, cause: null, weight: 0 });
  t.strictSame([silent.changes, states(silent)], [[], 'suppressed'], 'silence means nothing');
  const heard = failing('SLR');
  heard.line({ origin: 'sw-a' }, 2, restored);
  t.strictSame(heard.changes.splice(0), ['IncidentResolved sw-a success-of-an-unnamed-peer']);
  heard.line({ origin: 'sw-a' }, 3);
  t.strictSame([heard.changes, states(heard)], [['IncidentReopened sw-a failure-soon-after-resolution'], 'suppressed']);
  const known = failing('online');
  known.line({ origin: 'sw-a' }, 40 * DAY, { kind: 'hint', family: null, cause: null, weight: 0 });
  t.equal(states(known), 'stale');
  known.enrol(row({ hostname: 'sw-a', licensing: 'PLR' }));
  t.equal(states(known), 'suppressed', 'the inventory has the last word on a stale one, too');
});

t.test('enrol() of rows in any order, among lines in order, makes the same devices', async (t) => {
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
    const ground = new Ground();
    const inOrder = lines.keys();
    for (const step of order) {
      if (step < rows.length) ground.enrol(rows[step] as Enrolled);
      else {
        const next = inOrder.next().value as number;
        ground.line(lines[next] as Partial<Names>, next);
      }
    }
    ground.enrol(...rows);
    return ground.keys.join() === 'sw-a,sw-b,sw-c';
  };
  fc.assert(fc.property(fc.shuffledSubarray(steps, { minLength: steps.length }), check), { verbose: true });
  t.pass('and the run printed its seed if it did not');
});
