/** Where a log-in leads to, without a browser. */
import fc from 'fast-check';
import t from 'tap';
import { pageAfter } from '../../web/query/after-login.ts';

const ORIGIN = 'https://watch.example:9514';
const seed = Number(process.env['SEED'] ?? 72298);
const leadsTo = (then: string | null) => {
  const { path, query } = pageAfter(then, ORIGIN);
  return query === '' ? path : `${path}?${query}`;
};

t.test('pageAfter() is the page that was asked for, with its whole query', async (t) => {
  for (const page of [
    ...['/', '/incidents/qv-sw-a-1', '/incidents?state=any&q=a%26b', '/devices?q=is+it?&plant=x?y', '/?wall=1'],
    ...['/plants/', '/plants/..%2Fx', '/plants/K%C3%B6ln', '/login-of-a-plant', '/devices/login'],
  ])
    t.equal(leadsTo(page), page);
});

t.test('pageAfter() leads to the first page where another host, the log-in or nothing is asked for', async (t) => {
  for (const then of [
    ...[null, '', 'incidents', 'https://evil.example/', 'javascript:alert(1)', '//evil.example/x', '/\\evil.example/x'],
    ...['/\t/', '/\t/evil.example/x', '/\r\n/evil.example/x', '/\n\\evil.example', '/x/..//evil.example', '/.//evil'],
    ...['/login', '/login?then=/about', '/./login', '/x/../login', '/lo\tgin', '/login#x', '///', '/\t//['],
  ])
    t.equal(leadsTo(then), '/', JSON.stringify(then));
});

t.test('pageAfter() leads to no other host, nor to the log-in, whatever is asked for', async (t) => {
  t.comment(`seed ${seed}`);
  const part = fc.constantFrom(
    '/',
    '\\',
    '\t',
    '\n',
    '.',
    '..',
    ':',
    '@',
    '?',
    '#',
    '%2F',
    '[',
    'login',
    'evil.example',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string({ maxLength: 3 })), { maxLength: 8 }), (parts) => {
      const page = leadsTo(`/${parts.join('')}`);
      for (const base of ['/', '/quovadis/']) {
        const url = new URL(base + page.slice(1), ORIGIN);
        t.equal(url.origin, ORIGIN, page);
        t.ok(url.pathname.startsWith(base), page);
        t.not(url.pathname, `${base}login`, page);
      }
    }),
    { seed, numRuns: 500 },
  );
});
