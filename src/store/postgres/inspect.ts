/** What `check` tells of a database: nothing in it is changed. */
import { OperatingError } from '../../errors.ts';
import { CLOCKS_APART_MS } from '../clocks.ts';
import { toOperatingError } from './failures.ts';
import { schemaOf } from './migrate.ts';
import { breaksSessions } from './pooler.ts';
import { connectTo, targetOf } from './pools.ts';
import { migrations } from './schema.ts';

const RIGHTS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;

type Server = {
  readonly version: string;
  readonly number: number;
  readonly role: string;
  readonly schema: string;
  readonly now: number;
  readonly fsync: string;
  readonly synchronousCommit: string;
  readonly readOnly: string;
  readonly mayCreate: boolean;
};

/** Lines for people, and what is wrong: each problem is one line that says what to do. */
export type Inspected = { readonly lines: readonly string[]; readonly problems: readonly string[] };

/** `clock`: the wall clock of this machine, in milliseconds. Throws where the server cannot be reached. */
export async function inspect(url: string, clock: () => number): Promise<Inspected> {
  const target = targetOf(url);
  const client = await connectTo(target);
  try {
    const before = clock();
    const { rows } = await client.query<Server>(
      `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
         current_user AS role, coalesce(current_schema(), '') AS schema,
         extract(epoch FROM clock_timestamp())::float8 * 1000 AS now, current_setting('fsync') AS fsync,
         current_setting('synchronous_commit') AS "synchronousCommit",
         current_setting('transaction_read_only') AS "readOnly",
         coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "mayCreate"`,
    );
    const [server] = rows as [Server];
    const offset = server.now - (before + clock()) / 2;
    const problems: string[] = [];
    if (server.number < 140_000) problems.push(`PostgreSQL ${server.version} is too old: use 14 or later`);
    if (server.readOnly === 'on')
      problems.push(`PostgreSQL at ${target.where} is read-only: name the primary first in \`store\``);
    if (server.schema === '') problems.push(`no schema is there for role ${server.role}: set its search_path`);
    if (Math.abs(offset) > CLOCKS_APART_MS)
      problems.push(
        `the clock of this machine differs from that of the server by ${Math.round(offset / 1000)} s: let NTP set both`,
      );
    const schema = server.schema === '' ? 0 : await schemaOf(client, target.where);
    if (schema < migrations.length && !server.mayCreate && server.schema !== '')
      problems.push(
        `role ${server.role} may not make tables: GRANT CREATE, USAGE ON SCHEMA ${server.schema} TO ${server.role}`,
      );
    // Only who owns a table may change it.
    const { rows: ofOthers } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
       AND NOT pg_has_role(relowner, 'USAGE') ORDER BY relname`,
    );
    const [ofOther] = schema > 0 && schema < migrations.length ? ofOthers : [];
    if (ofOther !== undefined)
      problems.push(
        `role ${server.role} does not own table ${ofOther.name}, and this version has to change tables: ALTER TABLE ${ofOther.name} OWNER TO ${server.role}, for all of them`,
      );
    for (const right of schema === 0 ? [] : RIGHTS) {
      const { rows: tables } = await client.query<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
         AND NOT has_table_privilege(oid, $1) ORDER BY relname`,
        [right],
      );
      const [first] = tables;
      if (first !== undefined)
        problems.push(
          `role ${server.role} may not ${right} in table ${first.name}: GRANT ${right} ON ALL TABLES IN SCHEMA ${server.schema} TO ${server.role}`,
        );
    }
    if (await breaksSessions(client, target))
      problems.push(
        `a pooler at ${target.where} gives one session to several connections: set pool_mode = session in PgBouncer, or name the server itself`,
      );
    const safe = server.fsync === 'on' && server.synchronousCommit !== 'off';
    const lines = [
      `PostgreSQL ${server.version} at ${target.where}, role ${server.role}, a primary`,
      `  schema ${schema} of ${migrations.length}${schema > migrations.length ? ', of a newer version that this one goes on beside' : ''}; clock ${Math.round(offset)} ms from this machine's`,
      `  fsync ${server.fsync}, synchronous_commit ${server.synchronousCommit}${safe ? '' : ': a crash of the server may lose commits that were answered'}`,
    ];
    return { lines, problems };
  } catch (error) {
    const failure = toOperatingError(error, target.where);
    if (failure instanceof OperatingError) return { lines: [], problems: [failure.message] };
    throw failure;
  } finally {
    await client.end();
  }
}
