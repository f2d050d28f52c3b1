/** How many datagrams a second a bare counting socket takes on this machine without losing one, by bisection. */
import { end, messageFrom, startHelper } from './processes.ts';
import { median } from './statistics.ts';
import { emptied, prepareLoad } from './udp-load.ts';

/** What the counter reports. `buffer`: the bytes of the receive buffer that the kernel granted. */
export type Counted = { readonly port: number; readonly seen: number; readonly buffer: number };
/** `bySender`: the senders could not send more; the socket might take it. */
export type Ceiling = { readonly rate: number; readonly bySender: boolean; readonly buffer: number };
export type Trial = { readonly sent: number; readonly lost: number; readonly rate: number };

/** As fast as two senders can. */
const FLAT_OUT = 1_000_000;
const FLAT_OUT_SECONDS = 0.5;
const MOST_STEPS = 8;

export async function findCeiling({ quick }: { quick: boolean }): Promise<Ceiling> {
  const seconds = quick ? 0.5 : 2;
  const { rate: flatOut, lost, buffer } = await bareTrial(FLAT_OUT, FLAT_OUT_SECONDS);
  if (lost === 0) return { rate: flatOut, bySender: true, buffer };
  let [low, high, rate] = [0, flatOut, 0];
  // A few more steps, because the machine may be busy with something else at first.
  for (let step = 0; step < (quick ? 2 : 6) || (rate === 0 && step < MOST_STEPS); step++) {
    const asked = (low + high) / 2;
    const reached = await wholeRate(asked, seconds, quick ? 1 : 3);
    if (reached === null) high = asked;
    else [low, rate] = [asked, Math.max(rate, reached)];
  }
  if (rate === 0) rate = high;
  return { rate, bySender: false, buffer };
}

/**
 * The rate that the senders reached if more than half of the tries lost nothing, else null. One try alone proves nothing,
 * because other work of the machine disturbs some of them.
 */
async function wholeRate(asked: number, seconds: number, tries: number): Promise<number | null> {
  const enough = Math.ceil(tries / 2);
  const whole: number[] = [];
  for (let broken = 0; broken < enough; ) {
    const { lost, rate } = await bareTrial(asked, seconds);
    if (lost > 0) broken++;
    else whole.push(rate);
    if (whole.length === enough) return median(whole);
  }
  return null;
}

export async function bareTrial(rate: number, seconds: number): Promise<Trial & { readonly buffer: number }> {
  const counter = startHelper('./udp-counter.ts', []);
  try {
    const { port, buffer } = await messageFrom<Counted>(counter);
    const load = await prepareLoad(port, rate, seconds);
    try {
      const { sent, rate: reached } = await load.run();
      await emptied(port);
      counter.send('count');
      const { seen } = await messageFrom<Counted>(counter);
      return { sent, lost: sent - seen, rate: reached, buffer };
    } finally {
      await load.stop();
    }
  } finally {
    await end(counter);
  }
}
