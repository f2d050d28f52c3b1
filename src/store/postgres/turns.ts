import { isMeeting, toOperatingError } from './failures.ts';
import type { Pools } from './pools.ts';
import { Conflict, type Session, sessionOf, transaction } from './session.ts';

/** How often a transaction is tried at once that met another one. */
const TRIES = 20;

/** `isEmpty`: to be set where the turn writes nothing, so that it needs no number. */
export type Turn = { isEmpty: boolean };

/** Runs transactions. A turn is one that decides: each has the number behind that of the instance's last one. */
export class Turns {
  readonly #pools: Pools;
  readonly #instance: string;
  readonly #where: string;

  constructor(pools: Pools, instance: string, where: string) {
    this.#pools = pools;
    this.#instance = instance;
    this.#where = where;
  }

  /** For questions: each statement alone. */
  reading(): Session {
    const { rows, run } = sessionOf(this.#pools.reading);
    return {
      rows: (sql, ...values) => this.#failing(() => rows(sql, ...values)),
      run: (sql, ...values) => this.#failing(() => run(sql, ...values)),
    };
  }

  /** For the outbox and what else goes on beside the decisions. */
  readonly deliver = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
    this.#again(() => transaction(this.#pools.delivering, work));

  /**
   * `clear`: called where a try was rolled back. If the answer to the COMMIT was lost, the number of the turn in the database
   * says whether it was done: then it is not done again.
   */
  decide<T>(work: (session: Session, turn: Turn) => Promise<T>, clear: () => void): Promise<T> {
    let n = 0;
    const numbered = async (session: Session) => {
      const own: Turn = { isEmpty: false };
      const result = await work(session, own);
      if (own.isEmpty) return result;
      const [turn] = await session.rows<{ n: number }>(
        `INSERT INTO turn (instance, n) VALUES ($1, 1) ON CONFLICT (instance) DO UPDATE SET n = turn.n + 1 RETURNING n`,
        this.#instance,
      );
      n = turn?.n ?? 0;
      return result;
    };
    return this.#again(async () => {
      try {
        return await transaction(this.#pools.deciding, numbered, () => this.#isDone(n));
      } catch (error) {
        clear();
        throw error;
      }
    });
  }

  async #isDone(n: number): Promise<boolean> {
    const sql = 'SELECT n FROM turn WHERE instance = $1';
    const [turn] = await sessionOf(this.#pools.reading).rows<{ n: number }>(sql, this.#instance);
    return turn?.n === n;
  }

  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#failing(work);
      } catch (error) {
        const cause = (error as Error).cause ?? error;
        if (tries >= TRIES || !(cause instanceof Conflict || isMeeting(cause))) throw error;
      }
    }
  }

  async #failing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toOperatingError(error, this.#where);
    }
  }
}
