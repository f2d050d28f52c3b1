import { limits } from '../../core/model/limits.ts';
import { retentionMoved } from '../clocks.ts';
import { unpackIncident } from '../codec/incident-record.ts';
import type { Retained, RetentionPolicy } from '../ports/retention.ts';
import type { PostgresDamage } from './damage.ts';
import type { PostgresDays } from './days.ts';
import type { PostgresEvidence } from './evidence.ts';
import type { PostgresIncidents } from './incidents.ts';
import type { Session } from './session.ts';

/** An incident that is over. `lastAt`: its last change; null where no change is stored any more. */
type Over = {
  readonly id: string;
  readonly device: string;
  readonly ordinal: number;
  readonly openedAt: number;
  readonly record: string;
  readonly lastAt: number | null;
};

type Position = Pick<Over, 'openedAt' | 'device' | 'ordinal'>;
const START: Position = { openedAt: -Number.MAX_VALUE, device: '', ordinal: 0 };

type Parts = {
  readonly damage: PostgresDamage;
  readonly incidents: PostgresIncidents;
  readonly evidence: PostgresEvidence;
  readonly days: PostgresDays;
};

/** Deletes what is too old, in a pass of steps. To be called within transactions. */
export class PostgresRetention {
  readonly #parts: Parts;
  readonly #most: number;
  /** Where the pass is in the incidents; null where it is behind them. */
  #position: Position | null = START;

  /** `most`: how many incidents there may be. */
  constructor(parts: Parts, most: number = limits.incidentRows) {
    this.#parts = parts;
    this.#most = most;
  }

  /**
   * See `RetentionStore.moveRetention()`. A new store begins with the newest line that it has. The clock goes on once, however
   * many instances move it: none takes it further than its own time has passed since the row was read.
   */
  async move(session: Session, now: number, passedMs: number): Promise<number> {
    const stored = await this.#clock(session);
    const sql = 'SELECT nullif(max(last_seen), 0) AS at FROM device';
    const before = stored ?? (await session.rows<{ at: number | null }>(sql))[0]?.at ?? now;
    const at = retentionMoved(before, now, passedMs);
    await session.run(
      'INSERT INTO retention (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at',
      at,
    );
    return at;
  }

  async step(session: Session, policy: RetentionPolicy): Promise<Retained | null> {
    const { incidentsMs, evidenceMs, transitionsMs, unparsedMs } = policy;
    const at = await this.#clock(session);
    if (at === null) return null;
    if (this.#position !== null) return this.#overIncidents(session, at - incidentsMs, at - evidenceMs);
    const limit = limits.retainedAtOnce;
    const transitions = await session.run(
      `DELETE FROM transition WHERE id IN (
         SELECT id FROM transition WHERE decided_at < $1 AND NOT EXISTS (
           SELECT 1 FROM incident WHERE incident.device = transition.device AND incident.ordinal = transition.ordinal
             AND incident.state NOT IN ('resolved', 'closed')) LIMIT $2)`,
      ...[at - transitionsMs, limit],
    );
    const older = (table: string, id: string, column: string, before: number) =>
      session.run(
        `DELETE FROM ${table} WHERE ${id} IN (SELECT ${id} FROM ${table} WHERE ${column} < $1 LIMIT $2)`,
        ...[before, limit],
      );
    const unparsed = await older('unparsed', 'id', 'received_at', at - unparsedMs);
    const deliveries = await older('delivered', 'n', 'delivered_at', at - transitionsMs);
    if (transitions + unparsed + deliveries > 0)
      return { incidents: 0, evidence: 0, transitions, unparsed, deliveries };
    await this.#parts.days.trim(session, at);
    this.#position = START;
    return null;
  }

  async #clock(session: Session): Promise<number | null> {
    const [row] = await session.rows<{ at: number }>('SELECT at FROM retention FOR UPDATE');
    return row?.at ?? null;
  }

  async #overIncidents(session: Session, incidentsBefore: number, evidenceBefore: number): Promise<Retained> {
    const limit = limits.retainedAtOnce;
    const [all] = await session.rows<{ count: number }>('SELECT count(*) AS count FROM incident');
    let excess = (all?.count ?? 0) - this.#most;
    // Beyond the bound, the age does not matter.
    const before = excess > 0 ? Number.MAX_VALUE : Math.max(incidentsBefore, evidenceBefore);
    const { openedAt, device, ordinal } = this.#position ?? START;
    const rows = await session.rows<Over>(
      `SELECT id, device, ordinal, opened_at AS "openedAt", record,
         (SELECT max(at) FROM transition WHERE transition.device = incident.device
            AND transition.ordinal = incident.ordinal) AS "lastAt"
       FROM incident WHERE (opened_at, device, ordinal) > ($1::float8, $2::text, $3::int4) AND opened_at < $4
         AND state IN ('resolved', 'closed') ORDER BY opened_at, device, ordinal LIMIT $5`,
      ...[openedAt, device, ordinal, before, limit],
    );
    let [incidents, evidence] = [0, 0];
    for (const row of rows) {
      const incident = this.#parts.damage.readOne('incident', row.id, () => unpackIncident(row.record));
      const endedAt = endOf(row, incident?.resolvedAt ?? null);
      const isTooOld = endedAt < incidentsBefore || excess > 0;
      if (isTooOld || endedAt < evidenceBefore)
        evidence += await this.#parts.evidence.removeOf(session, row.device, row.ordinal);
      if (!isTooOld) continue;
      await this.#parts.incidents.removeOver(session, row);
      incidents++;
      excess--;
    }
    this.#parts.incidents.rows.removedBefore = incidentsBefore;
    this.#position = rows.length < limit ? null : (rows.at(-1) ?? null);
    return { incidents, evidence, transitions: 0, unparsed: 0, deliveries: 0 };
  }
}

/** An incident ended with its last change at the latest. */
function endOf({ openedAt, lastAt }: Over, resolvedAt: string | null): number {
  const resolved = resolvedAt === null ? openedAt : Date.parse(resolvedAt);
  return Math.max(openedAt, resolved, lastAt ?? Number.NEGATIVE_INFINITY);
}
