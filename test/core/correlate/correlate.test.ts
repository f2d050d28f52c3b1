import fc from 'fast-check';
import t from 'tap';
import { advanceTime, correlate } from '../../../src/core/correlate/correlate.ts';
import type { Correlated, DeviceChange, Known } from '../../../src/core/correlate/correlated.ts';
import { inventoryDevice } from '../../../src/core/correlate/device-after.ts';
import { enrol } from '../../../src/core/correlate/enrol.ts';
import type { Evidence } from '../../../src/core/correlate/evidence.ts';
import { incidentRecord } from '../../../src/core/diagnose/incident-record.ts';
import type { Device } from '../../../src/core/model/device.ts';
import type { DeviceState, SignalEvent } from '../../../src/core/model/device-state.ts';
import { limits } from '../../../src/core/model/limits.ts';
import { NameInterner } from '../../../src/core/model/names.ts';
import type { Observation } from '../../../src/core/model/observation.ts';
import { advisory, DAY, event, HOUR, NAMINGS, observed, T0 } from '../../given.ts';
import { callHome, comm, devices, restored, shapes } from '../signals.ts';

function observation(at: number, over: Partial<SignalEvent>): Observation {
  return { ...event(observed(at, over), { origin: 'sw-a' }), receivedAt: T0 + 100 * HOUR };
}

/** Signals within the lateness, as hours after T0 with their content. */
const stories = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(...shapes)), {
  minLength: 1,
  maxLength: 25,
});

/** The device after the observations and the time behind them. `from`: what is known of it before. */
function fold(observations: readonly Observation[], batch: number, from: DeviceState): Device {
  let known = new Map<string, Device>([['sw-a', { ...inventoryDevice('sw-a'), state: from, snapshot: from }]]);
  for (let start = 0; start < observations.length; start += batch) {
    known = new Map(
      correlate(
        { devices: known, aliases: new Map([['sw-a', 'sw-a']]) },
        observations.slice(start, start + batch),
        advisory,
      ).devices,
    );
  }
  const end = T0 + 60 * DAY;
  return advanceTime(known.values(), () => end, advisory).devices.get('sw-a') ?? (known.get('sw-a') as Device);
}

t.test(
  'correlate() gives the same incident for the same signals in any order, any batches, and with copies',
  async (t) => {
    const opened = new Set<string>();
    fc.assert(
      fc.property(
        ...[stories, fc.constantFrom(...Object.values(devices)), fc.infiniteStream(fc.nat(1000))],
        ...[fc.integer({ min: 1, max: 9 }), fc.infiniteStream(fc.boolean())],
        (story, from, ranks, batch, doubled) => {
          const observations = story.map(([hours, over], index) =>
            observation(T0 + hours * HOUR, { ...over, fingerprint: index + 1, sequence: index + 1 }),
          );
          const copied = observations.flatMap((item) => (doubled.next().value === true ? [item, item] : [item]));
          const shuffled = copied
            .map((item) => ({ item, rank: ranks.next().value as number }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ item }) => item);
          const ordered = [...observations].sort((a, b) => a.event.at - b.event.at);
          const [late, inTime] = [fold(shuffled, batch, from), fold(ordered, observations.length, from)];
          opened.add(`${inTime.state.incident?.phase.state} ${inTime.state.incident?.diagnosis}`);
          return (
            JSON.stringify([incidentRecord(late, advisory), late.state]) ===
            JSON.stringify([incidentRecord(inTime, advisory), inTime.state])
          );
        },
      ),
      { numRuns: 3000 },
    );
    t.ok(opened.size > 10, [...opened].join(', '));
  },
);

/** Signals over two weeks: late signals may be older than the window, and incidents may lie between two of them. */
const sagas = fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.constantFrom(...shapes)), {
  minLength: 1,
  maxLength: 40,
});

t.test('correlate() reports changes that add up to the last state of every incident', async (t) => {
  fc.assert(
    fc.property(fc.oneof(stories, sagas), (story) => {
      const known = new Map<string, Device>();
      const reported = new Map<number, { to: string; severity: string }>();
      const stored = new Map<number, string | undefined>();
      for (const [hours, over] of story) {
        const { devices, past, changes } = correlate(
          { devices: known, aliases: new Map() },
          [observation(T0 + hours * HOUR, over)],
          advisory,
        );
        for (const { type, ordinal, to, severity } of changes) {
          if (type === 'IncidentWithdrawn') {
            reported.delete(ordinal);
            stored.delete(ordinal);
          } else reported.set(ordinal, { to, severity });
        }
        for (const device of [...past, ...devices.values()]) {
          stored.set(device.state.ordinal, incidentRecord(device, advisory)?.state);
        }
        for (const [key, device] of devices) known.set(key, device);
      }
      stored.delete(0);
      const open = [...stored.values()].filter((state) => state !== 'resolved');
      const same = [...stored].every(([ordinal, state]) => reported.get(ordinal)?.to === state);
      return same && reported.size === stored.size && open.length <= 1;
    }),
    { numRuns: 5000 },
  );
  t.pass();
});

/** The devices and names after the lines in batches of `batch`, and all changes and evidence on the way. */
function outcome(observations: readonly Observation[], batch: number) {
  const devices = new Map<string, Device>();
  const aliases = new Map<string, string | null>();
  const evidence: Evidence[] = [];
  const changes: DeviceChange[] = [];
  const past: ReturnType<typeof incidentRecord>[] = [];
  let copies = 0;
  for (let from = 0; from < observations.length; from += batch) {
    const known = { devices: new Map(devices), aliases: new Map(aliases) };
    const next = correlate(known, observations.slice(from, from + batch), advisory);
    for (const { from: merged, into, fromOrdinal, intoOrdinal } of next.merges) {
      devices.delete(merged);
      for (const [name, key] of aliases) if (key === merged) aliases.set(name, into);
      evidence.forEach((row, index) => {
        if (row.device !== merged || row.ordinal < fromOrdinal) return;
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

t.test('correlate() reports the same for lines in one batch as for lines one by one', async (t) => {
  const hours = fc.integer({ min: 0, max: 300 });
  const lines = fc.array(fc.tuple(hours, fc.constantFrom(...NAMINGS), fc.constantFrom(...shapes), fc.boolean()), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(lines, fc.boolean(), fc.integer({ min: 2, max: 80 }), (story, inTime, batch) => {
      const interner = new NameInterner();
      const ordered = inTime ? [...story].sort(([a], [b]) => a - b) : story;
      const observations = ordered.map(([hour, { origin, relayHost, peer, serial }, over, numbered], index) => {
        const number = numbered ? hour % 7 : null;
        const signal = observed(T0 + hour * HOUR, { ...over, fingerprint: number, sequence: number });
        return {
          ...event(signal, {}, `${index}`),
          names: interner.intern(origin, relayHost, peer, serial),
          receivedAt: T0 + index,
        };
      });
      return JSON.stringify(outcome(observations, batch)) === JSON.stringify(outcome(observations, 1));
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

t.test('correlate() uses a line that comes later than the lateness as evidence only', async (t) => {
  const lines = [
    observation(T0 + 200 * HOUR, {}),
    ...Array.from({ length: limits.recentSignals + 20 }, (_, index) =>
      observation(T0 + (201 + index / 1000) * HOUR, {}),
    ),
  ];
  const before = correlate({ devices: new Map(), aliases: new Map() }, lines, advisory).devices;
  const { devices, changes, evidence } = correlate(
    { devices: before, aliases: new Map() },
    [observation(T0, callHome)],
    advisory,
  );
  t.same(changes, []);
  t.equal(evidence.length, 1, 'the line is evidence');
  t.same(devices.get('sw-a')?.state, before.get('sw-a')?.state);
  const storm = correlate(
    { devices: before, aliases: new Map() },
    [observation(T0 + 200.5 * HOUR, callHome)],
    advisory,
  );
  t.equal(
    storm.devices.get('sw-a')?.state.incident?.phase.state,
    'suspected',
    'a late line within the lateness counts, however many recent signals there are',
  );
});

t.test('correlate() returns the finished incident when the next one opens', async (t) => {
  const lines = (
    [
      [0, callHome],
      [1, comm],
      [2, restored],
      [240, callHome],
      [241, comm],
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
  'correlate() counts a message once if a copy arrives, and twice if the device repeats it after a restart',
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

/** Names that contradict each other, are shared, are learnt, are default names, have domains and get serial numbers. */
const names = fc.record({
  origin: fc.constantFrom(null, 'sw-a', 'sw-b', 'SW-A', 'Switch', 'sw-a.plant1', 'sw-a.plant2', 'sw-b.plant1'),
  relayHost: fc.constantFrom(null, null, 'relay-1', 'sw-a', 'router', '192.0.2.1'),
  peer: fc.constantFrom(null, '192.0.2.1', '192.0.2.2', '127.0.0.1'),
  serial: fc.constantFrom(null, null, 'FOC0001', 'FOC0002', 'FOC0003'),
});

const noRow = { hostname: null, address: null, serial: null, pid: null, release: null, plant: null, licensing: null };

t.test('correlate() identifies devices by their names in the same way for any batch size', async (t) => {
  const line = fc.tuple(names, fc.integer({ min: 0, max: 40 }), fc.constantFrom(...shapes), fc.boolean());
  const listed = fc.subarray([
    { hostname: 'sw-a', address: '192.0.2.1', serial: null },
    { hostname: 'sw-b', address: null, serial: 'FOC0002' },
    { hostname: null, address: '192.0.2.2', serial: 'FOC0001' },
    { hostname: 'sw-a.plant1', address: null, serial: null },
    { hostname: 'sw-b.plant2', address: null, serial: null },
  ]);
  // A switch with a default name shows a number, and later the one that its device has shown before.
  const LISTED = { hostname: 'sw-a', address: '192.0.2.1', serial: null };
  const nobody = { origin: null, relayHost: null, peer: null, serial: null };
  const shown = (
    [
      [{ origin: 'sw-a', serial: 'FOC0002' }, 1],
      [{ peer: '192.0.2.1', serial: 'FOC0001' }, 0],
      [{ relayHost: 'relay-1', serial: 'FOC0002' }, 0],
      [{ origin: 'Switch', relayHost: 'relay-1', serial: 'FOC0001' }, 0],
      [{ origin: 'Switch', relayHost: 'relay-1', serial: 'FOC0001' }, 1],
    ] as const
  ).map(([names, hours]) => [{ ...nobody, ...names }, hours, {}, false]);
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), listed, (lines, rows) => {
      // Interned as in the pipeline: the same names are the same object.
      const interner = new NameInterner(advisory.defaultNames);
      const observations = lines.map(([{ origin, relayHost, peer, serial }, hours, over, quiet]) => {
        const signal = observed(T0 + hours * HOUR, over);
        return { ...event(signal, {}), names: interner.intern(origin, relayHost, peer, serial), quiet };
      });
      const [one, all] = [1, lines.length].map((batch) => {
        let known: Known = { devices: new Map(), aliases: new Map() };
        const apply = ({ devices, aliases, merges }: Correlated) => {
          const [nextDevices, nextAliases] = [new Map(known.devices), new Map(known.aliases)];
          for (const { from, into } of merges) {
            nextDevices.delete(from);
            for (const [name, key] of nextAliases) if (key === from) nextAliases.set(name, into);
          }
          for (const [key, device] of devices) nextDevices.set(key, device);
          for (const [name, key] of aliases) nextAliases.set(name, key);
          known = { devices: nextDevices, aliases: nextAliases };
        };
        const enrolled = rows.map((row) => ({
          row: { ...noRow, ...row },
          columns: ['hostname', 'address', 'serial'] as const,
        }));
        apply(enrol(known, enrolled, advisory));
        for (let from = 0; from < observations.length; from += batch) {
          apply(correlate(known, observations.slice(from, from + batch), advisory));
        }
        const devices = [...known.devices].map(([key, { messages, state }]) => [key, messages, state.incident]);
        return JSON.stringify([devices.sort(), [...known.aliases].sort()]);
      });
      return one === all;
    }),
    { numRuns: 3000, examples: [[shown as never, [LISTED]]] },
  );
  t.pass();
});

t.test('correlate() refuses new devices without room, and counts their messages', async (t) => {
  const of = (origin: string, hours: number) => event(observed(T0 + hours * HOUR, callHome), { origin });
  const first = correlate(
    { devices: new Map(), aliases: new Map(), room: 1 },
    [of('sw-a', 0), of('sw-b', 0)],
    advisory,
  );
  t.same([...first.devices.keys()], ['sw-a']);
  t.equal(first.refused, 1);
  t.notOk(first.aliases.has('sw-b'), 'no name of a refused device is learnt');
  const known = { devices: first.devices, aliases: first.aliases, room: 0 };
  const second = correlate(known, [of('sw-b', 1), of('sw-a', 1), of('sw-b', 2)], advisory);
  t.equal(second.refused, 2);
  t.equal(second.devices.get('sw-a')?.messages, 2, 'lines of a known device still count');
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
  t.same(
    [[...renamed.devices.keys()], renamed.refused],
    [['sw-a'], 0],
    'a known device with a better name is not refused',
  );
});
