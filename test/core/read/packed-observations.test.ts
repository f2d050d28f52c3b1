/** Observations are the same after they have crossed between threads as arrays. */
import fc from 'fast-check';
import t from 'tap';
import { internedAlone } from '../../../src/core/model/names.ts';
import type { Observation } from '../../../src/core/model/observation.ts';
import { ObservationPacker, ObservationUnpacker } from '../../../src/core/read/packed-observations.ts';
import { observed, T0 } from '../../given.ts';

/** Objects as the program makes them. */
const record = <T>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });
const number = fc.oneof(fc.nat(99), fc.nat(2 ** 40), fc.constant(T0 + 0.125), fc.maxSafeInteger());
const numberOrNone = fc.option(number);
const word = fc.constantFrom('', 'sw-a', 'SW-B.example.net', 'ḡ𐤪');
const wordOrNone = fc.option(word);

const names = record({ origin: wordOrNone, relayHost: wordOrNone, peer: wordOrNone, serial: wordOrNone }).map(
  internedAlone,
);
const events: fc.Arbitrary<Observation['event']> = record({
  at: number,
  times: fc.nat(3),
  fingerprint: numberOrNone,
  counter: numberOrNone,
  way: wordOrNone,
  sequence: numberOrNone,
  kind: fc.constantFrom('failure', 'recovery', 'neutral'),
  family: wordOrNone,
  cause: fc.constantFrom(null, 'transport', 'trust'),
  manner: fc.constantFrom(null, 'refused', 'timeout'),
  server: fc.constantFrom('cisco', 'own', 'unnamed'),
  claim: fc.constantFrom('state', 'event'),
  weight: fc.nat(2),
  mnemonic: word,
  peers: fc.constantFrom([], ['cssm'], ['cssm', 'own'], ['own']),
  clock: fc.constantFrom(null, 'set', 'off'),
  critical: fc.boolean(),
  facts: fc.constantFrom(
    null,
    {},
    { pid: 'a' },
    { pid: 'b' },
    { pid: 'a', saved: true },
    { saved: false },
    { checked: true },
  ),
});
const lines: fc.Arbitrary<NonNullable<Observation['line']>> = record({
  raw: fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
  sender: wordOrNone,
  transport: fc.constantFrom(null, 'file', 'udp'),
  timing: record({
    at: number,
    used: fc.constantFrom('stamp', 'relay', 'receipt', 'archive'),
    rejected: fc.constantFrom(null, 'no-date', 'future'),
    skewMs: numberOrNone,
  }),
  stamp: numberOrNone,
  relayStamp: numberOrNone,
  grammar: word,
});
const observations: fc.Arbitrary<Observation> = record({
  names,
  receivedAt: number,
  sender: wordOrNone,
  pid: wordOrNone,
  timeQuality: fc.constantFrom('none', 'synchronized', 'unset'),
  event: events,
  onlyKnownDevice: fc.boolean(),
  heard: fc.constantFrom(
    null,
    { level: 3, lines: 1, partly: false },
    { level: null, lines: 1, partly: false },
    { level: 3, lines: 2, partly: true },
    { level: 3, lines: 1, partly: false, alone: true },
  ),
  ordinary: fc.boolean(),
  line: fc.option(lines),
}).map((observation) => {
  const { line, event } = observation;
  // The event time of a line is the time of its event.
  return { ...observation, line: line === null ? null : { ...line, timing: { ...line.timing, at: event.at } } };
});

t.test('ObservationUnpacker gives what ObservationPacker was given, batch after batch', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.array(observations, { maxLength: 20 }), { maxLength: 6 }),
      fc.constantFrom(undefined, 0, 3),
      (batches, most) => {
        const [packer, unpacker] = [new ObservationPacker(most), new ObservationUnpacker()];
        for (const batch of batches) {
          // Most lines say what another one has said.
          const twice = [...batch, ...batch.map((observation) => ({ ...observation, receivedAt: T0 }))];
          t.strictSame(unpacker.unpack(structuredClone(packer.pack(twice))), twice);
        }
      },
    ),
  );
});

t.test('ObservationPacker sends names once, and what lines have in common', async (t) => {
  const packer = new ObservationPacker();
  const base = { names: internedAlone({ origin: 'sw-a', relayHost: null, peer: null, serial: null }), line: null };
  const rest = {
    sender: null,
    pid: null,
    timeQuality: 'none',
    onlyKnownDevice: false,
    heard: null,
    ordinary: false,
  } as const;
  const at = (time: number): Observation => ({ ...base, ...rest, receivedAt: T0, event: observed(time) });
  const first = packer.pack([at(T0), at(T0 + 1)]);
  t.strictSame([first.names.length, first.forms.length, first.raws], [1, 1, null]);
  const second = packer.pack([at(T0 + 2)]);
  t.strictSame([second.names, second.forms], [[], []]);
});
