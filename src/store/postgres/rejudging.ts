import type { DeviceChange } from '../../core/correlate/correlated.ts';
import { CLOCK_AHEAD } from '../../core/correlate/judged-by.ts';
import { firstOrdinal, type Rejudged } from '../../core/correlate/rejudge.ts';
import type { Device } from '../../core/model/device.ts';
import { limits } from '../../core/model/limits.ts';
import { BEYOND_MS } from '../clocks.ts';
import { unpackEvidence } from '../codec/evidence-record.ts';
import { isOverState } from '../days.ts';
import type { Judge, JudgedAnew, SetAside } from '../ports/rejudging.ts';
import type { DaySums, PostgresDays } from './days.ts';
import { unpack } from './device-rows.ts';
import type { PostgresDevices, StoredDevice } from './devices.ts';
import type { PostgresEvidence, StoredEvidence } from './evidence.ts';
import type { PostgresIncidents } from './incidents.ts';
import type { PostgresNames } from './names.ts';
import type { PostgresOutbox } from './outbox.ts';
import type { Session } from './session.ts';

type Parts = {
  readonly devices: PostgresDevices;
  readonly names: PostgresNames;
  readonly incidents: PostgresIncidents;
  readonly evidence: PostgresEvidence;
  readonly outbox: PostgresOutbox;
  readonly days: PostgresDays;
};

type Kept = { readonly stored: StoredDevice; readonly device: Device };
type Outcome = Rejudged & { readonly rows: readonly StoredEvidence[] };

/** Brings rows over that were judged by another advisory or other rules, and sets rows aside that nobody can read. */
export class PostgresRejudging {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** To be called within a transaction. Returns null where no device is left. */
  async judgeAnew(session: Session, limit: number, judge: Judge, days: DaySums): Promise<JudgedAnew | null> {
    const { devices, incidents, evidence, outbox } = this.#parts;
    const rows = await devices.lockUnjudged(session, limit);
    if (rows.length === 0) return null;
    const [kept, setAside]: [Kept[], SetAside[]] = [[], []];
    const unread = new Map<string, string>();
    for (const stored of rows) {
      const device = tried(() => unpack(stored).device);
      if (device instanceof Error) unread.set(stored.key, device.message);
      else kept.push({ stored, device });
    }
    for (const [key, why] of unread) setAside.push({ key, why: `its row cannot be read: ${why}` });
    const since = kept.map(({ device }) => ({ key: device.key, ordinal: firstOrdinal(device) }));
    const lines = Map.groupBy(await evidence.since(session, since), ({ device }) => device);
    const outcomes: Outcome[] = [];
    for (const { stored, device } of kept) {
      const own = lines.get(device.key) ?? [];
      const judged = tried(() =>
        judge.rejudge({ device, evidence: own.map(unpackEvidence) }, { clockWasAhead: stored.judged === CLOCK_AHEAD }),
      );
      if (judged instanceof Error) setAside.push({ key: device.key, why: judged.message });
      else outcomes.push({ ...judged, rows: own });
    }
    const withdrawn: DeviceChange[] = [];
    for (const { key, why } of setAside)
      withdrawn.push(
        ...(await this.#setAside(session, rows, { key, why, isUnread: unread.has(key) }, judge.now, days)),
      );
    const judged = outcomes.map(({ device }) => device);
    const past = outcomes.flatMap((outcome) => outcome.past);
    const changes = outcomes.flatMap((outcome) => outcome.changes);
    const writing = { now: judge.now, changes, days };
    await devices.rewrite(session, judged);
    if (changes.length > 0) await incidents.writeChanges(session, writing);
    await incidents.write(session, [...past, ...judged], writing);
    await incidents.settle(session, [...past, ...judged], judge.now);
    await evidence.rewrite(session, outcomes.flatMap(rewritten));
    const all = [...changes, ...withdrawn];
    const notices = judge.announce({ changes: all, devices: judged, past });
    const droppedNotices = await outbox.write(session, notices, judge.now);
    let forgotten = 0;
    for (const { key, state } of past) {
      const last = state.ordinal - limits.pastIncidents;
      if (last < 1) continue;
      await evidence.removeUpTo(session, key, last);
      forgotten += await incidents.removeUpTo(session, key, last, judge.now, days);
    }
    return { judged: judged.length, setAside, changes: all, evictions: { evicted: 0, forgotten, droppedNotices } };
  }

  /** Returns how many devices were marked. */
  async markBeyond(session: Session, now: number, setBackMs: number): Promise<number> {
    await this.#parts.outbox.pullBack(session, now, setBackMs);
    await this.#parts.days.pullBack(session, now);
    return session.run(
      `UPDATE device SET judged = $1 WHERE last_seen > $2
         OR key IN (SELECT device FROM transition WHERE decided_at > $2 AND at > $2)`,
      ...[CLOCK_AHEAD, now + BEYOND_MS],
    );
  }

  /**
   * Moves the device out of the way: its next line makes a new device. Returns the withdrawal of its incident, if it was
   * open: nobody could close it any more.
   */
  async #setAside(
    session: Session,
    stored: readonly StoredDevice[],
    { key, why, isUnread }: SetAside & { readonly isUnread: boolean },
    now: number,
    days: DaySums,
  ): Promise<DeviceChange[]> {
    const { devices, names, incidents, evidence } = this.#parts;
    const { record = '', blocks = '' } = stored.find((row) => row.key === key) ?? {};
    const kept = {
      device: record,
      blocks,
      names: await names.namesOf(session, key),
      evidence: await evidence.recordsOf(session, key),
    };
    await session.run(
      'INSERT INTO set_aside (key, why, at, record) VALUES ($1, $2, $3, $4)',
      ...[key, why, now, JSON.stringify(kept)],
    );
    await session.run('DELETE FROM set_aside WHERE id <= (SELECT max(id) FROM set_aside) - $1::int8', limits.setAside);
    await devices.remove(session, [key]);
    await names.remove(session, [key]);
    await evidence.removeDevices(session, [key]);
    const last = await incidents.rows.last(session, key);
    if (last === undefined || isOverState(last.state)) return [];
    const { ordinal, state, severity } = last;
    const withdrawn = {
      ...{ type: 'IncidentWithdrawn', ordinal, from: state, to: 'closed', severity, at: now },
      ...{ reason: isUnread ? 'row-damaged' : 'advisory-changed', device: key, receivedAt: null },
    } as DeviceChange;
    await incidents.writeChanges(session, { changes: [withdrawn], now, days });
    return [withdrawn];
  }
}

function rewritten({ rows, evidence }: Outcome) {
  return evidence.flatMap((row, index) => {
    const before = rows[index];
    return before === undefined ? [] : [{ id: before.id, row }];
  });
}

function tried<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error as Error;
  }
}
