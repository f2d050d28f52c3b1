import fc from 'fast-check';
import t from 'tap';
import type { Device } from '../../../src/core/model/device.ts';
import { type Claim, type DeviceState, newDeviceState } from '../../../src/core/model/device-state.ts';
import type { Heard } from '../../../src/core/model/heard.ts';
import type { Incident } from '../../../src/core/model/incident.ts';
import { packDevice, unpackDevice } from '../../../src/store/codec/device-record.ts';
import { newTail } from '../../../src/store/codec/tail-blocks.ts';
import { packSignals } from '../../../src/store/codec/tail-record.ts';
import { observed, T0 } from '../../given.ts';

t.test('unpackDevice() returns the device of packDevice()', async (t) => {
  const tail = [observed(T0), observed(T0 + 1.5, { peers: ['cssm'], clock: 'unset' }), observed(T0 + 2)];
  const device: Device = {
    key: 'sw-a',
    keyFrom: 'origin',
    version: 3,
    peer: null,
    pid: null,
    serial: null,
    serialAt: null,
    foreignSerial: null,
    timeQuality: 'none',
    inventory: null,
    trustpool: null,
    captured: {
      facts: [{ what: 'release', value: '17.3.3', at: T0, line: 4, text: 'Version 17.3.3, RELEASE SOFTWARE' }],
      taken: [[77, T0]],
    },
    firstSeenAt: T0,
    lastSeenAt: T0 + 2,
    messages: 3,
    heard: { lastAt: T0 + 5, level: 5, watched: { firstAt: T0, lastAt: T0 + 3, lines: 12 } },
    senders: [{ address: '192.0.2.7', since: T0, lastAt: T0, isFirst: true, isConfirmed: false, waits: null }],
    snapshot: newDeviceState,
    snapshotAt: T0 - 1,
    recent: tail,
    state: newDeviceState,
    watermark: T0 + 2,
  };
  const blocks = { sizes: [2, 1], settled: 1 };
  const rows = `${packSignals([observed(T0 - 1), observed(T0)])},${packSignals(tail.slice(1, 2))}`;
  const row = { record: packDevice(device, { blocks, recent: tail.slice(2) }), blocks: rows };
  t.strictSame(unpackDevice(row), { device, blocks });
});

/** Objects as the program makes them. */
const record = <T>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });
const time = fc.oneof(
  fc.nat(2 ** 40),
  fc.integer({ min: 1, max: 2 ** 40 }).map((at) => at + 0.125),
);
const timeOrNone = fc.option(time);
const word = fc.string({ maxLength: 8, unit: 'grapheme' });
const wordOrNone = fc.option(word);
const claims: fc.Arbitrary<Claim> = record({
  family: word,
  mnemonic: word,
  isFailure: fc.boolean(),
  server: fc.constantFrom('cisco', 'own', 'unnamed'),
  byHost: fc.boolean(),
  manner: fc.constantFrom(null, 'refused', 'timeout'),
  kind: fc.constantFrom('state', 'event'),
  weight: fc.nat(9),
  firstAt: time,
  lastAt: time,
  count: fc.nat(),
  soundAt: timeOrNone,
  aloneAt: fc.option(fc.array(time, { maxLength: 3 })),
});
const incidents: fc.Arbitrary<Incident> = record({
  ordinal: fc.nat(9),
  phase: fc.constantFrom<Incident['phase']>(
    { state: 'suspected' },
    { state: 'recovering', from: 'confirmed', since: T0, moved: true },
    { state: 'closed', from: 'suspected', at: T0 },
  ),
  severity: fc.constantFrom('warning', 'major', 'critical'),
  score: fc.nat(9),
  families: fc.array(word, { maxLength: 3 }),
  openedAt: time,
  confirmedAt: timeOrNone,
  firstEvidenceAt: time,
  lastEvidenceAt: time,
  lastFailureAt: timeOrNone,
  evidence: fc.nat(),
  regressions: fc.nat(),
  diagnosis: fc.constantFrom(null, 'trust', 'own-server'),
  healedByItself: fc.nat(9),
  endedBy: fc.constantFrom(null, 'repair', 'healed'),
  consequence: fc.boolean(),
});
const states: fc.Arbitrary<DeviceState> = record({
  claims: fc.array(claims, { maxLength: 3 }),
  incident: fc.option(incidents),
  lastFailureAt: timeOrNone,
  failingPeers: fc.array(word, { maxLength: 2 }),
  clock: fc.constantFrom(null, 'set', 'off'),
  ordinal: fc.nat(9),
  ofSeveral: fc.boolean(),
}).map((values) => ({ ...newDeviceState, ...values }));
const heard: fc.Arbitrary<Heard> = record({
  lastAt: time,
  level: fc.option(fc.nat(7)),
  watched: fc.option(record({ firstAt: time, lastAt: time, lines: fc.nat() })),
});
const devices: fc.Arbitrary<Device> = record({
  key: word,
  keyFrom: fc.constantFrom('origin', 'peer', 'inventory'),
  version: fc.nat(),
  peer: wordOrNone,
  pid: wordOrNone,
  serial: fc.constant(null),
  serialAt: timeOrNone,
  foreignSerial: fc.option(record({ serial: word, at: time })),
  timeQuality: fc.constantFrom('none', 'synchronized'),
  inventory: fc.constant(null),
  trustpool: fc.option(
    fc.constant({ at: T0, newRoot: 'present', oldRoot: 'absent', certificates: 9, complete: true } as const),
  ),
  captured: fc.option(
    record({
      facts: fc.array(record({ what: word, value: word, at: timeOrNone, line: fc.nat(), text: word }), {
        maxLength: 2,
      }),
      taken: fc.array(fc.tuple(fc.nat(), time), { maxLength: 2 }),
    }),
  ),
  firstSeenAt: timeOrNone,
  lastSeenAt: timeOrNone,
  messages: fc.nat(),
  heard: fc.option(heard),
  senders: fc.array(
    record({
      ...{ address: word, since: time, lastAt: time, isFirst: fc.boolean(), isConfirmed: fc.boolean() },
      waits: fc.constant(null),
    }),
    { maxLength: 2 },
  ),
  snapshot: fc.oneof(fc.constant(newDeviceState), states),
  snapshotAt: fc.oneof(fc.constant(Number.MIN_SAFE_INTEGER), time),
  recent: fc.array(
    time.map((at) => observed(at)),
    { maxLength: 3 },
  ),
  state: states,
  watermark: fc.oneof(fc.constant(Number.MIN_SAFE_INTEGER), time),
});

t.test('unpackDevice() returns any device of packDevice()', async (t) => {
  fc.assert(
    fc.property(devices, fc.boolean(), (drawn, isSeenLast) => {
      const { serialAt } = drawn;
      // What was seen last is often what the state has reached.
      const watermark = isSeenLast && drawn.lastSeenAt !== null ? drawn.lastSeenAt : drawn.watermark;
      const device = { ...drawn, watermark, serial: serialAt === null ? null : 'FOC0000A1B2' };
      const { blocks, recent } = newTail(device.recent);
      t.strictSame(unpackDevice({ record: packDevice(device, { blocks, recent }), blocks: null }).device, device);
    }),
  );
});
