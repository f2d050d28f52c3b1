import fc from 'fast-check';
import t from 'tap';
import { advanceTime, correlate } from '../../../src/core/correlate/correlate.ts';
import type { Correlated, DeviceChange, Known } from '../../../src/core/correlate/correlated.ts';
import { enrol } from '../../../src/core/correlate/enrol.ts';
import type { Evidence } from '../../../src/core/correlate/evidence.ts';
import { incidentRecord } from '../../../src/core/diagnose/incident-record.ts';
import type { Device } from '../../../src/core/model/device.ts';
import type { SignalEvent } from '../../../src/core/model/device-state.ts';
import { limits } from '../../../src/core/model/limits.ts';
import { NameInterner } from '../../../src/core/model/names.ts';
import type { Observation } from '../../../src/core/model/observation.ts';
import { advisory, event, HOUR, NAMINGS, observed, T0 } from '../../given.ts';

function observation(at: number, over: Partial<SignalEvent>): Observation {
  return { ...event(observed(at, over), { origin: 'sw-a' }), receivedAt: T0 + 100 * HOUR };
}

const shapes: readonly Partial<SignalEvent>[] = [
  {},
  { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' },
  { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' },
  { family: 'trust-proof', weight: 3, cause: 'trust', mnemonic: 'AUTH_RENEW_FAILED' },
  { weight: 0, cause: 'dns' },
  { kind: 'recovery', family: null, cause: null, weight: 0, mnemonic: 'COMM_RESTORED' },
  { kind: 'consequence', family: 'consequence', cause: null, weight: 0, mnemonic: 'OUT_OF_COMPLIANCE', critical: true },
  { kind: 'clock', family: null, cause: 'clock', weight: 0, mnemonic: 'NON_AUTHORITATIVE_CLOCK', clock: 'unset' },
];

/** Signals within one window, in any order of arrival and in any batches. */
const stories = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(...shapes)), {
  minLength: 1,
  maxLength: 25,
});

function fold(observations: readonly Observation[], batch: number): Device {
  let known = new Map<string, Device>();
  for (let from = 0; from < observations.length; from += batch) {
    known = new Map(
      correlate({ devices: known, aliases: new Map() }, observations.slice(from, from + batch), advisory).devices,
    );
  }
  const end = T0 + 60 * HOUR;
  return advanceTime(known.values(), () => end, advisory).devices.get('sw-a') ?? (known.get('sw-a') as Device);
}

t.test('correlate() gives the same incident for the same signals in any order and any batches', async (t) => {
  fc.assert(
    fc.property(stories, fc.infiniteStream(fc.nat(1000)), fc.integer({ min: 1, max: 9 }), (story, ranks, batch) => {
      const observations = story.map(([hours, over]) => observation(T0 + hours * HOUR, over));
      const shuffled = observations
        .map((item) => ({ item, rank: ranks.next().value as number }))
        .sort((a, b) => a.rank - b.rank);
      const ordered = [...observations].sort((a, b) => a.event.at - b.event.at);
      const late = fold(
        shuffled.map(({ item }) => item),
        batch,
      );
      const inTime = fold(ordered, observations.length);
      return (
        JSON.stringify([incidentRecord(late, advisory), late.state]) ===
        JSON.stringify([incidentRecord(inTime, advisory), inTime.state])
      );
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

/** Signals over two weeks: late ones may be older than the window, and whole incidents may lie between. */
const sagas = fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.constantFrom(...shapes)), {
  minLength: 1,
  maxLength: 40,
});

t.test('correlate() reports what is: the changes of every incident add up to its last state', async (t) => {
  fc.assert(
    fc.property(fc.oneof(stories, sagas), (story) => {
      const known = new Map<string, Device>();
      const told = new Map<number, { to: string; severity: string }>();
      const kept = new Map<number, string | undefined>();
      for (const [hours, over] of story) {
        const { devices, past, changes } = correlate(
          { devices: known, aliases: new Map() },
          [observation(T0 + hours * HOUR, over)],
          advisory,
        );
        for (const { type, ordinal, to, severity } of changes) {
          if (type === 'IncidentWithdrawn') {
            told.delete(ordinal);
            kept.delete(ordinal);
          } else told.set(ordinal, { to, severity });
        }
        for (const device of [...past, ...devices.values()]) {
          kept.set(device.state.ordinal, incidentRecord(device, advisory)?.state);
        }
        for (const [key, device] of devices) known.set(key, device);
      }
      kept.delete(0);
      const open = [...kept.values()].filter((state) => state !== 'resolved');
      const same = [...kept].every(([ordinal, state]) => told.get(ordinal)?.to === state);
      return same && told.size === kept.size && open.length <= 1;
    }),
    { numRuns: 5000 },
  );
  t.pass();
});

/** What the lines in such batches come to, and all that was told on the way. */
function told(observations: readonly Observation[], batch: number) {
  const devices = new Map<string, Device>();
  const aliases = new Map<string, string | null>();
  const evidence: Evidence[] = [];
  const changes: DeviceChange[] = [];
  const past: ReturnType<typeof incidentRecord>[] = [];
  let copies = 0;
  for (let from = 0; from < observations.length; from += batch) {
    const known = { devices: new Map(devices), aliases: new Map(aliases) };
    const next = correlate(known, observations.slice(from, from + batch), advisory);
    for (const { from: gone, into, fromOrdinal, intoOrdinal } of next.merges) {
      devices.delete(gone);
      for (const [name, key] of aliases) if (key === gone) aliases.set(name, into);
      evidence.forEach((row, index) => {
        if (row.device !== gone || row.ordinal < fromOrdinal) return;
        evidence[index] = { ...row, device: into, ordinal: intoOrdinal };
      });
    }
    for (const [name, key] of next.aliases) aliases.set(name, key);
    for (const [key, device] of next.devices) devices.set(key, device);
    evidence.push(...next.evidence);
    changes.push(...next.changes);
    past.push(...next.past.map((device) => incidentRecord(device, advisory)));
    copies += next.copies;
  }
  const byKey = [...devices.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return { devices: byKey, aliases: [...aliases].sort(), evidence, changes, past, copies };
}

t.test('correlate() reports of lines together what it reports of them one by one, in their order', async (t) => {
  const hours = fc.integer({ min: 0, max: 300 });
  const lines = fc.array(fc.tuple(hours, fc.constantFrom(...NAMINGS), fc.constantFrom(...shapes), fc.boolean()), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(lines, fc.boolean(), fc.integer({ min: 2, max: 80 }), (story, inTime, batch) => {
      const book = new NameInterner();
      const ordered = inTime ? [...story].sort(([a], [b]) => a - b) : story;
      const observations = ordered.map(([hour, { origin, relayHost, peer, serial }, over, numbered], index) => {
        const signal = observed(T0 + hour * HOUR, { ...over, fingerprint: numbered ? hour % 7 : null });
        return {
          ...event(signal, {}, `${index}`),
          names: book.intern(origin, relayHost, peer, serial),
          receivedAt: T0 + index,
        };
      });
      return JSON.stringify(told(observations, batch)) === JSON.stringify(told(observations, 1));
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

t.test('correlate() takes a line older than the window for evidence only', async (t) => {
  const lines = [
    observation(T0 + 200 * HOUR, {}),
    ...Array.from({ length: limits.recentSignals + 20 }, (_, index) =>
      observation(T0 + (201 + index / 1000) * HOUR, {}),
    ),
  ];
  const before = correlate({ devices: new Map(), aliases: new Map() }, lines, advisory).devices;
  const { devices, changes, evidence } = correlate(
    { devices: before, aliases: new Map() },
    [observation(T0, { family: 'call-home', weight: 2 })],
    advisory,
  );
  t.same(changes, []);
  t.equal(evidence.length, 1, 'it is kept');
  t.same(devices.get('sw-a')?.state, before.get('sw-a')?.state);
  const storm = correlate(
    { devices: before, aliases: new Map() },
    [observation(T0 + 200.5 * HOUR, { family: 'call-home', weight: 2 })],
    advisory,
  );
  t.equal(
    storm.devices.get('sw-a')?.state.incident?.phase.state,
    'suspected',
    'within the window it counts, however full the tail',
  );
});

t.test('correlate() keeps the incident before when the next one begins', async (t) => {
  const [comm, callHome] = [shapes[0], shapes[1]] as [Partial<SignalEvent>, Partial<SignalEvent>];
  const recovery = shapes[5] as Partial<SignalEvent>;
  const lines = (
    [
      [0, callHome],
      [1, comm],
      [2, recovery],
      [40, callHome],
      [41, comm],
    ] as const
  ).map(([hours, over]) => observation(T0 + hours * HOUR, over));
  const { past, devices } = correlate({ devices: new Map(), aliases: new Map() }, lines, advisory);
  t.same(
    past.map((device) => incidentRecord(device, advisory)?.state),
    ['resolved'],
  );
  t.equal(devices.get('sw-a')?.state.ordinal, 2);
});

t.test(
  'correlate() takes what a clock that begins anew says again for said again, and a copy for a copy',
  async (t) => {
    const same = { fingerprint: 7, counter: 45 };
    const known: Known = { devices: new Map(), aliases: new Map() };
    const fold = (...hours: number[]) =>
      correlate(
        known,
        hours.map((hour) => event(observed(T0 + hour * HOUR, same), { origin: 'sw-a' })),
        advisory,
      );
    t.match([fold(0, 0.01).copies, fold(0, 0.01).devices.get('sw-a')?.messages], [1, 1], 'by a relay, a moment later');
    t.match([fold(0, 5).copies, fold(0, 5).devices.get('sw-a')?.messages], [0, 2], 'after the next start');
  },
);

/** Names that contradict, are shared, are learnt and get serial numbers; quiet lines and inventory rows among them. */
const names = fc.record({
  origin: fc.constantFrom(null, 'sw-a', 'sw-b', 'SW-A'),
  relayHost: fc.constantFrom(null, null, 'relay-1', 'sw-a'),
  peer: fc.constantFrom(null, '192.0.2.1', '192.0.2.2', '127.0.0.1'),
  serial: fc.constantFrom(null, null, 'FOC0001', 'FOC0002'),
});

const noRow = { hostname: null, address: null, serial: null, pid: null, release: null, plant: null, licensing: null };

t.test('correlate() knows a device by its names the same in any batches', async (t) => {
  const line = fc.tuple(names, fc.integer({ min: 0, max: 40 }), fc.constantFrom(...shapes), fc.boolean());
  const listed = fc.subarray([
    { hostname: 'sw-a', address: '192.0.2.1', serial: null },
    { hostname: 'sw-b', address: null, serial: 'FOC0002' },
    { hostname: null, address: '192.0.2.2', serial: 'FOC0001' },
  ]);
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), listed, (lines, rows) => {
      // The same names are the same object, as the pipeline has them.
      const book = new NameInterner();
      const observations = lines.map(([{ origin, relayHost, peer, serial }, hours, over, quiet]) => {
        const signal = observed(T0 + hours * HOUR, over);
        return { ...event(signal, {}), names: book.intern(origin, relayHost, peer, serial), quiet };
      });
      const [one, all] = [1, lines.length].map((batch) => {
        let known: Known = { devices: new Map(), aliases: new Map() };
        const take = ({ devices, aliases, merges }: Correlated) => {
          const [cachedDevices, heldAliases] = [new Map(known.devices), new Map(known.aliases)];
          for (const { from, into } of merges) {
            cachedDevices.delete(from);
            for (const [name, key] of heldAliases) if (key === from) heldAliases.set(name, into);
          }
          for (const [key, device] of devices) cachedDevices.set(key, device);
          for (const [name, key] of aliases) heldAliases.set(name, key);
          known = { devices: cachedDevices, aliases: heldAliases };
        };
        const enrolled = rows.map((row) => ({
          row: { ...noRow, ...row },
          columns: ['hostname', 'address', 'serial'] as const,
        }));
        take(enrol(known, enrolled, advisory));
        for (let from = 0; from < observations.length; from += batch) {
          take(correlate(known, observations.slice(from, from + batch), advisory));
        }
        const devices = [...known.devices].map(([key, { messages, state }]) => [key, messages, state.incident]);
        return JSON.stringify([devices.sort(), [...known.aliases].sort()]);
      });
      return one === all;
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

t.test('correlate() refuses devices that there is no room for, and counts their messages', async (t) => {
  const of = (origin: string, hours: number) => event(observed(T0 + hours * HOUR, shapes[1]), { origin });
  const first = correlate(
    { devices: new Map(), aliases: new Map(), room: 1 },
    [of('sw-a', 0), of('sw-b', 0)],
    advisory,
  );
  t.same([...first.devices.keys()], ['sw-a']);
  t.equal(first.refused, 1);
  t.notOk(first.aliases.has('sw-b'), 'nothing is learnt of it');
  const known = { devices: first.devices, aliases: first.aliases, room: 0 };
  const second = correlate(known, [of('sw-b', 1), of('sw-a', 1), of('sw-b', 2)], advisory);
  t.equal(second.refused, 2);
  t.equal(second.devices.get('sw-a')?.messages, 2, 'a device that is known goes on');
  const renamed = correlate(
    {
      ...known,
      devices: new Map([
        ['192.0.2.1', { ...(first.devices.get('sw-a') as Device), key: '192.0.2.1', keyFrom: 'peer' }],
      ]),
      aliases: new Map([['192.0.2.1', '192.0.2.1']]),
    },
    [event(observed(T0 + 3 * HOUR), { origin: 'sw-a', peer: '192.0.2.1' })],
    advisory,
  );
  t.same([[...renamed.devices.keys()], renamed.refused], [['sw-a'], 0], 'nor is one refused that gets a better name');
});
