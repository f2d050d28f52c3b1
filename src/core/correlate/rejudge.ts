/**
 * Judges a stored device anew, under another advisory or by other rules, from what is kept of its lines
 * ([decision 17](../../../docs/adr/0017-stored-devices-are-judged-anew-from-what-is-kept.md)).
 */
import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../model/device.ts';
import { type DeviceState, newDeviceState, type SignalEvent } from '../model/device-state.ts';
import type { Change, Incident } from '../model/incident.ts';
import type { Observation } from '../model/observation.ts';
import type { DeviceChange } from './correlated.ts';
import { type Evidence, evidenceOf, ordinalAfter, signalOf } from './evidence.ts';
import { advanceTo, reassess, type Step } from './machine.ts';
import { asCounted } from './senders.ts';
import { amendments, compact, type Inserted, inOrder, insert, type Timeline } from './timeline.ts';

/** A device with the lines that are kept of its last incident and since: those from `firstOrdinal` on. */
export type Kept = { readonly device: Device; readonly evidence: readonly Evidence[] };

/** `evidence`: the given rows in their order, with the meaning that they have now. */
export type Rejudged = Kept & {
  readonly changes: readonly DeviceChange[];
  /** Earlier states of the device whose incident is over. */
  readonly past: readonly Device[];
};

/** Why stored devices are judged anew. */
export type RejudgeReason = 'advisory-changed' | 'clock-corrected';

/** What a kept line says now; null if it is no message alone (an action of a person, a restart, a repetition). */
export type Reread = (row: Evidence) => Observation | null;

/** The incident from which on the lines of a device are judged anew. Incidents before it stay as they were decided. */
export function firstOrdinal({ state: { incident, ordinal } }: Pick<Device, 'state'>): number {
  return incident?.ordinal ?? ordinal + 1;
}

/**
 * Folds the kept lines again, each with its present meaning and its former time. The incident keeps its number. What
 * differs from the stored incident is one change with this reason; where state and severity are the
 * same there is no change. An incident without a kept line stays as it was decided. Throws if a line cannot be folded.
 */
export function rejudge(
  { device, evidence }: Kept,
  advisory: Advisory,
  reread: Reread,
  reason: RejudgeReason = 'advisory-changed',
): Rejudged {
  const stored = device.state.incident;
  if (stored !== null && !evidence.some((row) => row.ordinal === stored.ordinal)) {
    return { device, evidence, changes: [], past: [] };
  }
  const lines = linesOf(evidence, device, reread);
  const ordinal = firstOrdinal(device) - 1;
  const { timeline, past, rows } = fold(device, lines, ordinal, advisory);
  const watermark = Math.max(device.watermark, timeline.watermark);
  const recomputed = reassess(advanceTo(timeline.state, watermark, advisory).state, advisory);
  const state = withStoredCount(recomputed, stored);
  const judged: Device = { ...device, ...timeline, state, watermark };
  const changes = differences(device.state, { state, past }, watermark, reason);
  const notFolded = (row: Evidence, observation: Observation | null) => {
    return {
      ...rowOf(row, observation, judged, { at: row.foldedAt, changes: [] }, advisory),
      ordinal: Math.min(row.ordinal, state.ordinal + 1),
    };
  };
  return {
    device: judged,
    evidence: evidence.map((row, index) => rows.get(index) ?? notFolded(row, lines[index]?.observation ?? null)),
    changes: changes.map((change) => ({ ...change, device: device.key, receivedAt: null })),
    past: past.map((state) => ({ ...judged, state })),
  };
}

/**
 * The state before the first of these signals, for a fold that begins with the incident behind `ordinal`: what no line
 * says (the inventory), and what the device is known to be since before its first kept line.
 */
export function stateBefore(state: DeviceState, signals: readonly SignalEvent[], ordinal: number): DeviceState {
  const first = signals.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const isBefore = (at: number | null | undefined) => at != null && at < first;
  const says = (fact: 'pid' | 'release' | 'licensing' | 'uses') =>
    signals.some(({ facts }) => facts?.[fact] !== undefined);
  const shown = new Set(signals.map(({ facts }) => facts?.success));
  const isSuccessBefore = (at: number | null) => isBefore(at) && at !== null && !shown.has(at);
  return {
    ...newDeviceState,
    ordinal,
    imported: state.imported,
    ofSeveral: state.ofSeveral,
    pid: says('pid') ? null : state.pid,
    release: says('release') ? null : state.release,
    licensing: says('licensing') ? null : state.licensing,
    uses: says('uses') ? null : state.uses,
    clock: signals.some(({ clock }) => clock !== null) ? null : state.clock,
    lastSuccessAt: isSuccessBefore(state.lastSuccessAt) ? state.lastSuccessAt : null,
    graceFrom: isSuccessBefore(state.graceFrom) ? state.graceFrom : null,
    heals: state.heals.filter(isBefore),
    lostRepair: isBefore(state.lostRepair?.lostAt) ? state.lostRepair : null,
    clockSetAt: isBefore(state.clockSetAt) ? state.clockSetAt : null,
    configuredAt: isBefore(state.configuredAt) ? state.configuredAt : null,
    repair: isBefore(state.repair?.at) ? state.repair : null,
    healed: isBefore(state.healed?.to) ? state.healed : null,
    wrongClock: isBefore(state.wrongClock?.lastAt) ? state.wrongClock : null,
  };
}

/** `index`: of the row; null for a recent signal without a kept line. `observation`: null for no message alone. */
type Line = {
  readonly index: number | null;
  readonly row: Evidence | null;
  readonly observation: Observation | null;
  /** With the time of the fold; null for a line that was too old to be folded. */
  readonly signal: SignalEvent | null;
};

/**
 * The kept lines in the order of their rows, then the recent signals without one. A line that is also a recent signal
 * gets the numbers by which copies of it are recognised.
 */
function linesOf(evidence: readonly Evidence[], { recent, state }: Device, reread: Reread): Line[] {
  const settledAt = successBefore(state);
  const unmatched = new Map<string, SignalEvent[]>();
  for (const signal of recent) {
    const key = `${signal.at} ${signal.mnemonic}`;
    const known = unmatched.get(key);
    if (known === undefined) unmatched.set(key, [signal]);
    else known.push(signal);
  }
  const lines = evidence.map((row, index): Line => {
    const observation = reread(row);
    if (row.foldedAt === null || row.foldedAt <= settledAt) return { index, row, observation, signal: null };
    const known = unmatched.get(`${row.foldedAt} ${row.mnemonic}`)?.shift();
    const { shown: _, ...meant } = observation?.event ?? signalOf(row);
    const event = { ...asCounted(meant, row), at: row.foldedAt, times: row.times, ...numbersOf(known) };
    return { index, row, observation, signal: event };
  });
  for (const signals of unmatched.values()) {
    for (const signal of signals) lines.push({ index: null, row: null, observation: null, signal });
  }
  return lines;
}

/** What a copy of the line is recognised by. */
function numbersOf(known: SignalEvent | undefined) {
  const { fingerprint = null, counter = null, way = null, copies, shown } = known ?? {};
  const unusual = { ...(copies === undefined ? {} : { copies }), ...(shown === undefined ? {} : { shown }) };
  return { fingerprint, counter, way, ...unusual };
}

/**
 * The success before the last incident: a line before it is kept under the same number if it came after the incident
 * before had ended, and decides nothing any more.
 */
function successBefore({ incident, lastSuccessAt }: DeviceState): number {
  const isBefore = incident !== null && lastSuccessAt !== null && lastSuccessAt < incident.openedAt;
  return isBefore ? lastSuccessAt : Number.NEGATIVE_INFINITY;
}

/** Folds as lines are folded when they arrive. `rows`: by index, the folded rows with their present meaning. */
function fold(device: Device, lines: readonly Line[], ordinal: number, advisory: Advisory) {
  const hasLines = lines.some(({ row }) => row !== null);
  // Of a storm only some lines are kept. The others decide nothing here, or the kept lines would not verify the result.
  const isSilent = ({ row, signal }: Line) => hasLines && row === null && signal?.kind !== 'neutral';
  const ordered = lines.flatMap((line) => {
    return line.signal === null || isSilent(line) ? [] : [{ ...line, signal: line.signal }];
  });
  ordered.sort((a, b) => inOrder(a.signal, b.signal));
  // Before the second version of the rules each success began a new year of grace.
  const start = stateBefore(
    { ...device.state, graceFrom: device.state.graceFrom ?? device.state.lastSuccessAt },
    ordered.map(({ signal }) => signal),
    ordinal,
  );
  const from = Number.MIN_SAFE_INTEGER;
  let timeline: Timeline = { snapshot: start, snapshotAt: from, recent: [], state: start, watermark: from };
  const past: DeviceState[] = [];
  const rows = new Map<number, Evidence>();
  const growable = new WeakSet<readonly SignalEvent[]>();
  for (const line of ordered) {
    const inserted = insert(timeline, line.signal, advisory, growable);
    timeline = compact(inserted, advisory);
    past.push(...inserted.past);
    if (line.index !== null) {
      const { row, observation } = line;
      rows.set(line.index, rowOf(row as Evidence, observation, { ...device, ...timeline }, inserted, advisory));
    }
  }
  const silent = lines.filter(isSilent).map(({ signal }) => silenced(signal as SignalEvent));
  return { timeline: withSilent(timeline, silent), past, rows };
}

/** A signal that decides nothing. It stays among the recent ones, so that a copy of its line is recognised. */
function silenced(signal: SignalEvent): SignalEvent {
  return {
    ...signal,
    ...{
      kind: 'neutral',
      family: null,
      cause: null,
      manner: null,
      weight: 0,
      clock: null,
      critical: false,
      facts: null,
    },
  };
}

function withSilent({ snapshot, snapshotAt, recent, state, watermark }: Timeline, silent: SignalEvent[]): Timeline {
  const late = silent.filter(({ at }) => at >= snapshotAt);
  const all = late.length === 0 ? recent : [...recent, ...late].sort(inOrder);
  return { snapshot, snapshotAt, recent: all, state, watermark };
}

/** The row with its present meaning. `after`: the device after its line. */
function rowOf(
  row: Evidence,
  observation: Observation | null,
  after: Device,
  inserted: Pick<Inserted, 'at' | 'changes'>,
  advisory: Advisory,
): Evidence {
  // A change that the passing of time has made before the line is not the line's.
  const decisive = row.decisive || inserted.changes.some(({ at }) => at === inserted.at);
  const line = observation?.line ?? null;
  if (observation === null || line === null) {
    return { ...row, ordinal: ordinalAfter(after.state), decisive, advisory: advisory.name };
  }
  return { ...evidenceOf(after, observation, line, inserted, advisory, row), decisive };
}

/** An incident counts lines that are not kept, too. */
function withStoredCount(state: DeviceState, stored: Incident | null): DeviceState {
  const { incident } = state;
  if (incident === null || stored === null || incident.ordinal !== stored.ordinal) return state;
  return { ...state, incident: { ...incident, evidence: Math.max(incident.evidence, stored.evidence) } };
}

function differences(
  stored: DeviceState,
  judged: Pick<Step, 'state' | 'past'>,
  at: number,
  reason: RejudgeReason,
): Change[] {
  const former = { state: stored, changes: [], past: [] };
  return amendments(former, { ...judged, changes: [] }, at).map((change) => {
    return { ...change, reason };
  });
}
