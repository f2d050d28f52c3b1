import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { readTrustpool } from '../../../src/core/advisory/trustpool.ts';
import { advisory } from '../../given.ts';

const read = (text: string) => readTrustpool(text, advisory);

function block(serial: string, name: string, origin = 'Built-In'): string {
  return [
    'CA Certificate',
    '  Status: Available',
    `  Certificate Serial Number (hex): ${serial}`,
    '  Certificate Usage: Signature',
    '  Issuer:',
    `    cn=${name}`,
    '    o=Example Trust',
    '    c=US',
    '  Subject:',
    `    cn=${name}`,
    '    o=Example Trust',
    '    c=US',
    '  Validity Date:',
    '    start date: 02:27:00 CST Nov 25 2006',
    '    end   date: 02:23:33 CST Nov 25 2031'.replace('end   date', 'end date'),
    '  Associated Trustpoints: Trustpool',
    `  Trustpool: ${origin}`,
    '',
  ].join('\n');
}

const NEW = block('0A0142800000014523C844B500000002', 'IdenTrust Commercial Root CA 1', 'Downloaded');
const OLD = block('0509', 'QuoVadis Root CA 2');
const OTHER = block('04', 'Example Root CA 7');
/** A certificate that the new root has issued, not the new root itself. */
const BELOW = OTHER.replace('cn=Example Root CA 7', 'cn=IdenTrust Commercial Root CA 1');

t.test('readTrustpool() finds the roots', async (t) => {
  t.match(read(`sw-a#show crypto pki trustpool\n${NEW}${OLD}${OTHER}sw-a#`), {
    complete: true,
    newRoot: 'present',
    oldRoot: 'present',
    certificates: [
      { serial: 'A0142800000014523C844B500000002', subject: 'IdenTrust Commercial Root CA 1', origin: 'Downloaded' },
      { serial: '509', subject: 'QuoVadis Root CA 2', origin: 'Built-In' },
      { serial: '4', subject: 'Example Root CA 7' },
    ],
  });
  t.match(read(OLD + OTHER), { complete: true, newRoot: 'absent', oldRoot: 'present' });
  t.match(read(NEW), { newRoot: 'present', oldRoot: 'absent' });
  t.match(read(OLD + BELOW), { newRoot: 'absent' }, 'an issuer is no subject');
});

t.test('readTrustpool() returns unknown for incomplete output', async (t) => {
  t.match(read(`${OLD}CA Certificate\n  Status: Avail`), { complete: false, newRoot: 'unknown', oldRoot: 'present' });
  t.match(read(`${OLD}${OTHER} --More-- `), { complete: false, newRoot: 'unknown' });
  t.match(read(`${OLD}<<output snipped>>`), { complete: false, newRoot: 'unknown' });
  t.match(read(`${NEW}<<output snipped>>`), { complete: false, newRoot: 'present', oldRoot: 'unknown' });
  for (const text of ['', 'nothing of the kind', '% Invalid input detected']) t.equal(read(text), null, text);
});

t.test('readTrustpool() reads paged, flattened and filtered output', async (t) => {
  const half = OLD.indexOf('  Certificate Usage');
  const paged = `${OLD.slice(0, half)} --More-- \b\b\b\b\b\b\b\b\b         \b\b\b\b\b\b\b\b\b${OLD.slice(half)}${NEW}`;
  t.match(read(paged), { complete: true, newRoot: 'present', oldRoot: 'present' });
  t.match(read((OLD + NEW).replace(/\s+/g, ' ')), { complete: true, newRoot: 'present', oldRoot: 'present' });
  t.match(read((OLD + NEW).replace(/\n/g, '\r\n')), { newRoot: 'present' });
  const filter = 'sw-a#show crypto pki trustpool | include IdenTrust\n';
  t.match(read(`${filter}    cn=IdenTrust Commercial Root CA 1\n    cn=IdenTrust Commercial Root CA 1\nsw-a#`), {
    newRoot: 'present',
    oldRoot: 'unknown',
  });
  t.match(read(`${filter}sw-a#`), { newRoot: 'absent', oldRoot: 'unknown' });
});

t.test('readTrustpool() returns absent only if the filter would have shown the root', async (t) => {
  const names = (...list: string[]) => list.map((name) => `    cn=${name}\n    cn=${name}\n`).join('');
  const [fresh, old] = ['IdenTrust Commercial Root CA 1', 'QuoVadis Root CA 2'];
  const rows: readonly (readonly [filter: string, output: string, newRoot: string, oldRoot: string])[] = [
    ['begin QuoVadis', OLD + OTHER, 'unknown', 'present'],
    ['section QuoVadis', OLD, 'unknown', 'present'],
    ['exclude Status', OLD + OTHER, 'unknown', 'present'],
    ['include Root CA 2', names(old), 'unknown', 'present'],
    ['inc CA 1', names(fresh), 'present', 'unknown'],
    ['include CA 1', names(old), 'absent', 'present'],
    ['i cn=', names(old), 'absent', 'present'],
    [
      'include CA Certificate|cn=',
      `CA Certificate\n${names(fresh)}CA Certificate\n${names(old)}`,
      'present',
      'present',
    ],
  ];
  for (const [filter, output, newRoot, oldRoot] of rows) {
    const reading = read(`sw-a#show crypto pki trustpool | ${filter}\n${output}sw-a#`);
    t.strictSame([reading?.complete, reading?.newRoot, reading?.oldRoot], [false, newRoot, oldRoot], filter);
  }
});

const notice = new URL('../../../../shared/domain/field-notice-FN72298.txt', import.meta.url);

t.test(
  'readTrustpool() reads the example of FN72298',
  { skip: !existsSync(notice) && 'the notice is not beside this checkout' },
  async (t) => {
    const text = readFileSync(notice, 'utf8');
    t.match(read(text.slice(text.indexOf('#show crypto pki trustpool'))), {
      complete: false,
      newRoot: 'present',
      oldRoot: 'present',
    });
  },
);

t.test('readTrustpool() reads any text without an exception', async () => {
  const pieces = fc.constantFrom(
    NEW,
    OLD,
    'CA Certificate',
    ' --More-- ',
    'cn=',
    'Subject: ',
    '\b',
    '-',
    ' ',
    'Trustpool: ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 40 }), (parts) => void read(parts.join(''))),
    {
      numRuns: 2000,
    },
  );
});
