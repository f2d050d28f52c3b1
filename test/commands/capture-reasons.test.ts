/** What is said of times in a capture that are not used, and of its statements as evidence. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { MAIN } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';

const shows = (command: string, clock: string, ...output: readonly string[]) =>
  [
    `sw-a#${command}`,
    'Load for five secs: 5%/0%; one minute: 5%; five minutes: 5%',
    `Time source is NTP, ${clock}`,
    ...[...output, 'sw-a#', ''],
  ].join('\n');
const status = (outcome: string) => [
  'Smart Licensing is ENABLED',
  'Transport:',
  '  Type: Callhome',
  'License Authorization:',
  '  Status: AUTHORIZED on Jan 01 06:00:00 2022 UTC',
  `  Last Communication Attempt: ${outcome}`,
];
const VERSION =
  'Cisco IOS Software [Amsterdam], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 16.12.4, RELEASE SOFTWARE (fc7)';
const LOG = [
  'Syslog logging: enabled (0 messages dropped, 3 messages rate-limited, 0 flushes, 0 overruns, xml disabled, filtering disabled)',
  'Log Buffer (8192 bytes):',
  '',
];
const FAILED =
  '%SMART_LIC-3-COMM_FAILED: Communications failure with the Cisco Smart Software Manager (CSSM) : No detailed information given';

t.test('capture says of each time that is not used why, and only what helps', async (t) => {
  const folder = temporaryDirectory(t);
  const run = (...args: string[]) => {
    const { stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args, '--data', join(folder, 'data')], {
      encoding: 'utf8',
    });
    return `${stdout}${stderr}`;
  };
  const give = (text: string, ...args: string[]) => {
    writeFileSync(join(folder, 'given.txt'), text);
    return run('capture', join(folder, 'given.txt'), ...args);
  };
  writeFileSync(join(folder, 'inventory.csv'), 'hostname,pid,release\nsw-a,C9300-48P,16.12.4\n');
  run('inventory', join(folder, 'inventory.csv'));

  const ahead = give(
    shows('show license status', '06:00:00.000 UTC Sat Feb 7 2099', ...status('SUCCEEDED on Feb 07 05:00:00 2099 UTC')),
  );
  t.match(ahead, /not used, as the clock of the device is ahead, in the future \(give --at\): 06:00:00.000 UTC/);
  t.notMatch(ahead, '--zone', 'a zone does not help');
  const log = give(
    shows(
      'show logging',
      '06:00:00.000 UTC Mon Feb 7 2022',
      ...LOG,
      `*Feb  5 10:00:00.000 UTC: ${FAILED}`,
      `Feb  5 10:00:00.000: ${FAILED}`,
      `Feb  8 2022 10:00:00.000 UTC: ${FAILED}`,
    ),
  );
  t.match(log, /1 message of the log not used, as the device marks its clock as not set with "\*" \(give --at\)\n/);
  t.match(
    log,
    /1 message of the log not used, as it has no zone, or a name that means two zones \(give --zone or --at\)/,
  );
  t.match(log, /1 message of the log not used, as it is later than the capture/);
  const times = ['Feb 05 05:00:00 2022 UTC', 'Feb 05 05:00:00 2022 CST', 'Feb 09 05:00:00 2022 UTC'];
  const unused = times.map((time) =>
    give(shows('show license status', '06:00:00.000 UTC Mon Feb 7 2022', ...status(`FAILED on ${time}`)), '--dry-run'),
  );
  t.notMatch(unused[0], 'not used');
  t.match(unused[1], /not used, as it has no zone, .*: Feb 05 05:00:00 2022 CST/);
  t.match(unused[2], /not used, as it is later than the capture: .*: Feb 09 05:00:00 2022 UTC/);
  give(shows('show version', '06:00:00.000 UTC Fri Feb 4 2022', VERSION));
  const failed = give(
    shows(
      'show license status',
      '06:00:00.000 UTC Mon Feb 7 2022',
      ...status('FAILED on Feb 05 05:00:00 2022 UTC'),
      '    Failure reason: Data and signature do not match',
    ),
  );
  t.match(failed, /qv-sw-a-1 confirmed/);
  const explained = run('explain', 'sw-a');
  t.match(explained, /failure, family trust-proof, .*; time: timestamp of the device\n/);
  t.notMatch(explained, 'not used: no date', 'the time is that of the statement');
  t.match(
    run('explain', 'sw-a', '--verify'),
    /\d+ stored lines for \d+ counted signals? and \d+ before them, not counted\n/,
  );
});
