/**
 * Captures in the timelines of their devices. What it shows of the past is folded at the time of it, what the device is at the
 * time of the capture. A statement that was folded before is not folded again, so that the same capture changes nothing.
 */
import type { Advisory } from '../advisory/advisory.ts';
import type { CaptureEvidence, ShownFailure, ShownSuccess } from '../capture/evidence.ts';
import type { TrustpoolReading } from '../capture/trustpool.ts';
import { type Captured, mergeCaptured } from '../model/captured.ts';
import type { Device, TrustpoolSeen } from '../model/device.ts';
import type { DeviceFacts } from '../model/device-state.ts';
import { neutral } from '../model/message.ts';
import type { Observation } from '../model/observation.ts';
import { copyIn, isDated } from './copies.ts';
import type { Correlated, Known } from './correlated.ts';
import type { afterLine } from './device-after.ts';
import { Fold } from './fold.ts';
import { observationOf, trustpoolChecked } from './operator-action.ts';
import { newestLineAt, timelineOf } from './timeline.ts';

type Statement = { readonly observation: Observation; readonly hash: number };

/** How many failures, successes and messages of the log of a capture were folded: what was folded before is not among them. */
export type Folded = { readonly failures: number; readonly successes: number; readonly lines: number };

/** Applies captures, each to the device with its key: at most one for a device. An unknown key changes nothing. */
export function applyCaptures(
  known: Known,
  captures: readonly (readonly [key: string, shown: CaptureEvidence])[],
  advisory: Advisory,
): Correlated & { readonly folded: ReadonlyMap<string, Folded> } {
  const applied = captures.flatMap(([key, shown]) => {
    const before = known.devices.get(key);
    return before === undefined ? [] : [takenBy(before, shown, advisory)];
  });
  const folded = new Map(applied.map(({ kept, folded: counts }) => [kept.key, counts]));
  const fold = new Fold(
    known,
    advisory,
    applied.flatMap(({ observations }) => observations),
  );
  let line = 0;
  for (const { kept, observations, isSame } of applied) {
    const after = observations.reduce((device) => fold.fold(device, line++, afterStatement), kept);
    if (!isSame) fold.put(after);
  }
  return { ...fold.correlated(), folded };
}

const afterStatement: typeof afterLine = (device, _observation, _copy, timeline) => ({
  ...device,
  ...timelineOf(timeline),
});

/** `kept`: the device with what is kept of the capture; `isSame`: it says nothing new. */
function takenBy(before: Device, shown: CaptureEvidence, advisory: Advisory) {
  const taken = new Set(before.captured?.taken.map(([hash]) => hash));
  const statements = statementsOf(before, shown, advisory).filter(({ hash }) => !taken.has(hash));
  const captured = mergeCaptured(before.captured, {
    facts: shown.kept,
    taken: statements.map(({ hash, observation }) => [hash, observation.event.at]),
  });
  const trustpool = newerTrustpool(before, shown);
  const { serial, serialAt, pid } = before;
  const { recent, lines } = linesOf(before, shown, advisory);
  const kept: Device = {
    ...before,
    ...{ recent, captured, trustpool, pid: pid ?? shown.state?.facts.pid ?? null, serial: serial ?? shown.serial },
    serialAt: serial === null && shown.serial !== null ? shown.at : serialAt,
  };
  const observations = [...statements.map(({ observation }) => asShown(observation)), ...lines];
  observations.sort((a, b) => a.event.at - b.event.at);
  const isSame =
    observations.length === 0 &&
    recent === before.recent &&
    trustpool === before.trustpool &&
    sameCaptured(captured, before.captured);
  const count = (kind: 'failure' | 'recovery') =>
    statements.filter((each) => each.observation.event.kind === kind).length;
  const folded: Folded = { failures: count('failure'), successes: count('recovery'), lines: lines.length };
  return { kept, observations, isSame, folded };
}

/** What can still decide, in the order of the times. */
function statementsOf(before: Device, shown: CaptureEvidence, advisory: Advisory): Statement[] {
  const { at, successes, failures, state, trustpool } = shown;
  if (at === null) return [];
  const horizon = horizonOf(before, advisory);
  const statements: Statement[] = failures
    .filter((failure) => failure.at >= horizon)
    .map((failure) => ({ observation: observationOfFailure(failure), hash: failure.hash }));
  const last = successes.at(-1);
  for (const success of successes) {
    if (success.at < horizon && success !== last) continue;
    statements.push({ observation: observationOfSuccess(success, Math.max(success.at, horizon)), hash: success.hash });
  }
  if (trustpool !== null && at >= horizon)
    statements.push({ observation: observationOfPool(at, trustpool.reading), hash: trustpool.hash });
  const facts = state === null ? null : at >= horizon ? state.facts : unknownOf(state.facts, before);
  if (state !== null && facts !== null)
    statements.push({
      observation: observationOf(Math.max(at, horizon), 'hint', 'CAPTURE', facts, state.text),
      hash: state.hash,
    });
  return statements;
}

/** What is older than this is too late to be folded at its own time. */
function horizonOf(device: Device, { correlation }: Advisory): number {
  return Math.max(device.snapshotAt, newestLineAt(device) - correlation.latenessMs);
}

/**
 * The lines of the log that are not known yet, in their order. `recent`: a line by syslog without a date has the fingerprint of
 * the line that shows its date, and is no copy of a second one.
 */
function linesOf(before: Device, shown: CaptureEvidence, advisory: Advisory) {
  const horizon = horizonOf(before, advisory);
  const lines: Observation[] = [];
  let { recent } = before;
  for (const line of shown.lines) {
    const { at, fingerprint } = line.event;
    if (at <= before.snapshotAt || at < horizon) continue;
    const copy = copyIn(recent, line.event);
    const known = recent[copy];
    if (known === undefined) lines.push(line);
    else if (!isDated(known)) recent = recent.with(copy, { ...known, fingerprint });
  }
  return { recent, lines };
}

/** Its time is the one that the device shows with it. */
function asShown(observation: Observation): Observation {
  const { event, line } = observation;
  const timing = { at: event.at, used: 'stamp', rejected: null, skewMs: null } as const;
  return { ...observation, event: { ...event, shown: true }, line: line === null ? null : { ...line, timing } };
}

/** Of an old capture only what nothing newer says; null if that is nothing. */
function unknownOf(facts: DeviceFacts, { state }: Device): DeviceFacts | null {
  const { release, pid, licensing, uses } = facts;
  const unknown: DeviceFacts = {
    ...(release === undefined || state.release !== null ? {} : { release }),
    ...(pid === undefined || state.pid !== null ? {} : { pid }),
    ...(licensing === undefined || state.licensing !== null ? {} : { licensing }),
    ...(uses === undefined || state.uses !== null ? {} : { uses }),
  };
  return Object.keys(unknown).length === 0 ? null : unknown;
}

function observationOfFailure({ at, mnemonic, meaning, critical, text, hash }: ShownFailure): Observation {
  const observation = observationOf(at, 'failure', mnemonic, null, text);
  return { ...observation, event: { ...observation.event, ...meaning, critical, fingerprint: hash } };
}

function observationOfPool(at: number, reading: TrustpoolReading): Observation {
  const { observation } = trustpoolChecked(at, reading);
  const { line } = observation;
  return { ...observation, line: line === null ? null : { ...line, raw: `capture: ${line.raw}` } };
}

/** `foldedAt`: the time of the success, or the first time at which it can be folded. */
function observationOfSuccess({ at, server, text, hash }: ShownSuccess, foldedAt: number): Observation {
  const observation = observationOf(foldedAt, 'recovery', 'SHOWN_SUCCESS', { success: at }, text);
  return { ...observation, event: { ...observation.event, ...neutral, kind: 'recovery', server, fingerprint: hash } };
}

/** The trustpool that was shown last. */
function newerTrustpool({ trustpool: known }: Device, { at, trustpool }: CaptureEvidence): TrustpoolSeen | null {
  if (trustpool === null || at === null || (known !== null && known.at >= at)) return known;
  return trustpoolChecked(at, trustpool.reading).trustpool;
}

function sameCaptured(a: Captured | null, b: Captured | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
