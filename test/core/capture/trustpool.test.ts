import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { readTrustpool } from '../../../src/core/capture/trustpool.ts';
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
    '    end   date: 02:23:33 CST Nov 25 2031',
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
      { serial: '0A0142800000014523C844B500000002', subject: 'IdenTrust Commercial Root CA 1', origin: 'Downloaded' },
      { serial: '0509', subject: 'QuoVadis Root CA 2', origin: 'Built-In' },
      { serial: '04', subject: 'Example Root CA 7' },
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
  t.match(read(`${filter}sw-a#`), { newRoot: 'unknown', oldRoot: 'unknown', certificates: [] });
});

const COMMAND = 'sw-a#show crypto pki trustpool';
const [NEW_NAME, OLD_NAME] = ['IdenTrust Commercial Root CA 1', 'QuoVadis Root CA 2'];

t.test('readTrustpool() calls nothing absent that a filter may have hidden', async (t) => {
  const names = (...list: string[]) => list.map((name) => `    cn=${name}\n    cn=${name}\n`).join('');
  const rows: readonly (readonly [filter: string, output: string, newRoot: string, oldRoot: string])[] = [
    ['begin QuoVadis', OLD + OTHER, 'unknown', 'present'],
    ['begin IdenTrust', NEW.slice(NEW.indexOf('    cn=')) + OTHER, 'present', 'unknown'],
    ['begin Subject', NEW.slice(NEW.indexOf('  Subject')) + OTHER, 'unknown', 'unknown'],
    ['section QuoVadis', OLD, 'unknown', 'present'],
    ['exclude Status', OLD + OTHER, 'unknown', 'present'],
    ['exclude QuoVadis', (OLD + OTHER).replace(/.*QuoVadis.*\n/g, ''), 'unknown', 'unknown'],
    ['count IdenTrust', 'Number of lines which match regexp = 4\n', 'unknown', 'unknown'],
    ['include Root CA 2', names(OLD_NAME), 'unknown', 'present'],
    ['inc CA 1', names(NEW_NAME), 'present', 'unknown'],
    ['include CA 1', names(OLD_NAME), 'unknown', 'present'],
    ['include cn=IdenTrust', '', 'unknown', 'unknown'],
    [`include cn=${NEW_NAME}`, `    cn=${NEW_NAME}\n`, 'unknown', 'unknown'],
    ['include IdenTrust', `    cn=${NEW_NAME}\n    o=IdenTrust\n`.repeat(2), 'present', 'unknown'],
    ['i cn=', names(OLD_NAME, `${NEW_NAME}0`), 'unknown', 'present'],
    [
      'include CA Certificate|cn=',
      `CA Certificate\n${names(NEW_NAME)}CA Certificate\n${names(OLD_NAME)}`,
      'present',
      'present',
    ],
    ['include Serial', (NEW + OLD).replace(/^(?!.*Serial).*\n/gm, ''), 'present', 'unknown'],
    ['include Serial|cn=', (NEW + OLD).replace(/^(?!.*(?:Serial|cn=)).*\n/gm, ''), 'present', 'present'],
    ['include Serial|cn=', BELOW.replace(/^(?!.*(?:Serial|cn=)).*\n/gm, ''), 'unknown', 'unknown'],
  ];
  for (const [filter, output, newRoot, oldRoot] of rows) {
    const reading = read(`${COMMAND} | ${filter}\n${output}sw-a#`);
    t.strictSame([reading?.complete, reading?.newRoot, reading?.oldRoot], [false, newRoot, oldRoot], filter);
  }
});

/** A record of `show crypto pki certificates`. */
function listed(header: string, name: string, trustpoints: string, more = ''): string {
  return block('3A00000000000C', name)
    .replace('CA Certificate', header)
    .replace('Associated Trustpoints: Trustpool', `Associated Trustpoints: ${trustpoints}`)
    .replace('  Trustpool: Built-In\n', more);
}

const LISTING = [
  listed('Certificate', 'IE-3300-8T2S-0200005E0001', 'CISCO_IDEVID_SUDI'),
  listed('CA Certificate', 'Example Manufacturing CA', 'CISCO_IDEVID_SUDI Trustpool'),
  listed('CA Certificate', 'Cisco Licensing Root CA', 'Trustpool SLA-TrustPoint', '  Storage: nvram:Example#1CA.cer\n'),
  listed('Router Self-Signed Certificate', 'IOS-Self-Signed-Certificate-1', 'TP-self-signed-1'),
] as const;
/** The new root as a trustpoint of its own: it is in the listing, and says nothing of the pool. */
const TRUSTPOINT = NEW.replace('Trustpoints: Trustpool', 'Trustpoints: EXAMPLE-CA').replace(/ {2}Trustpool: .*\n/, '');

t.test('readTrustpool() returns null for the output of another command', async (t) => {
  const verbose = LISTING.join('\n')
    .replace(/ {2}Issuer:/g, '  Version: 3\n  Issuer:')
    .replace(
      / {2}Validity Date:/g,
      '  Subject Key Info:\n    Public Key Algorithm: rsaEncryption\n  Fingerprint SHA1: 0A0B0C0D\n  Validity Date:',
    );
  const rows: readonly (readonly [what: string, text: string])[] = [
    ['a listing', LISTING.join('\n')],
    ['a listing, verbose', verbose],
    ['a listing with its command', `sw-a#show crypto pki certificates\n${LISTING.join('\n')}sw-a#`],
    ['a listing, filtered', `sw-a#sh crypto pki cert | include cn=\n cn=${NEW_NAME}\n cn=${NEW_NAME}\nsw-a#`],
    ['a listing, flattened', LISTING.join('\n').replace(/\s+/g, ' ')],
    ['a listing, CRLF', LISTING.join('\n').replace(/\n/g, '\r\n')],
    ['a pool and a listing without prompts', OLD + OTHER + LISTING.join('\n')],
    ['a listing and a pool without prompts', LISTING[1] + OLD + OTHER],
    ['a pool and a CA that is stored', OLD + OTHER + LISTING[2]],
    ['the identity alone', LISTING[0]],
    ['a CA alone', LISTING[1]],
    ['a CA alone, stored', LISTING[2]],
    ['two CAs', LISTING[1] + LISTING[2]],
    ['a listing that begins in the middle', LISTING.join('\n').slice(200)],
    ['the new root as a trustpoint', TRUSTPOINT],
    ['with the command', `sw-a#show crypto pki certificates EXAMPLE-CA\n${TRUSTPOINT}sw-a#`],
    [
      'trustpoints',
      `Trustpoint EXAMPLE-CA:\n    Subject Name: \n    cn=${NEW_NAME}\n          Serial Number (hex): 01\n    Certificate configured.\n`,
    ],
    [
      'trustpoints with the command',
      `sw-a#show crypto pki trustpoints\nTrustpoint A:\n cn=${NEW_NAME}\n cn=${NEW_NAME}\n`,
    ],
    [
      'the policy',
      'sw-a#show crypto pki trustpool policy\n  Trustpool CA certificates will expire 01:00:00 UTC Jan 1 2030\n  Policy Overrides:\nsw-a#',
    ],
    [
      'a configuration',
      `crypto pki trustpoint A\n subject-name cn=${NEW_NAME}\ncrypto pki certificate chain A\n certificate ca 0A01\n  30820560\n`,
    ],
    ['PEM', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
    ['an error', `${COMMAND}\n               ^\n% Invalid input detected at '^' marker.\n\nsw-a#`],
    ['an error of a filter', `${COMMAND} | include IdenTrust\n% Invalid input detected at '^' marker.\nsw-a#`],
    ['a sentence', `look at show crypto pki trustpool | include cn=${NEW_NAME}`],
    ['a message', `the root cn=${NEW_NAME} cn=${NEW_NAME} is missing`],
    ['only the command', `${COMMAND}\n`],
    ['only prompts', 'sw-a#\nsw-a#\n'],
    ['only blanks', '\uFEFF \r\n\t\n'],
    ['two devices', `${COMMAND}\n${OLD}sw-a#\nsw-b#show crypto pki trustpool\n${NEW}sw-b#`],
  ];
  for (const [what, text] of rows) t.equal(read(text), null, what);
});

t.test('readTrustpool() takes only the text for the whole pool that shows it', async (t) => {
  const pool = OLD + OTHER;
  const old = pool.replace(/ {2}(?:Associated|Trustpool:).*\n/g, '');
  const rows: readonly (readonly [what: string, text: string, newRoot: string, oldRoot: string])[] = [
    ['a file without prompts', pool, 'absent', 'present'],
    ['without its last line end', pool.trimEnd(), 'absent', 'present'],
    ['from the command to the prompt', `${COMMAND}\n${pool}sw-a#`, 'absent', 'present'],
    ['the command in other words', `sw-a(config)#do sh cry pki trustpool\n${pool}\nsw-a(config)#`, 'absent', 'present'],
    ['the command without a prompt', `show crypto pki trustpool\n${pool}sw-a>`, 'absent', 'present'],
    [
      'other commands around',
      `sw-a#term len 0\n${COMMAND}\n${pool}sw-a#show clock\n12:00:00 UTC Jan 1 2030\n`,
      'absent',
      'present',
    ],
    [
      'a listing around',
      `sw-a#show crypto pki certificates\n${TRUSTPOINT}${COMMAND}\n${pool}sw-a#`,
      'absent',
      'present',
    ],
    ['the last of two', `${COMMAND}\n${pool}${COMMAND}\n${NEW}${pool}sw-a#`, 'present', 'present'],
    ['the last of two, cut', `${COMMAND}\n${pool}${COMMAND}\n${OTHER}`, 'unknown', 'unknown'],
    [
      'load and time',
      `${COMMAND}\nLoad for five secs: 5%/0%; one minute: 5%; five minutes: 5%\nTime source is NTP, 12:00:00.000 UTC Sat Jan 5 2030\n\n${pool}sw-a#`,
      'absent',
      'present',
    ],
    [
      'a message of the log',
      `${COMMAND}\n${OLD}*Jan  1 12:00:00.000: %SYS-5-CONFIG_I: Configured from console by vty0 (192.0.2.1)\n${OTHER}sw-a#`,
      'absent',
      'present',
    ],
    ['an old release, with the command', `${COMMAND}\n${old}sw-a#`, 'absent', 'present'],
    ['no prompt behind', `${COMMAND}\n${pool}`, 'unknown', 'present'],
    ['no command before', `${pool}sw-a#`, 'unknown', 'present'],
    ['the prompt of another device', `${COMMAND}\n${pool}sw-b#`, 'unknown', 'present'],
    [
      'quit at the pager',
      `${COMMAND}\n${pool} --More-- \b\b\b\b\b\b\b\b\b         \b\b\b\b\b\b\b\b\bsw-a#`,
      'unknown',
      'present',
    ],
    ['saved at the pager', `${pool} --More-- `, 'unknown', 'present'],
    ['lines left out', `${COMMAND}\n${OLD}...\n${OTHER}sw-a#`, 'unknown', 'present'],
    ['lines left out at the end', `${COMMAND}\n${pool}<<output snipped>>\nsw-a#`, 'unknown', 'present'],
    ['a filter on a line of its own', `${COMMAND}\n| begin QuoVadis\n${pool}sw-a#`, 'unknown', 'present'],
    ['a sentence before', `This is what the switch says:\n${pool}`, 'unknown', 'present'],
    [
      'a record without its serial number',
      `${COMMAND}\n${OLD}${OTHER.replace(/.*Serial.*\n/, '')}sw-a#`,
      'unknown',
      'present',
    ],
    ['the old root without its names', `${COMMAND}\n${pool.replace(/.*QuoVadis.*\n/g, '')}sw-a#`, 'absent', 'unknown'],
    ['begins in the middle', NEW.slice(NEW.indexOf('    cn=')) + OTHER, 'present', 'unknown'],
    [
      'begins behind the name',
      `    o=Example Trust\n${OTHER.slice(OTHER.indexOf('  Subject'))}${OLD}`,
      'unknown',
      'present',
    ],
    ['ends in the middle', OLD + OTHER.slice(0, OTHER.indexOf('  Trustpool:')), 'unknown', 'present'],
    ['ends in a serial number', OLD + NEW.slice(0, NEW.indexOf('000002')), 'unknown', 'present'],
    ['ends in a word', pool.slice(0, pool.lastIndexOf('In')), 'unknown', 'present'],
  ];
  for (const [what, text, newRoot, oldRoot] of rows) {
    const reading = read(text);
    t.strictSame([reading?.newRoot, reading?.oldRoot], [newRoot, oldRoot], what);
    if (newRoot === 'unknown') t.equal(reading?.complete, false, what);
  }
});

t.test('readTrustpool() takes a certificate for a root only if it is that root', async (t) => {
  const of = (serial: string, issuer: string, subject: string) =>
    block(serial, issuer).replace(/(Subject:\n {4}cn=).*/, `$1${subject}`);
  const rows: readonly (readonly [what: string, record: string, newRoot: string, oldRoot: string])[] = [
    ['the root', of('0509', OLD_NAME, OLD_NAME), 'absent', 'present'],
    ['the serial number without its zero', of('509', OLD_NAME, OLD_NAME), 'absent', 'present'],
    ['the same serial number by another issuer', of('0509', 'Example Root', 'Example CA 9'), 'absent', 'absent'],
    ['another certificate of the same name', of('77', 'Example Root', NEW_NAME), 'absent', 'absent'],
    ['a longer name', of('78', `${OLD_NAME} G3`, `${OLD_NAME} G3`), 'absent', 'absent'],
    ['a name that goes on', of('79', `${OLD_NAME}\n     Ltd`, `${OLD_NAME}\n     Ltd`), 'absent', 'absent'],
  ];
  for (const [what, record, newRoot, oldRoot] of rows) t.match(read(OTHER + record), { newRoot, oldRoot }, what);
  t.equal(read(of('79', 'Example', 'Example\n     Inc.') + OTHER)?.certificates[0]?.subject, 'Example, Inc.');
});

t.test('readTrustpool() takes no command line for a certificate', async (t) => {
  const typed = `show crypto pki trustpool | begin cn=${NEW_NAME}`;
  const lines = ['sw-a#', 'sw-a> ', 'sw-a(config)#do ', '#', '', 'kim@host:~$ ', '------------------ '];
  for (const line of lines) {
    const reading = read(`${line}${typed}\n${OLD}${OTHER}sw-a#`);
    t.match(reading, { complete: false, newRoot: 'unknown', certificates: { length: 2 } }, line);
  }
  const tech = `------------------ show crypto pki trustpool ------------------\n\n${OLD}\n------------------ show clock ------------------\n`;
  t.match(read(tech), { complete: false, newRoot: 'unknown', oldRoot: 'present', certificates: { length: 1 } });
});

t.test('readTrustpool() reads every form of lines', async (t) => {
  const text = `${COMMAND}\n${OLD}${NEW}${OTHER}sw-a#`;
  const expected = read(text);
  t.match(expected, { complete: true, certificates: { length: 3 } });
  const rows: Readonly<Record<string, string>> = {
    CRLF: text.replace(/\n/g, '\r\n'),
    'CR CRLF': text.replace(/\n/g, '\r\r\n'),
    CR: text.replace(/\n/g, '\r'),
    NEL: text.replace(/\n/g, '\u0085'),
    'line separators': text.replace(/\n/g, '\u2028'),
    'a byte order mark': `\uFEFF${text}`,
    'blanks at the ends': text.replace(/\n/g, '  \t\n'),
    'no indentation': text.replace(/^ +/gm, ''),
    tabs: text.replace(/^ {2}/gm, '\t'),
    'deeper indentation': text.replace(/^(?!sw-a)/gm, '        '),
    'empty lines': text.replace(/\n/g, '\n\n'),
    colours: text.replace(/Status/g, '\u001B[1;31mStatus\u001B[0m').replace(/\n/g, '\u001B[K\r\n'),
    'a title': `\u001B]0;sw-a\u0007${text}`,
    'NUL between characters': text.replace(/(?=.)/g, '\0'),
    'a pager, erased by backspaces': text.replace(
      /\n {2}Subject/g,
      `\n --More-- ${'\b'.repeat(9)}${' '.repeat(9)}${'\b'.repeat(9)}  Subject`,
    ),
    'a pager, erased by a return': text.replace(/\n {2}Subject/g, '\n --More-- \r         \r  Subject'),
    'a pager, erased by an escape sequence': text.replace(
      /\n {2}Subject/g,
      '\n\u001B[7m--More--\u001B[27m\r\u001B[K  Subject',
    ),
    'a pager, not erased': text.replace(/\n {2}Subject/g, '\n --More-- \n  Subject'),
    "ASA's pager": text.replace(/\n {2}Subject/g, '\n<--- More --->\r              \r  Subject'),
    'a command that was corrected': text.replace('trustpool', 'trustpoo x\b\bl \b'),
    flattened: text.replace(/\s+/g, ' '),
  };
  for (const [form, other] of Object.entries(rows)) t.same(read(other), expected, form);
});

t.test('readTrustpool() never calls a root absent where a whole pool was cut', async (t) => {
  const seed = Number(process.env['SEED'] ?? 72298);
  t.comment(`seed ${seed}`);
  const record = fc
    .tuple(fc.stringMatching(/^0[1-9A-F]{3,30}$/), fc.stringMatching(/^[A-Z][a-z]{0,8} Root CA [1-9]$/))
    .map(([serial, name]) => block(serial, name));
  const pool = fc
    .tuple(fc.array(record, { maxLength: 3 }), fc.array(record, { maxLength: 3 }), fc.array(record, { maxLength: 3 }))
    .map(([a, b, c]) => [...a, NEW, ...b, OLD, ...c]);
  const form = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => text.replace(/\n/g, '\r\n'),
    (text) => text.replace(/\n/g, '\n\n'),
    (text) => text.replace(/\n {2}Issuer/g, '\n --More-- \r         \r  Issuer'),
  );
  const property = fc.property(pool, form, fc.nat(), fc.boolean(), (records, write, at, atEnd) => {
    const whole = write(`${COMMAND}\n${records.join('')}\nsw-a#`);
    if (read(whole)?.complete !== true) return false;
    const cut = at % whole.length;
    const reading = read(atEnd ? whole.slice(0, cut) : whole.slice(cut));
    if (reading?.newRoot === 'absent' || reading?.oldRoot === 'absent') return false;
    // Without a prompt only a cut between two records leaves a whole file.
    const file = write(records.join(''));
    const from = at % file.length;
    const rest = atEnd ? file.slice(0, from) : file.slice(from);
    const between = /^\s*(?:CA Certificate[\s\S]*Trustpool: (?:Built-In|Downloaded))?\s*$/.test(rest);
    return between || read(rest)?.complete !== true;
  });
  fc.assert(property, { seed, numRuns: 1000 });
});

const shown = new URL('../../../../shared/corpus/show/', import.meta.url);

t.test(
  'readTrustpool() takes no other public output for a trustpool, also not a part of it',
  { skip: !existsSync(shown) && 'the corpus is not beside this checkout' },
  async (t) => {
    for (const name of readdirSync(shown).filter((name) => !name.includes('trustpool'))) {
      const lines = readFileSync(new URL(name, shown), 'utf8').split('\n');
      const parts = lines.flatMap((_, at) => [lines.slice(at).join('\n'), lines.slice(0, at).join('\n')]);
      t.ok(
        [lines.join('\n'), ...parts].every((part) => read(part) === null),
        name,
      );
    }
    const pool = readFileSync(new URL('genie-trustpool.txt', shown), 'utf8');
    t.match(read(pool), { complete: true, newRoot: 'present', oldRoot: 'present', certificates: { length: 16 } });
    t.match(read(pool.slice(pool.indexOf('cn=IdenTrust'))), { complete: false, newRoot: 'present' });
  },
);

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
