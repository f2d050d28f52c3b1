/** Two built programs on one PostgreSQL under load: the instances of one version are replaced by those of the next, one by one. */
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { openStore } from '../../src/store/open-store.ts';
import { migrations } from '../../src/store/postgres/schema.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, temporaryDirectory } from '../given.ts';
import { writeTo } from '../soak/instance-kills.ts';
import { linesUpTo } from '../soak/lines.ts';
import { problemsOf, storedByDevice, storedLines } from '../soak/stored.ts';
import { newDatabase, query, skipWithoutPostgres } from '../store/postgres/cluster.ts';
import { WITHOUT_TAP } from '../without-tap.ts';
import { type Child, get, listening, until } from './running.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NOT_THERE = new Set(['.git', '.tap', 'dist']);
const COPIED = new Set(['src', 'web', 'package.json', 'tsconfig.json', 'tsconfig.build.json']);
const NEXT_VERSION = '99.0.0';
const DEVICES = 40;
const PART = 2 * DEVICES;
/** Lines that may be on the way: a program that takes them slower is given them slower. */
const ON_THE_WAY = 6 * PART;
/** Of pino. */
const WARNING = 40;

/** What the next version adds: a part of each table that a commit writes, and an index of the longest one. */
const ADDED = {
  indexes: [{ name: 'evidence_next', on: 'evidence (mnemonic, device)' }],
  sql: [
    ...['device', 'member', 'incident', 'evidence', 'transition', 'notice', 'meta', 'turn', 'peer_instance'].map(
      (table) => `ALTER TABLE ${table} ADD COLUMN next text DEFAULT 'none'`,
    ),
    'CREATE TABLE next (key text PRIMARY KEY)',
  ].join('; '),
};

/** A tree with the program as `npm run build` makes it of the present source. */
function built(directory: string): string {
  const tree = join(directory, 'present');
  mkdirSync(tree);
  for (const name of readdirSync(ROOT)) {
    if (COPIED.has(name)) cpSync(join(ROOT, name), join(tree, name), { recursive: true });
    else if (!NOT_THERE.has(name)) symlinkSync(join(ROOT, name), join(tree, name));
  }
  const { status, stdout, stderr } = spawnSync('env', [...WITHOUT_TAP, 'npm', 'run', '--silent', 'build'], {
    cwd: tree,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm run build: ${stdout}${stderr}`);
  return tree;
}

/** A copy of it that is a version later, with one step of the schema more. */
function nextOf(directory: string, present: string): string {
  const tree = join(directory, 'next');
  cpSync(present, tree, { recursive: true, verbatimSymlinks: true });
  const manifest = JSON.parse(readFileSync(join(present, 'package.json'), 'utf8'));
  writeFileSync(join(tree, 'package.json'), JSON.stringify({ ...manifest, version: NEXT_VERSION }));
  appendFileSync(join(tree, 'dist/store/postgres/schema.js'), `\nmigrations.push(${JSON.stringify(ADDED)});\n`);
  return tree;
}

type Said = { readonly level: number; readonly msg: string; readonly err?: { readonly message: string } };
type Instance = Child & { readonly name: string; readonly said: Said[] };

async function start(t: Test, tree: string, store: string, name: string): Promise<Instance> {
  const directory = temporaryDirectory(t);
  const config = join(directory, 'config.yaml');
  writeFileSync(config, JSON.stringify({ store, instance: name, feed: 'shared' }));
  const free = '127.0.0.1:0';
  const listen = ['--data', directory, '--udp', free, '--tcp', free, '--http', free, '--config', config];
  const args = [join(tree, 'dist/main.js'), 'serve', ...listen];
  const child = await listening(t, spawn('env', [...WITHOUT_TAP, process.execPath, ...args]));
  const said: Said[] = [];
  createInterface({ input: child.process.stdout }).on('line', (line) => said.push(JSON.parse(line)));
  return { ...child, name, said };
}

/** What people and monitoring ask. */
const QUESTIONS = [
  ...['/readyz', '/metrics', '/api/v1/fleet', '/api/v1/incidents?limit=50', '/api/v1/devices?limit=50'],
  ...['/api/v1/incidents/qv-sw-1-1', '/api/v1/devices/sw-2', '/api/v1/health/pipeline'],
];

/** Deals lines to the instances that take some, part by part, and asks each of them all the time. */
class Load {
  readonly problems: string[] = [];
  asked = 0;
  sent = 0;
  readonly #all: readonly string[];
  readonly #taking = new Map<Instance, { readonly reading: Promise<void> }>();
  #isOver = false;
  #part: Promise<void> = Promise.resolve();
  #writing: Promise<void> | null = null;

  constructor(all: readonly string[]) {
    this.#all = all;
  }

  enter(instance: Instance): void {
    const reading = new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#ask(instance));
    this.#taking.set(instance, { reading });
    this.#writing ??= this.#write();
  }

  /** Resolves once the instance has all that it was given, and nobody asks it. */
  async leave(instance: Instance): Promise<void> {
    const { reading } = this.#taking.get(instance) ?? {};
    this.#taking.delete(instance);
    await Promise.all([reading, this.#part]);
  }

  /** Resolves once so many more lines were given. */
  async more(lines: number): Promise<void> {
    const end = this.sent + lines;
    await until(
      async () => this.sent,
      (sent) => sent >= end,
    );
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#writing;
    for (const instance of [...this.#taking.keys()]) await this.leave(instance);
  }

  async #write(): Promise<void> {
    while (!this.#isOver)
      for (const instance of [...this.#taking.keys()]) {
        this.#part = this.#give(instance);
        await this.#part;
      }
  }

  async #give(instance: Instance): Promise<void> {
    if (!this.#taking.has(instance)) return;
    const part = this.#all.slice(this.sent, this.sent + PART);
    if (part.length < PART) throw new Error('there are no more lines');
    await writeTo(instance.ports.tcp, part);
    this.sent += part.length;
    await until(
      () => storedLines(instance.api),
      (stored) => stored >= this.sent - ON_THE_WAY,
    );
  }

  async #ask({ api, name }: Instance): Promise<void> {
    const isTaking = () => [...this.#taking.keys()].some((instance) => instance.api === api);
    while (isTaking() && !this.#isOver)
      for (const path of QUESTIONS) {
        this.asked++;
        const answer = await fetch(`${api}${path}`).catch((error: Error) => error);
        if (answer instanceof Error) this.problems.push(`${path} of ${name}: ${answer.message}`);
        else if (!answer.ok) this.problems.push(`${path} of ${name}: ${answer.status} ${await answer.text()}`);
        else await answer.arrayBuffer();
      }
  }
}

t.test(
  'two builds side by side under load: no turn fails, no question fails, and each line is stored once',
  { skip: skipWithoutPostgres },
  async (t) => {
    const directory = temporaryDirectory(t);
    const present = built(directory);
    const next = nextOf(directory, present);
    const store = await newDatabase();
    const schema = async () => (await query(store, 'SELECT schema FROM meta')).rows[0].schema as number;
    const versionOf = async ({ api }: Instance) => (await get<{ version: string }>(`${api}/api/v1/about`)).version;
    const all = linesUpTo(Date.now(), 4000 * DEVICES, DEVICES);
    const load = new Load(all);
    const instances: Instance[] = [];
    const begin = async (tree: string, name: string) => {
      const instance = await start(t, tree, store, name);
      instances.push(instance);
      return instance;
    };
    const stop = async (instance: Instance) => {
      await load.leave(instance);
      instance.process.kill('SIGTERM');
      t.equal(await instance.exit, 0, `${instance.name} ends in order`);
    };

    const a = await begin(present, 'plant-a');
    // Two lines make the incident that is asked for.
    await writeTo(a.ports.tcp, all.slice(0, 2 * PART));
    load.sent = 2 * PART;
    await until(
      () => storedLines(a.api),
      (stored) => stored === load.sent,
    );
    const b = await begin(present, 'plant-b');
    t.equal(await schema(), migrations.length);
    for (const instance of [a, b]) load.enter(instance);
    await load.more(10 * PART);

    await stop(b);
    const upgraded = await begin(next, 'plant-b');
    t.equal(await versionOf(upgraded), NEXT_VERSION);
    t.equal(await schema(), migrations.length + 1, 'the step was made while the older instance decided');
    load.enter(upgraded);
    await load.more(10 * PART);

    await stop(a);
    const again = await begin(present, 'plant-a');
    t.not(await versionOf(again), NEXT_VERSION, 'the older version starts again beside the newer one');
    load.enter(again);
    await load.more(10 * PART);

    await stop(again);
    load.enter(await begin(next, 'plant-a'));
    await load.more(10 * PART);
    await load.end();

    await until(
      () => storedLines(upgraded.api),
      (stored) => stored >= load.sent,
    );
    t.strictSame(problemsOf(await storedByDevice(upgraded.api), load.sent, DEVICES), []);
    t.strictSame(load.problems, [], `none of ${load.asked} questions failed`);
    t.ok(
      a.said.some(({ msg }) => msg === 'incident changed'),
      'the log is read',
    );
    t.strictSame(
      instances.flatMap(({ name, said }) =>
        said.filter(({ level }) => level >= WARNING).map(({ msg, err }) => `${name}: ${msg} ${err?.message ?? ''}`),
      ),
      [],
    );
    const reader = await openStore({ url: store, instance: 'reader' }, projectionOf(advisory), 'read');
    t.teardown(() => reader.close());
    for await (const difference of reader.recount(Date.now())) t.fail(difference);
    t.comment(`${load.sent} lines, ${load.asked} questions`);
  },
);
