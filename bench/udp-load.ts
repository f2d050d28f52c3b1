/** Datagrams at a rate, by as many sender processes as the rate needs. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Mixture } from './generate.ts';
import { end, messageFrom, startHelper } from './processes.ts';

export type Task = Mixture & {
  readonly port: number;
  readonly rate: number;
  readonly lines: number;
  /** Also one line of each device slowly before, and one after. */
  readonly edges: boolean;
};
/** `rate`: without the edges. */
export type Sent = { readonly sent: number; readonly rate: number };

export type Load = { readonly run: () => Promise<Sent>; readonly stop: () => Promise<void> };

/** The rate that one sender reaches beside a busy receiver. */
const SENDER_RATE = 150_000;
const DEVICES = 5000;
const SHARE = 0.02;

/** The 2 % mix, or one with another share. The datagrams are made before this resolves. */
export async function prepareLoad(
  port: number,
  rate: number,
  seconds: number,
  { edges = false, share = SHARE }: { edges?: boolean; share?: number } = {},
): Promise<Load> {
  const count = rate > SENDER_RATE ? 2 : 1;
  const senders = Array.from({ length: count }, (_, index) => {
    const devices = DEVICES / count;
    const task: Task = {
      ...{ port, rate: rate / count, lines: Math.ceil((rate * seconds) / count), edges },
      ...{ share, devices, seed: 1 + index, firstDevice: index * devices },
    };
    return startHelper('./udp-sender.ts', [JSON.stringify(task)]);
  });
  await Promise.all(senders.map((sender) => messageFrom(sender)));
  return {
    run: async () => {
      for (const sender of senders) sender.send('go');
      const parts = await Promise.all(
        senders.map(async (sender) => {
          const sent = await messageFrom<Sent>(sender);
          if (sender.exitCode === null) await once(sender, 'exit');
          return sent;
        }),
      );
      return {
        sent: parts.reduce((sum, { sent }) => sum + sent, 0),
        rate: parts.reduce((sum, part) => sum + part.rate, 0),
      };
    },
    stop: async () => {
      await Promise.all(senders.map(end));
    },
  };
}

/** Waits until the sockets on a port of this machine are read empty. */
export async function emptied(port: number): Promise<void> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (let tries = 0; tries < 1000; tries++) {
    const queues = readFileSync('/proc/net/udp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[1]?.endsWith(local))
      .map((columns) => columns[4]);
    if (queues.every((queue) => queue?.endsWith(':00000000'))) return;
    await delay(20);
  }
  throw new Error(`the sockets on port ${port} are not read`);
}
