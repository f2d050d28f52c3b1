import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { affected } from '../../../src/core/advisory/affected.ts';
import { compareReleases, parseRelease, type Release, releaseText } from '../../../src/core/advisory/release.ts';
import { advisory } from '../../given.ts';

const of = (text: string): Release => parseRelease(text) as Release;
const ask = (product: string, release: string) => affected(product, of(release), advisory.products);

/** The field notice itself, if it is beside this checkout. */
const notice = new URL('../../../../shared/domain/field-notice-FN72298.txt', import.meta.url);

/** The rows of the notice: the releases, and the family in the comment after them. */
function rowsOfTheNotice(): { family: string; releases: string[] }[] {
  const rows = readFileSync(notice, 'utf8').matchAll(/^((?:1[67]\.\d+\.\d+\w*(?:, )?)+) \|\n(\w+) /gm);
  return [...rows].map(([, releases = '', family = '']) => ({ family, releases: releases.split(', ') }));
}

const products: Record<string, readonly string[]> = {
  IE3x00: ['IE-3200-8T2S', 'IE-3300-8T2S', 'IE-3400-8P2S', 'IE-3400H-16FT'],
  ESS3x00: ['ESS-3300-NCP'],
  ESS9300: ['ESS-9300-10X'],
};

t.test(
  'affected() returns affected for every row of FN72298',
  { skip: !existsSync(notice) && 'the notice is not beside this checkout' },
  async (t) => {
    const rows = rowsOfTheNotice();
    t.equal(rows.length, 5);
    for (const { family, releases } of rows) {
      for (const product of products[family] ?? []) {
        for (const release of releases) {
          t.match(
            ask(product, release),
            {
              status: 'affected',
              family,
              source: 'FN72298',
              because: `release ${release} is listed for ${family}`,
              fixedIn: '17.6.1',
            },
            `${product} ${release}`,
          );
        }
      }
    }
    const listed = rows.flatMap(({ releases }) => releases).length;
    const compiled = advisory.products.flatMap(({ releases }) => releases).length;
    t.equal(compiled, listed, 'the table has no other row');
  },
);

t.test('affected() returns the status of FN72298 and FN72323', async (t) => {
  const cases: readonly (readonly [string, string, string, string | null, string | null])[] = [
    ['IE-3300-8T2S', '17.6.1', 'fixed', 'FN72298', null],
    ['IE-3300-8T2S', '17.09.04a', 'fixed', 'FN72298', null],
    ['IE-3300-8T2S', '17.3.4', 'affected', 'FN72298', '17.6.1'],
    ['IE-3300-8T2S', '16.12.6', 'affected', 'FN72298', '17.6.1'],
    ['IE34xx', '17.3.3', 'affected', 'FN72298', '17.6.1'],
    ['IE3x00', '17.3.3', 'affected', 'FN72298', '17.6.1'],
    ['ESS-3300-NCP', '17.5.1a', 'affected', 'FN72298', '17.6.1'],
    ['ESS-9300-10X', '17.4.2a', 'affected', 'FN72298', '17.6.1'],
    ['ESS-9300-10X', '17.7.1', 'fixed', 'FN72298', null],
    ['C9300-48UXM', '17.3.3', 'affected', 'FN72323', '17.3.4'],
    ['C9300-48UXM', '17.3.4', 'fixed', 'FN72323', null],
    ['C9300-48UXM', '17.4.1b', 'affected', 'FN72323', '17.4.2'],
    ['C9300-48UXM', '17.5.1', 'fixed', 'FN72323', null],
    ['C9300-48UXM', '16.12.5b', 'affected', 'FN72323', '16.12.6'],
    ['C9300-48UXM', '16.12.6', 'fixed', 'FN72323', null],
    ['ISR4321/K9', '17.12.1', 'fixed', 'FN72323', null],
    ['C9300-48UXM', '16.12.5c', 'unknown', 'FN72323', '16.12.6'],
    ['N9K-C93180YC', '17.3.3', 'unknown', null, null],
  ];
  for (const [product, release, status, source, fixedIn] of cases) {
    t.match(ask(product, release), { status, source, fixedIn }, `${product} ${release}`);
  }
});

t.test('parseRelease() and compareReleases() follow the order of Cisco releases', async (t) => {
  const rising = [
    '16.9.1',
    '16.9.1s',
    '16.10.1',
    '16.12.1',
    '16.12.1a',
    '16.12.1z',
    '16.12.1z1',
    '16.12.1z2',
    '16.12.2',
    '17.2.1',
    '17.2.1r',
    '17.2.1v',
    '17.3.1',
    '17.10.1',
  ];
  for (const [left, right] of rising.slice(1).map((text, index) => [rising[index] as string, text] as const)) {
    t.ok(compareReleases(of(left), of(right)) < 0, `${left} before ${right}`);
    t.ok(compareReleases(of(right), of(left)) > 0);
  }
  t.equal(releaseText(of('17.03.03a')), '17.3.3a');
  for (const text of ['', '17', '17.3', '15.2(7)E3', '17.3.3-a', '17.3.31x123', '17.3.312', 'x17.3.3', '17.3.3 a']) {
    t.equal(parseRelease(text), null, text);
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      const release = parseRelease(text);
      if (release !== null) t.same(parseRelease(releaseText(release)), release);
    }),
  );
});
