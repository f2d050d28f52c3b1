/** Which instances there are: a name has one process at a time, and all that are there judge by the same advisory. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatingError } from '../../errors.ts';
import { migrations } from './schema.ts';
import type { Session } from './session.ts';

/** How often an instance is heard of, and after which silence its name is free, in milliseconds. */
export type Beats = { readonly everyMs: number; readonly leaseMs: number };

export const LEASE_MS = 15_000;
const BEATS: Beats = { everyMs: 5000, leaseMs: LEASE_MS };
/** By the clock of the server. `$1`: the instance. */
const SILENT = 'extract(epoch FROM clock_timestamp() - heard_at) * 1000';

type Row = { readonly instance: string; readonly advisory: string; readonly silentMs: number };

export class Presence {
  readonly #session: Session;
  readonly #instance: string;
  readonly #beats: Beats;
  readonly #schema: number;
  readonly #process = randomUUID();
  #timer: NodeJS.Timeout | null = null;
  #taken = false;
  /** What the last beat failed with, if that is a defect of the program. */
  #defect: unknown = null;

  /** `schema`: its version that this program is of. */
  constructor(session: Session, instance: string, beats: Beats = BEATS, schema = migrations.length) {
    this.#session = session;
    this.#instance = instance;
    this.#beats = beats;
    this.#schema = schema;
  }

  /**
   * Takes the name. Waits for the end of the lease of a process that died with it. `QVW_REFUSED` if another process uses it, or
   * if another instance judges otherwise. `judgedBy`: by what this one judges.
   */
  async take(judgedBy: string): Promise<void> {
    await this.#requireSameAdvisory(judgedBy);
    let before = Number.NEGATIVE_INFINITY;
    while (!(await this.#claim(judgedBy))) {
      const [row] = await this.#session.rows<Row>(
        `SELECT instance, advisory, (${SILENT})::float8 AS "silentMs" FROM peer_instance WHERE instance = $1`,
        this.#instance,
      );
      // It was heard of since the last look.
      if (row !== undefined && row.silentMs < before)
        throw new OperatingError(
          'QVW_REFUSED',
          `another process uses the instance name "${this.#instance}": give each service its own \`instance\``,
        );
      before = row?.silentMs ?? before;
      await delay(this.#beats.everyMs / 10);
    }
    this.#timer = setInterval(() => void this.#beat(), this.#beats.everyMs).unref();
  }

  /** Throws where another process has taken the name, as this one stood still for too long, or where a beat met a defect. */
  requireTaken(): void {
    if (this.#defect !== null) throw this.#defect;
    if (this.#taken)
      throw new OperatingError(
        'QVW_DATABASE_FAILED',
        `another process has taken the instance name "${this.#instance}", as this one stood still: stop one of them`,
      );
  }

  /** Gives the name back. */
  async leave(): Promise<void> {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    const sql = 'DELETE FROM peer_instance WHERE instance = $1 AND process = $2';
    // A server that cannot be reached at the end lets the lease run out.
    await this.#session.run(sql, this.#instance, this.#process).catch(() => 0);
  }

  async #claim(judgedBy: string): Promise<boolean> {
    const claimed = await this.#session.run(
      `INSERT INTO peer_instance (instance, process, advisory, schema, started_at, heard_at)
       VALUES ($1, $2, $3, $5, clock_timestamp(), clock_timestamp()) ON CONFLICT (instance) DO UPDATE
       SET process = excluded.process, advisory = excluded.advisory, schema = excluded.schema, started_at = excluded.started_at,
         heard_at = excluded.heard_at
       WHERE extract(epoch FROM clock_timestamp() - peer_instance.heard_at) * 1000 > $4::float8`,
      ...[this.#instance, this.#process, judgedBy, this.#beats.leaseMs, this.#schema],
    );
    return claimed === 1;
  }

  async #requireSameAdvisory(judgedBy: string): Promise<void> {
    const [other] = await this.#session.rows<Row>(
      `SELECT instance, advisory FROM peer_instance
       WHERE instance <> $1 AND advisory <> $2 AND ${SILENT} <= $3::float8 ORDER BY instance LIMIT 1`,
      ...[this.#instance, judgedBy, this.#beats.leaseMs],
    );
    if (other !== undefined)
      throw new OperatingError(
        'QVW_REFUSED',
        `instance "${other.instance}" judges by ${other.advisory}, and this one by ${judgedBy}: give all the same advisory, or stop the others first`,
      );
  }

  async #beat(): Promise<void> {
    const sql = 'UPDATE peer_instance SET heard_at = clock_timestamp() WHERE instance = $1 AND process = $2';
    try {
      this.#taken = (await this.#session.run(sql, this.#instance, this.#process)) === 0;
    } catch (error) {
      // Whoever decides or asks next is told that the server cannot be reached; of a defect by `requireTaken()`.
      if (!(error instanceof OperatingError)) this.#defect = error;
    }
  }
}
