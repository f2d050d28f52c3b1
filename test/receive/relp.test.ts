import t, { type Test } from 'tap';
import { relpFrame } from '../../src/core/frame/relp.ts';
import { limits } from '../../src/core/model/limits.ts';
import type { Intake } from '../../src/receive/receiver.ts';
import { readRelp } from '../../src/receive/relp-session.ts';
import type { Senders } from '../../src/receive/senders.ts';
import { StreamReceiver } from '../../src/receive/stream.ts';
import { anySender, senders } from './any-sender.ts';
import { OFFERS, relpClient } from './relp-client.ts';

/** A receiver of RELP whose store is in the hands of the test: lines that begin with `x` are counted, those with `!` refused. */
async function receiving(t: Test, bounds: { idleMs?: number; drainMs?: number; senders?: Senders } = {}) {
  const lines: string[] = [];
  const drops: string[] = [];
  const waiting = new Set<() => void>();
  const store = { kept: 0, stored: 0, hasCapacity: true };
  let took = () => {};
  const wakeAll = () => {
    const all = [...waiting];
    waiting.clear();
    for (const wake of all) wake();
  };
  const wait = (callback: () => void) => {
    waiting.add(callback);
    return () => waiting.delete(callback);
  };
  const intake: Intake = {
    take: ({ bytes, start, end, truncated }) => {
      const line = bytes.toString('latin1', start, Math.min(end, start + 40));
      lines.push(truncated ? `${line.slice(0, 5)}…` : line);
      took();
      if (line.startsWith('!')) return 'refused';
      if (line.startsWith('x')) return 'counted';
      store.kept++;
      return 'kept';
    },
    get kept() {
      return store.kept;
    },
    isStored: (ordinal) => ordinal <= store.stored,
    hasCapacity: () => store.hasCapacity,
    onStored: wait,
    onCapacity: (_peer, callback) => wait(callback),
    received: () => {},
    drop: (_transport, reason, count) => {
      drops.push(`${reason} ${count}`);
      took();
    },
    denied: (_transport, reason) => drops.push(reason),
    connections: () => {},
    misnamed: () => {},
  };
  const receiver = new StreamReceiver({
    ...{ transport: 'relp', key: 'syslog.relp', address: { host: '127.0.0.1', port: 0 }, read: readRelp },
    ...{ senders: senders(), intake, warn: () => {}, ...bounds },
  });
  const { port } = await receiver.start();
  t.teardown(() => receiver.stop());
  const until = async (isSo: () => boolean) => {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        took = resolve;
      });
    }
  };
  const taken = async (count: number) => {
    await until(() => lines.length >= count);
    return lines;
  };
  /** The store has the first so many lines. */
  const commit = (stored: number) => {
    store.stored = stored;
    wakeAll();
  };
  return { port, receiver, lines, drops, taken, until, commit, store, wakeAll };
}

t.test('RelpSession answers a line after its commit, in the order of the lines', async (t) => {
  const { port, taken, commit } = await receiving(t);
  const { send, answered, answers, open } = await relpClient(port);
  await open();
  t.same(answers, ['1 rsp 200 OK']);
  send(2, 'syslog', 'x counted only');
  await answered(2);
  t.equal(answers[1], '2 rsp 200 OK', 'nothing of it is to be stored');
  for (const [txnr, line] of [
    [3, 'first'],
    [4, 'x counted'],
    [5, 'second'],
    [6, 'third'],
  ] as const)
    send(txnr, 'syslog', line);
  await taken(5);
  // A command is answered in its turn, so that this answer shows that no other was sent.
  t.equal(answers.length, 2, 'nothing is answered that is not stored');
  commit(1);
  await answered(4);
  t.same(answers.slice(2), ['3 rsp 200 OK', '4 rsp 200 OK']);
  commit(3);
  await answered(6);
  t.same(answers.slice(4), ['5 rsp 200 OK', '6 rsp 200 OK']);
});

t.test('RelpSession answers `close` behind the last line, says serverclose, and closes', async (t) => {
  const { port, taken, commit, drops } = await receiving(t);
  const { send, answers, open, closed } = await relpClient(port);
  await open();
  send(2, 'syslog', 'first');
  send(3, 'close');
  send(4, 'syslog', 'too late');
  t.same(await taken(1), ['first']);
  commit(1);
  await closed;
  t.same(answers, ['1 rsp 200 OK', '2 rsp 200 OK', '3 rsp 200 OK', '0 serverclose']);
  t.same(drops, []);
});

t.test('RelpSession says 500 to what it does not do, and closes where it cannot go on', async (t) => {
  const rows: readonly (readonly [why: string, frames: readonly Buffer[], answers: RegExp[], dropped: number])[] = [
    [
      'an unknown command',
      [relpFrame(1, 'open', OFFERS), relpFrame(2, 'starttls'), relpFrame(3, 'syslog', 'x'), relpFrame(4, 'close')],
      [/^1 rsp 200/, /^2 rsp 500 .*starttls/, /^3 rsp 200/, /^4 rsp 200/],
      0,
    ],
    ['a line before open', [relpFrame(1, 'syslog', 'x')], [/^1 rsp 500 open/], 1],
    ['another open', [relpFrame(1, 'open', OFFERS), relpFrame(2, 'open', OFFERS)], [/^1 rsp 200/, /^2 rsp 500/], 1],
    ['offers without syslog', [relpFrame(1, 'open', 'relp_version=0\ncommands=x')], [/^1 rsp 500/], 1],
    ['no frame', [relpFrame(1, 'open', OFFERS), Buffer.from('<187>1: a line\n')], [/^1 rsp 200/], 1],
    [
      'a line without anything',
      [relpFrame(1, 'open', OFFERS), relpFrame(2, 'syslog'), relpFrame(0, 'hint'), relpFrame(3, 'close')],
      [/^1 rsp 200/, /^2 rsp 200/, /^3 rsp 200/],
      0,
    ],
    [
      'a line too many',
      [relpFrame(1, 'open', OFFERS), relpFrame(2, 'syslog', '! too many'), relpFrame(3, 'close')],
      [/^1 rsp 200/, /^2 rsp 500/, /^3 rsp 200/],
      0,
    ],
  ];
  for (const [why, frames, expected, dropped] of rows) {
    const { port, drops } = await receiving(t);
    const { socket, answers, closed } = await relpClient(port);
    socket.write(Buffer.concat(frames));
    await closed;
    t.match(answers, [...expected, /^0 serverclose$/], why);
    t.equal(answers.length, expected.length + 1, why);
    t.same(drops, dropped === 0 ? [] : ['broken_frame 1'], why);
  }
});

t.test('RelpSession takes a line that is too long up to the limit, and answers it', async (t) => {
  const { port, taken, commit } = await receiving(t);
  const { send, answered, open } = await relpClient(port);
  await open();
  send(2, 'syslog', Buffer.alloc(limits.frameBytes * 30, 'y'));
  send(3, 'syslog', 'next');
  t.same(await taken(2), ['yyyyy…', 'next']);
  commit(2);
  t.same(await answered(3), ['1 rsp 200 OK', '2 rsp 200 OK', '3 rsp 200 OK']);
});

t.test('RelpSession reads no further while too many answers wait, and loses nothing', async (t) => {
  const { port, lines, taken, commit, store } = await receiving(t);
  const { socket, answered, open } = await relpClient(port);
  await open();
  // More than the window and all buffers on the way.
  const line = 'y'.repeat(4000);
  const count = limits.relpWindow * 8;
  socket.write(Buffer.concat(Array.from({ length: count }, (_, index) => relpFrame(index + 2, 'syslog', line))));
  await taken(limits.relpWindow);
  while (lines.length < count) {
    const before = lines.length;
    t.ok(before - store.stored <= limits.relpWindow + 65_536 / 4000 + 1, 'one chunk more than the window');
    commit(before);
    await taken(before + 1);
  }
  commit(count);
  const answers = await answered(count + 1);
  t.equal(answers.length, count + 1);
  t.equal(answers.at(-1), `${count + 1} rsp 200 OK`);
});

t.test('RelpSession lets a sender wait while the queue is full', async (t) => {
  const { port, lines, taken, commit, store, wakeAll } = await receiving(t);
  const { send, answered, open } = await relpClient(port);
  await open();
  store.hasCapacity = false;
  send(2, 'syslog', 'first');
  await taken(1);
  send(3, 'syslog', 'second');
  // The answer to the first line passes a turn of the event loop in which the second would have been read.
  commit(1);
  await answered(2);
  t.same(lines, ['first']);
  store.hasCapacity = true;
  wakeAll();
  t.same(await taken(2), ['first', 'second']);
  commit(2);
  await answered(3);
});

t.test(
  'RelpSession: stop() answers what was read once it is stored, says serverclose, and takes no more',
  async (t) => {
    const { port, receiver, lines, taken, commit } = await receiving(t);
    const { send, answers, open, closed } = await relpClient(port);
    await open();
    send(2, 'syslog', 'first');
    send(3, 'syslog', 'second');
    await taken(2);
    const stopped = receiver.stop();
    send(4, 'syslog', 'third');
    commit(2);
    await closed;
    await stopped;
    t.same(answers, ['1 rsp 200 OK', '2 rsp 200 OK', '3 rsp 200 OK', '0 serverclose']);
    t.same(lines, ['first', 'second']);
  },
);

t.test('RelpSession: stop() waits for a store that fails no longer than the bound', async (t) => {
  const { port, receiver, taken } = await receiving(t, { drainMs: 30 });
  const { send, answers, open, closed } = await relpClient(port);
  await open();
  send(2, 'syslog', 'first');
  await taken(1);
  await receiver.stop();
  await closed;
  t.same(answers, ['1 rsp 200 OK'], 'the sender knows that it must send the line again');
});

t.test('RelpSession closes a silent connection, but none that waits for its answers', async (t) => {
  const { port, taken, commit } = await receiving(t, { idleMs: 30 });
  const waits = await relpClient(port);
  await waits.open();
  waits.send(2, 'syslog', 'first');
  await taken(1);
  const silent = await relpClient(port);
  await silent.open();
  await silent.closed;
  commit(1);
  await waits.answered(2);
  t.equal(waits.answers[1], '2 rsp 200 OK', 'its time has passed, too');
  await waits.closed;
});

t.test('RelpSession refuses the lines of a sender that may not send any more', async (t) => {
  const known = senders();
  const { port, drops, lines } = await receiving(t, { senders: known });
  const { send, answered, open } = await relpClient(port);
  await open();
  known.configure({ ...anySender, allow: ['192.0.2.0/24'] });
  send(2, 'syslog', 'first');
  t.match((await answered(2))[1], /^2 rsp 500 syslog\.allow/);
  t.same([lines, drops], [[], ['denied 1']]);
  const denied = await relpClient(port);
  await denied.closed;
  t.same(drops, ['denied 1', 'allow']);
});

t.test('RelpSession: bytes that are no RELP are counted once, and close the connection', async (t) => {
  const { port, drops, until } = await receiving(t);
  const { socket, closed } = await relpClient(port);
  socket.write(Buffer.alloc(200_000, '<187>1: a line\n'));
  await closed;
  await until(() => drops.length > 0);
  t.same(drops, ['broken_frame 1']);
  const gone = await relpClient(port);
  gone.socket.resetAndDestroy();
  await gone.closed;
});
