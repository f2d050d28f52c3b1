/** An advisory with mistakes: every one is named with its path, all at once, and `check` ends with 2. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { shippedAdvisory } from '../../src/config/advisory-file.ts';
import type { AdvisoryFile } from '../../src/config/advisory-form.ts';
import { advisoryProblems } from '../../src/config/advisory-problems.ts';
import { MAIN } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';

// biome-ignore lint/suspicious/noExplicitAny: mistakes are what the type forbids.
type Mistaken = any;
type Row = readonly [problem: string, mistake: (file: Mistaken) => void];

/** The shipped advisory with these mistakes. */
function withMistakes(...mistakes: readonly ((file: Mistaken) => void)[]): AdvisoryFile {
  const file = parse(readFileSync(shippedAdvisory, 'utf8'));
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
    'noWayOut.within: 0s is not between 1s and 3650d',
    (file) => {
      file.noWayOut.within = '0s';
    },
  ],
  [
    'clock.offBy: 1ms is not between 1s and 3650d',
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
      'correlation.confirmAfter: must be a duration like 48h, 90m or 35d',
      (file) => {
        file.correlation.confirmAfter = '12 hours';
      },
    ],
    [
      'signals.SMART_LIC.COMM_FAILED.claim: must be one of state, event',
      (file) => {
        file.signals.SMART_LIC.COMM_FAILED.claim = 'fact';
      },
    ],
    [
      'otherwise.manner: must be one of refused, aborted, timeout, unresolved, disabled, denied, clock',
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
  t.equal(stderr.trim().split('\n').length, 1, 'in one line');
});
