/** An advisory with mistakes: every one is named with its path, all at once, and `check` ends with 2. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { shippedAdvisory } from '../../src/config/advisory-file.ts';
import type { AdvisoryFile } from '../../src/config/advisory-form.ts';
import { advisoryProblems as problemsOf } from '../../src/config/advisory-problems.ts';
import { said } from '../../src/config/problem.ts';
import { MAIN } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';

// biome-ignore lint/suspicious/noExplicitAny: mistakes are what the type forbids.
type Mistaken = any;
type Row = readonly [problem: string, mistake: (file: Mistaken) => void];

const advisoryProblems = (value: unknown): string[] => problemsOf(value).map(said);

const shipped = parse(readFileSync(shippedAdvisory, 'utf8'));

/** The shipped advisory with these mistakes. */
function withMistakes(...mistakes: readonly ((file: Mistaken) => void)[]): AdvisoryFile {
  const file = structuredClone(shipped);
  for (const mistake of mistakes) mistake(file);
  return file;
}

const rows: readonly Row[] = [
  [
    'hosts[2].host: "*" matches every host: give a host name like cisco.com',
    (file) => file.hosts.push({ host: '*', server: 'cisco' }),
  ],
  [
    'hosts[3].host: ".*" matches every host: give a host name like cisco.com',
    (file) => file.hosts.push({ host: '.*', server: 'own' }),
  ],
  [
    'hosts[4].host: "-cisco.com" is not a host name',
    (file) => file.hosts.push({ host: '-cisco.com', server: 'cisco' }),
  ],
  [
    'signals.CALL_HOME.SL_MESSAGE_FAILED.endedBy: needs claim: state',
    (file) => {
      file.signals.CALL_HOME.SL_MESSAGE_FAILED.endedBy = 'COMM_RESTORED';
    },
  ],
  [
    'signals.SMART_LIC.COMM_RESTORED.licensing: a recovery is of licensing; only a failure may be of another service',
    (file) => {
      file.signals.SMART_LIC.COMM_RESTORED.licensing = false;
    },
  ],
  [
    'signals.SMART_LIC.OUT_OF_COMPLIANCE.endedBy: "NEVER_SAID" is not in signals',
    (file) => {
      file.signals.SMART_LIC.OUT_OF_COMPLIANCE.endedBy = 'NEVER_SAID';
    },
  ],
  [
    'signals.SMART_LIC.COMM_FAILED.claim: COMM_FAILED is a state here and an event in another facility',
    (file) => {
      file.signals.CALL_HOME.COMM_FAILED = { kind: 'failure', family: 'communication' };
    },
  ],
  [
    'thresholds.suspected.proofAlone: "COM_FAILED" is not in signals',
    (file) => file.thresholds.suspected.proofAlone.push('COM_FAILED'),
  ],
  [
    'thresholds.suspected.expired: "EXPIRED" is not in signals',
    (file) => file.thresholds.suspected.expired.push('EXPIRED'),
  ],
  ['assumed: "correlation.windows" is not a path of this file', (file) => file.assumed.push('correlation.windows')],
  [
    'correlation.stateSuspectsAfter: 4000d is not between 1s and 3650d',
    (file) => {
      file.correlation.stateSuspectsAfter = '4000d';
    },
  ],
  [
    'noWayOut.within: 0s is not between 1s and 1d',
    (file) => {
      file.noWayOut.within = '0s';
    },
  ],
  [
    'clock.offBy: 1ms is not between 1h and 30d',
    (file) => {
      file.clock.offBy = '1ms';
    },
  ],
  [
    'checks.trusts: unknown key, did you mean "trust"?',
    (file) => {
      file.checks.trusts = [];
    },
  ],
  [
    'hypotheses.clocks: unknown key, did you mean "clock"?',
    (file) => {
      file.hypotheses.clocks = 3;
    },
  ],
];

t.test('advisoryProblems() names each mistake with its path, and all of them at once', async (t) => {
  t.strictSame(advisoryProblems(withMistakes()), []);
  for (const [problem, mistake] of rows) {
    // The place in a list is that of the first row that was added.
    const alone = problem.replace(/hosts\[\d\]/, 'hosts[2]');
    t.strictSame(advisoryProblems(withMistakes(mistake)), [alone], alone);
  }
  const all = advisoryProblems(withMistakes(...rows.map(([, mistake]) => mistake)));
  t.strictSame(all.toSorted(), rows.map(([problem]) => problem).toSorted());
});

t.test('advisoryProblems() says what a value must be, where the form is wrong', async (t) => {
  const forms: readonly Row[] = [
    ['correlation: missing lateness', (file) => delete file.correlation.lateness],
    [
      'correlation.confirmAfter: must be a duration like 48h, 90m or 35d, not "12 hours"',
      (file) => {
        file.correlation.confirmAfter = '12 hours';
      },
    ],
    [
      'signals.SMART_LIC.COMM_FAILED.claim: must be one of state, event, not "fact"',
      (file) => {
        file.signals.SMART_LIC.COMM_FAILED.claim = 'fact';
      },
    ],
    [
      'otherwise.manner: must be one of refused, aborted, timeout, unresolved, disabled, denied, clock, not "odd"',
      (file) => {
        file.otherwise.manner = 'odd';
      },
    ],
  ];
  for (const [problem, mistake] of forms) t.strictSame(advisoryProblems(withMistakes(mistake)), [problem], problem);
});

t.test('check reports every mistake of the advisory and ends with 2', async (t) => {
  const directory = temporaryDirectory(t);
  const [advisory, config] = [join(directory, 'advisory.yaml'), join(directory, 'config.yaml')];
  writeFileSync(advisory, JSON.stringify(withMistakes(...rows.map(([, mistake]) => mistake))));
  writeFileSync(config, JSON.stringify({ data: directory, advisory }));
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'check', '--config', config], {
    encoding: 'utf8',
  });
  t.strictSame([status, stdout], [2, '']);
  for (const [problem] of rows) t.ok(stderr.includes(problem), problem);
  t.equal(stderr.trim().split('\n').length, rows.length, 'each on its line');
});

/** A mistake that sets the value at a path; keys have no dots. */
function setting(path: string, value: unknown): (file: Mistaken) => void {
  return (file) => {
    const keys = path.split('.');
    const last = keys.pop() as string;
    Object.defineProperty(
      keys.reduce((node, key) => node[key], file),
      last,
      { value, enumerable: true, configurable: true, writable: true },
    );
  };
}

const CRL = 'signals.PKI.CRL_FETCH_FAIL';
const SUSPECTED = 'thresholds.suspected';

const contents: readonly (readonly [path: string, value: unknown, problem: string])[] = [
  ['hypotheses.leads', 0, 'hypotheses.leads: must be a whole number from 1 to 100, not 0'],
  ['hosts', [], 'hosts: must be a list of at least 1, not an empty list'],
  ['hosts.2', { host: 'CISCO.com', server: 'cisco' }, 'hosts[2].host: "CISCO.com" is in hosts[0], too'],
  [
    'hosts.2',
    { host: 'cisco.com', server: 'own' },
    'hosts[2].host: "cisco.com" is in hosts[0], too, with another server',
  ],
  ...(['   ', 'a', ' ab ', '...'] as const).flatMap((text) =>
    ['peers[0].text', 'causes[0].text'].map(
      (path) =>
        [
          path.replace(/\[(\d)\]/, '.$1'),
          text,
          `${path}: "${text}" fits too many messages: give 3 characters or more, with a letter or digit`,
        ] as const,
    ),
  ),
  [
    'signals.SMART_LIC.OUT_OF_COMPLIANCE.endedBy',
    'COMM_FAILED',
    'signals.SMART_LIC.OUT_OF_COMPLIANCE.endedBy: "COMM_FAILED" is not a recovery',
  ],
  [
    'signals.SMART_LIC.OUT_OF_COMPLIANCE.endedBy',
    'toString',
    'signals.SMART_LIC.OUT_OF_COMPLIANCE.endedBy: "toString" is not in signals',
  ],
  [
    'signals.SMART_LIC.POLICY_INSTALL_FAILED.claim',
    'state',
    'signals.SMART_LIC.POLICY_INSTALL_FAILED.claim: a hint is no state; only a failure or a consequence is',
  ],
  [
    `${SUSPECTED}.proofAlone`,
    ['CRL_FETCH_FAIL'],
    `${SUSPECTED}.proofAlone: "CRL_FETCH_FAIL" is of the family revocation, which does not stand alone`,
  ],
  [`${SUSPECTED}.proofAlone`, ['COMM_RESTORED'], `${SUSPECTED}.proofAlone: "COMM_RESTORED" is not a failure`],
  [`${SUSPECTED}.expired`, ['COMM_FAILED'], `${SUSPECTED}.expired: "COMM_FAILED" is not a consequence`],
  ...['__proto__', 'constructor', 'prototype'].map(
    (name) => [`families.${name}`, { weight: 1 }, `families.${name}: this name cannot be used for a family`] as const,
  ),
  [`${CRL}.family`, 'constructor', `${CRL}.family: "constructor" is not a key of families`],
  [`${CRL}.trustpoint`, '.*', `${CRL}.trustpoint: ".*" matches the empty text`],
  [`${CRL}.trustpoint`, 'SLA|', `${CRL}.trustpoint: "SLA|" matches the empty text`],
  [`${CRL}.trustpoint`, '.+', `${CRL}.trustpoint: ".+" matches everything`],
  [`${CRL}.trustpoint`, '(', `${CRL}.trustpoint: must be a regular expression`],
  ...['(a+)+', '(?:x[0-9]*-)*y', '((ab?)){2,}', '(a{1,9}){3}'].map(
    (pattern) =>
      [
        `${CRL}.trustpoint`,
        pattern,
        `${CRL}.trustpoint: "${pattern}" has nested quantifiers, which can take very long`,
      ] as const,
  ),
  ...['(a|a)+', '^(?:SLA|sla-x)*$', '(\\w|\\d){2,}'].map(
    (pattern) =>
      [
        `${CRL}.trustpoint`,
        pattern,
        `${CRL}.trustpoint: "${pattern}" repeats alternatives that can begin alike, which can take very long`,
      ] as const,
  ),
  ['products.0.pid', '^(I+)+E', 'products[0].pid: "^(I+)+E" has nested quantifiers, which can take very long'],
  ['correlation.confirmAfter', '7d', 'correlation.confirmAfter: must be shorter than correlation.window, not 7d'],
  ['correlation.lateness', '8d', 'correlation.lateness: must be at most correlation.window, not 8d'],
  [
    'correlation.stateSuspectsAfter',
    '35d',
    'correlation.stateSuspectsAfter: must be shorter than correlation.staleAfter, not 35d',
  ],
  ...(
    [
      ['correlation.window', '91d', '1s and 90d'],
      ['correlation.lateness', '31d', '1s and 30d'],
      ['correlation.holdTime', '8d', '1s and 7d'],
      ['correlation.serverMovedAfter', '31d', '1s and 30d'],
      ['correlation.reopenWithin', '91d', '1s and 90d'],
      ['correlation.reopenUnrepairedWithin', '91d', '1s and 90d'],
      ['thresholds.healsByItself.within', '91d', '1s and 90d'],
      ['noWayOut.within', '25h', '1s and 1d'],
      ['clock.offBy', '59m', '1h and 30d'],
      ['clock.offBy', '31d', '1h and 30d'],
    ] as const
  ).map(([path, text, bounds]) => [path, text, `${path}: ${text} is not between ${bounds}`] as const),
];

t.test('advisoryProblems() refuses contents that would judge wrongly', async (t) => {
  for (const [path, value, problem] of contents) {
    t.strictSame(advisoryProblems(withMistakes(setting(path, value))), [problem], problem);
  }
  const right: readonly (readonly [path: string, value: unknown])[] = [
    ['correlation.lateness', '7d'],
    [`${CRL}.trustpoint`, '(?:SLA)+-[(+*]{2}\\(a+\\)+'],
    [`${CRL}.trustpoint`, '^(?:trust-?pool|SLA-[a-z]+)?-x$'],
    [`${CRL}.trustpoint`, '(?=a+)b(?:[0-9]{2}){3}'],
    [`${CRL}.trustpoint`, '^(?:SLA|trust)+-(?:a|ab)$'],
  ];
  for (const [path, value] of right) t.strictSame(advisoryProblems(withMistakes(setting(path, value))), [], `${value}`);
});

t.test('advisoryProblems() throws on no value', async (t) => {
  const values = [null, undefined, 3, true, '', 'text', '(', [], [null], [[]], {}, { a: null }, new Date(0), new Map()];
  for (const value of values) t.ok(advisoryProblems(value).length > 0, 'in place of the file');
  const paths: string[] = [];
  const walk = (node: unknown, path: string) => {
    if (path !== '') paths.push(path);
    if (typeof node !== 'object' || node === null) return;
    // The further rows of a list are like its first one, and so are the messages of a facility.
    const most = Array.isArray(node) || /^signals\.\w+$/.test(path) ? 1 : undefined;
    for (const [key, child] of Object.entries(node).slice(0, most)) {
      walk(child, path === '' ? key : `${path}.${key}`);
    }
  };
  walk(withMistakes(), '');
  t.ok(paths.length > 100, `${paths.length}`);
  const thrown = paths.flatMap((path) =>
    values.flatMap((value) => {
      try {
        advisoryProblems(withMistakes(setting(path, value)));
        return [];
      } catch (error) {
        return [`${path} = ${JSON.stringify(value)}: ${error}`];
      }
    }),
  );
  t.strictSame(thrown, []);
});

t.test('check reports problems of the form and of the content at once, in the order of the paths', async (t) => {
  const directory = temporaryDirectory(t);
  const [advisory, config] = [join(directory, 'advisory.yaml'), join(directory, 'config.yaml')];
  const problems = [
    'clock.offBy: 1ms is not between 1h and 30d',
    'hosts[2].host: "Cisco.com" is in hosts[0], too',
    `${CRL}.trustpoint: ".*" matches the empty text`,
    'title: must be a text that is not empty, not 3',
  ];
  const file = withMistakes(
    setting('title', 3),
    setting('hosts.2', { host: 'Cisco.com', server: 'cisco' }),
    setting(`${CRL}.trustpoint`, '.*'),
    setting('clock.offBy', '1ms'),
  );
  writeFileSync(advisory, JSON.stringify(file));
  const checked = (settings: object) => {
    writeFileSync(config, JSON.stringify({ data: directory, ...settings }));
    const { status, stderr } = spawnSync(process.execPath, [MAIN, 'check', '--config', config], { encoding: 'utf8' });
    const place = /^quovadis-watch: \S+\.yaml:1: (.*) \[QVW_(?:ADVISORY|CONFIG)_INVALID\]$/;
    const words = stderr
      .trim()
      .split('\n')
      .map((line) => place.exec(line)?.[1] ?? line);
    return [status, words.join('; ')];
  };
  const [status, words] = checked({ advisory });
  t.equal(status, 2);
  t.ok(`${words}`.includes(problems.join('; ')), `${words}`);

  const wrong = checked({ correlation: { windows: '7d', holdTime: '8d', lateness: '2d', window: '1d' } });
  t.equal(wrong[0], 2);
  t.ok(
    `${wrong[1]}`.includes(
      [
        'correlation.holdTime: 8d is not between 1s and 7d',
        'correlation.lateness: must be at most correlation.window, not 2d',
        'correlation.windows: unknown key, did you mean "window"?',
      ].join('; '),
    ),
    `${wrong[1]}`,
  );
  const over = checked({ correlation: { lateness: '8d' } });
  t.equal(over[0], 2);
  t.match(
    over[1],
    /correlation\.lateness: must be at most correlation\.window, not 8d \(what the configuration leaves out/,
  );
});

t.test('advisoryProblems() reports more problems of the form than the validator does by default', async (t) => {
  const file = withMistakes((file) => {
    for (const row of file.causes) row.cause = 'odd';
  });
  t.equal(advisoryProblems(file).length, file.causes.length);
  t.match(advisoryProblems(file)[2], /^causes\[2\]\.cause/, 'by number');
});
