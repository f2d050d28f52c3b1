/** An advisory is data: another one has its own families, thresholds, ids and repairs, and needs no code. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parse } from 'yaml';
import { digestOf, shippedAdvisory } from '../../src/config/advisory-file.ts';
import { advisorySchema } from '../../src/config/advisory-form.ts';
import { advisoryProblems } from '../../src/config/advisory-problems.ts';
import { foundValid, shipped } from '../../src/config/shipped-advisory.gen.ts';
import { valueOfYaml } from '../../src/config/yaml.ts';
import { MAIN } from '../app/running.ts';
import { BODIES, temporaryDirectory } from '../given.ts';

const OTHER = fileURLToPath(new URL('example-root-g1.yaml', import.meta.url));
const run = (...args: readonly string[]) => execFileSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

const LINES = [
  'sw-a: 2026 Nov 20 06:00:00 UTC: %SMART_LIC-3-AGENT_REG_FAILED: Smart Agent for Licensing Registration with the Cisco Smart Software Manager (CSSM) failed: certificate chain',
  'sw-a: 2026 Nov 20 07:00:00 UTC: %PKI-3-TRUSTPOOL_DOWNLOAD_FAILURE: Trustpool Download failed',
  'sw-b: 2026 Nov 20 06:00:00 UTC: %SMART_LIC-3-AGENT_REG_FAILED: Smart Agent for Licensing Registration with the Cisco Smart Software Manager (CSSM) failed: no route',
  `sw-c: 2026 Nov 20 06:00:00 UTC: ${BODIES.callHome205}`,
  `sw-c: 2026 Nov 20 06:00:01 UTC: ${BODIES.commFailed}`,
  `sw-c: 2026 Nov 20 06:00:02 UTC: ${BODIES.crlSla}`,
];

t.test('replay --advisory finds the incidents of that advisory, and no others', async (t) => {
  const file = join(temporaryDirectory(t), 'archive.log');
  writeFileSync(file, LINES.map((line, index) => `<187>${index}: ${line}\n`).join(''));
  const { incidents } = JSON.parse(run('replay', file, '--json', '--advisory', OTHER));
  t.match(incidents, [
    { id: 'ex-sw-a-1', state: 'confirmed', score: 7, families: ['download', 'registration'], severity: 'major' },
  ]);
  t.equal(incidents.length, 1, 'a network failure has no weight there, and call home no meaning');
  t.equal(incidents[0].graceUntilAtMost, '2027-02-18T06:00:00.000Z', '90 days after the first failure');
  t.match(JSON.parse(run('replay', file, '--json')).incidents, [{ id: 'qv-sw-c-1' }], 'nor the other way round');
});

t.test('serve, explain and next go by the configured advisory', async (t) => {
  const data = temporaryDirectory(t);
  const [file, config] = [join(data, 'archive.log'), join(data, 'config.yaml')];
  writeFileSync(file, LINES.map((line, index) => `<187>${index}: ${line}\n`).join(''));
  writeFileSync(config, `data: ${data}\nadvisory: ${OTHER}\n`);
  run('replay', file, '--data', data, '--advisory', OTHER);
  t.match(run('explain', 'ex-sw-a-1', '--config', config), /Advisory example-root-g1 version 3/);
  t.match(run('explain', 'ex-sw-a-1', '--config', config, '--verify'), /^ex-sw-a-1: verified/);
  t.match(run('next', '--config', config), /ex-sw-a-1,confirmed.*crypto pki trustpool import terminal/s);
  t.match(run('check', '--config', config), /Advisory example-root-g1 version 3: valid/);
});

t.test('advisory and trustpool go by the given advisory', async (t) => {
  const ask = (release: string) => run('advisory', '--advisory', OTHER, '--release', release, '--product', 'C9300-48T');
  t.match(ask('17.9.4'), /affected/);
  t.match(ask('17.9.5'), /fixed/);
  t.notMatch(run('advisory', '--advisory', OTHER), /QuoVadis|FN72298|IdenTrust/);
  const pool =
    'CA Certificate\n  Certificate Serial Number (hex): 01\n  Subject:\n    cn=Example Root G1\n  Validity Date:\n    end   date: 02:23:33 UTC Nov 25 2031\n  Associated Trustpoints: Trustpool\n  Trustpool: Built-In\n';
  const { stdout } = spawnSync(process.execPath, [MAIN, 'trustpool', '-', '--advisory', OTHER], {
    input: pool,
    encoding: 'utf8',
  });
  t.match(stdout, /New root Example Root G2: absent/);
});

t.test('advisorySchema is what the schema file beside the advisories says', async (t) => {
  const file = fileURLToPath(new URL('../../advisories/advisory.schema.json', import.meta.url));
  t.match(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(advisorySchema)));
});

t.test('the digest and the value of the shipped advisory are noted, and it has no problems', async (t) => {
  const content = readFileSync(shippedAdvisory, 'utf8');
  t.same(advisoryProblems(parse(content)), []);
  t.equal(foundValid, digestOf(content), 'else run "npm run schema"');
  t.strictSame(shipped, valueOfYaml(content), 'else run "npm run schema"');
});
