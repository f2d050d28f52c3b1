import type Database from 'better-sqlite3';
import { limits } from '../../core/model/limits.ts';
import { retentionMoved } from '../clocks.ts';
import type { Retained, RetentionPolicy } from '../ports/retention.ts';
import type { SqliteEvidence } from './evidence.ts';
import type { SqliteIncidents } from './incidents.ts';
import type { SqliteOutbox } from './outbox.ts';
import { prepareColumn } from './statements.ts';

/** An incident that is over. `lastAt`: its last change; null where no change is stored any more. */
type Over = {
  readonly device: string;
  readonly ordinal: number;
  readonly openedAt: string;
  readonly resolvedAt: string | null;
  readonly lastAt: number | null;
};

function prepare(database: Database.Database) {
  return {
    clock: prepareColumn<[], number>(database, 'SELECT at FROM retention'),
    newest: prepareColumn<[], number | null>(database, 'SELECT max(last_seen) FROM device'),
    setClock: database.prepare('INSERT OR REPLACE INTO retention (id, at) VALUES (1, ?)'),
    over: database.prepare<[object], Over>(
      `SELECT device, ordinal, opened_at AS openedAt, json_extract(record, '$.resolvedAt') AS resolvedAt,
         (SELECT max(at) FROM transition WHERE transition.device = incident.device
            AND transition.ordinal = incident.ordinal) AS lastAt
       FROM incident WHERE (opened_at, device, ordinal) > (@openedAt, @device, @ordinal) AND opened_at < @before
         AND state IN ('resolved', 'closed') AND json_valid(record)
       ORDER BY opened_at, device, ordinal LIMIT @limit`,
    ),
    count: prepareColumn<[], number>(database, 'SELECT count(*) FROM incident'),
    transitions: database.prepare(
      `DELETE FROM transition WHERE id IN (
         SELECT id FROM transition WHERE decided_at < @before AND NOT EXISTS (
           SELECT 1 FROM incident WHERE incident.device = transition.device AND incident.ordinal = transition.ordinal
             AND incident.state NOT IN ('resolved', 'closed'))
         LIMIT @limit)`,
    ),
    unparsed: database.prepare(
      'DELETE FROM unparsed WHERE id IN (SELECT id FROM unparsed WHERE received_at < ? LIMIT ?)',
    ),
  };
}

const START = { openedAt: '', device: '', ordinal: 0 };
type Position = typeof START;

type Parts = {
  readonly incidents: SqliteIncidents;
  readonly evidence: SqliteEvidence;
  readonly outbox: SqliteOutbox;
};

/** Deletes what is too old, in a pass of steps. To be called within transactions. */
export class SqliteRetention {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #incidents: SqliteIncidents;
  readonly #evidence: SqliteEvidence;
  readonly #outbox: SqliteOutbox;
  readonly #mostIncidents: number;
  /** Where the pass is in the incidents; null where it is behind them. */
  #position: Position | null = START;

  /** `most`: how many incidents there may be. */
  constructor(database: Database.Database, { incidents, evidence, outbox }: Parts, most: number) {
    this.#statements = prepare(database);
    this.#incidents = incidents;
    this.#evidence = evidence;
    this.#outbox = outbox;
    this.#mostIncidents = most;
  }

  /** See `RetentionStore.moveRetention()`. A new store begins with the newest line that it has. */
  move(now: number, passedMs: number): number {
    const before = this.#statements.clock.get() ?? this.#statements.newest.get() ?? now;
    const at = retentionMoved(before, now, passedMs);
    this.#statements.setClock.run(at);
    return at;
  }

  step({ incidentsMs, evidenceMs, transitionsMs, unparsedMs }: RetentionPolicy): Retained | null {
    const at = this.#statements.clock.get();
    if (at === undefined) return null;
    if (this.#position !== null) return this.#overIncidents(at - incidentsMs, at - evidenceMs);
    const limit = limits.retainedAtOnce;
    const transitions = this.#statements.transitions.run({ before: at - transitionsMs, limit }).changes;
    const unparsed = this.#statements.unparsed.run(at - unparsedMs, limit).changes;
    const deliveries = this.#outbox.removeDelivered(at - transitionsMs, limit);
    if (transitions + unparsed + deliveries > 0)
      return { incidents: 0, evidence: 0, transitions, unparsed, deliveries };
    this.#incidents.trimDays(at);
    this.#position = START;
    return null;
  }

  #overIncidents(incidentsBefore: number, evidenceBefore: number): Retained {
    const limit = limits.retainedAtOnce;
    let excess = this.#statements.count.get() ?? 0;
    excess -= this.#mostIncidents;
    // Beyond the bound, the age does not matter.
    const before = excess > 0 ? '9' : isoOf(Math.max(incidentsBefore, evidenceBefore));
    const rows = this.#statements.over.all({ ...(this.#position ?? START), before, limit });
    let [incidents, evidence] = [0, 0];
    for (const row of rows) {
      const endedAt = endOf(row);
      const isTooOld = endedAt < incidentsBefore || excess > 0;
      if (isTooOld || endedAt < evidenceBefore) evidence += this.#evidence.removeOf(row.device, row.ordinal);
      if (!isTooOld) continue;
      this.#incidents.removeOver(row.device, row.ordinal);
      incidents++;
      excess--;
    }
    this.#incidents.removedBefore(incidentsBefore);
    this.#position = rows.length < limit ? null : (rows.at(-1) ?? null);
    return { incidents, evidence, transitions: 0, unparsed: 0, deliveries: 0 };
  }
}

/** An incident ended with its last change at the latest. */
function endOf({ openedAt, resolvedAt, lastAt }: Over): number {
  return Math.max(Date.parse(openedAt), Date.parse(resolvedAt ?? openedAt), lastAt ?? Number.NEGATIVE_INFINITY);
}

function isoOf(ms: number): string {
  return new Date(Math.max(0, ms)).toISOString();
}
