import t from 'tap';
import { LiveFigures } from '../../src/serve/live-figures.ts';
import type { Log } from '../../src/telemetry/log.ts';

/** Figures that are read when the test says so. */
function given(read: () => Promise<Record<string, object>>) {
  const errors: string[] = [];
  const log = { error: (_fields: unknown, message: string) => void errors.push(message) } as unknown as Log;
  let tick: (() => void) | null = null;
  let reads = 0;
  const every = ((run: () => void) => {
    tick = run;
    return setInterval(() => {}, 1 << 30).unref();
  }) as unknown as typeof setInterval;
  const counted = async () => {
    reads++;
    return read();
  };
  const figures = new LiveFigures(counted, log, every);
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const next = async () => {
    tick?.();
    await settled();
  };
  return { figures, errors, settled, next, reads: () => reads };
}

t.test('LiveFigures reads once for all listeners, and sends only what has changed', async (t) => {
  let open = 1;
  const { figures, settled, next, reads } = given(async () => ({ counts: { open }, health: { ready: true } }));
  const [first, second]: [string[], string[]] = [[], []];
  const ends = [figures.subscribe((text) => first.push(text))];
  await settled();
  const counts = (value: number) => `event: counts\ndata: {"open":${value}}\n\n`;
  const health = 'event: health\ndata: {"ready":true}\n\n';
  t.strictSame(first, [counts(1), health]);
  ends.push(figures.subscribe((text) => second.push(text)));
  t.strictSame(second, [counts(1), health], 'a later listener gets the figures at once');
  t.equal(reads(), 1, 'without another reading');
  await next();
  t.strictSame([first.length, second.length, reads()], [2, 2, 2], 'nothing has changed');
  open = 2;
  await next();
  t.strictSame([first.slice(2), second.slice(2), reads()], [[counts(2)], [counts(2)], 3]);
  for (const end of ends) end();
  const third: string[] = [];
  figures.subscribe((text) => third.push(text))();
  await settled();
  t.strictSame([third, first.length], [[], 3], 'nobody listens any more');
});

t.test('LiveFigures goes on after a reading that failed, and does not read twice at once', async (t) => {
  const answer = Promise.withResolvers<Record<string, object>>();
  let fails = true;
  const { figures, errors, settled, next, reads } = given(() =>
    fails ? Promise.reject(new Error('no disk')) : answer.promise,
  );
  const heard: string[] = [];
  const end = figures.subscribe((text) => heard.push(text));
  await settled();
  t.strictSame([heard, errors], [[], ['the figures of the event stream cannot be read']]);
  fails = false;
  await next();
  await next();
  t.equal(reads(), 2, 'the second reading has not ended');
  answer.resolve({ health: {} });
  await settled();
  t.strictSame(heard, ['event: health\ndata: {}\n\n']);
  end();
});
