/** What the API needs for each kind of request at the size of a fleet, idle and on a bad day; and a start at that size. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadAdvisory, shippedAdvisory } from '../src/config/advisory-file.ts';
import { incidentId } from '../src/core/model/incident.ts';
import { SUMS } from '../src/store/sqlite/checksums.ts';
import { noteCleanStop } from '../src/store/sqlite/clean-stop.ts';
import { DATABASE_NAME, openDatabase } from '../src/store/sqlite/open.ts';
import { type Kind, kinds, type Subject } from './api-kinds.ts';
import { fleetFixture, HISTORY_DAYS, nameOf, PLANTS, plantOf } from './fleet-fixture.ts';
import { OPENING, RATE, ready, withCopy, withLoad } from './fleet-load.ts';
import { end, memoryOf, messageFrom, startHelper } from './processes.ts';
import type { Bench, Findings, Goal, Section } from './section.ts';
import { startService } from './service.ts';
import { quantile } from './statistics.ts';
import { list, mebibytes, table, whole } from './table.ts';

/** Under load each kind may take twice its time. */
const LOAD_FACTOR = 2;
const HELD_MS = 10;
/** Answers are given up after this time, as a client would; then the kind has fewer answers. */
const KIND_SECONDS = 20;
const START_GOALS = { first: null, usual: 1.5, due: 3, killed: null };
const MEMORY_GOAL = 250 * 2 ** 20;
/** Of each sixth device in turn, so that requests seldom ask for what the last one has asked for. */
const STRIDE = 7919;

type Helper = ReturnType<typeof startHelper>;
type Asked = {
  readonly took: readonly number[];
  readonly bytes: number;
  readonly held: readonly number[];
  readonly status: number;
};

export const apiSection: Section = { name: 'api', title: 'The API at the size of a fleet', measure };

async function measure(bench: Bench): Promise<Findings> {
  const devices = bench.length('devices', 100_000, 500);
  const requests = bench.length('probes', 200, 3);
  const fixture = await fleetFixture(devices);
  const { prefix } = await loadAdvisory(shippedAdvisory);
  const subject = (index: number): Subject => {
    const device = (index * STRIDE) % devices;
    return { key: nameOf(device), incident: incidentId(prefix, nameOf(device), 1), plant: plantOf(device) };
  };
  const goals: Goal[] = [];
  const rows: (string | number)[][] = [];
  const add = (load: string, factor: number, kind: Kind, { took, bytes, held, status }: Asked) => {
    if (status !== 200) {
      rows.push([load, `${kind.name}: answered ${status}`, '–', '–', '–', '–', '–']);
      return;
    }
    const [p50, p99] = [quantile(took, 0.5), quantile(took, 0.99)];
    const heldP99 = quantile(held, 0.99);
    rows.push([load, kind.name, bytes, ...[p50, p99, heldP99, Math.max(...held)].map((ms) => ms.toFixed(1))]);
    const promise = `${kind.name}, ${load}: p99 of at most ${kind.atMost * factor} ms`;
    goals.push({ promise, measured: `${p99.toFixed(0)} ms`, met: p99 <= kind.atMost * factor });
    if (factor === 1 && kind.holds !== 'any')
      goals.push({
        promise: `${kind.name}: the event loop is held, p99, for at most ${HELD_MS} ms`,
        measured: `${heldP99.toFixed(0)} ms`,
        met: heldP99 <= HELD_MS,
      });
  };
  await withCopy(bench, fixture.data, async (data) => {
    const helper = startHelper('./watched-service.ts', [data, '0']);
    try {
      const { udp, http } = await messageFrom<{ udp: number; http: number }>(helper);
      const url = `http://127.0.0.1:${http}`;
      await ready(url);
      for (const kind of kinds) add('idle', 1, kind, await ask(helper, url, kind, subject, requests));
      await withLoad(bench, udp, devices, async () => {
        for (const kind of kinds) add('bad day', LOAD_FACTOR, kind, await ask(helper, url, kind, subject, requests));
      });
    } finally {
      await end(helper);
    }
  });
  const first = await startOf(bench, fixture.data, 'first');
  const usual = await startOf(bench, fixture.data, 'usual');
  const others = [await startOf(bench, fixture.data, 'due'), await startOf(bench, fixture.data, 'killed')];
  const starts = [first, usual, ...others];
  for (const { name, ready: seconds } of starts) {
    const most = START_GOALS[name];
    if (most === null) continue;
    goals.push({
      promise: `${titles[name]}: ready in at most ${most} s`,
      measured: `${seconds.toFixed(2)} s`,
      met: seconds <= most,
    });
  }
  goals.push({
    promise: `after start: at most ${mebibytes(MEMORY_GOAL)} resident`,
    measured: mebibytes(usual.memory),
    met: usual.memory <= MEMORY_GOAL,
  });
  return {
    text: `${whole(devices)} devices in ${PLANTS} plants, ${whole(devices * 1.2)} incidents in ${HISTORY_DAYS} days; the database has ${mebibytes(fixture.bytes)}. ${requests} requests of each
kind, one after the other, idle and on a bad day: ${whole(RATE)} lines/s of ordinary syslog, and ${OPENING} devices a second that open an
incident. \`held\`: by how much a timer of 1 ms in the service was late at most, during one request: the p99 of all requests, and the
longest. The longest is often a collection of garbage, or another process's turn.

${table(['load', 'request', 'bytes', 'median ms', 'p99 ms', 'held p99 ms', 'held longest ms'], rows)}

${table(
  ['start with', 'port open s', 'ready s', 'resident'],
  starts.map(({ name, open, ready: seconds, memory }) => [
    titles[name],
    open.toFixed(2),
    seconds.toFixed(2),
    mebibytes(memory),
  ]),
)}

${list([fixture.madeInSeconds === null ? 'The database was kept from an earlier run.' : `The database was made in ${fixture.madeInSeconds.toFixed(0)} s.`])}`,
    goals: bench.quick ? [] : goals,
    alarms: goals.length === 0 ? ['no request was answered'] : [],
    versions: [],
  };
}

const titles = {
  first: 'the first start of a release, whose modules nobody has compiled yet',
  usual: 'the fleet as it was',
  due: 'a deadline due of every device',
  killed: 'a database that was not closed',
};
type Start = {
  readonly name: keyof typeof titles;
  readonly open: number;
  readonly ready: number;
  readonly memory: number;
};

/**
 * The built program, from its start after a proper stop. `first`: its compiled modules are not kept yet. `due`: all devices
 * have a deadline that is due. `killed`: nobody has closed the database, so that SQLite reads all of it first.
 */
async function startOf(bench: Bench, from: string, name: Start['name']): Promise<Start> {
  return withCopy(bench, from, async (data) => {
    if (name === 'due') {
      const database = openDatabase(data);
      database.exec(`UPDATE device SET deadline = ${Date.now()}; UPDATE device SET sum = ${SUMS.device}`);
      database.close();
    }
    // A copy is no file that was closed here.
    if (name !== 'killed') noteCleanStop(join(data, DATABASE_NAME));
    const started = performance.now();
    const environment = { XDG_CACHE_HOME: join(bench.directory, 'compiled'), NODE_COMPILE_CACHE: undefined };
    const service = await startService(bench.directory, { args: ['--data', data], environment });
    try {
      const open = (performance.now() - started) / 1000;
      await ready(service.http);
      const seconds = (performance.now() - started) / 1000;
      await delay(bench.quick ? 200 : 2000);
      return { name, open, ready: seconds, memory: memoryOf(service.pid).now };
    } finally {
      await service.stop();
    }
  });
}

async function ask(
  helper: Helper,
  url: string,
  kind: Kind,
  subject: (index: number) => Subject,
  requests: number,
): Promise<Asked> {
  const [took, held]: [number[], number[]] = [[], []];
  let [bytes, status] = [0, 0];
  const until = performance.now() + KIND_SECONDS * 1000;
  // The first only warms up.
  for (let index = 0; index <= requests && (index < 2 || performance.now() < until); index++) {
    helper.send('watch');
    await messageFrom(helper);
    const started = performance.now();
    const answer = await fetch(`${url}${kind.path(subject(index))}`);
    const body = await answer.arrayBuffer();
    const ms = performance.now() - started;
    helper.send('held');
    const late = (await messageFrom<{ held: number }>(helper)).held;
    status = answer.status;
    if (status !== 200) break;
    if (index === 0) continue;
    took.push(ms);
    held.push(late);
    bytes = Math.max(bytes, body.byteLength);
  }
  return { took, bytes, held, status };
}
