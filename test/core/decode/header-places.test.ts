/**
 * Whatever stands before the code of a message, the device is null or a name that the header has in the place of a name:
 * never a word of a text, a piece of a number, a zone, a month, a location, a facility, a level or a context.
 */
import fc from 'fast-check';
import t from 'tap';
import { makeDecoder } from '../../../src/core/decode/envelope.ts';
import { headerEndOf } from '../../../src/core/decode/header-end.ts';
import { frameOf } from '../../given.ts';

const context = {
  reference: Date.parse('2026-11-27T00:00:00Z'),
  zoneOffset: () => 0,
  latest: Number.POSITIVE_INFINITY,
};
const decode = makeDecoder({ reuse: false });
const reusing = makeDecoder();

function deviceOf(line: string): string | null {
  const frame = frameOf(line);
  const { origin, relayHost } = decode(frame, headerEndOf(frame), context);
  const again = reusing(frame, headerEndOf(frame), context);
  if (again.origin !== origin || again.relayHost !== relayHost) throw new Error(`another device when reused: ${line}`);
  return origin ?? relayHost;
}

type Part = { readonly text: string; readonly name: string | null };
const part = (text: string, name: string | null = null): Part => ({ text, name });

const name = fc.constantFrom('sw-a', 'press01', '192.0.2.11', 'B12/SW3', 'sw_b.example.net', '3core', '2001:db8::11');
/** A name in the place behind a relay's stamp. A name of letters alone is not told from a word in each place. */
const host = fc.constantFrom(
  ...['sw-a', 'press01', '192.0.2.11', 'B12/SW3', 's_net@sw-1', 'host.example.net'],
  ...['ams-sw1', 'PM-1', 'am-1', 'fw-1', 'asa-1', 'sw-123', 'SLOT-2', 'may-sw1', 'err-1'],
);
const time = fc.constantFrom('18:46:11', '06:00:00.123', '23:59:59.999999');
const yearless = time.map((clock) => `Nov 26 ${clock}`);
const date = fc.oneof(
  yearless,
  time.map((clock) => `Nov  6 2026 ${clock}`),
  time.map((clock) => `2026 Nov 26 ${clock}`),
);
const zone = fc.constantFrom(
  '',
  '',
  ' UTC',
  ' CEST',
  ' NewYork',
  ' UTC+07:30',
  ' cest',
  ' GMT-3',
  ' EST5EDT',
  ' Europe/Berlin',
);

/** What a console shows before a message; it has no name. */
const shown = fc.constantFrom(
  ...[
    'Proceed with reload?  [confirm]',
    '  Enter root-system username: ',
    'Password: ',
    'sw-x login: ',
    '# Wait for "',
  ],
  ...['Username: ', '[OK]', '!!!!!', ' --More-- ', 'Press RETURN to get started!', '% Bad passwords ', '^C'],
  ...['Building configuration...', 'sw-x#show run ', 'sw-x# ', 'Would you like to continue? [yes/no]: ', '\u0007\b \b'],
  ...['Translating "tools.example.com"...domain server (255.255.255.255) ', 'Trying 192.0.2.99 ... Open ', '\u001b[7m'],
  ...[
    'Done ',
    'Destination filename [startup-config]? ',
    'rommon 1 > ',
    'Copy complete: 1234 bytes in 5 seconds ',
    'Ünï? ',
  ],
);

/** What was typed directly before the message. */
const typed = fc.constantFrom('', '', '', 'e', 'conf', 'q\b');

const relay: fc.Arbitrary<Part> = fc.oneof(
  fc.tuple(yearless, host).map(([stamp, by]) => part(`${stamp.slice(0, 15)} ${by} `, by)),
  host.map((by) => part(`2026-11-26T18:46:12.123+00:00 ${by} `, by)),
  host.map((by) => part(`<13>1 2026-11-26T18:46:12Z ${by} - - - - `, by)),
  host.map((by) => part(`<13>1 2026-11-26T18:46:12Z ${by} app 77 ID [timeQuality tzKnown="1"] `, by)),
  host.map((by) => part(`2026-11-26 18:46:12 Local7.Info ${by} `, by)),
  host.map((by) => part(`2026-11-26\t18:46:12\tDaemon.Error\t${by}\t`, by)),
  fc.constant(part('<13>1 2026-11-26T18:46:12Z 000016 - - - - ')),
  fc.constant(part('<13>1 2026-11-26T18:46:12Z 00:45:54 - - - - ')),
  fc.constant(part('<13>1 2026-11-26T18:46:12Z [2001:db8::12] - - - - ', '2001:db8::12')),
  fc
    .tuple(yearless, host, fc.constantFrom('err', 'local7', 'local7 notice', 'daemon info'))
    .map(([stamp, by, level]) => part(`${stamp.slice(0, 15)} ${by} ${level} `, by)),
  yearless.map((stamp) => part(`${stamp.slice(0, 15)} 192.0.2.11:514 `, '192.0.2.11')),
  fc.constant(part('2026-11-26\t18:46:12\tDaemon.Error\t[192.0.2.13]\t', '192.0.2.13')),
);

const pri = fc.constantFrom('<187>', '<187>', '<13>');
const number = fc.constantFrom('', '12: ', '000016: ', '4711: ');

/** The device's own header: with a name, or without one. */
const device: fc.Arbitrary<Part> = fc.oneof(
  fc.tuple(number, name, number, fc.constantFrom('', '*', '.'), date, zone).map(([a, by, b, mark, stamp, tz]) => {
    return part(`${a}${by}: ${b}${mark}${stamp}${tz}: `, by);
  }),
  fc.tuple(number, fc.constantFrom('*', '.', ''), date, zone).map(([a, mark, stamp, tz]) => {
    return part(`${a}${mark}${stamp}${tz}: `);
  }),
  fc.tuple(number, name).map(([a, by]) => part(`${a}${by}: 000123: 2y10w: `, by)),
  fc.tuple(name, yearless).map(([by, stamp]) => part(`123: ${by} RP/0/RSP0/CPU0:${stamp} UTC: proc[12]: `, by)),
  yearless.map((stamp) => part(`123: RP/0/RSP0/CPU0 :${stamp} UTC : proc[12]: `)),
  fc.tuple(time, host).map(([clock, by]) => part(`2026 Nov 26 ${clock.slice(0, 8)} ${by} %$ VDC-1 %$ `, by)),
  time.map((clock) => part(`2026 Nov 26 ${clock.slice(0, 8)}  %$ VDC-1 %$ `)),
  fc.constant(part('CLC 6/0: Nov 26 18:46:11 EST: ')),
  fc
    .constantFrom('SLOT 2:Nov 26 18:46:11: ', 'Slot 2: Nov 26 18:46:11: ', '12: SLOT 0:00:00:23: ')
    .map((text) => part(text)),
  fc.constant(part('cucm-1: Nov 26 2026 04:03:01 PM.688 UTC : ', 'cucm-1')),
  fc.constant(part('[syslog@9 s_id="sw-s:514" s_sn="17"]: Nov 26 18:46:11.123 UTC: ', 'sw-s')),
);

const program = fc.constantFrom('', '', 'Agent: ', 'sshd(pam_unix)[1]: ', 'ctld/snmpd[1]: ', 'tag[1] ');
const code = fc.constantFrom(
  '%SMART_LIC-3-COMM_FAILED: x',
  '%LICENSE-SMART_LIC-3-COMM_FAILED : x',
  '%SYS-5-CONFIG_I: x',
  '%USER-2-SYSTEM_MSG: %SMART_LIC-3-COMM_FAILED:x',
);

t.test('the device is the name that stands nearest to the message', async (t) => {
  const lines = fc.tuple(fc.array(fc.tuple(relay, fc.boolean()), { maxLength: 2 }), pri, device, code);
  let named = 0;
  fc.assert(
    fc.property(lines, ([relays, inner, own, message]) => {
      const parts = relays.map(([{ text, name }]) => part(`${text}${inner}`, name));
      const line = `${inner}${parts.map(({ text }) => text).join('')}${own.text}${message}`;
      const expected = [own, ...parts.toReversed()].find(({ name }) => name !== null)?.name ?? null;
      if (expected !== null) named++;
      const wanted = expected?.replace(/^.*@.*\//, '') ?? null;
      const found = deviceOf(line);
      if (found !== wanted) throw new Error(`${found} instead of ${wanted}: ${line}`);
    }),
    { numRuns: 5000 },
  );
  t.ok(named > 500, `${named} lines had a name`);
});

t.test('no text before a header, and no cut of a line, makes a device of anything else', async (t) => {
  const lines = fc.tuple(
    fc.tuple(fc.array(shown, { maxLength: 2 }), typed),
    fc.array(relay, { maxLength: 2 }),
    fc.constantFrom('', '<187>'),
    fc.option(device, { nil: part('') }),
    program,
    code,
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.boolean(),
  );
  let named = 0;
  fc.assert(
    fc.property(lines, ([[texts, letters], relays, inner, own, tag, message, cut, isCut]) => {
      const parts = [...relays, own];
      const rest = `${relays.map(({ text }) => text).join('')}${inner}${own.text}${inner === '' || own.text !== '' ? tag : ''}`;
      // Letters before a number or a name make another name.
      const header = `${texts.join('')}${/^[*.]?(?:Nov|2026)/.test(rest) ? letters : ''}${rest}`;
      const from = isCut ? Math.floor(cut * header.length) : 0;
      const line = `${header.slice(from)}${message}`;
      // What is left of `Password: `, or of an escape sequence before a number, is a name by its form.
      if (from > 0 && from < texts.join('').length && /^\w+: /.test(line)) return;
      // What is left of a zone's name has the form of `B12/SW3`.
      if (from > 0 && /^[A-Za-z]*\/?Berlin: /.test(line)) return;
      const found = deviceOf(line);
      if (found === null) return;
      named++;
      // Of a name at the cut, only a part may be left.
      const isCutName = (name: string) => from > 0 && name.endsWith(found) && header.slice(from).startsWith(found);
      const isName = parts.some(({ name }) => name !== null && (name === found || isCutName(name)));
      if (!isName) throw new Error(`${found} is no name of: ${line}`);
    }),
    { numRuns: 20_000 },
  );
  t.ok(named > 2000, `${named} lines had a device`);
});
