import type Database from 'better-sqlite3';
import type { DeviceChange } from '../../core/correlate/correlated.ts';
import { CLOCK_AHEAD } from '../../core/correlate/judged-by.ts';
import { firstOrdinal } from '../../core/correlate/rejudge.ts';
import { hourOf } from '../../core/judge/fleet-context.ts';
import type { Device } from '../../core/model/device.ts';
import { limits } from '../../core/model/limits.ts';
import { OperatingError } from '../../errors.ts';
import { BEYOND_MS, LONGEST_WAIT_MS } from '../clocks.ts';
import { deviceProblem } from '../codec/device-problem.ts';
import { unpackDevice } from '../codec/device-record.ts';
import { unpackEvidence } from '../codec/evidence-record.ts';
import { PROJECTION } from '../codec/projected.ts';
import type { Judge, JudgedAnew, SetAside, Unjudged } from '../ports/rejudging.ts';
import { noticeSumWith, sumIfIntact } from './checksums.ts';
import type { SqliteDevices, StoredDevice } from './devices.ts';
import type { SqliteEvidence } from './evidence.ts';
import type { SqliteIncidents } from './incidents.ts';
import type { SqliteMembers } from './members.ts';
import type { SqliteNames } from './names.ts';
import type { SqliteOutbox } from './outbox.ts';
import { prepareColumn } from './statements.ts';

type Parts = {
  readonly devices: SqliteDevices;
  readonly members: SqliteMembers;
  readonly names: SqliteNames;
  readonly incidents: SqliteIncidents;
  readonly evidence: SqliteEvidence;
  readonly outbox: SqliteOutbox;
};

/** A notice of a later time, or one that waits longer than any may: the clock was ahead. */
const IS_BEYOND = '(created_at > @beyond OR next_at > @far)';
const WAITS_UNTIL = `CASE WHEN ${IS_BEYOND} THEN @now ELSE max(@now, next_at - @setBackMs) END`;

const DAMAGED = 'its row is damaged: it is not what was stored';

/** What was judged of one device. */
type Outcome = Pick<JudgedAnew, 'changes'> & { readonly device: Device; readonly past: readonly Device[] };

function prepare(database: Database.Database) {
  return {
    insert: database.prepare('INSERT INTO set_aside (key, why, at, record) VALUES (?, ?, ?, ?)'),
    trim: database.prepare('DELETE FROM set_aside WHERE id <= (SELECT max(id) FROM set_aside) - ?'),
    // What is kept of the fleet says in which hour a device was heard last; it is right where the projection is this version's.
    markBeyond: database.prepare(
      `UPDATE device SET judged = @judged WHERE key IN (
         SELECT device FROM transition WHERE decided_at > @beyond AND at > @beyond
         UNION SELECT key FROM device WHERE last_seen > @beyond AND key IN (
           SELECT key FROM member INDEXED BY member_heard WHERE heard_at >= @hour
           UNION ALL SELECT key FROM device INDEXED BY device_projected WHERE projected < ${PROJECTION}))`,
    ),
    dueNotices: database.prepare(
      `UPDATE notice SET next_at = ${WAITS_UNTIL}, sum = ${sumIfIntact('notice', noticeSumWith({ next_at: WAITS_UNTIL }))}
       WHERE state = 'pending' AND next_at > @now AND (@setBackMs > 0 OR ${IS_BEYOND})`,
    ),
    remove: database.prepare('DELETE FROM set_aside WHERE key = ?'),
    count: prepareColumn<[], number>(database, 'SELECT count(*) FROM set_aside'),
  };
}

/** Brings rows over that were judged by another advisory or other rules, and sets rows aside that nobody can read. */
export class SqliteRejudging {
  readonly #parts: Parts;
  readonly #statements: ReturnType<typeof prepare>;
  /** A savepoint: what fails for one device leaves no trace in the transaction. */
  readonly #rewrite: (row: StoredDevice, judge: Judge) => Outcome;

  constructor(database: Database.Database, parts: Parts) {
    this.#parts = parts;
    this.#statements = prepare(database);
    this.#rewrite = database.transaction((row: StoredDevice, judge: Judge) => this.#rewriteDevice(row, judge));
  }

  unjudged(): Unjudged {
    const groups = this.#parts.devices.unjudgedBy();
    return { count: groups.reduce((sum, { count }) => sum + count, 0), by: groups.map(({ by }) => by) };
  }

  /** To be called within a transaction. Returns null where no device is left. */
  judgeAnew(limit: number, judge: Judge): JudgedAnew | null {
    const { devices, evidence, outbox } = this.#parts;
    const rows = devices.unjudged(limit);
    if (rows.length === 0) return null;
    const outcomes: Outcome[] = [];
    const [setAside, withdrawn]: [SetAside[], DeviceChange[]] = [[], []];
    for (const row of rows) {
      const outcome = this.#tryRewrite(row, judge);
      if (!(outcome instanceof Error)) {
        outcomes.push(outcome);
        continue;
      }
      withdrawn.push(...this.#setAside(row, outcome.message, judge.now));
      setAside.push({ key: row.key, why: outcome.message });
    }
    evidence.clearCache();
    const changes = [...outcomes.flatMap((outcome) => outcome.changes), ...withdrawn];
    const past = outcomes.flatMap((outcome) => outcome.past);
    const notices = judge.announce({ changes, devices: outcomes.map(({ device }) => device), past });
    const droppedNotices = outbox.write(notices, judge.now);
    let forgotten = 0;
    for (const { key, state } of past)
      forgotten += this.#forgetIncidents(key, state.ordinal - limits.pastIncidents, judge.now);
    const evictions = { evicted: 0, forgotten, droppedNotices };
    return { judged: outcomes.length, setAside, changes, evictions };
  }

  /** To be called within a transaction. Returns how many devices were marked. */
  markBeyond(now: number, setBackMs: number): number {
    const beyond = now + BEYOND_MS;
    this.#statements.dueNotices.run({ now, setBackMs, beyond, far: now + LONGEST_WAIT_MS });
    this.#parts.incidents.pullDaysBack(now);
    return this.#statements.markBeyond.run({ judged: CLOCK_AHEAD, beyond, hour: hourOf(beyond) }).changes;
  }

  countSetAside(): number {
    return this.#statements.count.get() ?? 0;
  }

  /** Deletes what was set aside under a key. */
  forget(key: string): void {
    this.#statements.remove.run(key);
  }

  /** Why the device cannot be judged, as an error. An error of SQLite itself is thrown: it may pass. */
  #tryRewrite(row: StoredDevice, judge: Judge): Outcome | Error {
    const { members, incidents } = this.#parts;
    const marks = [members.mark(), incidents.mark()] as const;
    try {
      return this.#rewrite(row, judge);
    } catch (error) {
      members.rollBackTo(marks[0]);
      incidents.rollBackTo(marks[1]);
      const { code } = error as { code?: unknown };
      if (error instanceof OperatingError || (typeof code === 'string' && code.startsWith('SQLITE'))) throw error;
      return error as Error;
    }
  }

  #rewriteDevice(row: StoredDevice, { rejudge, now }: Judge): Outcome {
    const { devices, incidents, evidence } = this.#parts;
    if (row.intact === 0) throw new Error(DAMAGED);
    const stored = unpackDevice(row).device;
    const problem = deviceProblem(stored, row.key);
    if (problem !== null) throw new Error(problem);
    const rows = evidence.since(row.key, firstOrdinal(stored));
    const kept = { device: stored, evidence: rows.map(unpackEvidence) };
    const judged = rejudge(kept, { clockWasAhead: row.judged === CLOCK_AHEAD });
    devices.rewrite(judged.device, row);
    const writing = { changes: judged.changes, now };
    if (judged.changes.length > 0) incidents.writeChanges(writing);
    incidents.write([...judged.past, judged.device], writing, { judgedAnew: true });
    for (const [index, meaning] of judged.evidence.entries()) {
      const before = rows[index];
      if (before !== undefined) evidence.rewrite(before, meaning);
    }
    return judged;
  }

  /**
   * Moves the device out of the way: its next line makes a new device. Returns the withdrawal of its incident, if it was
   * open: nobody could close it any more.
   */
  #setAside({ key, record, blocks }: StoredDevice, why: string, now: number): DeviceChange[] {
    const { devices, names, incidents, evidence } = this.#parts;
    const kept = { device: record, tail: blocks, names: names.namesOf(key), evidence: evidence.recordsOf(key) };
    this.#statements.insert.run(key, why, now, JSON.stringify(kept));
    this.#statements.trim.run(limits.setAside);
    devices.removeOne(key);
    names.remove(key);
    evidence.removeDevice(key);
    const last = incidents.last(key);
    if (last === undefined || last.state === 'resolved' || last.state === 'closed') return [];
    const { ordinal, state, severity } = last;
    const change = { type: 'IncidentWithdrawn', ordinal, from: state, to: 'closed', severity } as const;
    const withdrawn = [
      {
        ...change,
        at: now,
        reason: why === DAMAGED ? 'row-damaged' : 'advisory-changed',
        device: key,
        receivedAt: null,
      } as const,
    ];
    incidents.writeChanges({ changes: withdrawn, now });
    return withdrawn;
  }

  #forgetIncidents(key: string, last: number, now: number): number {
    if (last < 1) return 0;
    this.#parts.evidence.removeUpTo(key, last);
    return this.#parts.incidents.removeUpTo(key, last, now);
  }
}
