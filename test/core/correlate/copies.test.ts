/** The same line by several ways counts once, in whatever order its copies come; equal lines count as often as one way had them. */
import fc from 'fast-check';
import t from 'tap';
import { correlate } from '../../../src/core/correlate/correlate.ts';
import type { Known } from '../../../src/core/correlate/correlated.ts';
import { mergeTimelines } from '../../../src/core/correlate/timeline.ts';
import type { Device } from '../../../src/core/model/device.ts';
import type { SignalEvent } from '../../../src/core/model/device-state.ts';
import { packSignals, unpackSignals } from '../../../src/store/codec/tail-record.ts';
import { advisory, event, HOUR, observed, T0 } from '../../given.ts';

const MINUTE = 60_000;
const nothing: Known = { devices: new Map(), aliases: new Map() };

function folded(signals: readonly SignalEvent[], known = nothing) {
  const { devices, copies } = correlate(
    known,
    signals.map((signal) => event(signal, { origin: 'sw-a' })),
    advisory,
  );
  return { device: devices.get('sw-a') as Device, copies };
}

const line = (minute: number, over: Partial<SignalEvent>) =>
  observed(T0 + minute * MINUTE, { fingerprint: 7, ...over });

t.test('correlate() counts a line once that came by two ways with two counters', async (t) => {
  const ways = [line(0, { way: 'a udp x', counter: 41 }), line(0, { way: 'b udp x', counter: 902 })];
  t.equal(folded(ways).device.messages, 1);
  t.equal(folded([...ways].reverse()).device.messages, 1);
  t.equal(folded([...ways, ...ways]).device.messages, 1, 'each copy may come again');
});

t.test(
  'correlate() counts equal lines of one way as often as they came by the way that had most of them',
  async (t) => {
    const by = (way: string, ...counters: number[]) => counters.map((counter) => line(0, { way, counter }));
    for (const [signals, messages] of [
      [[...by('a', 1, 2), ...by('b', 7, 8)], 2],
      [[...by('a', 1), ...by('b', 7, 8), ...by('a', 2)], 2],
      [[...by('a', 1), ...by('b', 7, 8)], 2],
      [[...by('a', 1), ...by('b', 7, 8, 9), ...by('c', 3, 4)], 3],
    ] as const)
      t.equal(
        folded(signals).device.messages,
        messages,
        signals.map(({ way, counter }) => `${way}${counter}`).join(' '),
      );
  },
);

t.test(
  'correlate() finds as many messages in whatever order the copies come, and with a store in between',
  async () => {
    const copy = fc.record({ way: fc.constantFrom('a', 'b', 'c'), counter: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(fc.array(copy, { minLength: 1, maxLength: 24 }), (copies) => {
        const perWay = ['a', 'b', 'c'].map(
          (way) => new Set(copies.filter((each) => each.way === way).map((each) => each.counter)),
        );
        const most = Math.max(...perWay.map(({ size }) => size));
        const signals = copies.map((each) => line(0, each));
        let known = nothing;
        for (const signal of signals) {
          const { device } = folded([signal], known);
          const recent = unpackSignals(JSON.parse(packSignals(device.recent)));
          known = { devices: new Map([['sw-a', { ...device, recent }]]), aliases: new Map([['sw-a', 'sw-a']]) };
        }
        const stored = known.devices.get('sw-a') as Device;
        return folded(signals).device.messages === most && stored.messages === most;
      }),
      { numRuns: 500 },
    );
  },
);

t.test('correlate() counts a line with a sequence number once, whatever its counters, on one way too', async (t) => {
  const twice = [line(0, { sequence: 12, counter: 41 }), line(0, { sequence: 12, counter: 77 })];
  t.equal(folded(twice).device.messages, 1);
});

t.test('correlate() takes lines without a date or a number for copies only by two ways, within a minute', async (t) => {
  const by = (way: string, minute: number, counter: number | null = null) =>
    line(minute, { fingerprint: -7, way, counter });
  t.equal(folded([by('a', 0), by('b', 0.5)]).device.messages, 1);
  t.equal(folded([by('a', 0), by('b', 1.5)]).device.messages, 2, 'too far apart');
  t.equal(folded([by('a', 0), by('a', 0)]).device.messages, 2, 'two lines of one way');
  t.equal(folded([by('a', 0, 1), by('b', 0, 9), by('a', 0.1, 2), by('b', 0.1, 10)]).device.messages, 2);
});

t.test('a late copy of a failure over a slower way does not end a recovery', async (t) => {
  const failure = { kind: 'failure', fingerprint: 5 } as const;
  const success = line(2, { kind: 'recovery', family: null, mnemonic: 'COMM_RESTORED', fingerprint: 6, weight: 0 });
  const lines = [line(0, { ...failure, way: 'a', counter: 1 }), { ...success, way: 'a', counter: 2 }];
  const inTime = folded(lines).device;
  const late = folded([...lines, line(0, { ...failure, way: 'b', counter: 100 })]).device;
  t.strictSame([late.state, late.messages], [inTime.state, inTime.messages]);
});

t.test('mergeTimelines() joins what came by two ways under two names', async (t) => {
  const [a, b] = [folded([line(0, { way: 'a', counter: 1 })]), folded([line(0, { way: 'b', counter: 7 })])];
  const { recent } = mergeTimelines(a.device, b.device, (into) => into, advisory);
  t.equal(recent.length, 1);
  t.strictSame(recent[0]?.copies, [{ way: 'b', counter: 7 }]);
});

t.test('correlate() does not order lines by counters of two ways', async (t) => {
  const lines = [
    line(0, { way: 'a', counter: 105, fingerprint: 1 }),
    line(60, {
      way: 'b',
      counter: 100,
      fingerprint: 2,
      kind: 'recovery',
      family: null,
      mnemonic: 'COMM_RESTORED',
      weight: 0,
    }),
  ];
  const { state } = folded(lines).device;
  t.equal(state.lastSuccessAt, T0 + HOUR);
  t.strictSame(state.claims, [], 'the success is the later line');
});
