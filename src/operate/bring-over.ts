/** Brings stored devices over to the advisory and the rules in use, batch by batch. A kill loses at most one batch. */
import type { Advisory } from '../core/advisory/advisory.ts';
import { announce, type Route } from '../core/announce/notice.ts';
import { isSameAdvisory, judgedBy } from '../core/correlate/judged-by.ts';
import { pulledBack } from '../core/correlate/pulled-back.ts';
import { rejudge } from '../core/correlate/rejudge.ts';
import { makeRereader } from '../core/read/recheck.ts';
import { OperatingError } from '../errors.ts';
import type { FleetStore } from '../store/ports/fleet.ts';
import type { JudgedAnew, RejudgingStore, SetAside, Unjudged } from '../store/ports/rejudging.ts';
import { yieldToEventLoop } from '../yield-to-event-loop.ts';

/** Devices in one transaction: some 100 ms, in which the event loop waits. */
const DEVICES_AT_ONCE = 250;

type Judging = {
  readonly store: RejudgingStore;
  readonly advisory: Advisory;
  /** Who is notified of changes. */
  readonly routes: readonly Route[];
  /** Milliseconds. */
  readonly now: () => number;
};

/** Judges one batch of devices anew. Null where none is left. */
export type JudgeAnew = () => Promise<JudgedAnew | null>;

export function judgingAnew({ store, advisory, routes, now }: Judging): JudgeAnew {
  const reread = makeRereader(advisory, (text) => Buffer.from(text));
  return () => {
    const at = now();
    return store.judgeAnew(DEVICES_AT_ONCE, {
      rejudge: (kept, { clockWasAhead }) =>
        clockWasAhead
          ? rejudge(pulledBack(kept, at), advisory, reread, 'clock-corrected')
          : rejudge(kept, advisory, reread),
      announce: (contents) => announce({ ...contents, notes: [] }, routes, advisory),
      now: at,
    });
  };
}

/** `total`: devices to bring over, with those that are done. `from` and `to`: what judged them, and what judges now. */
export type Progress = { readonly done: number; readonly total: number; readonly from: string; readonly to: string };

export function progressText({ done, total, from, to }: Progress): string {
  return `migrating ${number(done)} of ${number(total)} devices (${from} → ${to})`;
}

/** The same while devices that a former version stored are counted. */
export function countingText({ done, total }: Pick<Progress, 'done' | 'total'>): string {
  return `counting ${number(done)} of ${number(total)} devices of a former version: lists and counts of devices are not complete`;
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}

/**
 * Brings all devices over. `onProgress`: called before the first batch and after each; not at all where there is nothing
 * to do. `judge`, `goesOn`: asked before each batch. Returns how many were brought over.
 */
export async function bringOver(
  store: RejudgingStore,
  judge: () => { readonly advisory: Advisory; readonly judgeAnew: JudgeAnew },
  {
    onProgress = () => {},
    onSetAside = () => {},
    goesOn = () => true,
  }: {
    readonly onProgress?: (progress: Progress) => void;
    readonly onSetAside?: (device: SetAside) => void;
    readonly goesOn?: () => boolean;
  },
): Promise<number> {
  const { count, by } = await store.unjudged();
  if (count === 0) return 0;
  const to = judgedBy(judge().advisory);
  let progress: Progress = { done: 0, total: count, from: namesOf(by), to };
  onProgress(progress);
  while (goesOn()) {
    const batch = await judge().judgeAnew();
    if (batch === null) break;
    for (const device of batch.setAside) onSetAside(device);
    const done = progress.done + batch.judged + batch.setAside.length;
    progress = { ...progress, done, total: Math.max(progress.total, done) };
    onProgress(progress);
    await yieldToEventLoop();
  }
  return progress.done;
}

function namesOf(by: Unjudged['by']): string {
  return by.map((name) => name ?? 'an older version').join(' and ');
}

/** `QVW_DATABASE_FOREIGN` where a device was judged otherwise than now: for commands that only read. */
export async function requireJudged(
  store: RejudgingStore & Pick<FleetStore, 'notCounted'>,
  advisory: Advisory,
  data: string,
): Promise<void> {
  const notCounted = await store.notCounted();
  const { count, by } = await store.unjudged();
  if (count === 0 && notCounted > 0)
    throw new OperatingError(
      'QVW_DATABASE_FOREIGN',
      `${number(notCounted)} devices in ${data} were stored by a former version: ` +
        'start the service on it once and wait until /readyz answers 200',
    );
  if (count === 0) return;
  throw new OperatingError(
    'QVW_DATABASE_FOREIGN',
    `${number(count)} devices in ${data} were judged by ${namesOf(by)}, not by ${judgedBy(advisory)}: ` +
      'start the service on it once and wait until /readyz answers 200',
  );
}

/**
 * The same where another advisory judged, for commands that write: only the service brings devices over to another
 * advisory, as a command may have been given the wrong one. An older version of the same advisory is no problem.
 */
export async function requireSameAdvisory(
  store: RejudgingStore & Pick<FleetStore, 'notCounted'>,
  advisory: Advisory,
  data: string,
): Promise<void> {
  const { by } = await store.unjudged();
  if (by.some((name) => name !== null && !isSameAdvisory(name, advisory))) await requireJudged(store, advisory, data);
}
