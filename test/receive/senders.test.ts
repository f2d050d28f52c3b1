import t from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { OnceAMinute } from '../../src/receive/once-a-minute.ts';
import { sourceOf } from '../../src/receive/senders.ts';
import { senders } from './any-sender.ts';

t.test('Senders.connect() bounds the connections of a source, and gives a place back', async (t) => {
  const some = senders({ perSource: { connections: 2, lines: 1, newDevices: 1000 } });
  t.same(
    [1, 2, 3].map(() => some.connect('192.0.2.7')),
    [null, null, 'per_source'],
  );
  t.equal(some.connect('192.0.2.8'), null, 'another source has its own places');
  some.disconnect('192.0.2.7');
  t.equal(some.connect('192.0.2.7'), null);
});

t.test('a host of IPv6 has one place, however many addresses it uses', async (t) => {
  const some = senders({ perSource: { connections: 1, lines: 1, newDevices: 1000 } });
  t.equal(some.connect('2001:db8::1'), null);
  t.equal(some.connect('2001:db8::ffff:2'), 'per_source');
  t.equal(some.connect('2001:db8:0:1::1'), null);
  t.equal(sourceOf('2001:db8::1'), sourceOf('2001:db8:0:0:ffff::'));
  t.equal(sourceOf('192.0.2.7'), '192.0.2.7');
});

t.test('a relay may take more, and a network that is not allowed nothing', async (t) => {
  const some = senders({
    allow: ['192.0.2.0/24'],
    relays: ['192.0.2.50'],
    perSource: { connections: 1, lines: 1, newDevices: 1000 },
  });
  t.same(
    [1, 2, 3].map(() => some.connect('192.0.2.50')),
    [null, null, null],
  );
  t.equal(some.connect('198.51.100.1'), 'allow');
  some.configure({ allow: [], relays: [], perSource: { connections: 1, lines: 1, newDevices: 1000 } });
  t.equal(some.connect('198.51.100.1'), null, 'as it is configured now');
});

t.test('Senders.takesLine() lets the lines of a minute pass at once, and then as many as come back', async (t) => {
  const some = senders({ perSource: { connections: 1, lines: 2, newDevices: 1000 } });
  const taken = (count: number, now: number) =>
    Array.from({ length: count }, () => some.takesLine('192.0.2.7', now)).filter(Boolean).length;
  t.equal(taken(200, 0), 120);
  t.equal(taken(200, 1000), 2);
  t.ok(some.takesLine('192.0.2.8', 1000), 'another source has its own budget');
  t.equal(taken(200, 3_600_000), 120, 'no more than a minute is saved');
});

t.test('OnceAMinute allows one line a source and minute, and few sources', async (t) => {
  const once = new OnceAMinute();
  t.same(
    [0, 1, 59_999, 60_000].map((now) => once.allows('a', now)),
    [true, false, false, true],
  );
  const others = Array.from({ length: 1000 }, (_, index) => once.allows(`b${index}`, 60_000)).filter(Boolean);
  t.ok(others.length < 40, `${others.length} of 1000`);
  t.ok(once.allows('c', 200_000), 'later again');
});

t.test('a sender that goes on sending is not forgotten, however many others send', async (t) => {
  const some = senders({ perSource: { connections: 1, lines: 1, newDevices: 1000 } });
  for (let line = 0; line < 60; line++) some.takesLine('192.0.2.7', 0);
  for (let other = 0; other < 3 * limits.senderBudgets; other++) {
    some.takesLine(`other-${other}`, 0);
    if (other % 1000 === 0) t.notOk(some.takesLine('192.0.2.7', 0), 'its budget is used up');
  }
});
