/**
 * A process stands still (SIGSTOP) with notices on their way and lines before it, until its name is free; another process takes
 * the name and goes on. Once it wakes, the first one must store nothing, send nothing, say so in one line, and end.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Child, child, get, until } from '../app/running.ts';
import { newDatabase, query } from '../store/postgres/cluster.ts';
import { linesUpTo } from './lines.ts';
import type { Owner } from './owner.ts';

export type StandStill = {
  readonly devices: number;
  /** Requests of each process, until the one that stood still has ended. */
  readonly sentBefore: number;
  readonly sentByOther: number;
  /** What was stored, sent, or not said; empty if all is right. */
  readonly problems: readonly string[];
};

type Options = {
  readonly devices: number;
  /** Lets the time pass after which the name is free. */
  readonly pass: (database: string) => Promise<void>;
};

const EXIT_REFUSED = 2;

export async function standStill(owner: Owner, { devices, pass }: Options): Promise<StandStill> {
  const database = await newDatabase();
  const peers = await receivers(owner);
  const directories: string[] = [];
  const start = async (which: string): Promise<Child> => {
    const directory = mkdtempSync(join(tmpdir(), 'quovadis-stand-still-'));
    owner.teardown(() => rmSync(directory, { recursive: true, force: true }));
    directories.push(directory);
    const config = join(directory, 'config.yaml');
    const sinks = [
      {
        name: 'hook',
        kind: 'webhook',
        url: `${peers.url}/${which}/hook`,
        secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
        allowPrivate: true,
      },
      { name: 'am', kind: 'alertmanager', urls: [`${peers.url}/${which}`] },
    ];
    writeFileSync(config, JSON.stringify({ store: database, instance: 'plant-a', sinks }));
    return child(owner, directory, '--config', config);
  };
  const first = await start('first');
  const said: { msg?: string; err?: { message?: string } }[] = [];
  createInterface({ input: first.process.stdout }).on('line', (line) => said.push(JSON.parse(line)));
  const lines = linesUpTo(Date.now(), 4 * devices, devices);
  const sender = connect(first.ports.tcp, '127.0.0.1');
  sender.on('error', () => {});
  owner.teardown(() => sender.destroy());
  sender.write(lines.slice(0, 2 * devices).join(''));
  const at = (which: string, path: string) => peers.paths.filter((of) => of.startsWith(`/${which}${path}`)).length;
  await until(
    async () => Math.min(at('first', '/hook'), at('first', '/api')),
    (requests) => requests > 0,
  );
  first.process.kill('SIGSTOP');
  const sentBefore = at('first', '');
  // The kernel keeps them, and gives them to the process once it wakes.
  await new Promise((resolve) => sender.write(lines.slice(2 * devices).join(''), resolve));
  await pass(database);
  peers.answer();
  const second = await start('second');
  const pending = async () => (await query(database, `SELECT 1 FROM notice WHERE state = 'pending'`)).rowCount;
  await until(pending, (count) => count === 0);
  await until(
    async () => at('second', '/api'),
    (requests) => requests > 0,
  );
  const before = await stored(database);
  const whole = at('first', '');
  first.process.kill('SIGCONT');
  const code = await first.exit;
  const problems: string[] = [];
  const check = (isSo: boolean, problem: string) => void (isSo || problems.push(problem));
  const after = await stored(database);
  check(JSON.stringify(after) === JSON.stringify(before), `stored by the one that woke: ${before} became ${after}`);
  check(at('first', '') === whole, `${at('first', '') - whole} requests by the one that woke`);
  check(code === EXIT_REFUSED, `exit code ${code}`);
  const taken = said.filter(({ err }) => /another process has taken the instance name/.test(err?.message ?? ''));
  const ends = taken.filter(({ msg }) => msg === 'the pipeline failed: stopping');
  check(ends.length === 1, `its log says ${ends.length} times why it ends`);
  const spilled = readdirSync(directories[0] as string).filter((name) => name.endsWith('.spill'));
  check(spilled.length === 1, 'the lines that it could not store are not kept');
  await get(`${second.api}/readyz`).catch((error) => problems.push(`the other one is not ready: ${error.message}`));
  second.process.kill('SIGTERM');
  await second.exit;
  return { devices, sentBefore, sentByOther: at('second', ''), problems };
}

/** How many rows there are of what a process decides and delivers. */
async function stored(database: string): Promise<number[]> {
  const tables = ['evidence', 'transition', 'notice', 'delivered', 'alert'];
  const sql = `SELECT ${tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`).join(', ')}`;
  const [row] = (await query(database, sql)).rows;
  return tables.map((table) => row[table]);
}

/** Takes what is posted. Answers to the webhook wait until `answer()`: then they come at once. */
async function receivers(owner: Owner) {
  const paths: string[] = [];
  let isAnswering = false;
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const path = request.url ?? '';
      paths.push(path);
      const end = () => void response.writeHead(200).end();
      if (isAnswering || !path.endsWith('/hook')) end();
      else waiting.push(end);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  owner.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const answer = () => {
    isAnswering = true;
    for (const end of waiting.splice(0)) end();
  };
  return { paths, answer, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
