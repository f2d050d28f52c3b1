/** Datagrams at rising rates: what the service and a bare socket lose, and how much of its loss the service knows. */
import { kernelDrops } from '../src/receive/kernel-drops.ts';
import { processorSeconds } from './processes.ts';
import type { Bench, Findings, Goal, Section } from './section.ts';
import { type Sample, startService } from './service.ts';
import { median } from './statistics.ts';
import { list, percent, table, times, whole } from './table.ts';
import { bareTrial, type Ceiling, type Trial } from './udp-ceiling.ts';
import { emptied, prepareLoad } from './udp-load.ts';

/** The metric of the loss ledger: how many lines never arrived, by the numbers in the lines that did. */
const LEDGER = 'quovadis_loss_lines';
/** A rate that leaves time for other work of the machine. */
const QUARTER = 0.25;
/** This many tries in a row that all lose more than `ALARM_LOSS` cannot be chance. */
const ALARM_TRIES = 3;
const ALARM_LOSS = 0.01;
const PARTS = [QUARTER, 0.5, 0.9, 1, 2];
const QUICK_PARTS = [QUARTER, 2];

type Live = Trial & {
  readonly kernel: number;
  readonly full: number;
  /** Sent, and never received; `lost` also counts lines that were dropped because the queue was full. */
  readonly unseen: number;
  /** How many of these the ledger counts; null if there is no ledger. */
  readonly ledger: number | null;
  readonly processor: number;
  /** The kernel's own number of datagrams that it dropped on the socket. */
  readonly procDrops: number;
};
type Step = { readonly part: number; readonly bare: readonly Trial[]; readonly live: readonly Live[] };

export const udpSection: Section = { name: 'udp', title: 'Datagrams', measure };

async function measure(bench: Bench): Promise<Findings> {
  const ceiling = await bench.ceiling();
  const rounds = bench.length('rounds', 3, 1);
  // Long enough that V8 has compiled the frequent functions for most of the time.
  const seconds = bench.quick ? 0.5 : 10;
  const parts = bench.quick ? QUICK_PARTS : PARTS;
  const steps = parts.map((part) => ({ part, bare: [] as Trial[], live: [] as Live[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { part, bare, live } of steps) {
      bare.push(await bareTrial(ceiling.rate * part, seconds));
      live.push(await liveTrial(bench.directory, ceiling.rate * part, seconds));
    }
  }
  const quarter = steps.find(({ part }) => part === QUARTER);
  while (quarter?.live.every(lossy) && quarter.live.length < ALARM_TRIES) {
    quarter.live.push(await liveTrial(bench.directory, ceiling.rate * QUARTER, seconds));
  }
  return {
    text: `${ceilingText(ceiling)} The 2 % mix of 5000 devices
for ${seconds} s, medians of ${rounds} rounds in which the bare socket and the service took turns; the service's figures
include a slow first and last line of each device. \`known\` is what the service counted as dropped, by the kernel or its
own full queue, divided by what was sent and not processed; \`by the ledger\` is what it made of the numbers in the
lines, divided by what was sent and not received.

${stepTable(steps)}

${list(notesOf(steps))}`,
    goals: goalsOf(steps, ceiling.rate),
    alarms: alarmsOf(steps),
    versions: [],
  };
}

export function ceilingText({ rate, bySender, buffer }: Ceiling): string {
  const what = bySender ? 'no loss, and the senders could not send more' : 'the most without a loss, by bisection';
  return `100 % is what a bare counting socket in Node took: ${whole(rate)} datagrams/s (${what};
it asked for a receive buffer of 8 MiB and was given ${buffer / 2 ** 20} MiB).`;
}

async function liveTrial(directory: string, rate: number, seconds: number): Promise<Live> {
  const service = await startService(directory);
  try {
    const load = await prepareLoad(service.udp, rate, seconds, { edges: true });
    try {
      const used = processorSeconds(service.pid);
      const { sent, rate: reached } = await load.run();
      await emptied(service.udp);
      const sample = await service.settled();
      const processor = processorSeconds(service.pid) - used;
      return { ...countsOf(sample, sent), rate: reached, processor, procDrops: (await kernelDrops(service.udp)) ?? 0 };
    } finally {
      await load.stop();
    }
  } finally {
    await service.stop();
  }
}

/** A record that is dropped because the queue is full was received, but not processed. */
function countsOf(sample: Sample, sent: number): Pick<Live, 'sent' | 'lost' | 'unseen' | 'kernel' | 'full' | 'ledger'> {
  const dropped = (reason: string) => sample.sum('quovadis_syslog_lines_dropped_total', { transport: 'udp', reason });
  const full = dropped('queue_full');
  const received = sample.sum('quovadis_syslog_lines_received_total', { transport: 'udp' });
  return {
    sent,
    lost: sent - (received - full),
    unseen: sent - received,
    kernel: dropped('kernel'),
    full,
    ledger: sample.has(LEDGER) ? sample.sum(LEDGER, { state: 'lost' }) : null,
  };
}

function stepTable(steps: readonly Step[]): string {
  const heads = [
    ...['load', 'sent/s', 'bare lost', 'service lost', 'by the kernel', 'queue full', 'known', 'by the ledger'],
    'CPU s a million',
  ];
  return table(
    heads,
    steps.map(({ part, bare, live }) => {
      const of = (value: (trial: Live) => number) => median(live.map(value));
      return [
        `${part * 100} %`,
        of(({ rate }) => rate),
        percent(median(bare.map(({ lost, sent }) => lost / sent))),
        percent(of(({ lost, sent }) => lost / sent)),
        of(({ kernel }) => kernel),
        of(({ full }) => full),
        shareText(live.map(({ kernel, full, lost }) => [kernel + full, lost])),
        shareText(live.map(({ ledger, unseen }) => [ledger, unseen])),
        of(({ processor, sent }) => (processor / sent) * 1e6).toFixed(2),
      ];
    }),
  );
}

/** `100.00 %`: what is known of what was lost; no figure where nothing was lost or nothing is known. */
function shareText(pairs: readonly (readonly [known: number | null, lost: number])[]): string {
  const shares = pairs.flatMap(([known, lost]) => (known === null || lost === 0 ? [] : [known / lost]));
  return shares.length === 0 ? '–' : `${(median(shares) * 100).toFixed(2)} %`;
}

function notesOf(steps: readonly Step[]): string[] {
  const differing = steps.flatMap(({ live }) => live).filter(({ kernel, procDrops }) => kernel !== procDrops);
  return [
    differing.length === 0
      ? "What the service counts as dropped by the kernel was /proc/net/udp's own figure in every round."
      : `In ${differing.length} rounds the service's figure of the kernel's drops was not that of /proc/net/udp.`,
    ...(steps.some(({ live }) => live.some(({ ledger }) => ledger === null))
      ? [`There is no loss ledger: no metric ${LEDGER}.`]
      : []),
  ];
}

function goalsOf(steps: readonly Step[], ceiling: number): Goal[] {
  const at = (part: number) => steps.find((step) => step.part === part);
  const goals: Goal[] = [];
  const nine = at(0.9);
  if (nine !== undefined) {
    const [service, bare] = [nine.live, nine.bare].map((trials: readonly Trial[]) =>
      median(trials.map(({ lost, sent }) => lost / sent)),
    ) as [number, number];
    goals.push({
      promise: "no loss at 90 % of the bare socket's ceiling, but for what the bare socket lost in the same rounds",
      measured: `${percent(service)}, the bare socket ${percent(bare)}`,
      met: service <= bare,
    });
  }
  const twice = at(2);
  if (twice !== undefined) {
    const reached = times(median(twice.live.map(({ rate }) => rate)) / ceiling);
    const wrong = (known: (trial: Live) => number, lost: (trial: Live) => number) =>
      median(twice.live.map((trial) => Math.abs(known(trial) - lost(trial)) / Math.max(1, lost(trial))));
    const ledger = wrong(
      (trial) => trial.ledger ?? 0,
      (trial) => trial.unseen,
    );
    const counted = wrong(
      ({ kernel, full }) => kernel + full,
      ({ lost }) => lost,
    );
    for (const [what, error] of [
      ['the ledger', ledger],
      ['what is counted as dropped', counted],
    ] as const) {
      goals.push({
        promise: `at twice the ceiling ${what} is within 0.1 % of sent minus seen`,
        measured: `${percent(error)} (the senders reached ${reached} the ceiling)`,
        met: error <= 0.001,
      });
    }
  }
  return goals;
}

function alarmsOf(steps: readonly Step[]): string[] {
  const quarter = steps.find(({ part }) => part === QUARTER);
  return quarter !== undefined && quarter.live.length >= ALARM_TRIES && quarter.live.every(lossy)
    ? ['datagrams are lost at a quarter of what a bare socket takes']
    : [];
}

function lossy({ lost, sent }: Trial): boolean {
  return lost / sent > ALARM_LOSS;
}
