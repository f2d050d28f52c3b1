import fc from 'fast-check';
import t from 'tap';
import { advanceTime, correlate } from '../../../src/core/correlate/correlate.ts';
import type { Correlated, Known } from '../../../src/core/correlate/correlated.ts';
import { enrol } from '../../../src/core/correlate/enrol.ts';
import { incidentRecord } from '../../../src/core/diagnose/incident-record.ts';
import type { Device } from '../../../src/core/model/device.ts';
import type { SignalEvent } from '../../../src/core/model/device-state.ts';
import { internedAlone, NameInterner, type Names } from '../../../src/core/model/names.ts';
import type { Observation } from '../../../src/core/model/observation.ts';
import { MemoryStore } from '../../../src/store/memory/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, DAY, event, HOUR, observed, T0 } from '../../given.ts';
import { batchOf, writeBatch } from '../../store/stores.ts';

const ALL: Names = { origin: 'sw-a', relayHost: null, peer: '192.0.2.7', serial: 'FOC0000A1B2' };

/** The names that lines of one switch may have, by their way to the collector. */
const ways: readonly Names[] = [
  ALL,
  { ...ALL, origin: null },
  { ...ALL, serial: null },
  { ...ALL, origin: null, serial: null },
  { origin: null, relayHost: '192.0.2.7', peer: '192.0.2.90', serial: null },
  { origin: null, relayHost: null, peer: '192.0.2.17', serial: 'FOC0000A1B2' },
  { origin: 'SW-A', relayHost: '192.0.2.7', peer: '192.0.2.90', serial: null },
];

const shapes: readonly Partial<SignalEvent>[] = [
  {},
  { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' },
  { family: 'trust-proof', weight: 3, cause: 'trust', mnemonic: 'AUTH_RENEW_FAILED' },
  { weight: 0, cause: 'dns' },
  { kind: 'recovery', family: null, cause: null, weight: 0, mnemonic: 'COMM_RESTORED' },
];

function observation(names: Names, at: number, over: Partial<SignalEvent> = {}): Observation {
  return event(observed(at, over), names);
}

class Book {
  readonly devices = new Map<string, Device>();
  readonly aliases = new Map<string, string | null>();

  get known(): Known {
    return { devices: new Map(this.devices), aliases: new Map(this.aliases) };
  }

  /** Stores the results as a store does. */
  store({ merges, aliases, devices }: Correlated): void {
    for (const { from: merged, into } of merges) {
      this.devices.delete(merged);
      for (const [name, key] of this.aliases) if (key === merged) this.aliases.set(name, into);
    }
    for (const [name, key] of aliases) this.aliases.set(name, key);
    for (const [key, device] of devices) this.devices.set(key, device);
  }
}

/** Correlates batch by batch. */
function fold(observations: readonly Observation[], batch: number) {
  const book = new Book();
  const evidence: string[] = [];
  for (let from = 0; from < observations.length; from += batch) {
    const next = correlate(book.known, observations.slice(from, from + batch), advisory);
    book.store(next);
    evidence.push(...next.evidence.map(({ raw }) => raw));
  }
  const { devices, aliases } = book;
  const advanced = advanceTime(devices.values(), () => T0 + 60 * HOUR, advisory).devices;
  for (const [key, device] of advanced) devices.set(key, device);
  return { devices, aliases, evidence };
}

t.test('correlate() joins all names of a device, with the same incident as under one name', async (t) => {
  const stories = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 40 * 60 }), fc.constantFrom(...ways), fc.constantFrom(...shapes)),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(
    fc.property(stories, fc.integer({ min: 1, max: 30 }), (story, batch) => {
      // The last line has all names, so that it joins the remaining devices; its signal has no effect.
      const link = observation(ALL, T0 + 41 * HOUR, { kind: 'hint', family: null, weight: 0, cause: null });
      const lines = story.map(([minutes, names, over]) => observation(names, T0 + minutes * 60_000, over));
      const { devices, evidence } = fold([...lines, link], batch);
      const plain = fold([...lines.map((line) => ({ ...line, names: internedAlone(ALL) })), link], 1);
      const [device, ...others] = [...devices.values()];
      if (device === undefined || others.length > 0) throw new Error(`devices: ${[...devices.keys()].join()}`);
      t.ok(device.key.toLowerCase() === 'sw-a');
      const expected = plain.devices.get('sw-a') as Device;
      t.same(
        { ...incidentRecord(device, advisory), id: '', device: '' },
        { ...incidentRecord(expected, advisory), id: '', device: '' },
      );
      t.equal(device.messages, expected.messages);
      t.equal(evidence.length, plain.evidence.length);
    }),
    { numRuns: 1000 },
  );
});

t.test('correlate() keeps devices apart that share only a relay', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 30 }), (order) => {
      const lines = order.map((n, index) =>
        observation({ origin: `sw-${n}`, relayHost: null, peer: '192.0.2.90', serial: `FOC${n}` }, T0 + index, {}),
      );
      const { devices } = fold(lines, 7);
      t.same(
        [...devices.keys()].sort(),
        [...new Set(order)].sort().map((n) => `sw-${n}`),
      );
      for (const [key, { messages }] of devices) {
        t.equal(messages, order.filter((n) => `sw-${n}` === key).length);
      }
    }),
    { numRuns: 300 },
  );
});

/** A line as `[minutes after T0, origin, serial]`. */
type Shown = readonly [minutes: number, origin: string, serial?: string | undefined];

function shown([minutes, origin, serial]: Shown): Observation {
  return observation({ origin, relayHost: null, peer: null, serial: serial ?? null }, T0 + minutes * 60_000);
}

/** The keys of the devices with their numbers of lines, and where the serial number leads to. */
function outcomeOf(lines: readonly Observation[], serial = 'S1') {
  const { devices, aliases } = fold(lines, 1);
  const messages = [...devices].map(([key, device]) => `${key} ${device.messages}`).sort();
  return { devices: messages, serial: aliases.get(`sn:${serial.toLowerCase()}`) };
}

const [H, D, MONTH] = [60, 24 * 60, 30 * 24 * 60];

/** What the serial number S1 under a second name means. */
const secondNames: readonly (readonly [string, readonly Shown[], readonly string[], string | null])[] = [
  [
    'a renamed device: the old name was silent for 2 h',
    [
      [0, 'sw-a', 'S1'],
      [2 * H, 'sw-b', 'S1'],
    ],
    ['sw-a 2'],
    'sw-a',
  ],
  [
    'undecided: the old name was used an hour ago',
    [
      [0, 'sw-a', 'S1'],
      [H, 'sw-b', 'S1'],
    ],
    ['sw-a 1', 'sw-b 1'],
    'sw-a',
  ],
  [
    'a renamed device: the old name stays silent',
    [
      [0, 'sw-a', 'S1'],
      [1, 'sw-b', 'S1'],
      [2, 'sw-b'],
      [2 * H, 'sw-b', 'S1'],
    ],
    ['sw-a 4'],
    'sw-a',
  ],
  [
    'a spare: the old name has shown another serial number',
    [
      [0, 'sw-a', 'S1'],
      [D, 'sw-a', 'S2'],
      [MONTH, 'sw-b', 'S1'],
    ],
    ['sw-a 2', 'sw-b 1'],
    'sw-b',
  ],
  [
    'a spare: the old name speaks on without a serial number',
    [
      [0, 'sw-a', 'S1'],
      [MONTH, 'sw-a'],
      [MONTH + H, 'sw-b', 'S1'],
      [MONTH + 90, 'sw-a'],
      [MONTH + 9 * H, 'sw-b', 'S1'],
    ],
    ['sw-a 3', 'sw-b 2'],
    'sw-b',
  ],
  [
    'a repaired unit in the place of another one',
    [
      [0, 'sw-a', 'S1'],
      [D, 'sw-b', 'S2'],
      [MONTH, 'sw-b', 'S1'],
    ],
    ['sw-a 1', 'sw-b 2'],
    'sw-b',
  ],
  [
    'a clone: both names show it again and again',
    [
      [0, 'sw-a', 'S1'],
      [1, 'sw-b', 'S1'],
      [2, 'sw-a', 'S1'],
      [3, 'sw-b', 'S1'],
      [MONTH, 'sw-a', 'S1'],
      [2 * MONTH, 'sw-b', 'S1'],
    ],
    ['sw-a 3', 'sw-b 3'],
    null,
  ],
];

for (const [name, lines, devices, serial] of secondNames) {
  t.test(`correlate() takes a serial number under a second name for ${name}`, async (t) => {
    t.same(outcomeOf(lines.map(shown)), { devices, serial });
  });
}

/** Lines in an order in which none arrives later than `late` minutes after a younger one. */
function arrivals(lines: readonly Shown[], late: number) {
  return fc
    .array(fc.integer({ min: 0, max: late }), { minLength: lines.length, maxLength: lines.length })
    .map((delays) =>
      lines
        .map((line, index) => ({ line, at: line[0] + (delays[index] as number) }))
        .sort((a, b) => a.at - b.at)
        .map(({ line }) => shown(line)),
    );
}

const minutes = (from: number, to: number) => fc.integer({ min: from, max: to });
const serials = (of: string) => fc.constantFrom(undefined, of);
const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 8 });

t.test('correlate() takes a name that fell silent for the old name of a device, in any order of arrival', async (t) => {
  const old = some(fc.tuple(minutes(0, 10 * H), fc.constant('sw-a'), serials('S1')));
  const young = some(fc.tuple(minutes(10 * H + 1, 20 * H), fc.constant('sw-b'), serials('S1')));
  const story = fc.tuple(old, young).map(([a, b]): Shown[] => [...a, ...b, [0, 'sw-a', 'S1']]);
  fc.assert(
    fc.property(
      story.chain((lines) => arrivals(lines, 60)),
      (lines) => {
        const last = shown([24 * H, 'sw-b', 'S1']);
        return outcomeOf([...lines, last]).devices.length === 1;
      },
    ),
    { numRuns: 1000 },
  );
  t.pass();
});

t.test('correlate() keeps a spare apart from the device that took its place, in any order of arrival', async (t) => {
  // The old name speaks at least once an hour, as ordinary lines do, or has shown another serial number.
  const hourly = Array.from({ length: 30 }, (_, hour): Shown => [hour * H, 'sw-a', hour < 2 ? 'S1' : undefined]);
  const replaced: readonly Shown[] = [
    [0, 'sw-a', 'S1'],
    [4 * H, 'sw-a', 'S2'],
  ];
  const spare = some(fc.tuple(minutes(6 * H, 28 * H), fc.constant('sw-b'), serials('S1')));
  const story = fc.tuple(fc.constantFrom(hourly, replaced), spare).map(([a, b]): Shown[] => [...a, ...b]);
  fc.assert(
    fc.property(
      story.chain((lines) => arrivals(lines, 50)),
      (lines) => {
        const last = shown([29 * H, 'sw-b', 'S1']);
        const { devices, serial } = outcomeOf([...lines, last]);
        return devices.length === 2 && serial === 'sw-b';
      },
    ),
    { numRuns: 1000 },
  );
  t.pass();
});

t.test('correlate() never merges two names that both show a serial number at least once an hour', async (t) => {
  const clones = Array.from({ length: 10 }, (_, hour): Shown[] => [
    [hour * H, 'vm-a', 'S1'],
    [hour * H + 20, 'vm-b', 'S1'],
  ]).flat();
  fc.assert(
    fc.property(arrivals(clones, 50), (lines) => {
      const { devices, serial } = outcomeOf(lines);
      return devices.join() === 'vm-a 10,vm-b 10' && serial === null;
    }),
    { numRuns: 300 },
  );
  t.pass();
});

/** Two switches that nobody has named, by what distinguishes them in the lines without and with a serial number. */
const unnamedPairs: readonly (readonly [string, (n: 1 | 2) => Omit<Names, 'serial'>, readonly string[]])[] = [
  ['relay hosts', (n) => ({ origin: 'Switch', relayHost: `198.51.100.${n}`, peer: '192.0.2.90' }), ['S1 3', 'S2 3']],
  ['senders', (n) => ({ origin: 'switch', relayHost: null, peer: `198.51.100.${n}` }), ['S1 3', 'S2 3']],
  [
    'default names by the relay',
    (n) => ({ origin: null, relayHost: 'Router', peer: `198.51.100.${n}` }),
    ['S1 3', 'S2 3'],
  ],
];

for (const [name, namesOf, expected] of unnamedPairs) {
  t.test(`correlate() distinguishes switches with a default name by their ${name}, in any order`, async (t) => {
    const interner = new NameInterner(advisory.defaultNames);
    const lines = ([1, 2] as const).flatMap((n) =>
      [null, `S${n}`, null].map((serial, index) => {
        const { origin, relayHost, peer } = namesOf(n);
        return {
          ...observation({ ...namesOf(n), serial }, T0 + index),
          names: interner.intern(origin, relayHost, peer, serial),
        };
      }),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: 6 }), fc.integer({ min: 1, max: 6 }), (order, batch) => {
        const { devices } = fold(order, batch);
        t.same([...devices].map(([key, { messages }]) => `${key} ${messages}`).sort(), expected);
      }),
      { numRuns: 200 },
    );
  });
}

for (const origin of ['Switch', null]) {
  t.test(`correlate() distinguishes switches named ${origin} behind a relay by their serial numbers`, async (t) => {
    const interner = new NameInterner(advisory.defaultNames);
    const line = fc.record({ serial: fc.constantFrom('S1', 'S2', 'S3'), at: minutes(0, H) });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), minutes(1, 20), (story, batch) => {
        const lines = story.map(({ serial, at }) => ({
          ...observation({ origin, relayHost: null, peer: '192.0.2.90', serial }, T0 + at),
          names: interner.intern(origin, null, '192.0.2.90', serial),
        }));
        const nameless = observation({ origin: null, relayHost: null, peer: '192.0.2.90', serial: null }, T0 + DAY);
        const { devices } = fold([...lines, nameless], batch);
        const used = new Set(story.map(({ serial }) => serial));
        const bySerial = (wanted: string) => story.filter(({ serial }) => serial === wanted).length;
        const expected = [...used].map((serial) => [serial, bySerial(serial)]);
        // With one serial number only, the address is the switch's.
        if (used.size > 1)
          t.same(
            [...devices].map(([key, { messages }]) => [key, messages]).sort(),
            [['192.0.2.90', 1], ...expected].sort(),
          );
        else
          t.same(
            [...devices.values()].map(({ messages }) => messages),
            [story.length + 1],
          );
      }),
      { numRuns: 300 },
    );
  });
}

const noRow = { hostname: null, address: null, serial: null, pid: null, release: null, plant: null, licensing: null };
const listed = (hostname: string) => ({ row: { ...noRow, hostname }, columns: ['hostname'] as const });

/** Each name in lines, and each row of the inventory, in any order: the same devices. */
const labels: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
  ['a long name in lines', ['sw-a.plant1'], ['sw-a'], ['sw-a 1']],
  ['a short name in lines', ['sw-a'], ['sw-a.plant1'], ['sw-a.plant1 1']],
  ['both in lines, a short row', ['sw-a', 'SW-A.Plant1'], ['sw-a'], ['sw-a 2']],
  ['both in lines, a long row', ['sw-a', 'sw-a.plant1'], ['sw-a.plant1'], ['sw-a.plant1 2']],
  ['no row', ['sw-a', 'sw-a.plant1'], [], ['sw-a 1', 'sw-a.plant1 1']],
  ['two long names', ['sw-a.plant1', 'sw-a.plant2'], ['sw-a.plant1'], ['sw-a.plant1 1', 'sw-a.plant2 1']],
  ['two rows', ['sw-a.plant1'], ['sw-a.plant1', 'sw-a.plant2'], ['sw-a.plant1 1', 'sw-a.plant2 0']],
  ['addresses', ['192.0.2.7'], ['192'], ['192 0', '192.0.2.7 1']],
];

for (const [name, origins, rows, expected] of labels) {
  t.test(`correlate() and enrol() match names by the first label: ${name}, in any order`, async (t) => {
    const steps = [...origins.map((origin) => ({ origin })), ...rows.map((hostname) => ({ hostname }))];
    fc.assert(
      fc.property(fc.shuffledSubarray(steps, { minLength: steps.length }), (order) => {
        const book = new Book();
        for (const step of order) {
          if ('hostname' in step) book.store(enrol(book.known, [listed(step.hostname)], advisory));
          else
            book.store(
              correlate(book.known, [observation({ ...ALL, ...step, peer: null, serial: null }, T0)], advisory),
            );
        }
        t.same([...book.devices].map(([key, { messages }]) => `${key} ${messages}`).sort(), expected);
      }),
      { numRuns: 100 },
    );
  });
}

t.test('correlate() makes a label that several names have identify none, and keeps what is one device', async (t) => {
  const book = new Book();
  const receive = (origin: string) =>
    book.store(correlate(book.known, [observation({ ...ALL, origin, peer: null, serial: null }, T0)], advisory));
  book.store(enrol(book.known, [listed('sw-a')], advisory));
  for (const origin of ['sw-a.plant1', 'sw-a.plant2', 'sw-a.plant1', 'sw-a.plant2', 'sw-a']) receive(origin);
  t.same(
    [...book.devices].map(([key, { messages }]) => `${key} ${messages}`),
    ['sw-a 3', 'sw-a.plant2 2'],
  );
  t.equal(book.aliases.get('label:sw-a'), null);
});

t.test('correlate() prefers the whole name to the label', async (t) => {
  const book = new Book();
  book.store(enrol(book.known, [listed('sw-a'), listed('sw-a.plant1')], advisory));
  for (const origin of ['sw-a', 'sw-a.plant1', 'sw-a.plant2']) {
    book.store(correlate(book.known, [observation({ ...ALL, origin, peer: null, serial: null }, T0)], advisory));
  }
  t.same(
    [...book.devices].map(([key, { messages }]) => `${key} ${messages}`),
    ['sw-a 1', 'sw-a.plant1 1', 'sw-a.plant2 1'],
  );
});

t.test('correlate() believes no serial number and no second name of another device beside a certificate', async (t) => {
  const victim = { hostname: 'sw-b', address: '192.0.2.17', serial: 'FOC0000B1B2' };
  const own = [{ origin: 'sw-b' }, { origin: null }, { origin: null, peer: null }, { origin: null, relayHost: 'sw-b' }];
  const rows = fc.option(
    fc.record({
      hostname: fc.constantFrom(null, 'sw-b', 'asset-7'),
      address: fc.constantFrom(null, victim.address),
      serial: fc.constant(victim.serial),
    }),
  );
  const sent = fc.array(fc.tuple(fc.constantFrom(...own), fc.constantFrom(null, victim.serial)), { maxLength: 5 });
  const forged = fc.record({
    origin: fc.constantFrom('sw-a', 'SW-A.plant1'),
    relayHost: fc.constantFrom(null, 'sw-b', victim.address, 'asset-7'),
    peer: fc.constant('192.0.2.9'),
    serial: fc.constantFrom(null, victim.serial, victim.serial.toLowerCase()),
    certified: fc.constant(true),
  });
  const lines = fc.array(fc.tuple(forged, fc.integer({ min: -40, max: 40 * 24 }), fc.constantFrom(...shapes)), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(rows, sent, lines, fc.boolean(), (row, before, attack, certified) => {
      const book = new Book();
      if (row !== null)
        book.store(
          enrol(book.known, [{ row: { ...noRow, ...row }, columns: ['hostname', 'address', 'serial'] }], advisory),
        );
      for (const [index, [names, serial]] of before.entries()) {
        const line = { ...ALL, peer: victim.address, ...names, serial, certified };
        book.store(correlate(book.known, [observation(line, T0 + index * HOUR)], advisory));
      }
      const devices = new Map(book.devices);
      const names = [...book.aliases].filter(([, key]) => key !== null && devices.has(key));
      for (const [forgery, hours, over] of attack) {
        book.store(correlate(book.known, [observation(forgery, T0 + hours * HOUR, over)], advisory));
      }
      for (const [key, device] of devices) t.strictSame(book.devices.get(key), device);
      for (const [name, key] of names) t.equal(book.aliases.get(name), key, name);
      t.ok([...book.devices.keys()].some((key) => /^sw-a/i.test(key)));
    }),
    { numRuns: 1000 },
  );
});

t.test(
  'correlate() learns the serial number of a device with a certificate, and finds the device in the inventory',
  async (t) => {
    const book = new Book();
    book.store(
      enrol(
        book.known,
        [{ row: { ...noRow, hostname: 'sw-a', serial: 'FOC0000A1B2' }, columns: ['hostname', 'serial'] }],
        advisory,
      ),
    );
    for (const origin of ['sw-a', 'SW-A.plant1']) {
      book.store(correlate(book.known, [observation({ ...ALL, origin, certified: true }, T0)], advisory));
    }
    const other = { origin: 'sw-c', relayHost: null, peer: '192.0.2.19', serial: 'FOC0000C1B2', certified: true };
    for (const [days, origin] of ['sw-c', 'sw-c.plant1'].entries()) {
      book.store(correlate(book.known, [observation({ ...other, origin }, T0 + days * DAY)], advisory));
    }
    t.strictSame(
      [...book.devices].map(([key, { messages, serial }]) => `${key} ${messages} ${serial}`),
      ['sw-a 2 FOC0000A1B2', 'sw-c 2 FOC0000C1B2'],
    );
  },
);

t.test('a store reads what identify() needs to know', async (t) => {
  const names = fc.record({
    origin: fc.constantFrom(null, null, 'sw-a', 'sw-a.plant1', 'Switch'),
    relayHost: fc.constantFrom(null, null, 'sw-b.plant1', '192.0.2.1'),
    peer: fc.constantFrom(null, '192.0.2.1', '192.0.2.2', '127.0.0.1'),
    serial: fc.constantFrom(null, 'S1', 'S2', 'S3'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(names, minutes(0, 10 * H)), { minLength: 1, maxLength: 25 }), async (story) => {
      const interner = new NameInterner(advisory.defaultNames);
      const lines = story.map(([{ origin, relayHost, peer, serial }, at]) => ({
        ...observation({ origin, relayHost, peer, serial }, T0 + at * 60_000),
        names: interner.intern(origin, relayHost, peer, serial),
      }));
      const store = new MemoryStore(projectionOf(advisory));
      for (const line of lines) await writeBatch(store, await batchOf(store, [line]));
      const { devices } = fold(lines, 1);
      const stored = (await store.devices({ limit: 500 })).rows;
      t.same(
        stored.map(({ key, messages }) => [key, messages]),
        [...devices].map(([key, { messages }]) => [key, messages]).sort(),
      );
    }),
    { numRuns: 500 },
  );
});
