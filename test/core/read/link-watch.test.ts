import t from 'tap';
import { limits } from '../../../src/core/model/limits.ts';
import { LinkWatch } from '../../../src/core/read/link-watch.ts';

t.test('LinkWatch.wasDown() compares the sender and the times', async (t) => {
  const links = new LinkWatch();
  links.note('192.0.2.1', 100);
  links.note(null, 100);
  const rows = [
    ['within', '192.0.2.1', 50, 150, true],
    ['at its edges', '192.0.2.1', 100, 100, true],
    ['before', '192.0.2.1', 0, 99, false],
    ['after', '192.0.2.1', 101, 200, false],
    ['another sender', '192.0.2.2', 50, 150, false],
    ['a device without an address', null, 50, 150, false],
  ] as const;
  for (const [why, peer, from, to, expected] of rows) t.equal(links.wasDown(peer, from, to), expected, why);
  links.note('192.0.2.1', 300);
  t.equal(links.wasDown('192.0.2.1', 50, 150), false, 'only the last time counts');
});

t.test('LinkWatch.note() remembers limits.linkSenders senders, and drops the oldest', async (t) => {
  const links = new LinkWatch();
  for (let n = 0; n < limits.linkSenders; n++) links.note(`sender ${n}`, n);
  links.note('sender 0', 1);
  links.note('one more', 1);
  const known = ['sender 0', 'sender 1', 'sender 2', 'one more'].map((peer) => links.wasDown(peer, 0, 1e9));
  t.strictSame(known, [true, false, true, true]);
});
