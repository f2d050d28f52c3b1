/** Public outputs of switches, where they are at hand: every line of them is understood, and says what it says. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { readCapture } from '../../../src/core/capture/capture.ts';
import type { Fact, FactKind } from '../../../src/core/capture/fact.ts';
import { evidenceOfCapture } from '../../../src/core/read/captured.ts';
import { advisory, T0 } from '../../given.ts';

const folder = fileURLToPath(new URL('../../../../shared/corpus/show', import.meta.url));
const skip = existsSync(folder) ? false : 'the public corpus is not beside this checkout';

/** How many facts of each kind a file states. */
const STATED: Readonly<Record<string, Partial<Record<FactKind, number>>>> = {
  'genie-certificates.txt': { certificate: 2 },
  'genie-clock.txt': { clock: 1 },
  'genie-license-all-1.txt': { licensing: 1, transport: 1, deadline: 1, product: 4, serial: 4 },
  'genie-license-all-3.txt': {
    ...{ licensing: 1, registration: 1, success: 2, deadline: 2, authorization: 1, transport: 1 },
    ...{ product: 1, serial: 1, reservation: 1 },
  },
  'genie-license-eventlog.txt': { event: 12 },
  'genie-license-history.txt': {},
  'genie-license-status-1.txt': { licensing: 1, transport: 1, success: 4, deadline: 1, 'report-push': 1 },
  'genie-license-summary-1.txt': {},
  'genie-license-tech-3.txt': {
    ...{ licensing: 1, transport: 2, server: 1, 'server-identity-check': 1, deadline: 1, product: 4, serial: 4 },
    ...{ failure: 1, reservation: 1, clock: 1, ntp: 1 },
  },
  'genie-license-tech-proxy.txt': {
    ...{ licensing: 1, transport: 2, server: 1, proxy: 1, 'server-identity-check': 1, success: 1, deadline: 1 },
    ...{ 'report-push': 1, product: 3, serial: 3, failure: 2, reservation: 1, clock: 1, ntp: 1 },
  },
  'genie-trustpool.txt': { trustpool: 1 },
  'ntc-asa-license-all.txt': {
    ...{ licensing: 1, registration: 1, success: 2, deadline: 2, authorization: 1, product: 1, serial: 1 },
  },
  'ntc-license-status-1.txt': {
    transport: 1,
    licensing: 1,
    registration: 1,
    success: 2,
    deadline: 2,
    authorization: 1,
  },
  'ntc-license-status-3.txt': { licensing: 1, transport: 1, server: 1, success: 2, deadline: 1, 'report-push': 1 },
  'ntc-version-3.txt': { release: 1, hostname: 1, product: 1, serial: 1 },
};

/** That an answer was brought in a file is assumed of its meaning, and not of its form. */
const isImport = (fact: Fact) => fact.kind === 'success' && fact.of === 'import';

t.test('readCapture() understands every line of the public outputs', { skip }, async (t) => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));
  t.same(files.sort(), Object.keys(STATED).sort());
  for (const file of files) {
    const { captures, refused } = readCapture(readFileSync(`${folder}/${file}`), advisory);
    t.same(refused, [], file);
    t.equal(captures.length, 1, file);
    const kinds: Partial<Record<FactKind, number>> = {};
    for (const { kind } of captures[0]?.facts ?? []) kinds[kind] = (kinds[kind] ?? 0) + 1;
    t.same(kinds, STATED[file], file);
    t.same(captures[0]?.notUnderstood, [], file);
    const assumed = captures[0]?.facts.filter((fact) => fact.assumed === true && !isImport(fact));
    t.same(assumed, [], `${file}: what a public output shows is of no assumed form`);
  }
});

/** Lines of each public buffer, and those of them that say something of licensing or a restart, with a date. */
const BUFFERS: Readonly<Record<string, readonly [lines: number, folded: number, undated: number]>> = {
  // Its last line is a prompt of IOS-XR.
  'genieparser-show_logging.log': [172, 6, 0],
  'genieparser-show_logging-iosxr.log': [73, 1, 0],
  'ntc-templates-show_logging-ios.log': [25, 1, 1],
  'ntc-templates-show_logging-asa.log': [18, 0, 0],
};
const HEAD = [
  'Syslog logging: enabled (0 messages dropped, 3 messages rate-limited, 0 flushes, 0 overruns)',
  '    Trap logging: level informational, 3 message lines logged',
  'Log Buffer (8192 bytes):',
  '',
].join('\n');

t.test('readCapture() takes every line of the public buffers of the log, and refuses none', { skip }, async (t) => {
  for (const [file, [lines, folded, undated]] of Object.entries(BUFFERS))
    for (const head of ['', HEAD]) {
      const log = readFileSync(`${folder}/../${file}`, 'utf8');
      const text = `sw-a#show logging\n${head}\n${log}\nsw-a#\n`;
      const { captures, refused } = readCapture(Buffer.from(text), advisory);
      t.same(refused, [], file);
      const [capture] = captures;
      if (capture === undefined) throw new Error(`${file}: nothing is read`);
      t.equal(capture.facts.filter(({ kind }) => kind === 'logged').length, lines, file);
      t.same(capture.notUnderstood, [], file);
      const context = { at: T0, zone: () => 0, now: T0 };
      const evidence = evidenceOfCapture(capture, advisory, context);
      const unused = undated === 0 ? [] : [{ why: 'no-date', count: undated }];
      t.same([evidence.lines.length, evidence.unusedLines], [folded, unused], file);
    }
});
