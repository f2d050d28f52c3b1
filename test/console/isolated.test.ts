/** A name within a title or a label turns nothing around it, without a browser. */
import t from 'tap';
import { isolated } from '../../web/ui/isolated.ts';
import { HOSTILE } from './failing.ts';

t.test('isolated() leaves names as they are that turn nothing', async (t) => {
  for (const name of ['', 'sw-press-01', 'South/Hall 2', 'Köln, Süd\\1', 'Ђаково', '192.0.2.17', '2001:db8::1'])
    t.equal(isolated(name), name);
});

t.test('isolated() isolates letters from right to left, and marks of direction', async (t) => {
  for (const name of [HOSTILE, 'חיפה', 'مصنع', 'sw\u200f-a', '\u{10800}'])
    t.equal(isolated(name), `\u2068${name}\u2069`);
});

t.test('isolated() lets no name end its isolation', async (t) => {
  t.equal(isolated('a\u2069\u202e=cmd'), '\u2068a\u202e=cmd\u2069');
  t.equal(isolated('\u2066\u2067\u2068a'), '\u2068a\u2069', 'nor begin one that has no end');
});
