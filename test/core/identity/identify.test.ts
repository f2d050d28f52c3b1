import fc from 'fast-check';
import t from 'tap';
import { advanceTime, correlate } from '../../../src/core/correlate/correlate.ts';
import type { Known } from '../../../src/core/correlate/correlated.ts';
import { incidentRecord } from '../../../src/core/diagnose/incident-record.ts';
import type { Device } from '../../../src/core/model/device.ts';
import type { SignalEvent } from '../../../src/core/model/device-state.ts';
import { internedAlone, type Names } from '../../../src/core/model/names.ts';
import type { Observation } from '../../../src/core/model/observation.ts';
import { advisory, event, HOUR, observed, T0 } from '../../given.ts';

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

function observation(names: Names, at: number, over: Partial<SignalEvent>): Observation {
  return event(observed(at, over), names);
}

/** Correlates batch by batch, and stores the results as a store does. */
function fold(observations: readonly Observation[], batch: number) {
  const devices = new Map<string, Device>();
  const aliases = new Map<string, string | null>();
  const evidence: string[] = [];
  for (let from = 0; from < observations.length; from += batch) {
    const known: Known = { devices: new Map(devices), aliases: new Map(aliases) };
    const next = correlate(known, observations.slice(from, from + batch), advisory);
    for (const { from: merged, into } of next.merges) {
      devices.delete(merged);
      for (const [name, key] of aliases) if (key === merged) aliases.set(name, into);
    }
    for (const [name, key] of next.aliases) aliases.set(name, key);
    for (const [key, device] of next.devices) devices.set(key, device);
    evidence.push(...next.evidence.map(({ raw }) => raw));
  }
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
