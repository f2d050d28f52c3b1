import { randomUUID } from 'node:crypto';
import type { Fate } from '../ports/devices.ts';
import { isHeldUp, isMeeting, toOperatingError } from './failures.ts';
import type { Pools } from './pools.ts';
import { Conflict, type Session, sessionOf, transaction } from './session.ts';

/** How often a transaction is tried at once that met another one. */
const TRIES = 20;
/** How often one that has waited for a lock as long as it may. */
const HELD_UP_TRIES = 2;

/**
 * `isEmpty`: to be set where the turn writes nothing, so that it needs no number. `number()`: gives it its number beside what it
 * writes; else it gets one behind that.
 */
export type Turn = { isEmpty: boolean; readonly number: () => Promise<void> };

const NEXT = `INSERT INTO turn (instance, process, n) VALUES ($1, $2, 1)
  ON CONFLICT (instance) DO UPDATE SET process = excluded.process, n = turn.n + 1 RETURNING n`;

/** A turn whose COMMIT had no answer. `about`: what it was decided for. */
type Unanswered = { readonly n: number; readonly about: object; readonly result: unknown };

/** A turn that a process has had. */
type Last = { readonly process: string | null; readonly n: number };

/**
 * `where`: host and database, for people. `holdName`: called within each transaction that may write; throws where another process
 * has the name of the instance.
 */
export type Whose = {
  readonly instance: string;
  readonly where: string;
  readonly holdName?: (session: Session) => Promise<void>;
};

/** Runs transactions. A turn is one that decides: each has the number behind that of the instance's last one. */
export class Turns {
  readonly #pools: Pools;
  readonly #instance: string;
  readonly #where: string;
  readonly #holdName: (session: Session) => Promise<void>;
  readonly #process = randomUUID();
  /** The last turn, if it is not known whether it was done. */
  #unanswered: Unanswered | null = null;
  /** Turns without an answer that were done: whoever asks for the same again gets the result. */
  readonly #done = new WeakMap<object, { readonly result: unknown }>();

  constructor(pools: Pools, { instance, where, holdName = async () => {} }: Whose) {
    this.#pools = pools;
    this.#instance = instance;
    this.#where = where;
    this.#holdName = holdName;
  }

  /** For questions: each statement alone. */
  reading(): Session {
    const { rows, run } = sessionOf(this.#pools.reading);
    return {
      rows: (sql, ...values) => this.#again(() => rows(sql, ...values)),
      run: (sql, ...values) => this.#again(() => run(sql, ...values)),
    };
  }

  /** For the outbox and what else goes on beside the decisions. */
  readonly deliver = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
    this.#again(() => transaction(this.#pools.delivering, (session) => this.#held(session, work(session))));

  /** For what says which process has the name. */
  readonly name = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
    this.#again(() => transaction(this.#pools.reading, work));

  /**
   * `clear`: called where a try was rolled back. If the answer to the COMMIT was lost, the next turn, whichever it is, asks for
   * the number in the database, which says whether it was done. A call with the same object `about` then gets the result.
   */
  decide<T>(work: (session: Session, turn: Turn) => Promise<T>, clear: () => void, about: object = {}): Promise<T> {
    let [n, isLost] = [0, false];
    const numbered = async (session: Session) => {
      n = 0;
      if (this.#unanswered !== null) await this.#settle(session, this.#unanswered);
      const done = this.#done.get(about);
      if (done !== undefined) return done.result as T;
      const number = async () => {
        const [turn] = await session.rows<{ n: number }>(NEXT, this.#instance, this.#process);
        n = turn?.n ?? 0;
      };
      let numbering: Promise<void> | null = null;
      const own: Turn = { isEmpty: false, number: () => (numbering ??= number()) };
      const result = await this.#held(session, work(session, own));
      if (!own.isEmpty) await own.number();
      return result;
    };
    const unanswered = (result: T) => {
      if (n === 0) return;
      this.#unanswered = { n, about, result };
      isLost = true;
    };
    const decided = async () => {
      try {
        const result = await transaction(this.#pools.deciding, numbered, unanswered);
        this.#done.delete(about);
        return result;
      } catch (error) {
        clear();
        throw error;
      }
    };
    return this.#again(async () => {
      try {
        return await decided();
      } catch (error) {
        if (!isLost) throw error;
        // At once, as the server may be there: the caller has then no error.
        isLost = false;
        return decided();
      }
    });
  }

  /**
   * Finds out whether a turn was done. Waits for a server process that still has its row, also for one that makes the first row
   * of the instance: a SELECT would not see that one.
   */
  async #settle(session: Session, { n, about, result }: Unanswered): Promise<void> {
    const [turn] = await session.rows<Last>(
      'INSERT INTO turn (instance, n) VALUES ($1, 0) ON CONFLICT (instance) DO UPDATE SET n = turn.n RETURNING n, process',
      this.#instance,
    );
    if (isDone(turn, { process: this.#process, n })) this.#done.set(about, { result });
    this.#unanswered = null;
  }

  /** As `DecidingStore.fateOf()`. */
  fateOf(about: object): Fate | null {
    if (this.#done.has(about)) return { isStored: true };
    if (this.#unanswered?.about !== about) return null;
    return { turn: JSON.stringify({ process: this.#process, n: this.#unanswered.n }) };
  }

  /** As `Store.wasStored()`. */
  async wasStored(turn: string): Promise<boolean> {
    const [last] = await this.reading().rows<Last>('SELECT n, process FROM turn WHERE instance = $1', this.#instance);
    return isDone(last, JSON.parse(turn));
  }

  /** The question is on the way with the first statements of the work. */
  async #held<T>(session: Session, work: Promise<T>): Promise<T> {
    const [, result] = await Promise.all([this.#holdName(session), work]);
    return result;
  }

  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#failing(work);
      } catch (error) {
        const cause = (error as Error).cause ?? error;
        const most = isHeldUp(cause) ? HELD_UP_TRIES : TRIES;
        if (tries >= most || !(cause instanceof Conflict || isMeeting(cause))) throw error;
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

/** `last`: the last turn of the instance. */
function isDone(last: Last | undefined, { process, n }: Last): boolean {
  return last !== undefined && last.process === process && last.n >= n;
}
