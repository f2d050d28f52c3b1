/** Which instances there are: a name has one process at a time, and all that are there judge by the same advisory. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatingError } from '../../errors.ts';
import { version } from '../../version.ts';
import { differenceOf } from '../judgment.ts';
import type { InstanceState } from '../ports/others.ts';
import { migrations } from './schema.ts';
import { Conflict, type Session } from './session.ts';

/** How often an instance is heard of, and after which silence its name is free, in milliseconds. */
export type Beats = { readonly everyMs: number; readonly leaseMs: number };

export const LEASE_MS = 15_000;
/** The instance that a move between databases is: no service starts beside it, as it judges by nothing. */
export const MOVER = 'a move at work';
/** A command that was not heard of for so long has ended without saying so. */
const COMMAND_GONE = '1 hour';
const LISTED = '1 day';
/** A process that stands still has its transaction ended, and its locks with it, before this time. */
const LOCK_MS = 12_000;
export const BEATS: Beats = { everyMs: 5000, leaseMs: LEASE_MS };
/** By the clock of the server. Negative where that clock has stepped back since, as after a failover. */
const SILENT = '(extract(epoch FROM clock_timestamp() - heard_at) * 1000)::float8';

type Parts = {
  /** Runs a statement alone. */
  readonly session: Session;
  /** Runs a transaction. */
  readonly work: <T>(work: (session: Session) => Promise<T>) => Promise<T>;
  readonly instance: string;
  /** A command, whose name is its own: nobody takes it, and nothing of it stays. */
  readonly isCommand?: boolean;
  readonly beats?: Beats | undefined;
  /** The version of the schema that this program is of. */
  readonly schema?: number | undefined;
};

type Row = {
  readonly instance: string;
  readonly process: string;
  readonly advisory: string;
  readonly silentMs: number;
  readonly heardAt: string;
};

export class Presence {
  readonly #session: Session;
  readonly #work: Parts['work'];
  readonly #instance: string;
  readonly #beats: Beats;
  readonly #schema: number;
  readonly #isCommand: boolean;
  #clockOffsetMs: number | null = null;
  readonly #process = randomUUID();
  #timer: NodeJS.Timeout | null = null;
  #judgment: string | null = null;
  /** What the process cannot go on with: another one has the name, or the last beat has met a defect of the program. */
  #end: unknown = null;

  constructor({ session, work, instance, isCommand = false, beats = BEATS, schema = migrations.length }: Parts) {
    this.#session = session;
    this.#work = work;
    this.#instance = instance;
    this.#beats = beats;
    this.#schema = schema;
    this.#isCommand = isCommand;
  }

  /** This process, as others see it. */
  get holder(): string {
    return `${this.#instance} ${this.#process}`;
  }

  /**
   * Takes the name. Waits for the end of the lease of a process that died with it. `QVW_REFUSED` if another process uses it, or
   * if another instance judges otherwise. `judgment`: by what this one judges (`judgmentOf()`). `onWait`: is told for what it waits.
   */
  async take(judgment: string, onWait: (message: string) => void = () => {}): Promise<void> {
    const { leaseMs, everyMs } = this.#beats;
    let first: (Row & { readonly seenAt: number }) | null = null;
    for (;;) {
      // The second time is by the clock of this process: that of the server may have stepped back behind the last beat.
      const seenAt = first?.seenAt ?? Number.POSITIVE_INFINITY;
      const isFree = ({ silentMs }: Row) => silentMs > leaseMs || performance.now() - seenAt > leaseMs;
      const other = await this.#claim(judgment, isFree);
      if (other === null) break;
      if (first === null)
        onWait(
          `another process has, or had, the instance name "${this.#instance}": the start waits until nothing was heard of it for ${leaseMs / 1000} s`,
        );
      else if (other.heardAt !== first.heardAt)
        throw new OperatingError(
          'QVW_REFUSED',
          `another process uses the instance name "${this.#instance}": give each service its own \`instance\``,
        );
      first ??= { ...other, seenAt: performance.now() };
      await delay(everyMs / 10);
    }
    this.#judgment = judgment;
    this.#timer = setInterval(() => void this.#beat(), this.#beats.everyMs).unref();
  }

  /**
   * To be called within each transaction of a service that writes: nobody takes the name before its end. `QVW_REFUSED` where
   * somebody has, as this process stood still or could not reach the server: then nothing of the transaction is stored.
   */
  async holdName(session: Session): Promise<void> {
    if (this.#judgment === null) return;
    const sql = 'SELECT process FROM peer_instance WHERE instance = $1 FOR KEY SHARE';
    const [row] = await session.rows<Pick<Row, 'process'>>(sql, this.#instance);
    if (row?.process === this.#process) return;
    if (row !== undefined) throw this.#lost();
    await this.#renew();
    throw new Conflict(`the row of instance ${this.#instance} was gone`);
  }

  /** Throws where the process cannot go on, as another one has taken the name, or where a beat met a defect. */
  requireTaken(): void {
    if (this.#end !== null) throw this.#end;
  }

  /** This process judges by this from now on. `QVW_REFUSED`, with nothing changed, if another instance judges otherwise. */
  async judgeBy(judgment: string): Promise<void> {
    if (this.#judgment === null || this.#judgment === judgment) return;
    if ((await this.#claim(judgment, () => false)) !== null) throw this.#lost();
    this.#judgment = judgment;
  }

  /** Gives the name back. */
  async leave(): Promise<void> {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    const sql = 'DELETE FROM peer_instance WHERE instance = $1 AND process = $2';
    // A server that cannot be reached at the end lets the lease run out.
    await this.#session.run(sql, this.#instance, this.#process).catch(() => 0);
    if (this.#isCommand) await this.#session.run('DELETE FROM turn WHERE instance = $1', this.#instance).catch(() => 0);
  }

  /** How far the server's clock is ahead of this machine's; the others see it with the next beat. */
  noteClock(offsetMs: number | null): void {
    this.#clockOffsetMs = offsetMs;
  }

  /** As `OtherInstances.instances()`. */
  instances(): Promise<InstanceState[]> {
    return instancesIn(this.#session, this.#beats.leaseMs);
  }

  /** Writes the row of this process. Returns that of another one with the name, unless `isFree` says that it may be replaced. */
  #claim(judgment: string, isFree: (other: Row) => boolean): Promise<Row | null> {
    return this.#work(async (session) => {
      await session.rows(`SET LOCAL lock_timeout = ${LOCK_MS}`);
      // One instance after the other: each sees by what those before it judge.
      await session.rows('SELECT FROM meta FOR UPDATE');
      if (this.#isCommand) await forgetCommands(session);
      await this.#requireSame(session, judgment);
      // Waits for the transactions of the process that has the name: what they write is stored before, or never.
      const [row] = await session.rows<Row>(
        `SELECT instance, process, advisory, ${SILENT} AS "silentMs", heard_at::text AS "heardAt"
         FROM peer_instance WHERE instance = $1 FOR UPDATE`,
        this.#instance,
      );
      if (row !== undefined && row.process !== this.#process && !isFree(row)) return row;
      await session.run(
        `INSERT INTO peer_instance (instance, process, advisory, schema, version, clock_offset_ms, is_command, started_at, heard_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp(), clock_timestamp()) ON CONFLICT (instance) DO UPDATE
         SET process = excluded.process, advisory = excluded.advisory, schema = excluded.schema, version = excluded.version,
           clock_offset_ms = excluded.clock_offset_ms, heard_at = excluded.heard_at, started_at =
             CASE WHEN peer_instance.process = excluded.process THEN peer_instance.started_at ELSE excluded.started_at END`,
        ...[this.#instance, this.#process, judgment, this.#schema, version, this.#clockOffsetMs, this.#isCommand],
      );
      return null;
    });
  }

  async #requireSame(session: Session, judgment: string): Promise<void> {
    const [other] = await session.rows<Pick<Row, 'instance' | 'advisory'>>(
      `SELECT instance, advisory FROM peer_instance
       WHERE instance <> $1 AND advisory <> $2 AND abs(${SILENT}) <= $3::float8 ORDER BY instance LIMIT 1`,
      ...[this.#instance, judgment, this.#beats.leaseMs],
    );
    if (other === undefined) return;
    if (other.instance === MOVER)
      throw new OperatingError('QVW_REFUSED', 'a move of all rows of this database is at work: wait for its end');
    const [theirs, own] = differenceOf(other.advisory, judgment);
    throw new OperatingError(
      'QVW_REFUSED',
      `instance "${other.instance}" judges by ${theirs}, and this one by ${own}: give all the same advisory and the same \`correlation\`, or stop the others first`,
    );
  }

  async #beat(): Promise<void> {
    try {
      await this.#renew();
    } catch (error) {
      // Whoever decides or asks next is told that the server cannot be reached; of the rest by `requireTaken()`.
      if (!(error instanceof OperatingError && error.retryable)) this.#end = error;
    }
  }

  /** Says that this process is there; makes its row again where somebody has deleted it. */
  async #renew(): Promise<void> {
    const sql = `UPDATE peer_instance SET heard_at = clock_timestamp(), clock_offset_ms = $3::float8
      WHERE instance = $1 AND process = $2`;
    if ((await this.#session.run(sql, this.#instance, this.#process, this.#clockOffsetMs)) === 1) return;
    if (this.#judgment === null || this.#timer === null) throw new OperatingError('QVW_REFUSED', 'the store is closed');
    if ((await this.#claim(this.#judgment, () => false)) !== null) throw this.#lost();
  }

  #lost(): OperatingError {
    const error = new OperatingError(
      'QVW_REFUSED',
      `another process has taken the instance name "${this.#instance}", as nothing was heard of this one for ${this.#beats.leaseMs / 1000} s: this one ends; give each service its own \`instance\``,
    );
    this.#end = error;
    return error;
  }
}

/** Milliseconds since 1970 of a column. */
const msOf = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** As `OtherInstances.instances()`. */
export function instancesIn(session: Session, leaseMs = LEASE_MS): Promise<InstanceState[]> {
  return session.rows<InstanceState>(
    `SELECT instance AS name, version, split_part(advisory, ', content ', 1) AS "judgedBy", ${msOf('started_at')} AS "startedAt",
       ${msOf('heard_at')} AS "heardAt", clock_offset_ms AS "clockOffsetMs", abs(${SILENT}) <= $1::float8 AS "isThere"
     FROM peer_instance
     WHERE NOT is_command AND instance <> $2 AND heard_at > clock_timestamp() - interval '${LISTED}' ORDER BY instance`,
    ...[leaseMs, MOVER],
  );
}

async function forgetCommands(session: Session): Promise<void> {
  await session.run(
    `WITH gone AS (DELETE FROM peer_instance WHERE is_command AND heard_at < clock_timestamp() - interval '${COMMAND_GONE}'
       RETURNING instance)
     DELETE FROM turn USING gone WHERE turn.instance = gone.instance`,
  );
}
