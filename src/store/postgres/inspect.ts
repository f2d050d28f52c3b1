/** What `check` tells of a database: nothing in it is changed. */
import { OperatingError } from '../../errors.ts';
import { CLOCKS_APART_MS } from '../clocks.ts';
import type { InstanceState } from '../ports/others.ts';
import { toOperatingError } from './failures.ts';
import { schemaOf } from './migrate.ts';
import { breaksSessions, broken } from './pooler.ts';
import { CONNECTIONS, connectTo } from './pools.ts';
import { instancesIn } from './presence.ts';
import { failureOf, serverOf, unmetBy } from './requirements.ts';
import { migrations } from './schema.ts';
import { sessionOf } from './session.ts';
import { targetOf } from './target.ts';

/** Whoever owns the table `meta` has made those of this program; others may have put theirs beside them. */
const OWN = "relowner = (SELECT relowner FROM pg_class WHERE oid = to_regclass('meta'))";
const RIGHTS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;

type Settings = {
  readonly now: number;
  readonly fsync: string;
  readonly synchronousCommit: string;
  readonly mayCreate: boolean;
  /** How many connections role and database may have; null where neither has a limit, which superusers never have. */
  readonly most: number | null;
};

/** Lines for people, and what is wrong, with the code that a start would end with: each problem is one line that says what to do. */
export type Inspected = { readonly lines: readonly string[]; readonly failure: OperatingError | null };

/** `clock`: the wall clock of this machine, in milliseconds. Throws where the server cannot be reached. */
export async function inspect(url: string, clock: () => number): Promise<Inspected> {
  const target = targetOf(url);
  const client = await connectTo(target);
  try {
    const before = clock();
    const server = await serverOf(client);
    const { rows } = await client.query<Settings>(
      `SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now, current_setting('fsync') AS fsync,
         current_setting('synchronous_commit') AS "synchronousCommit",
         coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "mayCreate",
         (SELECT least(nullif(rolconnlimit, -1), nullif(datconnlimit, -1)) FROM pg_roles, pg_database
          WHERE rolname = current_user AND datname = current_database() AND NOT rolsuper) AS most`,
    );
    const [settings] = rows as [Settings];
    const offset = settings.now - (before + clock()) / 2;
    const found = unmetBy(server, target.where);
    const wrong = (problem: string) => found.push({ code: 'QVW_DATABASE_FAILED', problem });
    if (Math.abs(offset) > CLOCKS_APART_MS)
      wrong(
        `the clock of this machine differs from that of the server by ${Math.round(offset / 1000)} s: let NTP set both`,
      );
    const schema = server.schema === '' ? 0 : await schemaOf(client, target.where);
    if (schema < migrations.length && !settings.mayCreate && server.schema !== '')
      wrong(
        `role ${server.role} may not make tables: GRANT CREATE, USAGE ON SCHEMA ${server.schema} TO ${server.role}`,
      );
    // Only who owns a table may change it.
    const { rows: ofOthers } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
       AND NOT pg_has_role(relowner, 'USAGE') AND ${OWN} ORDER BY relname`,
    );
    const [ofOther] = schema > 0 && schema < migrations.length ? ofOthers : [];
    if (ofOther !== undefined)
      wrong(
        `role ${server.role} does not own table ${ofOther.name}, and this version has to change tables: ALTER TABLE ${ofOther.name} OWNER TO ${server.role}, for all of them`,
      );
    // Columns that this version adds are not there before its first start.
    let mayRead = schema >= migrations.length;
    for (const right of schema === 0 ? [] : RIGHTS) {
      const { rows: tables } = await client.query<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
         AND NOT has_table_privilege(oid, $1) AND ${OWN} ORDER BY relname`,
        [right],
      );
      const [first] = tables;
      if (first === undefined) continue;
      mayRead = false;
      wrong(
        `role ${server.role} may not ${right} in table ${first.name}: GRANT ${right} ON ALL TABLES IN SCHEMA ${server.schema} TO ${server.role}`,
      );
    }
    if (settings.most !== null && settings.most < CONNECTIONS)
      wrong(
        `role ${server.role} or database ${server.database} has CONNECTION LIMIT ${settings.most}: give it ${CONNECTIONS} for each instance, by ALTER ROLE or ALTER DATABASE`,
      );
    if (await breaksSessions(client, target)) wrong(broken(target.where));
    const safe = settings.fsync === 'on' && settings.synchronousCommit !== 'off';
    const lines = [
      `PostgreSQL ${server.version} at ${target.where}, role ${server.role}, a primary`,
      `  schema ${schema} of ${migrations.length}${schema > migrations.length ? ', of a newer version that this one goes on beside' : ''}; clock ${Math.round(offset)} ms from this machine's`,
      `  fsync ${settings.fsync}, synchronous_commit ${settings.synchronousCommit}${safe ? '' : ': a crash of the server may lose commits that were answered'}`,
    ];
    const instances = mayRead ? await instancesIn(sessionOf(client)) : [];
    return {
      lines: [...lines, ...instances.map((each) => instanceLine(each, settings.now))],
      failure: failureOf(found),
    };
  } catch (error) {
    const failure = toOperatingError(error, target.where);
    if (failure instanceof OperatingError) return { lines: [], failure };
    throw failure;
  } finally {
    await client.end();
  }
}

function instanceLine({ name, version, heardAt, isThere, clockOffsetMs }: InstanceState, now: number): string {
  const of = version === null ? '' : `, version ${version}`;
  const clock = clockOffsetMs === null ? 'clock not known' : `clock ${Math.round(clockOffsetMs)} ms from its machine's`;
  const heard = isThere ? 'is there' : `was heard of last ${Math.round((now - heardAt) / 1000)} s ago`;
  return `  instance ${name}${of}: ${heard}; ${clock}`;
}
