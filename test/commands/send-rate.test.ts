import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import timers from 'node:timers/promises';
import t, { type Test } from 'tap';
import { send } from '../../src/commands/send.ts';
import { temporaryDirectory } from '../given.ts';

/** Replaces the clock by one that advances only in waits; returns the list of waits, in ms. */
function clockOf(t: Test): number[] {
  const waits: number[] = [];
  const { setTimeout } = timers;
  const { now } = performance;
  let clock = 1000;
  Object.assign(timers, {
    setTimeout: async (ms: number) => {
      clock += ms;
      waits.push(ms);
    },
  });
  performance.now = () => clock;
  syncBuiltinESMExports();
  t.teardown(() => {
    Object.assign(timers, { setTimeout });
    performance.now = now;
    syncBuiltinESMExports();
  });
  return waits;
}

t.test('send() waits until the rate allows the next line, and never less than 5 ms', async (t) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  const to = `127.0.0.1:${(socket.address() as AddressInfo).port}`;
  const file = join(temporaryDirectory(t), 'lines.log');
  const waits = clockOf(t);
  const rows: readonly (readonly [why: string, rate: number, lines: number, waits: readonly number[]])[] = [
    ['100 a second', 100, 4, [10, 10, 10]],
    ['2 a second', 2, 3, [500, 500]],
    ['1000 a second: several share a wait', 1000, 11, [5, 5]],
    ['the first line never waits', 1, 1, []],
    ['0: never waits', 0, 20, []],
  ];
  for (const [why, rate, lines, expected] of rows) {
    writeFileSync(file, 'line\n'.repeat(lines));
    waits.length = 0;
    await send([file], { to, transport: 'udp', rate });
    t.strictSame(waits, expected, why);
  }
});
