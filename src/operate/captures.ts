/** Takes what switches show: each capture of a text goes to its device. */
import type { CaptureEvidence } from '../core/capture/evidence.ts';
import type { Capture } from '../core/capture/fact.ts';
import { applyCaptures, type Folded } from '../core/correlate/capture-action.ts';
import type { Correlated, DeviceChange, Known } from '../core/correlate/correlated.ts';
import type { Device } from '../core/model/device.ts';
import { aliasesMeant, keyMeant } from '../core/model/names.ts';
import type { CaptureContext } from '../core/read/capture-time.ts';
import { evidenceOfCapture } from '../core/read/captured.ts';
import { OperatingError } from '../errors.ts';
import type { About } from '../store/ports/devices.ts';
import { type CaptureHints, deviceOf } from './capture-device.ts';
import { CaptureReader } from './capture-reader.ts';
import type { Parts } from './committing.ts';

/** `device`: the name that the capture must be of; null: the capture says it. */
export type CaptureOrder = Pick<CaptureContext, 'at' | 'zone'> &
  CaptureHints & { readonly device: string | null; readonly dryRun: boolean };

/** What was taken of one device. */
export type CaptureTaken = {
  /** The key. */
  readonly device: string;
  readonly evidence: CaptureEvidence;
  readonly capture: Capture;
  /** The names of the kept facts that are new or have another value, then how much was folded: `2 failures`. */
  readonly changed: readonly string[];
  readonly changes: readonly DeviceChange[];
};

/** A part of which nothing is taken, with one sentence for a person. */
export type CaptureRefused = { readonly line: number; readonly text: string };

export type CapturesTaken = {
  readonly taken: readonly CaptureTaken[];
  readonly refused: readonly CaptureRefused[];
};

/** Devices in one commit. */
const DEVICES_AT_ONCE = 200;

type Decide = <T extends Correlated>(about: About, fold: (known: Known) => T) => Promise<T>;

/** A text with what a person says of it. */
export type CaptureGiven = { readonly text: string | Uint8Array; readonly order: CaptureOrder };

/** A capture whose device is found. `of`: the number of its text. */
type Found = {
  readonly of: number;
  readonly capture: Capture;
  readonly evidence: CaptureEvidence;
  readonly key: string;
};

/**
 * Takes texts: what of each was taken, and what was not. Captures of several devices are one commit. `QVW_NOT_FOUND` if there is
 * no device of the name that is asked for.
 */
export async function takeCaptures(
  parts: Parts,
  decide: Decide,
  given: readonly CaptureGiven[],
): Promise<CapturesTaken[]> {
  const reader = new CaptureReader(parts.advisory);
  try {
    return await takeAll(parts, decide, given, reader);
  } finally {
    await reader.end();
  }
}

async function takeAll(
  { store, advisory, now }: Parts,
  decide: Decide,
  given: readonly CaptureGiven[],
  reader: CaptureReader,
): Promise<CapturesTaken[]> {
  const outcomes = given.map(() => ({ taken: [] as CaptureTaken[], refused: [] as CaptureRefused[] }));
  let found: Found[] = [];
  for (const [of, { text, order }] of given.entries()) {
    const { device: asked, at, zone } = order;
    const wanted = asked === null ? null : await stored(asked);
    if (asked !== null && wanted === null) throw new OperatingError('QVW_NOT_FOUND', `there is no device ${asked}`);
    const { captures, refused } = await reader.read(text);
    outcomes[of]?.refused.push(...refused.map(({ line, text: why }) => ({ line, text: why })));
    for (const capture of captures) {
      const device = await deviceOf(capture, wanted, order, store);
      if (typeof device === 'string') {
        outcomes[of]?.refused.push({ line: capture.sections[0]?.line ?? 1, text: device });
        continue;
      }
      // What a capture adds depends on what the one before it has added.
      if (found.some(({ key }) => key === device.key)) await take();
      const evidence = evidenceOfCapture(capture, advisory, { at, zone, now: now() });
      found.push({ of, capture, evidence, key: device.key });
      if (found.length >= DEVICES_AT_ONCE) await take();
    }
  }
  await take();
  return outcomes;

  /** Commits the captures that are found so far. */
  async function take(): Promise<void> {
    const batch = found;
    found = [];
    if (batch.length === 0) return;
    const before = new Map<string, Device>();
    const keys = batch.map(({ key }) => key);
    const { devices, changes, folded } = await decide({ names: [], keys, newDevices: 0 }, (known) => {
      for (const key of keys) {
        const device = known.devices.get(key);
        if (device !== undefined) before.set(key, device);
      }
      return applyCaptures(
        known,
        batch.map(({ key, evidence }) => [key, evidence]),
        advisory,
      );
    });
    for (const { of, capture, evidence, key } of batch) {
      const former = before.get(key);
      const line = capture.sections[0]?.line ?? 1;
      if (former === undefined) {
        outcomes[of]?.refused.push({
          line,
          text: `The device ${key} was forgotten meanwhile: nothing of it is taken.`,
        });
        continue;
      }
      const changed = [...changedFacts(former, devices.get(key) ?? former), ...newlyFolded(folded.get(key))];
      const ofDevice = changes.filter(({ device }) => device === key);
      outcomes[of]?.taken.push({ device: key, evidence, capture, changed, changes: ofDevice });
    }
  }

  async function stored(name: string): Promise<Device | null> {
    const key = keyMeant(name, await store.aliases(aliasesMeant(name)));
    return (await store.load([key])).get(key) ?? null;
  }
}

function changedFacts(before: Device, after: Device): string[] {
  const values = new Map(before.captured?.facts.map(({ what, value }) => [what, value]));
  const changed = after.captured?.facts.filter(({ what, value }) => values.get(what) !== value) ?? [];
  const roots = after.trustpool !== before.trustpool && after.trustpool?.newRoot !== before.trustpool?.newRoot;
  return [...changed.map(({ what }) => what), ...(roots ? ['roots of the trustpool'] : [])];
}

function newlyFolded(folded: Folded | undefined): string[] {
  if (folded === undefined) return [];
  const { failures, successes, lines } = folded;
  const counts: readonly (readonly [count: number, one: string, more: string])[] = [
    [failures, 'failure', 'failures'],
    [successes, 'success', 'successes'],
    [lines, 'message of the log', 'messages of the log'],
  ];
  return counts.flatMap(([count, one, more]) => (count === 0 ? [] : [`${count} ${count === 1 ? one : more}`]));
}
