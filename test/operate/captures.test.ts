/** Stories of captures beside the lines of the same switch; each also in other orders, and with everything given twice. */

import type { Test } from 'tap';
import t from 'tap';
import { incidentRecord } from '../../src/core/diagnose/incident-record.ts';
import { recompute } from '../../src/core/diagnose/recompute.ts';
import { hypothesesOf } from '../../src/core/judge/ranking.ts';
import { graceOf } from '../../src/core/judge/verdict.ts';
import { conditionOf, type Device } from '../../src/core/model/device.ts';
import type { SignalEvent } from '../../src/core/model/device-state.ts';
import { liveTime } from '../../src/core/read/event-time.ts';
import { makeRechecker } from '../../src/core/read/recheck.ts';
import type { CaptureOrder, CapturesTaken } from '../../src/operate/captures.ts';
import { FleetReport } from '../../src/operate/fleet-report.ts';
import { readInventory } from '../../src/operate/inventory-file.ts';
import { Operations } from '../../src/operate/operations.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { advisory, BODIES, DAY, event, frameOf, HOUR, observed, T0 } from '../given.ts';
import { commitObservations, stores } from '../store/stores.ts';

const openMemory = stores['memory'] as (typeof stores)[string];

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const two = (n: number) => String(n).padStart(2, '0');
const hms = (at: Date) => `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;

/** `Feb 07 06:00:00 2022 UTC` */
function shown(at: number, zone = ' UTC'): string {
  const date = new Date(at);
  return `${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())} ${hms(date)} ${date.getUTCFullYear()}${zone}`;
}

/** A command at the prompt of a device, with the time in front of its output. */
function shows(host: string, at: number, command: string, output: readonly string[], { mark = '', zone = 'UTC' } = {}) {
  const date = new Date(at);
  const day = `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()} ${date.getUTCFullYear()}`;
  return [
    `${host}#${command}`,
    'Load for five secs: 5%/0%; one minute: 5%; five minutes: 5%',
    `Time source is NTP, ${mark}${hms(date)}.000 ${zone} ${day}`,
    ...output,
    `${host}#`,
    '',
  ].join('\n');
}

const status = (last: string, { transport = 'Callhome', reservation = '' } = {}) => [
  'Smart Licensing is ENABLED',
  ...(reservation === '' ? [] : [`License Reservation is ${reservation}`]),
  'Transport:',
  `  Type: ${transport}`,
  'Registration:',
  '  Status: REGISTERED',
  'License Authorization:',
  '  Status: AUTHORIZED on Jan 01 06:00:00 2022 UTC',
  `  Last Communication Attempt: ${last}`,
];

const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED', server: 'cisco' } as const;
const line = (at: number, over: Partial<SignalEvent> = {}) => event(observed(at, over), { origin: 'sw-a' });

/** Lines or a capture: what is given to a store in one step. */
type Step = ReturnType<typeof line> | string;

async function told(t: Test, steps: readonly Step[], { release = '', ...order }: Given = {}) {
  const store = await openMemory(t);
  const now = () => T0 + 30 * DAY;
  const operations = new Operations({ store, advisory, now, onCommit: () => {} });
  const row = release === '' ? 'hostname\nsw-a' : `hostname,pid,release\nsw-a,IE-3300-8T2S,${release}`;
  await operations.import(readInventory(row, 'csv'));
  const outcomes: CapturesTaken[] = [];
  for (const step of steps) {
    if (typeof step !== 'string') await commitObservations(store, [step]);
    else outcomes.push(await operations.capture(step, { device: null, at: null, zone: null, dryRun: false, ...order }));
  }
  const device = (await store.load(['sw-a'])).get('sw-a') as Device;
  return { device, outcomes, store };
}

type Given = Partial<CaptureOrder> & { readonly release?: string };

function verdictOf({ state, ...device }: Device) {
  const { incident } = state;
  return {
    condition: conditionOf({ state, ...device }),
    phase: incident?.phase.state ?? null,
    endedBy: incident?.endedBy ?? null,
    grace: graceOf(state, advisory),
    lastSuccessAt: state.lastSuccessAt,
    repair: state.repair?.by ?? null,
    incidents: state.ordinal,
    reasons: hypothesesOf(state, device.watermark, advisory).flatMap((each) => [...each.for, ...each.against]),
    known: [state.release, state.licensing, state.uses],
    facts: device.captured?.facts.map(({ what, value }) => `${what}: ${value}`),
    newRoot: device.trustpool?.newRoot ?? null,
  };
}

type Story = Given & {
  readonly name: string;
  /** What is too late in this order is not in another one. */
  readonly ordered?: true;
  readonly steps: readonly Step[];
  readonly is: Partial<ReturnType<typeof verdictOf>>;
};

const succeeded = (at: number) => `SUCCEEDED on ${shown(at)}`;
const LOST = [line(T0, callHome), line(T0 + HOUR)];
const ROOTS = [
  ...['CA Certificate', '  Status: Available', '  Version: 3'],
  '  Certificate Serial Number (hex): 0A0142800000014523C844B500000002',
  ...[
    '  Certificate Usage: Signature',
    '  Issuer:',
    '    cn=IdenTrust Commercial Root CA 1',
    '    o=IdenTrust',
    '    c=US',
  ],
  ...['  Subject:', '    cn=IdenTrust Commercial Root CA 1', '    o=IdenTrust', '    c=US', '  Validity Date:'],
  ...['    start date: 18:12:23 UTC Jan 16 2014', '    end   date: 18:12:23 UTC Jan 16 2034'],
  ...['  Associated Trustpoints: Trustpool', '  Trustpool: Downloaded'],
];

const VERSION = (release: string) => [
  `Cisco IOS Software [Amsterdam], IE3x00 Switch Software (IE3x00-UNIVERSALK9-M), Version ${release}, RELEASE SOFTWARE (fc7)`,
  'sw-a uptime is 1 week, 2 days, 3 hours, 4 minutes',
];

const STORIES: Story[] = [
  {
    name: 'an unknown grace becomes known',
    steps: [
      ...LOST,
      shows('sw-a', T0 + 2 * HOUR, 'show license status', status(succeeded(T0 - 20 * DAY))),
      line(T0 + 3 * HOUR),
    ],
    is: {
      condition: 'suspected',
      grace: { until: T0 + 345 * DAY, untilAtMost: null },
      lastSuccessAt: T0 - 20 * DAY,
    },
  },
  {
    name: 'a success after the last failure is a recovery',
    steps: [...LOST, shows('sw-a', T0 + DAY, 'show license status', status(succeeded(T0 + 20 * HOUR)))],
    is: { condition: 'recovering', lastSuccessAt: T0 + 20 * HOUR },
  },
  {
    name: 'a success before the last failure is none',
    steps: [
      ...LOST,
      shows('sw-a', T0 + DAY, 'show license status', status(succeeded(T0 + 20 * HOUR))),
      line(T0 + 21 * HOUR, callHome),
      line(T0 + 22 * HOUR),
    ],
    is: { condition: 'suspected', lastSuccessAt: T0 + 20 * HOUR },
  },
  {
    name: 'a failure that is shown counts at its time, with its reason',
    steps: [
      line(T0, callHome),
      shows('sw-a', T0 + DAY, 'show license status', [
        ...status(`FAILED on ${shown(T0 + HOUR)}`),
        '    Failure reason: Fail to send out Call Home HTTP message.',
      ]),
    ],
    is: { condition: 'suspected' },
  },
  {
    name: 'a reservation is found, and the incident is suppressed',
    steps: [
      ...LOST,
      shows('sw-a', T0 + DAY, 'show license status', [
        'Smart Licensing is ENABLED',
        'License Reservation is ENABLED',
        'License Authorization:',
        `  Status: AUTHORIZED - RESERVED on ${shown(T0 - 90 * DAY)}`,
      ]),
    ],
    is: { condition: 'suppressed', known: [null, 'reserved', null] },
  },
  {
    name: 'CSLU as the transport ends a false suspicion',
    steps: [
      line(T0, { server: 'unnamed', mnemonic: 'AUTH_RENEW_FAILED', family: 'authorization' }),
      line(T0 + HOUR, { server: 'unnamed', mnemonic: 'COMM_FAILED' }),
      line(T0 + 2 * HOUR, { server: 'unnamed', mnemonic: 'AGENT_REG_FAILED', family: 'authorization' }),
      shows('sw-a', T0 + DAY, 'show license status', status(succeeded(T0 - DAY), { transport: 'cslu' })),
    ],
    is: { condition: 'ok' },
  },
  {
    name: 'a root is found, which is a repair, and the device recovers',
    release: '17.3.3',
    steps: [
      ...LOST,
      shows('sw-a', T0 + DAY, 'show crypto pki trustpool', ROOTS),
      shows('sw-a', T0 + DAY + HOUR, 'show license status', status(succeeded(T0 + DAY + HOUR / 2))),
    ],
    is: { condition: 'recovering', repair: 'check', newRoot: 'present' },
  },
];

STORIES.push(
  {
    name: 'a capture older than the last line says only what nothing newer says',
    steps: [
      shows('sw-a', T0, 'show version', VERSION('17.3.3')),
      shows('sw-a', T0 + 20 * DAY, 'show version', VERSION('17.9.4')),
      line(T0 + 20 * DAY + HOUR, callHome),
    ],
    is: { condition: 'watching', known: ['17.9.4', null, null] },
  },
  {
    name: 'times of a clock that was never set decide nothing',
    steps: [...LOST, shows('sw-a', T0 + DAY, 'show license status', status(succeeded(T0 + 20 * HOUR)), { mark: '*' })],
    is: { condition: 'suspected', lastSuccessAt: null },
  },
  {
    name: 'a time given by a person dates every time of such a clock',
    at: T0 + DAY,
    steps: [
      ...LOST,
      shows('sw-a', T0 - 999 * DAY, 'show license status', status(succeeded(T0 - 999 * DAY - HOUR)), { mark: '*' }),
    ],
    is: { condition: 'recovering', lastSuccessAt: T0 + 23 * HOUR },
  },
  {
    name: 'a success later than the capture is no success',
    steps: [...LOST, shows('sw-a', T0 + DAY, 'show license status', status(succeeded(T0 + 2 * DAY)))],
    is: { condition: 'suspected', lastSuccessAt: Date.parse('2022-01-01T06:00:00Z') },
  },
  {
    name: 'the inventory goes before a capture',
    release: '17.9.4',
    steps: [...LOST, shows('sw-a', T0 + DAY, 'show version', VERSION('17.3.3'))],
    is: { condition: 'suspected' },
  },
);

/** A line of the buffer of the log, as the device prints it: its stamp has a zone, and it has no number. */
const buffered = (at: number, body: string, zone = ' UTC') => {
  const date = new Date(at);
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()} ${hms(date)}.000${zone}: ${body}`;
};
const LOG = (...lines: readonly string[]) => [
  'Syslog logging: enabled (0 messages dropped, 3 messages rate-limited, 0 flushes, 0 overruns, xml disabled, filtering disabled)',
  '    Trap logging: level warnings, 120 message lines logged',
  'Log Buffer (8192 bytes):',
  '',
  ...lines,
];

STORIES.push(
  {
    name: 'lines in the buffer of the log are folded like lines of that device, at their times',
    steps: [
      shows(
        'sw-a',
        T0 + DAY,
        'show logging',
        LOG(
          buffered(T0, BODIES.callHome205),
          buffered(T0 + HOUR, BODIES.commFailed),
          buffered(T0 + 2 * HOUR, '%LINK-3-UPDOWN: Interface Gi1/1, changed state to up'),
        ),
      ),
      line(T0 + 3 * HOUR, { kind: 'neutral' }),
    ],
    is: { condition: 'suspected' },
  },
  {
    name: 'a success in the buffer of the log is a recovery',
    steps: [...LOST, shows('sw-a', T0 + DAY, 'show logging', LOG(buffered(T0 + 2 * HOUR, BODIES.commRestored)))],
    is: { condition: 'recovering', lastSuccessAt: T0 + 2 * HOUR },
  },
  {
    name: 'lines of the buffer whose time is not certain decide nothing',
    steps: [
      ...LOST,
      shows(
        'sw-a',
        T0 + DAY,
        'show logging',
        LOG(buffered(T0 + 2 * HOUR, BODIES.commRestored, ''), `*${buffered(T0 + 2 * HOUR, BODIES.commRestored)}`),
      ),
    ],
    is: { condition: 'suspected', lastSuccessAt: null },
  },
  {
    name: 'lines of the buffer that are older than the lateness are too late',
    steps: [
      line(T0 + 10 * DAY, { kind: 'neutral', clock: 'set' }),
      shows(
        'sw-a',
        T0 + 10 * DAY + HOUR,
        'show logging',
        LOG(buffered(T0, BODIES.callHome205), buffered(T0 + HOUR, BODIES.commFailed)),
      ),
    ],
    ordered: true,
    is: { condition: 'ok' },
  },
  {
    name: 'a capture that is much newer makes no older line too late',
    steps: [...LOST, shows('sw-a', T0 + 20 * DAY, 'show version', VERSION('17.3.3'))],
    is: { known: ['17.3.3', null, null] },
  },
);

STORIES.push(
  {
    name: 'a reservation that a capture shows has no grace, and is named as what a capture shows',
    steps: [
      shows('sw-a', T0 - DAY, 'show license status', [
        'Smart Licensing is ENABLED',
        'License Reservation is ENABLED',
        'Registration:',
        '  Status: REGISTERED - UNIVERSAL LICENSE RESERVATION',
        `  Initial Registration: SUCCEEDED on ${shown(T0 - 480 * DAY)}`,
        'License Authorization:',
        `  Status: AUTHORIZED - RESERVED on ${shown(T0 - 480 * DAY)}`,
      ]),
      ...LOST,
    ],
    is: {
      condition: 'suppressed',
      grace: { until: null, untilAtMost: null },
      lastSuccessAt: null,
      reasons: [
        'a capture shows PLR, but the device tries to connect',
        'call-home failed 1 x, communication failed 1 x',
        'a capture shows PLR: the device needs no connection',
      ],
    },
  },
  {
    name: 'a fixed release beside an affected one of the inventory is no repair',
    release: '17.3.3',
    steps: [
      ...LOST,
      shows('sw-a', T0 + DAY, 'show version', VERSION('17.9.4')),
      shows('sw-a', T0 + DAY + HOUR, 'show license status', status(succeeded(T0 + DAY + HOUR / 2))),
    ],
    is: { condition: 'recovering', repair: null, known: ['17.9.4', null, null] },
  },
  {
    name: 'a fixed release after an affected one, both shown, is an upgrade',
    steps: [
      shows('sw-a', T0 - HOUR, 'show version', VERSION('17.3.3')),
      line(T0, { ...callHome, facts: { pid: 'IE-3300-8T2S' } }),
      line(T0 + HOUR),
      shows('sw-a', T0 + DAY, 'show version', VERSION('17.9.4')),
    ],
    is: { repair: 'upgrade', known: ['17.9.4', null, null] },
  },
);

/** The statistics of one exchange in `show license tech support`. */
const statistics = (ongoing: number, answer: string, success: number, failure: number) => [
  'Smart Licensing Tech Support info',
  'Communication Statistics:',
  '=======================',
  'Usage Reporting:',
  `  Attempts: Total=12, Success=11, Fail=1  Ongoing Failure: Overall=${ongoing} Communication=${ongoing}`,
  `  Last Response: ${answer} on ${shown(Math.max(success, failure))}`,
  '    Failure Reason: <none>',
  `  Last Success Time: ${shown(success)}`,
  `  Last Failure Time: ${shown(failure)}`,
];
/** `show license status` in the classic mode. */
const classic = (lines: Readonly<Record<string, string>>) => [
  'Smart Licensing is ENABLED',
  'Registration:',
  '  Status: REGISTERED',
  ...Object.entries(lines).map(([key, value]) => `  ${key}: ${value}`),
];
const failed = (at: number) => `FAILED on ${shown(at)}`;

const EVENT_LOG = (...rows: readonly (readonly [at: number, name: string])[]) =>
  rows.map(
    ([at, name]) => `${new Date(at).toISOString().replace('T', ' ').replace('Z', ' UTC')} ${name} error="no answer"`,
  );

STORIES.push(
  {
    name: 'a failure of the statistics that a success followed is none that holds, however long ago',
    release: '17.3.3',
    steps: [shows('sw-a', T0, 'show license tech support', statistics(0, 'OK', T0 - 2 * DAY, T0 - 180 * DAY))],
    is: { condition: 'unheard', incidents: 0, lastSuccessAt: T0 - 2 * DAY },
  },
  {
    name: 'a failure of the statistics that goes on counts with its answer',
    release: '17.3.3',
    steps: [
      shows('sw-a', T0, 'show license tech support', statistics(3, 'NO REPLY', T0 - 50 * DAY, T0 - 5 * DAY)),
      shows('sw-a', T0 + 2 * HOUR, 'show version', VERSION('17.3.3')),
    ],
    is: { condition: 'suspected', incidents: 1, lastSuccessAt: T0 - 50 * DAY },
  },
  {
    name: 'a failure of the statistics without its reason, or that does not go on, holds nothing',
    release: '17.3.3',
    steps: [
      shows('sw-a', T0, 'show license tech support', statistics(3, 'OK', T0 - 50 * DAY, T0 - 5 * DAY)),
      shows('sw-a', T0 + HOUR, 'show license tech support', statistics(0, 'NO REPLY', T0 - 50 * DAY, T0 - 5 * DAY)),
      shows('sw-a', T0 + 2 * HOUR, 'show version', VERSION('17.3.3')),
    ],
    is: { condition: 'unheard', incidents: 0, lastSuccessAt: T0 - 50 * DAY },
  },
  {
    name: 'an attempt that failed before another exchange succeeded is none that holds',
    release: '17.3.3',
    steps: [
      shows(
        'sw-a',
        T0,
        'show license status',
        classic({
          'Initial Registration': succeeded(T0 - 300 * DAY),
          'Last Renewal Attempt': failed(T0 - 10 * DAY),
          'Last Communication Attempt': succeeded(T0 - DAY),
        }),
      ),
    ],
    is: { condition: 'unheard', incidents: 0, lastSuccessAt: T0 - DAY },
  },
  {
    name: 'a failure that a former capture showed without a success, and a later one with it, ends then',
    release: '17.3.3',
    steps: [
      shows('sw-a', T0 - 10 * DAY, 'show license status', status(failed(T0 - 11 * DAY))),
      shows('sw-a', T0 - 6 * DAY, 'show version', VERSION('17.3.3')),
      shows('sw-a', T0, 'show license tech support', statistics(0, 'OK', T0 - DAY, T0 - 11 * DAY)),
    ],
    is: { condition: 'recovering', incidents: 1, lastSuccessAt: T0 - DAY },
  },
  {
    name: 'the log of events shows each failure and the success that ended it',
    release: '17.3.3',
    steps: [
      shows(
        'sw-a',
        T0,
        'show license eventlog',
        EVENT_LOG(
          [T0 - 200 * DAY, 'SAEVT_COMM_FAIL'],
          [T0 - 200 * DAY + HOUR, 'SAEVT_COMM_RESTORED'],
          [T0 - 100 * DAY, 'SAEVT_COMM_FAIL'],
          [T0 - 100 * DAY + HOUR, 'SAEVT_COMM_RESTORED'],
          [T0 - DAY, 'SAEVT_COMM_FAIL'],
        ),
      ),
      shows('sw-a', T0 + 2 * HOUR, 'show version', VERSION('17.3.3')),
    ],
    is: { condition: 'unheard', incidents: 0, lastSuccessAt: T0 - 100 * DAY + HOUR },
  },
  {
    name: 'a registration of years ago is not the last success where later attempts are shown',
    release: '17.3.3',
    steps: [
      ...LOST,
      shows(
        'sw-a',
        T0 + HOUR,
        'show license status',
        classic({
          'Initial Registration': succeeded(T0 - 700 * DAY),
          'Last Renewal Attempt': failed(T0 - 36 * HOUR),
          'Last Communication Attempt': failed(T0 - DAY),
        }),
      ),
    ],
    is: { lastSuccessAt: null, grace: { until: null, untilAtMost: T0 - 36 * HOUR + 365 * DAY } },
  },
  {
    name: 'a deadline proves when the server was reached',
    release: '17.3.3',
    steps: [
      ...LOST,
      shows(
        'sw-a',
        T0 + HOUR,
        'show license status',
        classic({
          'Initial Registration': succeeded(T0 - 700 * DAY),
          'Last Renewal Attempt': failed(T0 - 36 * HOUR),
          'Registration Expires': shown(T0 + 40 * DAY),
          'Last Communication Attempt': failed(T0 - DAY),
          'Communication Deadline': shown(T0 + 50 * DAY),
        }),
      ),
    ],
    is: { lastSuccessAt: T0 - 40 * DAY, grace: { until: T0 + 325 * DAY, untilAtMost: null } },
  },
  {
    name: 'the time of the authorization is a success',
    steps: [
      shows('sw-a', T0, 'show license status', [
        ...classic({ 'Initial Registration': succeeded(T0 - 700 * DAY) }),
        'License Authorization:',
        `  Status: AUTHORIZED on ${shown(T0 - 30 * DAY)}`,
      ]),
    ],
    is: { lastSuccessAt: T0 - 30 * DAY, grace: { until: T0 + 335 * DAY, untilAtMost: null } },
  },
  {
    name: 'a registration of a few days ago is the last success that is known',
    steps: [
      shows(
        'sw-a',
        T0,
        'show license status',
        classic({
          'Initial Registration': succeeded(T0 - 20 * DAY),
          'Last Communication Attempt': failed(T0 - DAY),
        }),
      ),
    ],
    is: { lastSuccessAt: T0 - 20 * DAY },
  },
  {
    name: "what a capture shows to fail at the customer's own server opens nothing",
    release: '17.3.3',
    steps: [
      shows('sw-a', T0, 'show license status', [
        ...status(failed(T0 - 10 * DAY)),
        'Transport:',
        '  Type: Smart',
        '  URL: https://ssm.acme.example/SmartTransport',
      ]),
    ],
    is: { condition: 'unheard', incidents: 0, known: [null, null, 'own'] },
  },
);

function* ordersOf<T>(steps: readonly T[]): Generator<T[]> {
  if (steps.length <= 1) yield [...steps];
  for (const [index, first] of steps.entries())
    for (const rest of ordersOf(steps.toSpliced(index, 1))) yield [first, ...rest];
}

for (const { name, steps, is, ordered, ...given } of STORIES) {
  t.test(name, async (t) => {
    const { device, store } = await told(t, steps, given);
    const verdict = verdictOf(device);
    t.match(verdict, is);
    const captures = steps.filter((step) => typeof step === 'string');
    const twice = await told(t, [...steps, ...captures], given);
    t.strictSame(twice.device, device, 'the same captures again change nothing, not even the version');
    for (const order of ordered ? [] : ordersOf(steps))
      t.strictSame(verdictOf((await told(t, order, given)).device), verdict);
    const record = incidentRecord(device, advisory);
    if (record === null) return;
    const rows = await Promise.all([1, 2].map((ordinal) => store.evidence('sw-a', ordinal)));
    t.strictSame(recompute(record, rows.flat(), device, advisory).differences, [], 'it follows from its evidence');
    const recheck = makeRechecker(advisory, (text) => Buffer.from(text));
    const shownRows = rows.flat().filter(({ raw }) => raw.startsWith('capture'));
    for (const row of shownRows) t.equal(recheck(row), 'of-a-capture', row.raw);
    const logged = rows.flat().filter(({ raw }) => raw.includes(' UTC: %'));
    for (const row of logged) t.equal(recheck(row), 'same', row.raw);
  });
}

for (const [engine, open] of Object.entries(stores))
  t.test(`what captures show is to be done is in the list of what to do next (${engine})`, async (t) => {
    const store = await open(t);
    const operations = new Operations({ store, advisory, now: () => T0 + 30 * DAY, onCommit: () => {} });
    const take = (text: string) => operations.capture(text, { device: null, at: null, zone: null, dryRun: false });
    await operations.import(readInventory('hostname\nsw-a\nsw-b\nsw-c\nsw-d', 'csv'));
    const report = new FleetReport(store, advisory, () => T0 + 30 * DAY);
    const next = async () =>
      (await report.tasks({ limit: 10 })).map(({ device, incident, commands, checks }) => [
        ...[device, incident, commands.length > 0, checks.join('; ').replace(/:.*/, '')],
      ]);
    t.strictSame(await next(), []);
    const OLD_ROOT = ROOTS.join('\n')
      .replaceAll('IdenTrust Commercial Root CA 1', 'QuoVadis Root CA 2')
      .replace(/0A01\w+/, '0509')
      .split('\n');
    await take(
      shows(
        'sw-b',
        T0,
        'show license status',
        status(succeeded(T0 - DAY)).toSpliced(4, 1, '  Status: REGISTRATION EXPIRED'),
      ),
    );
    for (const host of ['sw-a', 'sw-c']) await take(shows(host, T0 + HOUR, 'show crypto pki trustpool', OLD_ROOT));
    await commitObservations(
      store,
      LOST.map((each) => ({ ...each, names: event(each.event, { origin: 'sw-d' }).names })),
    );
    const missing = 'the trustpool of 2022-02-05 has no IdenTrust Commercial Root CA 1';
    t.match(await next(), [
      ['sw-d', 'qv-sw-d-1', true],
      ['sw-a', null, true, missing],
      ['sw-c', null, true, missing],
      ['sw-b', null, false, 'registration was REGISTRATION EXPIRED on 2022-02-05'],
    ]);
    await take(shows('sw-a', T0 + 2 * HOUR, 'show crypto pki trustpool', ROOTS));
    await take(shows('sw-c', T0 + 2 * HOUR, 'show license status', status(succeeded(T0), { transport: 'cslu' })));
    await take(shows('sw-b', T0 + 2 * HOUR, 'show license status', status(succeeded(T0 + HOUR))));
    t.match(await next(), [['sw-d', 'qv-sw-d-1']], 'what was done, or needs nothing, is listed no more');
  });

for (const [engine, open] of Object.entries(stores))
  t.test(
    `affected devices of which nothing, or nothing new, is known are the last of what to do next (${engine})`,
    async (t) => {
      const store = await open(t);
      const operations = new Operations({ store, advisory, now: () => T0 + 300 * DAY, onCommit: () => {} });
      const devices = ['sw-a,17.3.3', 'sw-b,17.3.3', 'sw-c,17.9.4', 'sw-d,17.3.3', 'sw-e,17.3.3'];
      await operations.import(
        readInventory(`hostname,release,pid\n${devices.join(',IE-3300-8T2S\n')},IE-3300-8T2S`, 'csv'),
      );
      const report = new FleetReport(store, advisory, () => T0 + 300 * DAY);
      const next = async () =>
        (await report.tasks({ limit: 9 })).map(({ device, need, checks }) => [device, need, checks[0]]);
      const missing = 'no last success known: collect "show license status"';
      const take = (text: string) => operations.capture(text, { device: null, at: null, zone: null, dryRun: false });
      t.same(
        await next(),
        ['sw-a', 'sw-b', 'sw-d', 'sw-e'].map((device) => [device, 'facts-missing', missing]),
        'the fixed release needs nothing',
      );
      await take(shows('sw-a', T0, 'show license status', status(succeeded(T0 - DAY))));
      await take(shows('sw-b', T0, 'show license status', status(succeeded(T0 - DAY), { transport: 'cslu' })));
      await take(
        shows('sw-e', T0, 'show license status', [
          'Smart Licensing is ENABLED',
          'Registration:',
          '  Status: REGISTRATION EXPIRED',
        ]),
      );
      t.match(await next(), [
        ['sw-e', 'licensing-expired', /^registration was/],
        ['sw-d', 'facts-missing', missing],
      ]);
      const heardAgain = (at: number) =>
        commitObservations(store, [event(observed(at, { kind: 'neutral', clock: 'set' }), { origin: 'sw-a' })]);
      await heardAgain(T0 + 89 * DAY);
      t.equal((await next()).length, 2, 'what is known is not old yet');
      await heardAgain(T0 + 90 * DAY);
      t.same((await next()).at(-1), [
        'sw-a',
        'facts-old',
        'nothing is known since 2022-02-05: collect "show license status" again',
      ]);
      await take(shows('sw-a', T0 + 91 * DAY, 'show license status', status(succeeded(T0 - DAY))));
      t.equal((await next()).length, 2, 'it was collected again');
    },
  );

/** How a device sends the lines of its buffer: `stamped` is a line with its stamp, `body` is without. */
const SENT: Record<string, (stamped: string, body: string, index: number) => string> = {
  'with a counter': (stamped, _, index) => `<187>${12 + index}: sw-a: ${stamped}`,
  'without any number': (stamped) => `<187>sw-a: ${stamped}`,
  'without a zone': (stamped) => `<187>sw-a: ${stamped.replace(' UTC', '')}`,
  'without a stamp': (_, body) => `<187>sw-a: ${body}`,
};

for (const [name, sent] of Object.entries(SENT))
  t.test(`a line that also came by syslog counts once, whichever came first: ${name}`, async (t) => {
    const bodies = [BODIES.callHome205, BODIES.commFailed, BODIES.callHome205, BODIES.commRestored];
    const log = bodies.map((body, index) => buffered(T0 + index * HOUR, body));
    // The zone of the device, which the lines of the buffer then do not name, is not that of the configuration.
    const isBare = name === 'without a zone';
    const shownLog = isBare ? log.map((each) => each.replace(' UTC', '')) : log;
    const capture = shows('sw-a', T0 + DAY, 'show logging', LOG(...shownLog));
    const frames = log.map((each, index) =>
      frameOf(sent(each, bodies[index] as string, index), { receivedAt: T0 + index * HOUR + 500 }),
    );
    const order = { device: null, at: null, zone: isBare ? () => 0 : null, dryRun: false };
    const after = async (steps: readonly ('capture' | number)[]) => {
      const store = await openMemory(t);
      const operations = new Operations({ store, advisory, now: () => T0 + 30 * DAY, onCommit: () => {} });
      const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 120), clock: () => 0 });
      await operations.import(readInventory('hostname\nsw-a', 'csv'));
      for (const step of steps) {
        const frame = step === 'capture' ? undefined : frames[step];
        if (frame === undefined) await operations.capture(capture, order);
        else await pipeline.run([frame], frame.receivedAt);
      }
      const { state, recent, messages } = (await store.load(['sw-a'])).get('sw-a') as Device;
      const signals = recent.map(({ at, mnemonic, shown }) => [Math.floor(at / HOUR), mnemonic, shown ?? 'sent']);
      return { signals, messages, evidence: state.incident?.evidence };
    };
    const lines = await after([0, 1, 2, 3]);
    t.equal(lines.signals.length, 4);
    t.equal(lines.messages, 4);
    t.strictSame(await after([0, 1, 2, 3, 'capture', 'capture']), lines, 'the lines came first');
    t.strictSame(await after(['capture', 0, 1, 2, 3]), lines, 'the capture came first');
    t.strictSame(await after(['capture', 3, 1, 'capture', 0, 2]), lines, 'one by one, and not in order');
    t.equal((await after([0, 3, 'capture'])).signals.length, 4, 'what was lost is known by the capture');
    t.equal((await after(['capture', 0, 3])).signals.length, 4);
  });

t.test('a repetition of a line that a capture shows counts, also if it has no number', async (t) => {
  const log = LOG(buffered(T0, BODIES.callHome205));
  const repeated = () => frameOf(`<187>sw-a: ${buffered(T0, BODIES.callHome205)}`, { receivedAt: T0 + 500 });
  const undated = (at: number) => frameOf(`<187>sw-a: ${BODIES.callHome205}`, { receivedAt: at });
  const signalsAfter = async (steps: readonly (string | ReturnType<typeof frameOf>)[]) => {
    const store = await openMemory(t);
    const operations = new Operations({ store, advisory, now: () => T0 + 30 * DAY, onCommit: () => {} });
    const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
    await operations.import(readInventory('hostname\nsw-a', 'csv'));
    for (const step of steps) {
      if (typeof step === 'string')
        await operations.capture(step, { device: null, at: null, zone: null, dryRun: false });
      else await pipeline.run([step], step.receivedAt);
    }
    return (await store.load(['sw-a'])).get('sw-a')?.recent.length;
  };
  const capture = shows('sw-a', T0 + DAY, 'show logging', log);
  for (const lines of [
    [repeated(), repeated()],
    [undated(T0 + 500), undated(T0 + 1500)],
  ]) {
    t.equal(await signalsAfter(lines), 2);
    t.equal(await signalsAfter([...lines, capture]), 2);
    t.equal(await signalsAfter([capture, ...lines]), 2);
    t.equal(await signalsAfter([lines[0] as ReturnType<typeof frameOf>, capture, ...lines.slice(1)]), 2);
  }
  t.equal(await signalsAfter([capture, undated(T0 + HOUR)]), 2, 'an hour later it is another one');
  t.equal(await signalsAfter([undated(T0 + HOUR), capture]), 2);
});

t.test('what was folded is new, and the same again is not', async (t) => {
  const eventlog = [
    '**** Event Log ****',
    '',
    '2022-02-05 08:00:00.000 UTC SAEVT_COMM_FAIL error="Fail to send out Call Home HTTP message."',
    '2022-02-05 09:00:00.000 UTC SAEVT_COMM_FAIL error="Fail to send out Call Home HTTP message."',
  ];
  const log = LOG(buffered(T0 + HOUR, BODIES.callHome205));
  const steps = [
    shows('sw-a', T0 + DAY, 'show license eventlog', eventlog),
    shows('sw-a', T0 + DAY, 'show logging', log),
    shows('sw-a', T0 + DAY, 'show license status', status(succeeded(T0 + 20 * HOUR))),
  ];
  const { outcomes } = await told(t, [...steps, ...steps]);
  const changed = outcomes.map(({ taken }) => taken.map((each) => each.changed));
  t.same(changed[0], [['2 failures']]);
  t.same(changed[1]?.[0]?.at(-1), '1 message of the log');
  t.same(changed[2]?.[0]?.at(-1), '1 success');
  t.same(changed.slice(3), [[[]], [[]], [[]]]);
});
