import t from 'tap';
import type { Post } from '../../src/notify/http-post.ts';
import { OnDuty } from '../../src/notify/on-duty.ts';
import type { Duty } from '../../src/store/ports/alert-log.ts';

/** A duty that the test gives and takes; each renewal is told. */
function given() {
  const state = { forMs: 0, left: 0 };
  let renewed = () => {};
  const duty: Duty = {
    everyMs: 1,
    take: async () => {
      renewed();
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

t.test('OnDuty opens the sink while this instance has the duty, and posts nothing afterwards', async (t) => {
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
  await renewals(2);
  t.strictSame(told, ['start', 'sw-a', 'stop']);
  await t.rejects(posts[0]?.('http://192.0.2.1', '', {}) as Promise<unknown>, /another instance may tell this sink/);
  state.forMs = 60_000;
  await renewals(2);
  t.equal(posts.length, 2, 'a sink of its own, which reads what was told meanwhile');
  await sink.stop();
  t.strictSame([told.at(-1), state.left], ['stop', 1], 'and the duty is given back');
});
