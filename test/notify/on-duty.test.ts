import t from 'tap';
import { OperatingError } from '../../src/errors.ts';
import type { Post } from '../../src/notify/http-post.ts';
import { OnDuty } from '../../src/notify/on-duty.ts';
import type { Duty } from '../../src/store/ports/alert-log.ts';

/** A duty that the test gives and takes; each renewal is told. */
function given() {
  const state = { forMs: 0, left: 0, failure: null as Error | null };
  let renewed = () => {};
  const duty: Duty = {
    everyMs: 1,
    take: async () => {
      renewed();
      if (state.failure !== null) throw state.failure;
      return state.forMs;
    },
    leave: async () => {
      state.left++;
    },
  };
  /** Resolves when what follows `count` more renewals was done. */
  const renewals = async (count: number) => {
    for (let each = 0; each <= count; each++) await new Promise<void>((resolve) => (renewed = resolve));
  };
  return { state, duty, renewals };
}

t.test(
  'OnDuty opens the sink while this instance has the duty, asks before each request, and posts nothing afterwards',
  async (t) => {
    const { state, duty, renewals } = given();
    const told: string[] = [];
    const posts: Post[] = [];
    const answer = { status: 200, text: '', retryAfter: null } as Awaited<ReturnType<Post>>;
    const sink = new OnDuty({
      ...{ name: 'am', duty, log: () => {}, post: async () => answer },
      open: (post) => {
        posts.push(post);
        return {
          name: 'am',
          start: () => void told.push('start'),
          notify: (devices) => void told.push(...devices),
          pending: () => ({ pending: 7, oldestAt: 1 }),
          stop: async () => void told.push('stop'),
        };
      },
    });
    sink.start();
    await renewals(2);
    sink.notify(['sw-0']);
    t.strictSame([told, sink.pending()], [[], { pending: 0, oldestAt: null }], 'another instance has it');
    state.forMs = 60_000;
    await renewals(2);
    sink.notify(['sw-a']);
    t.strictSame([told, sink.pending()], [['start', 'sw-a'], { pending: 7, oldestAt: 1 }]);
    t.equal((await posts[0]?.('http://192.0.2.1', '', {}))?.status, 200);
    state.forMs = 0;
    const gone = /another instance may tell this sink/;
    await t.rejects(posts[0]?.('http://192.0.2.1', '', {}) as Promise<unknown>, gone, 'asked before the request');
    await renewals(2);
    t.strictSame(told, ['start', 'sw-a', 'stop']);
    await t.rejects(posts[0]?.('http://192.0.2.1', '', {}) as Promise<unknown>, gone);
    state.forMs = 60_000;
    await renewals(2);
    t.equal(posts.length, 2, 'a sink of its own, which reads what was told meanwhile');
    await sink.stop();
    t.strictSame([told.at(-1), state.left], ['stop', 1], 'and the duty is given back');
  },
);

t.test('OnDuty keeps a duty that cannot be renewed until it runs out, and gives up one that is refused', async (t) => {
  const { state, duty, renewals } = given();
  const told: string[] = [];
  const sink = new OnDuty({
    ...{ name: 'am', duty, log: () => {}, post: async () => ({ status: 200, text: '', retryAfter: null }) as never },
    open: () => ({
      name: 'am',
      start: () => void told.push('start'),
      notify: () => {},
      pending: () => ({ pending: 0, oldestAt: null }),
      stop: async () => void told.push('stop'),
    }),
  });
  state.forMs = 60_000;
  sink.start();
  await renewals(2);
  state.failure = new OperatingError('QVW_DATABASE_FAILED', 'the server is gone');
  await renewals(2);
  t.strictSame(told, ['start']);
  state.failure = new OperatingError('QVW_REFUSED', 'another process has taken the instance name');
  await renewals(2);
  t.strictSame(told, ['start', 'stop']);
  await sink.stop();
});
