import fc from 'fast-check';
import t from 'tap';
import { findMessageCode, messageCodeStart, scanMessageCode } from '../../../src/core/decode/message-code.ts';

const find = (line: string) => {
  const bytes = Buffer.from(line);
  const code = findMessageCode(bytes, 0, bytes.length);
  return code === null
    ? null
    : [
        code.tracked,
        code.facility,
        code.severity,
        code.mnemonic,
        bytes.toString('utf8', code.body, code.end),
        code.start,
      ];
};

const cases: readonly (readonly [line: string, code: ReturnType<typeof find>, why: string])[] = [
  ['%SMART_LIC-3-COMM_FAILED: x', [true, 'SMART_LIC', 3, 'COMM_FAILED', 'x', 0], 'IOS'],
  ['%SMART_LIC-3-COMM_FAILED:x', [true, 'SMART_LIC', 3, 'COMM_FAILED', 'x', 0], 'FN72298 prints it without a blank'],
  ['%LICENSE-SMART_LIC-3-COMM_FAILED : x', [true, 'SMART_LIC', 3, 'COMM_FAILED', 'x', 0], 'IOS-XR'],
  ['a[1]: SMART_LIC-6-AGENT_READY:x', [true, 'SMART_LIC', 6, 'AGENT_READY', 'x', 6], 'IOS-XR without the %'],
  ['%LICMGR-3-LOG_SMART_LIC_COMM_FAILED: x', [true, 'SMART_LIC', 3, 'COMM_FAILED', 'x', 0], 'NX-OS'],
  ['%LICMGR-2-LOG_LIC_NO_LIC: x', [false, 'LICMGR', 2, 'LOG_LIC_NO_LIC', 'x', 0], 'not Smart Licensing'],
  ['%ASA-3-444303: %SMART_LIC-3-COMM_FAILED: x', [true, 'SMART_LIC', 3, 'COMM_FAILED', 'x', 0], 'ASA wraps it'],
  [
    '%USER-2-SYSTEM_MSG: %SMART_LIC-3-COMM_FAILED:x  - SMART_AGENT[4941]',
    [true, 'SMART_LIC', 3, 'COMM_FAILED', 'x', 0],
    'NX-OS wraps it',
  ],
  [
    '%$ VDC-1 %$ %LOCAL7-3-SYSTEM_MSG: %SMART_LIC-3-COMM_FAILED: x',
    [true, 'SMART_LIC', 3, 'COMM_FAILED', 'x', 12],
    'a context before',
  ],
  [
    '%USER-2-SYSTEM_MSG: <<%USBHSD-2-MOUNT>> logflash: online - usbhsd',
    [false, 'USBHSD', 2, 'MOUNT', 'logflash: online - usbhsd', 0],
    'the inner message',
  ],
  ['%DAEMON-3-SYSTEM_MSG: %ASA-3-444303: %PKI-4-X: y', [true, 'PKI', 4, 'X', 'y', 0], 'twice wrapped'],
  [
    '%DAEMON-3-SYSTEM_MSG: ftp - xinetd[4930]',
    [false, 'DAEMON', 3, 'SYSTEM_MSG', 'ftp - xinetd[4930]', 0],
    'no message in it',
  ],
  ['%DAEMON-3-SYSTEM_MSG: 5% of %', [false, 'DAEMON', 3, 'SYSTEM_MSG', '5% of %', 0], 'a percentage'],
  ['%ASA-6-717058: x', [false, 'ASA', 6, '717058', 'x', 0], 'ASA on its own'],
  ['%PKI-SW2-3-CRL_FETCH_FAIL: x', [true, 'PKI', 3, 'CRL_FETCH_FAIL', 'x', 0], 'a stack member'],
  ['%smart_lic-3-comm_failed: x', [true, 'SMART_LIC', 3, 'COMM_FAILED', 'x', 0], 'a relay lower-cased it'],
  ['%SECURITY-CEPKI-6-KEY_INFO : x', [false, 'SECURITY-CEPKI', 6, 'KEY_INFO', 'x', 0], 'CEPKI is not PKI'],
  [
    '%SYS-5-X: said %SMART_LIC-3-COMM_FAILED: y',
    [false, 'SYS', 5, 'X', 'said %SMART_LIC-3-COMM_FAILED: y', 0],
    'a quotation',
  ],
  ['%2SWPORT-W-LOCKPORTACTIVE: x', [false, '2SWPORT', null, 'LOCKPORTACTIVE', 'x', 0], 'small-business severity'],
  ['uses AES-2-GCM here', null, 'no code without a %'],
  ['XSMART_LIC-3-COMM_FAILED: x', null, 'no blank, colon or bracket before the code'],
  [
    'plant-pki-1-sw: %SMART_LIC-3-COMM_FAILED: x',
    [true, 'SMART_LIC', 3, 'COMM_FAILED', 'x', 16],
    'a name that looks like a code without its %',
  ],
  [
    'plant-pki-1-sw: %SYS-5-CONFIG_I: x',
    [false, 'SYS', 5, 'CONFIG_I', 'x', 16],
    'the same name before an untracked code',
  ],
  ['plant-pki-1-sw: up', [true, 'PKI', 1, 'SW', 'up', 0], 'without another code the name is read as a code'],
  [`%${'A'.repeat(65)}-3-X: y`, null, 'a facility longer than any'],
  [`%${'A'.repeat(64)}-3-X: y`, [false, 'A'.repeat(64), 3, 'X', 'y', 0], 'the longest one'],
  ['2024-1-1 nothing', null, 'a date'],
  ['', null, 'nothing'],
  ['-3-', null, 'no facility'],
];

t.test('findMessageCode() finds the deciding message code', async (t) => {
  for (const [line, code, why] of cases) t.same(find(line), code, `${why}: ${line}`);
});

/** The expected result of `scanMessageCode`, from the text of the line. */
function kindOf(code: ReturnType<typeof findMessageCode>, line: Buffer): ReturnType<typeof scanMessageCode> {
  if (code === null) return 'no-core';
  if (code.tracked) return 'tracked';
  const text = line.toString('latin1').toUpperCase();
  // `code.start` is the end of the header, which may be before the code itself.
  const upToBody = text.slice(0, code.body);
  const isLink = code.facility.endsWith('LINK') || code.facility.endsWith('LINEPROTO');
  if (isLink && /-.-UPDOWN: *$/s.test(upToBody) && text.endsWith(' DOWN')) return 'link-down';
  return code.facility.endsWith('SYS') && /-.-RESTART: *$/s.test(upToBody) ? 'restart' : 'other';
}

t.test('scanMessageCode() and messageCodeStart() agree with findMessageCode() on any bytes', async (t) => {
  const part = fc.constantFrom(
    '%',
    '-',
    '3',
    'PKI',
    'SMART_LIC',
    'ASA',
    'SAEVT_DEREGISTER_STATUS',
    ':',
    ' ',
    'X',
    '\xff',
    'LICMGR',
    'LOG_SMART_LIC_',
    ...['%LINK-3-UPDOWN: a', '%LINEPROTO-5-UPDOWN: a', ' changed state to down', '%SYS-5-RESTART: x', '%SYS-6-'],
    ...['%ASA-3-1: ', '%FTD-3-1: ', '%IOSXE-5-P: ', '%PKI-SW2-3-A: ', ' PKI-3-X: ', ' SMART_LIC-6-X :', 'call_home'],
    ...['%LICMGR-PKI-3-A', '%USER-2-SYSTEM_MSG: ', '<<%U-2-M>> ', 'Saevt_Deregister_Status', 'SAEVT', '_', '\x7f'],
  );
  const bytes = fc.oneof(
    fc.array(part, { maxLength: 14 }).map((parts) => Buffer.from(parts.join(''), 'latin1')),
    fc.uint8Array({ maxLength: 64 }).map((list) => Buffer.from(list)),
  );
  fc.assert(
    fc.property(bytes, (line) => {
      const code = findMessageCode(line, 0, line.length);
      if (messageCodeStart(line, 0, line.length) !== (code?.start ?? null)) return false;
      return (
        scanMessageCode(line, 0, line.length) === kindOf(code, line) && (code === null || code.body <= line.length)
      );
    }),
    { numRuns: 20_000 },
  );
  t.pass();
});
