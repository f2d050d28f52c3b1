/** Connections to PostgreSQL: to the first host of the URL that is no standby. */
import pg from 'pg';
import { OperatingError } from '../../errors.ts';
import { toOperatingError } from './failures.ts';
import { requireUsable } from './requirements.ts';
import { types } from './session.ts';
import type { Connection, Target } from './target.ts';

/**
 * After how long the server ends a statement, a wait for a lock, and a transaction of a process that stands still. `answerMs`:
 * how much longer than `statementMs` an answer is waited for; then the host is gone, or the server stands still.
 */
export type Deadlines = {
  readonly statementMs: number;
  readonly lockMs: number;
  readonly idleMs: number;
  readonly answerMs: number;
};

/** How many connections an instance has: one decides, two deliver, four read. */
export const CONNECTIONS = 7;
export type Pools = { readonly deciding: pg.Pool; readonly delivering: pg.Pool; readonly reading: pg.Pool };

/**
 * A plan that was made while the tables were empty would read all of them later: what decides looks up keys only. Locks are held
 * for one fold, and nobody waits for an instance that stands still.
 */
const PLANS = 'SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off';
/** Nobody ends what a pool keeps open. PostgreSQL has the second setting since version 17. */
const KEPT =
  "SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('idle_session_timeout', 'transaction_timeout')";
const deciding = ({ statementMs, lockMs, idleMs }: Deadlines) =>
  `${PLANS}; ${KEPT}; SET statement_timeout = ${statementMs}; SET lock_timeout = ${lockMs};
   SET idle_in_transaction_session_timeout = ${idleMs}`;
const OTHERS_MS = 30_000;
/** Shorter than the lease of a name: who takes it waits for the transactions of a process that stands still. */
const IDLE_MS = 10_000;
const DECIDING: Deadlines = { statementMs: 5000, lockMs: 2000, idleMs: IDLE_MS, answerMs: 5000 };
const OTHERS = `${KEPT}; SET statement_timeout = ${OTHERS_MS}; SET idle_in_transaction_session_timeout = ${IDLE_MS}`;
const CONNECT_MS = 3000;
/** How long a start, a check or a move waits for a transaction of another client that holds a table or a row. */
const LOCK_MS = 5000;
/** For one of a pool that is free. */
const FREE_MS = 5000;
/** A connection without traffic is probed after this time: a host that is gone is found out. */
const KEEP_ALIVE_MS = 5000;

const SETTINGS: pg.ClientConfig = {
  ...{ types, connectionTimeoutMillis: CONNECT_MS, fallback_application_name: 'quovadis-watch' },
  ...{ keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MS },
};

/** No connection is made before one is asked for. */
export function poolsOf(target: Target, { readOnly = false, deadlines = DECIDING } = {}): Pools {
  const hosts = new Hosts(target);
  const access = readOnly ? '; SET default_transaction_read_only = on' : '';
  const { statementMs, answerMs } = deadlines;
  const others = { settings: OTHERS + access, answeredMs: OTHERS_MS + answerMs };
  return {
    deciding: poolOf(hosts, 1, { settings: deciding(deadlines) + access, answeredMs: statementMs + answerMs }),
    delivering: poolOf(hosts, 2, others),
    reading: poolOf(hosts, 4, others),
  };
}

/**
 * Does something with one connection to a database that can be used: looks at it, or brings it over. `writes`: whether something is
 * to be stored. Returns the target from the host on that could be used, for pools. Throws operating errors.
 */
export async function withClient(
  target: Target,
  work: (client: pg.Client) => Promise<void>,
  { writes = true } = {},
): Promise<Target> {
  const { client, found } = await connected(target);
  try {
    await requireUsable(client, target.where, { writes });
    await work(client);
    return found;
  } catch (error) {
    throw toOperatingError(error, target.where);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Throws operating errors; where no host can be used, what is wrong with each. */
export async function connectTo(target: Target): Promise<pg.Client> {
  return (await connected(target)).client;
}

/** `found`: the target again, from the host on that has answered. */
async function connected(target: Target): Promise<{ readonly client: pg.Client; readonly found: Target }> {
  const failures: OperatingError[] = [];
  for (const [index, { options, where }] of target.connections.entries()) {
    const client = new pg.Client({ ...options(), ...SETTINGS, pipeline: false });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query(`SET lock_timeout = ${LOCK_MS}`);
      await requirePrimary(client, where);
      const { connections } = target;
      return {
        client,
        found: { ...target, connections: [...connections.slice(index), ...connections.slice(0, index)] },
      };
    } catch (error) {
      await client.end().catch(() => {});
      const failure = toOperatingError(error, where);
      if (!(failure instanceof OperatingError)) throw failure;
      failures.push(failure);
    }
  }
  const [first, ...others] = failures;
  if (first !== undefined && others.length === 0) throw first;
  throw OperatingError.of(
    'QVW_DATABASE_FAILED',
    failures.map(({ message }) => message),
  );
}

/** Which host is in use: the next one where it cannot be reached or is a standby. */
class Hosts {
  readonly target: Target;
  #at = 0;

  constructor(target: Target) {
    this.target = target;
  }

  get current(): Connection {
    return this.target.connections[this.#at % this.target.connections.length] as Connection;
  }

  /** `from`: the one that failed; another connection may have gone on already. */
  next(from: Connection): void {
    if (this.current === from) this.#at++;
  }
}

/** `answeredMs`: after how long a statement without an answer fails, with its connection. */
type Settings = { readonly settings: string; readonly answeredMs: number };

function poolOf(hosts: Hosts, max: number, { settings, answeredMs }: Settings): pg.Pool {
  class Client extends pg.Client {
    readonly #host: Connection;
    readonly #failure: Error | null;

    constructor() {
      // The pool may call this where nobody would take what it throws.
      const { options, failure } = optionsNow(hosts.current);
      super({ ...options, ...SETTINGS, pipeline: true, query_timeout: answeredMs });
      this.#failure = failure;
      this.#host = hosts.current;
      this.on('error', () => hosts.next(this.#host));
    }

    override connect(callback?: unknown): Promise<pg.Client> {
      const isDone = (error: Error | null) => {
        if (error !== null) hosts.next(this.#host);
        (callback as (error: Error | null) => void)(error);
      };
      if (this.#failure === null) super.connect(isDone as never);
      else setImmediate(isDone, this.#failure);
      return undefined as never;
    }

    isStandby(): void {
      hosts.next(this.#host);
    }
  }
  const pool = new pg.Pool({
    ...{ max, idleTimeoutMillis: 0, connectionTimeoutMillis: FREE_MS, Client: Client as never },
    onConnect: async (client) => {
      try {
        await client.query(settings);
        await requirePrimary(client, hosts.target.where);
      } catch (error) {
        (client as Client).isStandby();
        throw error;
      }
    },
  });
  // A connection that breaks while nobody uses it is made anew when it is asked for.
  pool.on('error', () => {});
  return pool;
}

/** At a start all files were there: one that is being replaced passes. */
function optionsNow({ options, where }: Connection): { options: pg.ClientConfig; failure: OperatingError | null } {
  try {
    return { options: options(), failure: null };
  } catch (error) {
    const { message } = error as Error;
    const failure = new OperatingError('QVW_DATABASE_FAILED', `PostgreSQL at ${where} is not asked, as ${message}`, {
      cause: error,
      reason: 'a certificate for PostgreSQL cannot be read',
    });
    return { options: {}, failure };
  }
}

async function requirePrimary(client: pg.ClientBase, where: string): Promise<void> {
  const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
  if (rows[0]?.standby === true)
    throw new OperatingError(
      'QVW_DATABASE_FAILED',
      `PostgreSQL at ${where} is a standby (in recovery): name the primary in \`store\`, or all hosts with commas`,
      { reason: 'only a standby of PostgreSQL answers' },
    );
}
