import t from 'tap';
import { readCapture } from '../../../src/core/capture/capture.ts';
import { kindOf } from '../../../src/core/capture/commands.ts';
import type { Capture, Fact, FactKind } from '../../../src/core/capture/fact.ts';
import { limits } from '../../../src/core/model/limits.ts';
import { advisory } from '../../given.ts';

const read = (text: string | Uint8Array) => readCapture(text, advisory);
const typed = (command: string, ...lines: string[]) => [`sw-a#${command}`, ...lines, 'sw-a#'].join('\n');

/** The one capture of a text. */
function captured(text: string | Uint8Array): Capture {
  const { captures, refused } = read(text);
  if (captures.length !== 1 || refused.length > 0) throw new Error(JSON.stringify({ captures, refused }));
  return captures[0] as Capture;
}

function factsOf<K extends FactKind>(text: string, kind: K): Extract<Fact, { kind: K }>[] {
  return captured(text).facts.filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind);
}

const UDI = 'UDI: PID:C9300-48P,SN:FOC0000A1B2';

t.test('kindOf() knows a command also if it is abbreviated, and no other', async (t) => {
  const rows: readonly (readonly [string, string | null])[] = [
    ['show license all', 'license-all'],
    ['sh lic st', 'license-status'],
    ['sh lic u', null],
    ['show license', null],
    ['show license tech support', 'license-tech'],
    ['show license eventlog 7', 'license-eventlog'],
    ['do show version | include uptime', 'version'],
    ['sh clo det', 'clock'],
    ['sh run | sec license|call-home', 'running-config'],
    ['show running-config all', 'running-config'],
    ['show logging count', null],
    ['show crypto pki trustpool policy', null],
    ['sh cry pki trust', null],
    ['sh cry ca trustpool', 'trustpool'],
    ['show interfaces', null],
    ['', null],
  ];
  for (const [command, kind] of rows) t.equal(kindOf(command), kind, command);
});

t.test('readCapture() takes no zone for granted', async (t) => {
  const acks = (time: string, clock = '') =>
    factsOf(typed('show license status', clock, 'Usage Reporting:', `  Last ACK received: ${time}`), 'success');
  const at = (time: string, clock?: string) => acks(time, clock)[0]?.at;
  const UTC = Date.UTC(2022, 1, 20, 4, 11, 9);
  t.match(at('Feb 20 04:11:09 2022 UTC'), { at: UTC, zone: 'UTC', certain: true, quality: 'none' });
  t.match(at('Feb 20 04:11:09 2022 CET'), { at: UTC - 3_600_000, local: UTC, zone: 'CET', certain: true });
  t.match(at('Feb 20 04:11:09 2022'), { at: null, local: UTC, zone: null, certain: false });
  t.match(at('Feb 20 04:11:09 2022 CST'), { at: null, local: UTC, zone: 'CST', certain: false });
  const time = (mark: string) => `Time source is NTP, ${mark}09:14:31.208 UTC Tue Mar 1 2022`;
  t.match(at('Feb 20 04:11:09 2022 UTC', time('*')), { at: UTC, quality: 'unset', certain: false });
  t.match(at('Feb 20 04:11:09 2022 UTC', time('.')), { at: UTC, quality: 'unsynchronized', certain: true });
  t.match(at('Feb 20 04:11:09 2022 UTC', time('')), { at: UTC, quality: 'synchronized', certain: true });
  for (const none of ['<none>', 'None', 'Feb 30 04:11:09 2022 UTC', 'Feb 20 24:11:09 2022 UTC', 'yesterday'])
    t.same(acks(none), [], none);
});

t.test('readCapture() gives the mark of the clock to the times of the same device only', async (t) => {
  const status = ['Registration:', '  Initial Registration: SUCCEEDED on Feb 20 04:11:09 2022 UTC'].join('\n');
  const text = [
    ...['sw-a#show clock', '*09:14:31.208 UTC Tue Mar 1 2022', 'sw-a#show license status', status],
    ...['sw-b#show license status', status, 'sw-b#'],
  ].join('\n');
  const { captures } = read(text);
  const certain = captures.map(({ facts }) =>
    facts.flatMap((fact) => (fact.kind === 'success' ? [fact.at.certain] : [])),
  );
  t.same(certain, [[false], [true]]);
});

t.test('readCapture() says whose a server is as the advisory does', async (t) => {
  const server = (line: string) => factsOf(typed('show running-config', line), 'server').map((fact) => fact.server)[0];
  t.equal(server('license smart url https://smartreceiver.cisco.com/licservice/license'), 'cisco');
  t.equal(server('license smart url smart https://SMARTRECEIVER.cisco.com:443/licservice/license'), 'cisco');
  t.equal(server('license smart url https://ssm.example.net/SmartTransport'), 'own');
  t.equal(server('license smart url https://cisco.com.example.net/SmartTransport'), 'own');
  t.equal(server('license smart url cslu http://192.0.2.40:8182/cslu/v1/pi'), 'cslu');
  t.equal(server('license smart url cslu http://[2001:db8::40]:8182/cslu/v1/pi'), 'cslu');
  t.equal(server('license smart url smart.example'), undefined);
});

t.test('readCapture() takes the address of an active profile of call-home only', async (t) => {
  const profile = (active: string) =>
    factsOf(
      typed(
        ...(['show run | sec call-home', 'call-home', ' profile "A"', active] as const),
        '  destination address http https://tools.cisco.com/its/service/oddce/services/DDCEService',
        'line vty 0 4',
      ),
      'server',
    ).length;
  t.equal(profile('  active'), 1);
  t.equal(profile('  no active'), 0);
  t.equal(profile('  destination transport-method http'), 0);
});

t.test('readCapture() reads levels of the log as IOS prints and takes them', async (t) => {
  const level = (line: string) => factsOf(typed('show run', line), 'logging-trap').map((fact) => fact.level);
  t.same(level('logging trap errors'), [3]);
  t.same(level('logging trap 7'), [7]);
  t.same(level('logging trap'), [6]);
  t.same(level('no logging trap'), [null]);
  t.same(level('logging trap loud'), []);
  t.same(
    factsOf(typed('show logging', '    Trap logging: disabled'), 'logging-trap').map((fact) => fact.level),
    [],
  );
  t.same(
    factsOf(typed('show logging', 'Syslog logging: enabled', '    Trap logging: disabled'), 'logging-trap').map(
      (f) => f.level,
    ),
    [null],
  );
});

t.test('readCapture() gives no reason of one exchange to another', async (t) => {
  const text = typed(
    'show license status',
    ...['Registration:', '  Last Renewal Attempt: FAILED on Feb 11 03:22:40 2022 UTC'],
    ...['License Authorization:', '  Last Communication Attempt: SUCCEEDED on Feb 20 04:11:09 2022 UTC'],
    '    Failure reason: none of the above',
  );
  t.same(
    factsOf(text, 'failure').map(({ of, reason }) => ({ of, reason })),
    [{ of: 'renewal', reason: null }],
  );
});

t.test('readCapture() tells the devices of a text apart', async (t) => {
  const two = ['sw-a#show license udi', UDI, 'sw-b#show license udi', UDI.replace('B2', 'C7'), 'sw-a>show clock'].join(
    '\n',
  );
  t.same(
    read(two).captures.map(({ device }) => device),
    ['sw-a', 'sw-b'],
  );
  const renamed = typed('show version', 'Cisco IOS XE Software, Version 17.03.03', 'sw-b uptime is 1 week');
  t.match(read(renamed), { captures: [], refused: [{ why: 'two-devices', text: /names "sw-a" and "sw-b"/ }] });
  const replaced = [typed('show license udi', UDI), typed('show license udi', UDI.replace('B2', 'C7'))].join('\n');
  t.match(read(replaced), { captures: [], refused: [{ why: 'two-devices', text: /FOC0000A1B2 and FOC0000A1C7/ }] });
  const asa = [
    'fw-a# show version',
    'Cisco Adaptive Security Appliance Software Version 9.16(2)',
    'Serial Number: JAD0000B0A1',
  ];
  t.equal(
    captured([...asa, 'fw-a# show license udi', UDI, 'fw-a#'].join('\n')).device,
    'fw-a',
    'a board has its own number',
  );
  const long = 'a-very-long-name-of-a-switch';
  const cut = [
    `${long.slice(0, 20)}#show version`,
    'Cisco IOS XE Software, Version 17.03.03',
    `${long} uptime is 1 week`,
  ];
  t.equal(captured(cut.join('\n')).device, long.slice(0, 20));
  t.equal(captured(`${typed('show license udi', UDI)}\n${typed('show license udi', UDI)}`).device, 'sw-a');
});

t.test('readCapture() knows the command of an output as programs write it', async (t) => {
  const device = (...lines: string[]) => captured(lines.join('\n')).device;
  t.equal(device('sw-a#', 'show license udi', UDI, 'sw-a#'), 'sw-a', 'below the prompt');
  t.equal(device('sw-a(config)#do show license udi', UDI, 'sw-a(config)#'), 'sw-a', 'in the configuration');
  t.equal(device('sw-a#lic', UDI, 'sw-a#'), 'sw-a', 'by an alias');
  t.equal(device('fw-a/sec/stby> show license all', UDI, 'fw-a/sec/stby>'), 'fw-a', 'on ASA');
  t.equal(device('show license udi', UDI), null, 'without a prompt');
  t.equal(device(UDI, 'sw-a#'), 'sw-a', 'with the prompt behind it only');
  t.equal(device('sw-a#show tech-support license', '---------- show license udi ----------', UDI, 'sw-a#'), 'sw-a');
});

t.test(
  'readCapture() takes a note between a command and the heading of its output, and no second output',
  async (t) => {
    const all = ['Smart Licensing Status', '======================', '', 'Transport:', '  Type: Callhome'];
    const notes = ['Smart licensing enabled: Yes', 'Compliance status: In compliance', ''];
    for (const note of [['This device is in a maintenance window.'], notes]) {
      const { device, facts, sections } = captured(typed('show license all', ...note, ...all));
      t.match({ device, sections }, { device: 'sw-a', sections: [{ kind: 'license-all', line: 1, truncated: false }] });
      t.ok(facts.some(({ kind }) => kind === 'transport'));
      t.match(
        read(typed('show license all', ...note, ...all, ...all)).captures,
        [],
        'the second may be of another device',
      );
    }
    const second = ['sw-a#show license all', ...notes, ...all, 'Smart Licensing Status', '  Type: Callhome'];
    t.match(read(second.join('\n')).refused, [{ why: 'two-devices' }]);
  },
);

t.test('readCapture() takes no configuration of another system, and nothing at a prompt of IOS-XR', async (t) => {
  const NEXUS = 'Cisco NX-OS';
  const rows: readonly (readonly [string, ...string[]])[] = [
    [NEXUS, '!Command: show running-config', '!Time: Sat Nov 28 10:00:00 2026', 'version 9.3(8) Bios:version 05.42'],
    [NEXUS, 'version 9.3(8) Bios:version 05.42', 'hostname sw-a'],
    [NEXUS, 'feature telnet'],
    ['Cisco IOS-XR', 'Building configuration...', '!! IOS XR Configuration 7.3.2'],
    ['Arista EOS', '! Command: show running-config', '! device: sw-a (DCS-7050SX3-48YC8, EOS-4.27.3F)'],
    ['Juniper Junos', 'version 20.4R3.8;', 'system {'],
    ['Cisco FTD', 'NGFW Version 7.0.1'],
  ];
  for (const [system, ...lines] of rows)
    for (const text of [typed('show running-config', ...lines), ['sw-a#', ...lines].join('\n'), lines.join('\n')])
      t.match(
        read(text),
        { captures: [], refused: [{ why: 'other-system', text: `The text is of ${system}: ` }] },
        text,
      );
  const xr = (command: string, ...lines: string[]) =>
    [`RP/0/RP0/CPU0:sw-a#${command}`, ...lines, 'RP/0/RP0/CPU0:sw-a#'].join('\n');
  for (const text of [
    xr('show running-config', 'hostname sw-a', 'logging trap informational'),
    xr('show license status', 'Transport:', '  Type: Callhome'),
    xr('show clock', 'Sat Nov 28 10:00:00.000 UTC', '10:00:00.000 UTC Sat Nov 28 2026'),
  ])
    t.match(read(text), { captures: [], refused: [{ why: 'other-system', text: /IOS-XR/ }] }, text);
  const both = [xr('show license status', 'Transport:', '  Type: Callhome'), typed('show license udi', UDI)].join('\n');
  t.match(read(both.replaceAll('CPU0:sw-a', 'CPU0:sw-x')), { captures: [{ device: 'sw-a' }], refused: [{ line: 1 }] });
  const ios = typed(
    'show running-config',
    'interface Gi1/0/1',
    ' description to FortiOS, PAN-OS and JUNOS OS',
    ' feature x',
  );
  t.same(read(ios).refused, [], 'IOS names others in its descriptions');
});

t.test('readCapture() says where an output was cut', async (t) => {
  const cut = (text: string) => captured(text).sections[0]?.truncated;
  t.equal(cut(typed('show license udi', UDI)), false);
  t.equal(cut(['sw-a#show license udi', UDI].join('\n')), true);
  t.equal(cut(['sw-a#show license udi', UDI, ' --More-- '].join('\n')), true);
  t.equal(cut(UDI), false);
  t.equal(cut([UDI, '', 'HA UDI List:'].join('\n')), true);
});

t.test('readCapture() names what it does not understand', async (t) => {
  const { notUnderstood, facts } = captured(
    typed('show license status', 'Registration:', '  Colour of the licence: green'),
  );
  t.match(notUnderstood, [{ line: 3, text: 'Colour of the licence: green', why: /not known/ }]);
  t.same(
    facts.map(({ kind }) => kind),
    ['licensing'],
  );
  const refused = captured(typed('show license all', '        ^', "% Invalid input detected at '^' marker."));
  t.match(refused.notUnderstood, [{ line: 3, why: 'the device has refused the command' }]);
  const many = captured(typed('show license status', ...Array.from({ length: 500 }, (_, n) => `  Key ${n}: green`)));
  t.equal(many.notUnderstood.length, limits.captureNotUnderstood);
  t.equal(many.notUnderstoodLines, 500);
});

t.test('readCapture() bounds the facts of a device', async (t) => {
  const line = 'Mar  1 08:05:55.020 UTC: %SYS-5-CONFIG_I: Configured from console by admin on vty0 (192.0.2.9)';
  const { facts, notUnderstoodLines } = captured(typed('show logging', ...Array(limits.captureFacts + 3).fill(line)));
  t.equal(facts.length, limits.captureFacts);
  t.equal(notUnderstoodLines, 3);
});

t.test('readCapture() decodes the bytes of a terminal, or says what they are', async (t) => {
  const text = typed('show license udi', UDI);
  const units = (littleEndian: boolean, mark: boolean) => {
    const bytes = Buffer.from(`${mark ? '\uFEFF' : ''}${text}`, 'utf16le');
    return littleEndian ? bytes : bytes.swap16();
  };
  const ways = [
    Buffer.from(text),
    Buffer.from(`\uFEFF${text}`),
    units(true, true),
    units(true, false),
    units(false, true),
    units(false, false),
  ];
  for (const way of ways) t.match(captured(way), { device: 'sw-a' });
  const why = (given: string | Uint8Array) => read(given).refused.map((each) => each.why);
  t.same(why(''), ['empty']);
  t.same(why(new Uint8Array(0)), ['empty']);
  t.same(why(' \r\n'), ['empty']);
  t.same(why('x'.repeat(limits.captureBytes + 1)), ['too-large']);
  t.same(why(new Uint8Array(limits.captureBytes + 1)), ['too-large']);
  t.same(why(Uint8Array.from({ length: 4096 }, (_, n) => (n * 151 + 7) % 256)), ['binary']);
  t.same(why('\uFFFD'.repeat(100)), ['encoding']);
  t.same(why(Buffer.from('PK\u0003\u0004abc')), ['binary']);
  for (const { text: words } of ['', 'x'.repeat(limits.captureBytes + 1), 'PK'].flatMap((each) => read(each).refused))
    t.match(words, /^[A-Z][^\n]*\.$/, 'one line for a person');
});
