import type { Device } from '../../core/model/device.ts';
import { OperatingError } from '../../errors.ts';
import { packDevice, unpackDevice } from '../codec/device-record.ts';
import { PostgresDamage } from '../postgres/damage.ts';
import { DEVICE, type DeviceRow, unpack } from '../postgres/device-rows.ts';
import { PostgresDevices } from '../postgres/devices.ts';
import { migrate, requireSame } from '../postgres/migrate.ts';
import { type Pools, poolsOf, withClient } from '../postgres/pools.ts';
import { LEASE_MS, MOVER, Presence } from '../postgres/presence.ts';
import type { Session } from '../postgres/session.ts';
import { targetOf } from '../postgres/target.ts';
import { Turns } from '../postgres/turns.ts';
import type { Projection } from '../projection.ts';
import type { Mark, Side } from './side.ts';
import { type MovedRow, type MovedTable, movedTables, pageOf, ROWS_AT_ONCE, sumsOfDays } from './tables.ts';

export class PostgresSide implements Side {
  readonly place: string;
  readonly #pools: Pools;
  readonly #session: Session;
  readonly #turns: Turns;
  readonly #presence: Presence;
  readonly #devices: PostgresDevices;
  /** Whose rows the moved ones are. */
  readonly #instance: string;

  /** `isTarget`: the tables are made where they are missing. Throws where an instance of the service uses the database. */
  static async open(url: string, projection: Projection, instance: string, isTarget: boolean): Promise<PostgresSide> {
    const target = targetOf(url);
    const found = await withClient(target, async (client) => {
      if (isTarget) await migrate(client, { where: target.where, instance: MOVER });
      await requireSame(client, target.where);
    });
    const side = new PostgresSide(poolsOf(found), projection, instance, `PostgreSQL at ${target.where}`);
    try {
      await side.#takeAlone();
      return side;
    } catch (error) {
      await side.close();
      throw error;
    }
  }

  private constructor(pools: Pools, projection: Projection, instance: string, place: string) {
    this.#pools = pools;
    const holdName = (session: Session) => this.#presence.holdName(session);
    this.#turns = new Turns(pools, { instance: MOVER, where: place, holdName });
    this.#session = this.#turns.reading();
    this.#presence = new Presence({ session: this.#session, work: this.#turns.name, instance: MOVER });
    this.#devices = new PostgresDevices(projection, new PostgresDamage());
    this.#instance = instance;
    this.place = place;
  }

  async page(table: MovedTable, after: readonly unknown[] | null): Promise<readonly MovedRow[]> {
    if (table.name === 'device') return this.#devicesBehind((after?.[0] as string | undefined) ?? '');
    const expressions = table.name === 'day' ? sumsOfDays(table.columns) : EXPRESSIONS[table.name];
    return this.#session.rows<MovedRow>(
      pageOf(table, after, (n) => `$${n}`, expressions),
      ...(after ?? []),
    );
  }

  async put(table: MovedTable, rows: readonly MovedRow[], mark: Mark): Promise<void> {
    await this.#turns.deliver(async (session) => {
      if (table.name === 'device') await this.#putDevices(session, rows);
      else await this.#putRows(session, table, rows);
      await session.run(
        `INSERT INTO moving (id, source, tab, after) VALUES (1, $1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET tab = excluded.tab, after = excluded.after`,
        ...[mark.from, mark.table, JSON.stringify(mark.after)],
      );
    });
  }

  async mark(): Promise<Mark | null> {
    type Row = { readonly source: string; readonly tab: string; readonly after: string };
    const [row] = await this.#session.rows<Row>('SELECT source, tab, after FROM moving');
    return row === undefined ? null : { from: row.source, table: row.tab, after: JSON.parse(row.after) };
  }

  async finish(): Promise<void> {
    await this.#turns.deliver(async (session) => {
      for (const { name, key } of movedTables.filter(
        ({ name, key }) => key.length === 1 && !WITHOUT_SEQUENCE.has(name),
      ))
        await session.rows(
          `SELECT setval(pg_get_serial_sequence('${name}', '${key[0]}'), (SELECT max(${key[0]}) FROM ${name}))
           WHERE EXISTS (SELECT 1 FROM ${name})`,
        );
      await session.run('DELETE FROM moving');
    });
  }

  async close(): Promise<void> {
    await this.#presence.leave();
    await Promise.all(Object.values(this.#pools).map((pool) => pool.end()));
  }

  async #devicesBehind(after: string): Promise<MovedRow[]> {
    const rows = await this.#session.rows<DeviceRow & { readonly judged: string | null }>(
      `SELECT ${DEVICE}, judged FROM device WHERE key > $1 ORDER BY key LIMIT ${ROWS_AT_ONCE}`,
      after,
    );
    return rows.map(({ judged, ...row }) => {
      const device = this.#unpacked(row);
      return { key: row.key, judged, record: packDevice(device, { recent: device.recent, blocks: NO_BLOCKS }) };
    });
  }

  #unpacked(row: DeviceRow): Device {
    try {
      return unpack(row).device;
    } catch (cause) {
      throw new OperatingError(
        'QVW_DATABASE_DAMAGED',
        `the device ${row.key} in ${this.place} is damaged: start the service on it once, which sets it aside, and stop it`,
        { cause },
      );
    }
  }

  async #takeAlone(): Promise<void> {
    const [other] = await this.#session.rows<{ instance: string; isCommand: boolean }>(
      `SELECT instance, is_command AS "isCommand" FROM peer_instance WHERE instance <> $1
         AND extract(epoch FROM clock_timestamp() - heard_at) * 1000 <= $2::float8 LIMIT 1`,
      ...[MOVER, LEASE_MS],
    );
    if (other?.isCommand === true)
      throw new OperatingError('QVW_REFUSED', `a command uses ${this.place}: wait for its end`);
    if (other !== undefined)
      throw new OperatingError(
        'QVW_REFUSED',
        `instance "${other.instance}" uses ${this.place}: stop all instances first`,
      );
    await this.#presence.take(MOVER);
  }

  async #putDevices(session: Session, rows: readonly MovedRow[]): Promise<void> {
    const devices = rows.map(({ record }) => unpackDevice({ record: record as string, blocks: null }).device);
    await this.#devices.bring(
      session,
      devices.map((device, at) => ({ device, judged: (rows[at]?.['judged'] ?? null) as string | null })),
    );
  }

  async #putRows(session: Session, { name, columns }: MovedTable, rows: readonly MovedRow[]): Promise<void> {
    const added = ADDED[name]?.(this.#instance) ?? {};
    const names = [...columns, ...Object.keys(added)].join(', ');
    const values = rows.map((row) => ({
      ...row,
      ...('at_most' in row ? { at_most: row['at_most'] === 1 } : {}),
      ...Object.fromEntries(Object.entries(added).map(([column, of]) => [column, of(row)])),
    }));
    const own = WITHOUT_SEQUENCE.has(name) ? '' : 'OVERRIDING SYSTEM VALUE';
    await session.run(
      `INSERT INTO ${name} (${names}) ${own} SELECT ${names} FROM json_populate_recordset(NULL::${name}, $1::json)`,
      JSON.stringify(values),
    );
  }
}

const NO_BLOCKS = { sizes: [], settled: 0 };
const WITHOUT_SEQUENCE: ReadonlySet<string> = new Set(['device', 'incident', 'alert', 'retention', 'day']);
const EXPRESSIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = { gap: { at_most: 'at_most::int' } };

type Values = Readonly<Record<string, (row: MovedRow) => string>>;
/** Columns that the embedded database does not have. */
const ADDED: Readonly<Record<string, (instance: string) => Values>> = {
  day: (instance) => ({ instance: () => instance }),
  gap: (instance) => ({ instance: () => instance }),
  delivered: () => ({ incident: ({ record }) => JSON.parse(record as string).incident }),
};
