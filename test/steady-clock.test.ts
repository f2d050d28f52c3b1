import t from 'tap';
import { SteadyClock } from '../src/steady-clock.ts';
import { DAY, T0 } from './given.ts';
import { Random } from './simulation/random.ts';

/** Two clocks that a test moves. */
function clocks() {
  const at = { wall: T0, monotonic: 500 };
  const told: string[] = [];
  const say =
    (what: string) =>
    ({ byMs }: { byMs: number }) =>
      void told.push(`${what} ${byMs}`);
  const clock = new SteadyClock({
    ...{ wall: () => at.wall, monotonic: () => at.monotonic },
    ...{ onStep: say('step'), onBelieved: say('believed'), onBack: () => void told.push('back') },
  });
  const pass = (ms: number) => {
    at.wall += ms;
    at.monotonic += ms;
    return clock.now();
  };
  return { at, told, clock, pass };
}

for (const byMs of [46 * DAY, 3650 * DAY, 5000, -5000, -46 * DAY, -3650 * DAY]) {
  t.test(`SteadyClock.now() goes on by the monotonic clock while a step of ${byMs} ms lasts`, async (t) => {
    const { at, told, clock, pass } = clocks();
    t.equal(pass(1000), T0 + 1000);
    at.wall += byMs;
    for (let second = 2; second < 60; second++) t.equal(pass(1000), T0 + second * 1000);
    t.same(clock.state, { steps: 1, heldMs: byMs });
    at.wall -= byMs;
    t.equal(pass(1000), T0 + 60_000);
    t.same(told, [`step ${byMs}`, 'back'], 'each is said once');
    t.same(clock.state, { steps: 1, heldMs: 0 });
  });

  t.test(`SteadyClock.now() follows a step of ${byMs} ms once it has held for five minutes`, async (t) => {
    const { at, told, clock, pass } = clocks();
    at.wall += byMs;
    for (let second = 1; second <= 300; second++) t.equal(pass(1000), T0 + second * 1000);
    t.equal(pass(1000), at.wall);
    t.same(told, [`step ${byMs}`, `believed ${byMs}`]);
    t.same(clock.state, { steps: 1, heldMs: 0 });
  });
}

t.test('SteadyClock.now() follows a clock that is corrected slowly, for years', async (t) => {
  const { at, told, pass } = clocks();
  for (let minute = 0; minute < 10_000; minute++) {
    at.wall += minute % 7 < 4 ? 30 : -28;
    t.equal(pass(60_000), at.wall);
  }
  t.same(told, []);
});

t.test('SteadyClock.now() is never farther off than the monotonic clock while steps come and go', async (t) => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
  t.comment(`seed ${seed}`);
  const random = new Random(seed);
  const { at, pass } = clocks();
  let passed = 0;
  for (let step = 0; step < 5000; step++) {
    // No step lasts for five minutes.
    const byMs = (random.below(2000) - 1000) * DAY;
    at.wall += byMs;
    for (let seconds = random.below(200); seconds > 0; seconds -= 10) {
      passed += 10_000;
      if (Math.abs(pass(10_000) - T0 - passed) > 1) return void t.fail(`step ${step} by ${byMs} is used`);
    }
    at.wall -= byMs;
    passed += 1000;
    if (Math.abs(pass(1000) - T0 - passed) > 1) return void t.fail(`after step ${step}`);
  }
  t.pass();
});
