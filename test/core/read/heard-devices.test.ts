import fc from 'fast-check';
import t from 'tap';
import { ABSENT } from '../../../src/core/decode/header-bytes.ts';
import { NO_NAME, nameHash } from '../../../src/core/decode/name-hash.ts';
import { newNumbers, readNumbers } from '../../../src/core/decode/quick-numbers.ts';
import { HeardDevices } from '../../../src/core/read/heard-devices.ts';
import { LiveHearing, packReports, unpackReport } from '../../../src/core/read/hearing.ts';
import { BODIES, frameOf, HOUR, T0 } from '../../given.ts';

const PEER = '192.0.2.7';
const NAME = nameHash('sw-a');

t.test('HeardDevices reports the first line, each new maximum, and once an hour', async (t) => {
  const devices = new HeardDevices();
  const line = (level: number, at: number) => devices.ordinary(PEER, NAME, level, at);
  t.same(line(3, T0), { level: 3, lines: 1, partly: false }, 'the first line');
  t.equal(line(3, T0 + 1), null);
  t.equal(line(2, T0 + 2), null, 'a graver line is no maximum');
  t.same(line(5, T0 + 3), { level: 5, lines: 3, partly: false }, 'a new maximum, with the lines since');
  t.equal(line(5, T0 + 2 + HOUR), null);
  t.same(
    line(ABSENT, T0 + 3 + HOUR),
    { level: 5, lines: 2, partly: false },
    'an hour later, with the highest level so far',
  );
  t.equal(line(4, T0 + 4 + HOUR), null);
  t.same(line(4, T0), { level: 5, lines: 2, partly: false }, 'the clock was set back by an hour');
  t.same(
    devices.ordinary(PEER, NO_NAME, ABSENT, T0),
    { level: null, lines: 1, partly: false },
    'lines without a name are others',
  );
  t.same(
    devices.ordinary('192.0.2.8', NAME, 4, T0),
    { level: 4, lines: 1, partly: false },
    'and so are those of another sender',
  );
});

t.test('HeardDevices adds what is new to a line that is kept anyway', async (t) => {
  const devices = new HeardDevices();
  t.equal(devices.kept(PEER, NAME, T0), null, 'no ordinary line');
  devices.ordinary(PEER, NAME, 3, T0);
  t.equal(devices.kept(PEER, NAME, T0), null, 'it was reported');
  devices.ordinary(PEER, NAME, 3, T0 + 1);
  t.same(devices.kept(PEER, NAME, T0 + 2), { level: 3, lines: 1, partly: false });
  t.equal(devices.ordinary(PEER, NAME, 3, T0 + 1 + HOUR), null, 'the hour counts from then on');
  t.same(devices.ordinary(PEER, NAME, 3, T0 + 2 + HOUR), { level: 3, lines: 2, partly: false });
});

t.test('HeardDevices forgets the oldest report first, and then reports once more', async (t) => {
  const devices = new HeardDevices(3);
  for (const name of [1, 2, 3]) devices.ordinary(PEER, name, 3, T0);
  devices.ordinary(PEER, 1, 5, T0 + 1);
  devices.ordinary('192.0.2.8', 4, 3, T0 + 2);
  t.equal(devices.size, 3);
  t.equal(devices.ordinary(PEER, 1, 3, T0 + 3), null, 'it was reported after the others');
  t.same(devices.ordinary(PEER, 2, 3, T0 + 3), { level: 3, lines: 1, partly: false });
});

t.test('HeardDevices loses no line, whatever is asked when', async () => {
  const step = fc.record({
    name: fc.nat(3),
    level: fc.integer({ min: ABSENT, max: 7 }),
    kept: fc.boolean(),
    ms: fc.nat(HOUR),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, mayReport) => {
      const devices = new HeardDevices();
      let [at, sent, told] = [T0, 0, 0];
      for (const { name, level, kept, ms } of steps) {
        at += ms;
        if (!kept) sent++;
        told += (kept ? devices.kept(PEER, name, at) : devices.ordinary(PEER, name, level, at, mayReport))?.lines ?? 0;
      }
      for (const name of [0, 1, 2, 3]) told += devices.kept(PEER, name, at)?.lines ?? 0;
      return told === sent;
    }),
  );
});

t.test('LiveHearing reports so many lines a second, and the rest with later lines', async (t) => {
  const numbers = newNumbers();
  const hearing = new LiveHearing(numbers, 2);
  const line = (name: string, at: number) => {
    const { bytes, start, end } = frameOf(`<189>7: ${name}: Mar  1 18:46:11: ${BODIES.chatter}`);
    readNumbers(bytes, start, end, numbers);
    return hearing.ordinary(5, { peer: PEER, receivedAt: at })?.lines ?? 0;
  };
  t.same(
    ['sw-a', 'sw-b', 'sw-c', 'sw-d'].map((name) => line(name, T0)),
    [1, 1, 0, 0],
  );
  t.same([line('sw-c', T0 + 999), line('sw-c', T0 + 1000), line('sw-d', T0 + 1001)], [0, 3, 2]);
});

t.test('unpackReport() gives back what packReports() was given', async () => {
  const report = fc.option(
    fc.record({
      ...{ level: fc.option(fc.nat(7)), lines: fc.nat(4_000_000_000) },
      ...{ partly: fc.constant(false), alone: fc.boolean() },
    }),
    { nil: undefined },
  );
  fc.assert(
    fc.property(fc.array(report, { maxLength: 9 }), (reports) => {
      const frames = reports.map((report) => ({ ...frameOf('x'), ...(report === undefined ? {} : { report }) }));
      const again = [...packReports(frames)].map((packed) => unpackReport(packed).report);
      return JSON.stringify(again) === JSON.stringify(reports);
    }),
  );
});
