/** Every command block of README.md and docs/ is run, with what its reader has in place of names that stand for it. */
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { missing } from '../missing.ts';
import { withoutOpenssl } from '../receive/certificate.ts';
import { skipWithoutPostgres, startCluster } from '../store/postgres/cluster.ts';
import { blocks, otherShells } from './blocks.ts';
import { NOT_RUN, toRun } from './not-run.ts';
import { ENDLESS, PLACES, PROGRAMS } from './places.ts';
import { type Site, sites } from './site.ts';

/** Why a block is skipped; false where it is run. */
function skipped(text: string): string | false {
  for (const [program, debianPackage] of PROGRAMS) {
    const isNeeded = new RegExp(`(?:^|[ |])${program} `, 'm').test(text);
    if (isNeeded && missing(program, debianPackage)) return missing(program, debianPackage);
  }
  return text.includes('createdb') ? skipWithoutPostgres : false;
}

function environment({ directory, token }: Site, text: string): NodeJS.ProcessEnv {
  const free = '127.0.0.1:0';
  return {
    PATH: [join(directory, 'bin'), dirname(process.execPath), process.env['PATH'], '/usr/sbin', '/sbin'].join(
      delimiter,
    ),
    HOME: directory,
    CURL_HOME: directory,
    // Each reader has a home of its own; what is compiled is the same.
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    TOKEN: token,
    NETBOX_TOKEN: token,
    ...(text.includes('createdb') ? { PGHOST: startCluster().directory, PGUSER: 'quovadis' } : {}),
    ...(text.includes('quovadis-watch serve')
      ? { QUOVADIS_SYSLOG_UDP: free, QUOVADIS_SYSLOG_TCP: free, QUOVADIS_HTTP_LISTEN: free }
      : {}),
  };
}

type Ended = { readonly code: number | null; readonly output: string };

/** `says`: once it has said this, it has shown what it does, and is ended. */
function ran(t: Test, text: string, site: Site, says: RegExp | undefined): Promise<Ended> {
  const script = `set -euo pipefail\n${text}`;
  const options = { cwd: site.directory, env: environment(site, text), detached: true };
  const shell = spawn('bash', ['-c', script], options);
  let runs = true;
  shell.on('exit', () => {
    runs = false;
  });
  const end = () => {
    // Its group: the shell and all that it has started.
    if (runs && shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL');
    runs = false;
  };
  t.teardown(end);
  shell.stdin.end();
  return new Promise((resolve) => {
    let output = '';
    const take = (piece: Buffer) => {
      output += piece;
      if (says?.test(output)) end();
    };
    shell.stdout.on('data', take);
    shell.stderr.on('data', take);
    shell.on('close', (code) => resolve({ code, output }));
  });
}

t.test('every command of README.md and docs/', { skip: withoutOpenssl }, async (t) => {
  const newSite = await sites(t);
  for (const block of blocks) {
    const text = toRun(block);
    if (text === '') continue;
    await t.test(`${block.document}:${block.line}`, { skip: skipped(text) }, async (t) => {
      const site = await newSite(t, /127\.0\.0\.1:[59]514|192\.0\.2\.10:|--framing/.test(text));
      const placed = PLACES.reduce((so, [from, to]) => so.replaceAll(from, to(site)), text);
      const says = ENDLESS.find(([command]) => text.includes(command))?.[1];
      const { code, output } = await ran(t, placed, site, says);
      if (says === undefined) t.equal(code, 0, `${placed}${output.slice(-2000)}`);
      else t.match(output, says, placed);
    });
  }
});

t.test('each command that is not run, and each text in the place of another, is in a document', async (t) => {
  for (const [document, command, why] of NOT_RUN) {
    const isThere = blocks.some((block) => block.document === document && block.text.includes(command));
    t.ok(isThere && why !== '', `${document}: ${command}`);
  }
  const all = blocks.map(toRun).join('\n');
  for (const text of [...PLACES.map(([text]) => text), ...ENDLESS.map(([command]) => command)])
    t.ok(all.includes(text), text);
  t.same(otherShells, [], 'commands are in blocks marked sh');
});
