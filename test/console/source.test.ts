/** How the console listens to the event stream, with a browser's `EventSource` that the test plays. */
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { listen, SILENT_MS, type Told } from '../../web/live/source.ts';

/** What of an `EventSource` is used. */
class Source {
  static readonly CLOSED = 2;
  static made: Source[] = [];
  readyState = 0;
  onopen = () => {};
  onerror = () => {};
  readonly #takers = new Map<string, (event: { data: string }) => void>();
  constructor() {
    Source.made.push(this);
  }
  addEventListener(name: string, take: (event: { data: string }) => void) {
    this.#takers.set(name, take);
  }
  close() {
    this.readyState = 2;
  }
  open() {
    this.readyState = 1;
    this.onopen();
  }
  say(name: string, data: object) {
    this.#takers.get(name)?.({ data: JSON.stringify(data) });
  }
  /** `isOver`: the answer was no stream; else the browser tries again by itself. */
  fail(isOver: boolean) {
    this.readyState = isOver ? 2 : 0;
    this.onerror();
  }
}

/** What the service says of who asks. */
const session = (role: string | null, status = 200) => Response.json({ role }, { status });

/** `answer`: to the question who asks; null: there is none. */
function listening(t: Test, answer: Response | null = session('read')) {
  Source.made = [];
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const asked: string[] = [];
  t.intercept(globalThis, 'EventSource', { value: Source });
  t.intercept(globalThis, 'fetch', {
    value: async (url: URL) => {
      asked.push(`${url}`);
      if (answer === null) throw new TypeError('no answer');
      return answer.clone();
    },
  });
  t.teardown(() => mock.timers.reset());
  const told: string[] = [];
  const silences: (number | undefined)[] = [];
  const end = listen('http://a.example/base/api/v1/stream', (each: Told) => {
    told.push(each.kind === 'state' ? each.state : each.name);
    if (each.kind === 'state') silences.push(each.silentMs);
  });
  const taken = () => told.splice(0);
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { source: () => Source.made.at(-1) as Source, taken, silences, settled, asked, end };
}

t.test('listen() tells a break once, and leaves a new try to the browser, which names the last event', async (t) => {
  const { source, taken } = listening(t);
  source().open();
  source().say('hello', {});
  t.same(taken(), ['live', 'hello']);
  for (let tries = 0; tries < 5; tries++) source().fail(false);
  t.same(taken(), ['gone']);
  source().open();
  source().say('change', {});
  t.same(taken(), ['live', 'change'], 'the service itself says whether changes are missing');
  t.equal(Source.made.length, 1);
});

t.test('listen() finds a silent connection dead, tries anew, and says that changes may be missing', async (t) => {
  const { source, taken } = listening(t);
  source().open();
  mock.timers.tick(SILENT_MS - 1);
  source().say('alive', {});
  mock.timers.tick(SILENT_MS - 1);
  t.same(taken(), ['live', 'alive']);
  const first = source();
  mock.timers.tick(1);
  t.same([taken(), first.readyState], [['gone'], 2]);
  mock.timers.tick(2000);
  t.equal(Source.made.length, 2);
  mock.timers.tick(SILENT_MS);
  mock.timers.tick(4000);
  t.equal(Source.made.length, 3, 'one that never opens is dead, too');
  source().open();
  t.same(taken(), ['live', 'reset']);
});

t.test('listen() says with a break how long ago the service was heard last', async (t) => {
  const { source, silences, settled } = listening(t, null);
  source().open();
  mock.timers.tick(10_000);
  source().say('alive', {});
  mock.timers.tick(7000);
  source().fail(false);
  mock.timers.tick(60_000);
  source().open();
  mock.timers.tick(SILENT_MS);
  mock.timers.tick(2000);
  source().open();
  mock.timers.tick(5000);
  source().fail(true);
  await settled();
  t.same(silences, [undefined, 7000, undefined, SILENT_MS, undefined, 5000]);
});

t.test('listen() ends when whoever asks may not read any more', async (t) => {
  const { source, taken, settled, asked } = listening(t, session(null));
  source().fail(true);
  await settled();
  t.same(taken(), ['out']);
  t.same(asked, ['http://a.example/base/api/v1/session']);
  mock.timers.tick(3_600_000);
  t.equal(Source.made.length, 1, 'it is not tried again');
});

t.test('listen() lets pages ask at each try while the service takes no further listener', async (t) => {
  const { source, taken, settled } = listening(t);
  for (let tries = 1; tries <= 4; tries++) {
    source().fail(true);
    await settled();
    t.same(taken(), tries === 1 ? ['full', 'reset'] : ['reset']);
    mock.timers.tick(2000 * 2 ** tries);
    t.equal(Source.made.length, tries + 1);
  }
  source().open();
  t.same(taken(), ['live', 'reset']);
});

const page = { headers: { 'content-type': 'text/html' } };
for (const [who, answer] of [
  ['nothing', null],
  ['only a proxy', session(null, 502)],
  ['a page of a proxy with status 200', new Response('<!doctype html><h1>We are back soon</h1>', page)],
  ['another program in JSON', Response.json({ status: 'ok' })],
] as const)
  t.test(`listen() goes on trying where ${who} answers`, async (t) => {
    const { source, taken, settled, end } = listening(t, answer);
    for (let tries = 1; tries <= 10; tries++) {
      source().fail(true);
      await settled();
      mock.timers.tick(30_000);
      t.equal(Source.made.length, tries + 1);
    }
    t.same(taken(), ['gone']);
    end();
    mock.timers.tick(3_600_000);
    t.equal(Source.made.length, 11);
  });
