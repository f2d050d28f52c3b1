import t from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { WaitingLines } from '../../src/receive/waiting-lines.ts';
import { Random } from '../simulation/random.ts';

const RELAY = '198.51.100.1';
const linesOf = () => new WaitingLines((peer) => peer === RELAY);

/** Takes lines of senders in turns until none has room; how many each has. */
function fill(lines: WaitingLines, peers: readonly string[]): number[] {
  const held = peers.map(() => 0);
  let ordinal = 0;
  for (let takes = true; takes; ) {
    takes = false;
    for (const [index, peer] of peers.entries()) {
      if (!lines.hasRoom(peer, 'datagrams')) continue;
      lines.add(++ordinal, peer, 'datagrams');
      held[index] = (held[index] ?? 0) + 1;
      takes = true;
    }
  }
  return held;
}

t.test('WaitingLines: however many flood, another sender has room; a relay may fill the pool', async (t) => {
  for (const count of [1, 2, 7, 50]) {
    const lines = linesOf();
    const held = fill(
      lines,
      Array.from({ length: count }, (_, index) => `192.0.2.${index}`),
    );
    t.ok(Math.max(...held) - Math.min(...held) <= 1, `${count} floods have the same`);
    const [own = 0] = held;
    const left = limits.queueLines - own * count;
    t.ok(left > 0 && own >= left * 4 - 4, `${count} floods leave ${left}`);
    t.equal(lines.hasRoom('192.0.2.200', 'datagrams'), true);
    t.equal(lines.hasRoom('192.0.2.1', 'streams'), true, 'a flood of datagrams pauses no stream');
  }
  t.same(fill(linesOf(), [RELAY]), [limits.queueLines]);
});

t.test(
  'WaitingLines: however many streams flood, a relay that was paused reads on once its own lines are stored',
  async (t) => {
    for (const count of [1, 3, 40]) {
      const lines = linesOf();
      let ordinal = 0;
      const floods = Array.from({ length: count }, (_, index) => `192.0.2.${index}`);
      const flood = () => {
        for (let takes = true; takes; ) {
          takes = false;
          for (const peer of floods) {
            if (!lines.hasRoom(peer, 'streams')) continue;
            lines.add(++ordinal, peer, 'streams');
            takes = true;
          }
        }
      };
      flood();
      const own: number[] = [];
      while (lines.hasRoom(RELAY, 'streams')) {
        lines.add(++ordinal, RELAY, 'streams');
        own.push(ordinal);
      }
      t.ok(own.length > 0, `${own.length} lines of the relay wait beside ${count} floods`);
      t.equal(lines.hasRoom(RELAY, 'streams', 0.5), false, 'nothing of it is stored yet');
      let stored = 0;
      for (; stored < own.length && !lines.hasRoom(RELAY, 'streams', 0.5); stored++) {
        lines.remove([own[stored] as number]);
        // Whoever floods takes at once what it may.
        flood();
      }
      t.ok(lines.hasRoom(RELAY, 'streams', 0.5), `it reads on after ${stored} of its ${own.length} lines`);
    }
  },
);

t.test('WaitingLines: beside floods from many addresses each of 500 others has room for its lines', async (t) => {
  for (const count of [10, 100, 1000, 3000]) {
    for (const pool of ['datagrams', 'streams'] as const) {
      const lines = linesOf();
      let ordinal = 0;
      const take = (peer: string) => {
        if (!lines.hasRoom(peer, pool)) return false;
        lines.add(++ordinal, peer, pool);
        return true;
      };
      const floods = Array.from({ length: count }, (_, index) => `198.18.${index >> 8}.${index & 255}`);
      for (let takes = true; takes; ) takes = floods.map(take).includes(true);
      const others = Array.from({ length: 500 }, (_, index) => `203.0.${index >> 8}.${index & 255}`);
      t.equal(others.filter((peer) => take(peer) && take(peer)).length, 500, `${pool}, ${count} floods`);
    }
  }
});

t.test('WaitingLines: all addresses of an IPv6 network are one sender', async (t) => {
  const lines = linesOf();
  const [first = 0, second = 0] = fill(lines, ['2001:db8:0:1::1', '2001:db8:0:1::2']);
  t.equal(first + second, Math.ceil((limits.queueLines * 4) / 5));
});

t.test('WaitingLines has nothing once all is stored, in any order', async (t) => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
  const random = new Random(seed);
  const lines = linesOf();
  const waiting = Array.from({ length: 500 }, (_, index) => index + 1);
  for (const ordinal of waiting) {
    lines.add(ordinal, `192.0.2.${random.below(9)}`, random.below(2) === 0 ? 'datagrams' : 'streams');
  }
  while (waiting.length > 0) {
    const [ordinal = 0] = waiting.splice(random.below(waiting.length), 1);
    if (!lines.has(ordinal)) t.fail(`${ordinal} waits, seed ${seed}`);
    lines.remove([ordinal, ordinal]);
    if (lines.has(ordinal)) t.fail(`${ordinal} is stored, seed ${seed}`);
  }
  t.same(fill(lines, ['192.0.2.1']), fill(linesOf(), ['192.0.2.1']));
});
