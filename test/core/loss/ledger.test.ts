import fc from 'fast-check';
import t from 'tap';
import { NO_NAME, nameHash } from '../../../src/core/decode/name-hash.ts';
import { type Numbers, newNumbers, readNumbers } from '../../../src/core/decode/quick-numbers.ts';
import { LossLedger } from '../../../src/core/loss/ledger.ts';
import { lossLimits } from '../../../src/core/loss/loss-limits.ts';
import type { LossRow } from '../../../src/core/loss/loss-row.ts';
import { DAY, HOUR, T0 } from '../../given.ts';
import { arrivals, fates, range, truth } from './channel.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
t.comment(`SEED=${seed}`);

const PEER = '192.0.2.7';
const sw = nameHash('sw-a');

const numbered = (counter: number, over: Partial<Numbers> = {}): Numbers => ({ ...newNumbers(), counter, ...over });

/** A ledger that has noted lines of text, a second apart. */
function noted(lines: readonly string[], ledger = new LossLedger()): LossLedger {
  const numbers = newNumbers();
  lines.forEach((line, index) => {
    const bytes = Buffer.from(line);
    readNumbers(bytes, 0, bytes.length, numbers);
    ledger.note(PEER, numbers, T0 + index * 1000);
  });
  return ledger;
}

t.test('LossLedger.lossOf() gives the loss of each device', async (t) => {
  const line = (counter: number, name: string, sequence = '') =>
    `<189>${counter}: ${name}${sequence}*Mar  1 18:46:11: %SYS-5-CONFIG_I: x`;
  t.match(
    noted([line(1, 'sw-a: '), line(2, 'sw-a: '), line(5, 'sw-a: ')]).lossOf(PEER, sw, null),
    {
      reliable: true,
      basis: 'counter',
      received: 3,
      lost: 2,
      completeness: 0.6,
      atMost: false,
      since: T0,
      lastSeenAt: T0 + 2000,
    },
    'by the counter',
  );
  t.match(
    noted([line(1, 'sw-a: '), line(700, 'sw-b: '), line(2, 'sw-a: '), line(701, 'sw-b: ')]).lossOf(
      PEER,
      nameHash('SW-B'),
      null,
    ),
    { reliable: true, received: 2, lost: 0, completeness: 1 },
    'names distinguish two devices behind one address',
  );
  t.match(
    noted([line(1, 'sw-a: '), '<189>2:                Reason : x', line(3, 'sw-a: ')]).lossOf(PEER, sw, null),
    { received: 3, lost: 0 },
    'the second line of a message has no name, and belongs to the device of the line before',
  );
  t.match(
    noted(
      range(1, 30).flatMap((n) => [line(n, 'sw-a: ', `0000${n + 10}: `), line(5000 + n, 'sw-a: ', `0000${n + 10}: `)]),
    ).lossOf(PEER, sw, null),
    { reliable: true, basis: 'sequence', received: 30, lost: 0, duplicates: 30 },
    'copies of two collectors have different counters and the same sequence numbers',
  );
  t.match(
    noted([line(1, 'sw-a: '), line(9000, ''), line(9001, ''), line(3, 'sw-a: ')]).lossOf(PEER, sw, null),
    { lost: 1, atMost: true },
    'lines without a name from the same address may be the missing ones',
  );
  t.match(
    noted(['<190>: 000010: Jul 13 08:23:43: %A-5-B: x', '<190>: 000015: Jul 13 08:23:44: %A-5-B: x']).lossOf(
      PEER,
      null,
      null,
    ),
    { basis: 'sequence', lost: 4, atMost: true },
    'a device also gives sequence numbers to messages that it does not send',
  );
  const none = { reliable: false, basis: null, lost: null, received: null, completeness: null, since: null };
  t.match(noted(['<189>: 2022 Mar  1 18:46:11: %A-5-B: x']).lossOf(PEER, null, null), {
    ...none,
    why: 'no-numbers',
    lastSeenAt: T0,
  });
  t.match(noted([line(1, '')]).lossOf(PEER, null, null), { ...none, why: 'too-few' }, 'one number shows nothing');
  t.match(noted([]).lossOf(PEER, null, null), { ...none, why: 'unseen', lastSeenAt: null });
});

t.test(
  'LossLedger.dropped() counts lines that this service dropped, and makes no source of a denied sender',
  async (t) => {
    const ledger = noted(['<189>1: %A-5-B: x', '<189>4: %A-5-B: x']);
    ledger.dropped(PEER, 'queue_full', 2, T0);
    ledger.dropped('192.0.2.66', 'denied', 5, T0);
    ledger.dropped(null, 'oversize', 1, T0);
    t.match(
      ledger.lossOf(PEER, null, null),
      { lost: 2, drops: { queue_full: 2, oversize: 0, denied: 0 } },
      'the dropped lines are among the lost ones',
    );
    t.match(ledger.totals(), { sources: 2, received: 2, lost: 2, drops: { queue_full: 2, oversize: 1, denied: 5 } });
  },
);

t.test('LossLedger.lossOf() answers since a time, within the documented resolution', async (t) => {
  const ledger = new LossLedger();
  let number = 0;
  const lostAt: number[] = [];
  const end = T0 + 40 * DAY;
  for (let at = T0; at <= end; at += 5 * 60_000) {
    number += at % (7 * HOUR) === 0 ? 2 : 1;
    if (at % (7 * HOUR) === 0 && at > T0) lostAt.push(at);
    ledger.note(PEER, numbered(number), at);
  }
  for (const ago of [0, 60_000, 20 * 60_000, HOUR, 6 * HOUR, DAY, 3 * DAY, 10 * DAY, 35 * DAY]) {
    const { since, lost } = ledger.lossOf(PEER, null, end - ago);
    const from = since as number;
    t.ok(from <= end - ago, `not later than the requested time: ${ago}`);
    t.ok(
      end - ago - from <= Math.max(2 * lossLimits.checkpointMs, ago / 2),
      `${(end - ago - from) / 60_000} min before ${ago / 60_000} min`,
    );
    t.equal(lost, lostAt.filter((at) => at > from).length, 'exactly the loss since the time in the answer');
  }
  t.equal(ledger.lossOf(PEER, null, T0 - DAY).since, T0, 'nothing is known from before the first line');
});

t.test('LossLedger.restore() finds the lines lost while the service was down', async (t) => {
  const before = noted(range(1, 20).map((n) => `<189>${n}: sw-a: %A-5-B: x`));
  const rows = JSON.parse(JSON.stringify([...before.rows()])) as LossRow[];
  t.equal(rows.length, 1);
  const after = new LossLedger();
  after.restore(rows);
  for (const n of [521, 522]) after.note(PEER, numbered(n, { name: sw }), T0 + HOUR + n * 1000);
  t.match(
    after.lossOf(PEER, sw, T0 + HOUR / 2),
    { lost: 500, received: 2, restarts: 0, since: T0 + 19_000 },
    'a gap over the downtime is loss',
  );
  const restarted = new LossLedger();
  restarted.restore(rows);
  for (const n of [3, 4, 5]) restarted.note(PEER, numbered(n, { name: sw }), T0 + HOUR + n * 1000);
  t.match(
    restarted.lossOf(PEER, sw, null),
    { lost: 0, received: 23, restarts: 1 },
    'after a restart nothing is counted lost',
  );
});

t.test('LossLedger.rows() and restore() change no answer, whenever they are called', async (t) => {
  fc.assert(
    fc.property(fates({ minLength: 1, maxLength: 200 }), fc.array(fc.nat(200), { maxLength: 4 }), (list, stops) => {
      const lines = arrivals(list, 100, T0, 60_000);
      const plain = new LossLedger();
      let ledger = new LossLedger();
      lines.forEach(({ number, at }, index) => {
        plain.note(PEER, numbered(number), at);
        ledger.note(PEER, numbered(number), at);
        if (!stops.includes(index) || index < lossLimits.provenLines) return;
        const rows = JSON.parse(JSON.stringify([...ledger.rows()]));
        ledger = new LossLedger();
        ledger.restore(rows);
      });
      for (const since of [null, T0 + HOUR]) {
        const [found, expected] = [ledger, plain].map((one) => JSON.stringify(one.lossOf(PEER, null, since)));
        if (found !== expected) throw new Error(`${found}, but ${expected}`);
      }
    }),
    { numRuns: 500, seed },
  );
  t.pass();
});

t.test('LossLedger.lossOf() is correct for two devices whose lines a channel mixes, loses and copies', async (t) => {
  const whole = Array.from({ length: 70 }, () => ({ lost: false, delays: [0] }));
  const device = fc.tuple(fates({ minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 1000 }));
  fc.assert(
    fc.property(device, device, (first, second) => {
      const sent = [first, second].map(([list, from], index) =>
        arrivals([...list, ...whole], from).map((line) => ({ ...line, name: index + 1 })),
      );
      const ledger = new LossLedger();
      for (const { number, name, at } of sent.flat().sort((a, b) => a.at - b.at)) {
        ledger.note(PEER, numbered(number, { name, sequence: number + 7 }), at);
      }
      sent.forEach((lines, index) => {
        const { received, lost, duplicates } = ledger.lossOf(PEER, index + 1, null);
        const expected = truth(lines);
        if (JSON.stringify({ received, lost, duplicates }) !== JSON.stringify(expected)) {
          throw new Error(`${JSON.stringify({ received, lost, duplicates })}, but ${JSON.stringify(expected)}`);
        }
      });
    }),
    { numRuns: 300, seed },
  );
  t.pass();
});

t.test('LossLedger.note() keeps to its limit, and a million forged senders displace no device', async (t) => {
  const ledger = new LossLedger();
  const devices = 5000;
  const numbers = numbered(0);
  const note = (peer: string, counter: number, at: number) => {
    numbers.counter = counter;
    ledger.note(peer, numbers, at);
  };
  for (let n = 1; n <= lossLimits.provenLines; n++) {
    for (let device = 0; device < devices; device++) note(`192.0.2.1/${device}`, n, T0);
  }
  t.equal([...ledger.rows()].length, devices);
  for (let spoofed = 0; spoofed < 1_000_000; spoofed++) note(`10.0.0.1/${spoofed}`, 7, T0);
  t.match(ledger.totals(), { sources: lossLimits.sources, forgotten: 1_000_000 + devices - lossLimits.sources });
  t.equal([...ledger.rows()].length, devices, 'a forged sender gets no row');
  const kept = range(0, devices - 1).filter((device) => ledger.lossOf(`192.0.2.1/${device}`, null, null).reliable);
  t.equal(kept.length, devices);
});

t.test('LossLedger.note() evicts proven sources without a recent line', async (t) => {
  const ledger = new LossLedger({ sources: 4 });
  const lines = (peer: string, name = NO_NAME) => {
    for (let n = 1; n <= lossLimits.provenLines; n++) ledger.note(peer, numbered(n, { name }), T0);
  };
  for (const name of [1, 2, 3, 4]) lines(PEER, name);
  // The first search clears the mark of every source, then evicts the oldest. Only the last two send lines again.
  lines('a');
  lines(PEER, 3);
  lines(PEER, 4);
  lines('b');
  t.same([...ledger.rows()].map(({ peer, name }) => `${peer} ${name}`).sort(), [
    ...[`${PEER} 3`, `${PEER} 4`],
    ...[`a ${NO_NAME}`, `b ${NO_NAME}`],
  ]);
  t.ok(ledger.lossOf(PEER, 3, null).reliable, 'the other sources of the address stay');
  t.equal(ledger.lossOf(PEER, 1, null).why, 'unseen');
  t.equal(ledger.totals().received, 6 * lossLimits.provenLines, 'the totals include the evicted sources');
});

t.test(
  'LossLedger.heardSince() counts addresses, not devices, and no sender of which every line was dropped',
  async (t) => {
    const ledger = new LossLedger();
    ledger.note('relay', numbered(1, { name: sw }), T0);
    ledger.note('relay', numbered(1, { name: nameHash('sw-b') }), T0 + HOUR);
    ledger.note(PEER, numbered(1), T0 + HOUR);
    ledger.note('silent', numbered(1), T0);
    ledger.dropped('flood', 'queue_full', 9, T0 + HOUR);
    t.equal(ledger.heardSince(T0), 3);
    t.equal(ledger.heardSince(T0 + 1), 2, 'a sender that was last heard before is none');
    t.equal(ledger.heardSince(T0 + HOUR + 1), 0);
    const again = new LossLedger();
    again.restore(ledger.rows());
    t.equal(again.heardSince(T0), 0, 'only proven sources are stored');
  },
);
