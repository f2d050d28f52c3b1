/**
 * What the Dockerfile's steps would do, without an engine: its stages are directories, its COPY, RUN, HEALTHCHECK and
 * CMD are done in them. `npm ci` is a link to the dependencies that are installed here, and `npm prune` is nothing.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { temporaryDirectory } from './given.ts';
import { WITHOUT_TAP } from './without-tap.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

type Step = { readonly instruction: string; readonly rest: string };
type Stage = { readonly name: string; readonly directory: string; workdir: string; readonly env: NodeJS.ProcessEnv };

const steps: readonly Step[] = read('Dockerfile')
  .replace(/^\s*#.*\n/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => {
    const [, instruction = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    return { instruction, rest };
  });

const restsOf = (instruction: string): string[] =>
  steps.filter((step) => step.instruction === instruction).map(({ rest }) => rest);

/** The command of a CMD or HEALTHCHECK in its exec form. */
function commandOf(instruction: 'CMD' | 'HEALTHCHECK'): string[] {
  const [rest = ''] = restsOf(instruction);
  return JSON.parse(rest.slice(rest.indexOf('['))) as string[];
}

/** The environment of the scripts of this project, without the variables that npm adds. */
const environment = {
  PATH: [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter),
  HOME: process.env['HOME'],
};

/** Whether .dockerignore lets a path into the context: the last rule that fits it or a folder above it decides. */
function inContext(path: string): boolean {
  let included = true;
  for (const line of read('.dockerignore').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const pattern = line.replace(/^!/, '').replaceAll('.', '\\.').replaceAll('*', '[^/]*');
    if (new RegExp(`^${pattern}(?:/|$)`).test(path)) included = line.startsWith('!');
  }
  return included;
}

function copy(t: Test, rest: string, stage: Stage, stages: readonly Stage[]): void {
  const words = rest.split(/\s+/);
  const flags = words.filter((word) => word.startsWith('--'));
  const sources = words.filter((word) => !word.startsWith('--'));
  const target = sources.pop() as string;
  const from = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length);
  const base = from === undefined ? root : stages.find(({ name }) => name === from)?.directory;
  if (base === undefined) throw new Error(`COPY names no earlier stage: ${rest}`);
  const destination = target.startsWith('/') ? join(stage.directory, target) : join(stage.workdir, target);
  for (const source of sources) {
    const path = join(base, source);
    t.ok(existsSync(path) && (from !== undefined || inContext(source)), `COPY source ${source} exists`);
    const into = target.endsWith('/') ? join(destination, basename(source)) : destination;
    cpSync(path, into, {
      recursive: true,
      filter: (file) => from !== undefined || inContext(relative(root, file)),
    });
  }
}

async function run(t: Test, command: string, stage: Stage): Promise<void> {
  if (command === 'npm ci') {
    t.ok(existsSync(join(stage.workdir, 'package-lock.json')), 'npm ci has a lock');
    symlinkSync(join(root, 'node_modules'), join(stage.workdir, 'node_modules'), 'dir');
  } else if (command !== 'npm prune --omit=dev') {
    const [program = '', ...args] = command.split(' ');
    const options = { cwd: stage.workdir, env: { ...environment, ...stage.env } };
    const { code, output } = await finished(program, args, options);
    t.equal(code, 0, `RUN ${command} succeeds`, { output });
  }
}

/** Resolves with the exit code and all that was written. */
function finished(program: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
  return new Promise<{ code: number | null; output: string }>((resolve) => {
    const child = execFile('env', [...WITHOUT_TAP, program, ...args], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}

async function build(t: Test, directory: string): Promise<Stage> {
  const stages: Stage[] = [];
  for (const { instruction, rest } of steps) {
    if (instruction === 'FROM') {
      const name = / AS (\S+)$/.exec(rest)?.[1] ?? `${stages.length}`;
      const stage = { name, directory: join(directory, name), workdir: join(directory, name), env: {} };
      mkdirSync(stage.directory);
      stages.push(stage);
      continue;
    }
    const stage = stages.at(-1) as Stage;
    if (instruction === 'WORKDIR') {
      stage.workdir = join(stage.directory, rest);
      mkdirSync(stage.workdir, { recursive: true });
    } else if (instruction === 'COPY') copy(t, rest, stage, stages);
    else if (instruction === 'RUN') await run(t, rest, stage);
    else if (instruction === 'ENV') {
      for (const [, name = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) stage.env[name] = value;
    }
  }
  return stages.at(-1) as Stage;
}

t.test('Dockerfile RUN uses npm and nothing else', async (t) => {
  const runs = restsOf('RUN');
  t.same(runs, ['npm ci', 'npm run build', 'npm prune --omit=dev']);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  t.ok(scripts['build'], 'the script that it runs exists');
});

t.test('Dockerfile gives an image that is not root, with the ports that it listens on', async (t) => {
  t.same(restsOf('USER'), ['node']);
  t.same(restsOf('ARG'), ['NODE_IMAGE=node:24-bookworm-slim'], 'a digest can be given');
  t.same(restsOf('FROM'), ['$NODE_IMAGE AS build', '$NODE_IMAGE']);
  t.same(restsOf('STOPSIGNAL'), ['SIGTERM']);
  const { version, license } = JSON.parse(read('package.json')) as { version: string; license: string };
  t.match(restsOf('LABEL').join('\n'), `version="${version}"\n`);
  t.match(restsOf('LABEL').join('\n'), `licenses="${license}"`);
  const env = Object.fromEntries(
    [
      ...restsOf('ENV')
        .join(' ')
        .matchAll(/(\w+)=(\S+)/g),
    ].map(([, k, v]) => [k, v]),
  );
  const ports = ['UDP', 'TCP'].map((kind) => `${env[`QUOVADIS_SYSLOG_${kind}`]?.split(':')[1]}/${kind.toLowerCase()}`);
  t.same(restsOf('EXPOSE'), [[...ports, env['QUOVADIS_HTTP_LISTEN']?.split(':')[1]].join(' ')]);
  t.same(restsOf('VOLUME'), [env['QUOVADIS_DATA']]);
});

t.test('Dockerfile CMD serves, is healthy and ends with 0 on SIGTERM', async (t) => {
  const image = await build(t, temporaryDirectory(t));
  t.notOk(existsSync(join(image.workdir, 'src')), 'the image has no sources');
  t.ok(statSync(join(image.directory, 'data')).isDirectory(), 'it has the directory of the data');

  const [program = '', ...args] = commandOf('CMD');
  const command = join(image.directory, 'usr/local/bin', program);
  t.equal(statSync(command).mode & 0o111, 0o111, 'its command is on the path, and everybody may run it');
  // Its root is a folder here.
  writeFileSync(command, readFileSync(command, 'utf8').replace('/app/', `${image.workdir}/`));
  const version = await finished(command, ['--version'], { cwd: image.directory, env: { ...environment } });
  t.match(version, { code: 0, output: /^\d+\.\d+\.\d+\n$/ }, 'documented commands work as printed');
  const env = {
    ...environment,
    ...image.env,
    QUOVADIS_DATA: join(image.directory, 'data'),
    QUOVADIS_SYSLOG_UDP: '127.0.0.1:0',
    QUOVADIS_SYSLOG_TCP: '127.0.0.1:0',
    QUOVADIS_HTTP_LISTEN: '127.0.0.1:0',
    QUOVADIS_HTTP_PROBE: '127.0.0.1:0',
  };
  const service = spawn('env', [...WITHOUT_TAP, command, ...args], {
    cwd: image.workdir,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => service.kill('SIGKILL'));
  const ended = once(service, 'exit');
  const { probe } = await lineOf(service.stdout, 'listening');

  const [, ...check] = commandOf('HEALTHCHECK');
  const bound = { cwd: image.workdir, env: { ...env, QUOVADIS_HTTP_PROBE: `${probe.host}:${probe.port}` } };
  t.equal((await finished(process.execPath, check, bound)).code, 0, 'the health check succeeds while it serves');
  service.kill('SIGTERM');
  t.same(await ended, [0, null]);
  t.equal((await finished(process.execPath, check, bound)).code, 1, 'and fails when it does not');
});

type Listening = { msg: string; probe: { host: string; port: number } };

/** The log line with this message; everything else is read and dropped. */
function lineOf(stream: NodeJS.ReadableStream, message: string): Promise<Listening> {
  return new Promise((resolve, reject) => {
    createInterface({ input: stream })
      .on('line', (line) => {
        const entry = JSON.parse(line) as Listening;
        if (entry.msg === message) resolve(entry);
      })
      .on('close', () => reject(new Error(`the service ended without "${message}"`)));
  });
}

t.test('npm prune --omit=dev leaves every package that the program imports', async (t) => {
  // Imports of types alone are gone when it runs.
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((it) =>
    it.endsWith('.ts'),
  );
  for (const file of files) {
    for (const [, name = ''] of read(join('src', file)).matchAll(
      /^(?:import(?! type\b)|\}) .*from '((?:@[^/']+\/)?[a-z][^/']*)/gm,
    )) {
      if (!name.startsWith('node:')) t.ok(dependencies[name], `${file}: ${name}`);
    }
  }
});
