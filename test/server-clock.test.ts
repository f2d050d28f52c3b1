import t from 'tap';
import { ClockWatch } from '../src/clock-watch.ts';
import { OperatingError } from '../src/errors.ts';
import { ServerClock } from '../src/server-clock.ts';
import { ServerClockWatch } from '../src/server-clock-watch.ts';
import { HOUR, T0 } from './given.ts';

/** A server, this machine and the way between them, which a test moves. `trips`: how long the next answers take. */
function given() {
  const state = { passed: 0, server: T0, wall: T0, trips: [] as number[], failure: null as Error | null };
  const clock = new ServerClock({
    wall: () => state.wall + state.passed,
    monotonic: () => state.passed,
    read: async () => {
      if (state.failure !== null) throw state.failure;
      const trip = state.trips.shift() ?? 2;
      state.passed += trip * 0.8;
      const now = state.server + state.passed;
      state.passed += trip * 0.2;
      return now;
    },
  });
  return { state, clock, right: () => state.server + state.passed };
}

t.test('measure() takes the fastest of five answers', async (t) => {
  const { state, clock, right } = given();
  state.trips = [900, 400, 10, 1500, 700];
  state.server += HOUR;
  await clock.measure();
  t.ok(Math.abs(clock.now() - right()) <= 5, 'wrong by half of its round trip at most');
  t.equal(state.trips.length, 0);
  t.ok(Math.abs((clock.offset ?? 0) - HOUR) <= 5);
});

t.test('measure() rejects where no answer is fast enough, and what was measured holds', async (t) => {
  const { state, clock, right } = given();
  await clock.measure();
  state.trips = [2001, 3000, 2500, 9000, 2100];
  state.server += HOUR;
  await t.rejects(clock.measure(), { code: 'QVW_DATABASE_FAILED', retryable: true });
  t.ok(Math.abs(clock.now() - (right() - HOUR)) <= 1);
});

t.test('now() has no step of the clock of this machine, and stands still where it was a little ahead', async (t) => {
  const { state, clock, right } = given();
  await clock.measure();
  state.wall += HOUR;
  t.ok(Math.abs(clock.now() - right()) <= 1);
  const before = clock.now();
  state.server -= 500;
  await clock.measure();
  t.equal(clock.now(), before);
  state.passed += 600;
  t.ok(Math.abs(clock.now() - right()) <= 1);
  state.server -= HOUR;
  await clock.measure();
  t.ok(Math.abs(clock.now() - right()) <= 1, 'a step of the server itself is seen: it is for whoever judges steps');
});

t.test('now() throws before anything was measured', async (t) => {
  t.throws(() => given().clock.now(), { message: 'the clock of the server was not measured' });
});

t.test('problem() is told beyond 5 s, and where nothing could be measured for 30 s', async (t) => {
  const { state, clock } = given();
  t.match(clock.problem(), /cannot be measured/);
  await clock.measure();
  for (const [wall, problem] of [
    [0, null],
    [4900, null],
    [-4900, null],
    [5100, 'the clock of this machine is 5 s ahead of that of PostgreSQL: let NTP set both'],
    [-HOUR, 'the clock of this machine is 3600 s behind that of PostgreSQL: let NTP set both'],
  ] as const) {
    state.wall = state.server + wall;
    t.equal(clock.problem(), problem, `${wall}`);
  }
  state.wall = state.server;
  state.passed += 29_000;
  t.equal(clock.problem(), null);
  state.passed += 2000;
  t.match(clock.problem(), /cannot be measured/);
  t.equal(clock.offset, null);
});

t.test('ServerClockWatch says once what is wrong, and once that it is over; a defect ends the service', async (t) => {
  const { state, clock } = given();
  await clock.measure();
  state.wall -= HOUR;
  const said: string[] = [];
  const waiting: (() => void)[] = [];
  const log = (...of: unknown[]) => {
    said.push(`${of.at(-1)}`);
    waiting.shift()?.();
  };
  const next = () => new Promise<void>((resolve) => waiting.push(resolve));
  const watch = new ServerClockWatch({ clock, log: { warn: log, info: log } as never, everyMs: 1 });
  t.teardown(() => watch.stop());
  const defect = new Promise((resolve) => watch.start(resolve));
  const passing = async (change: () => void) => {
    const told = next();
    change();
    await told;
  };
  await passing(() => {
    state.wall = state.server;
  });
  await passing(() => {
    state.failure = new OperatingError('QVW_DATABASE_FAILED', 'gone');
  });
  await passing(() => {
    state.failure = null;
  });
  t.match(said, [
    /3600 s behind that of PostgreSQL/,
    /is near that of PostgreSQL again/,
    /cannot be measured: it goes on/,
    /can be measured again/,
  ]);
  t.equal(said.length, 4);
  state.failure = new TypeError('x is not a function');
  t.equal(await defect, state.failure);
});

t.test('ServerClockWatch says nothing of a measurement that is at work when it is stopped', async (t) => {
  const said: unknown[] = [];
  const log = (...of: unknown[]) => void said.push(of);
  const asked = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<number>();
  const slow = new ServerClock({
    read: () => {
      asked.resolve();
      return ended.promise;
    },
  });
  const watch = new ServerClockWatch({ clock: slow, log: { warn: log, info: log } as never, everyMs: 1 });
  watch.start((error) => said.push(error));
  await asked.promise;
  watch.stop();
  ended.reject(new Error('Cannot use a pool after calling end on the pool'));
  await new Promise(setImmediate);
  t.strictSame(said, []);
});

t.test('ClockWatch goes by the clock of the server, and believes a step of it after five minutes', async (t) => {
  const { state, right } = given();
  const clocks = { wall: () => state.wall + state.passed, monotonic: () => state.passed };
  const said: string[] = [];
  const log = (...of: unknown[]) => void said.push(`${of.at(-1)}`);
  const clock = new ClockWatch(clocks, { info: log, warn: log, error: log } as never);
  state.server += HOUR;
  await clock.follow({ serverTime: async () => right(), others: null });
  const isRight = () => Math.abs(clock.now() - right()) <= 1;
  t.ok(isRight());
  state.wall += 5 * 60_000;
  t.ok(isRight(), 'a step of the clock of this machine is none');
  t.strictSame([said, clock.state.steps], [[], 0]);
  state.server += HOUR;
  await clock.server?.clock.measure();
  t.equal(
    Math.round((right() - clock.now()) / 1000),
    HOUR / 1000,
    'as after a failover to a machine whose clock is wrong',
  );
  t.match(said, [/the clock made a step ahead: it is not used unless it stays there/]);
  state.passed += 5 * 60_000 + 1000;
  t.ok(isRight());
  t.match(said.at(-1), /it is used now/);
});

t.test('ClockWatch goes by the clock of this machine where no server is shared', async (t) => {
  const { state } = given();
  const clock = new ClockWatch({ wall: () => state.wall, monotonic: () => state.passed }, {} as never);
  await clock.follow({ serverTime: null, others: null });
  t.strictSame([clock.server, clock.now()], [null, T0]);
});
