/** Devices that nobody else changes before the transaction ends. */
import type { Device } from '../../core/model/device.ts';
import type { Projection } from '../projection.ts';
import { arrayOf } from './arrays.ts';
import { type DeviceCache, nothingOfIncident, type RememberedDevice } from './device-cache.ts';
import type { DeviceReader } from './device-reader.ts';
import { DEVICE, type DeviceRow, delayDevices } from './device-rows.ts';
import { Conflict, type Session } from './session.ts';

/** `writtenBy`: the transaction that wrote it. */
type LockedRow = DeviceRow & { readonly writtenBy: string };
/** `record` and `blocks`: null where the row is as it is remembered. */
type AskedRow = Omit<LockedRow, 'record' | 'blocks'> & {
  readonly record: string | null;
  readonly blocks: string | null;
};

const WRITTEN_BY = 'device.xmin::text AS "writtenBy"';
const unlessRemembered = (value: string) =>
  `CASE WHEN device.xmin::text = asked.remembered THEN NULL ELSE ${value} END`;
const LOCK = `SELECT device.key, ${WRITTEN_BY}, ${unlessRemembered('device.record')} AS record,
    ${unlessRemembered("array_to_string(device.blocks, ',')")} AS blocks
  FROM unnest($1::text[], $2::text[]) AS asked (key, remembered) JOIN device ON device.key = asked.key
  ORDER BY device.key FOR UPDATE OF device`;

export class DeviceLocks {
  readonly #cache: DeviceCache;
  readonly #projection: Projection;
  readonly #reader: DeviceReader;

  constructor(cache: DeviceCache, projection: Projection, reader: DeviceReader) {
    this.#reader = reader;
    this.#cache = cache;
    this.#projection = projection;
  }

  /**
   * The devices with these keys. Nobody else makes one of those that are missing, either. All transactions lock in the order of
   * keys.
   */
  async lock(session: Session, keys: Iterable<string>): Promise<Map<string, Device>> {
    const wanted = [...new Set(keys)].sort();
    if (wanted.length === 0) return new Map();
    const remembered = wanted.map((key) => this.#cache.get(key));
    const unsure = arrayOf(
      'text',
      wanted.filter((_, at) => remembered[at] === undefined),
    );
    const isSure = remembered.every((one) => one !== undefined);
    const writtenBy = remembered.map((one) => one?.writtenBy ?? null);
    const [, rows] = await Promise.all([
      isSure
        ? 0
        : session.run(
            `INSERT INTO key_lock (key) SELECT key FROM unnest($1::text[]) AS key
             WHERE NOT EXISTS (SELECT 1 FROM device WHERE device.key = key.key) ORDER BY key COLLATE "C" ON CONFLICT DO NOTHING`,
            unsure,
          ),
      session.rows<AskedRow>(LOCK, arrayOf('text', wanted), arrayOf('text', writtenBy)),
      isSure ? 0 : session.run('DELETE FROM key_lock WHERE key = ANY($1)', unsure),
    ]);
    const found = new Map(rows.map((row) => [row.key, row]));
    const gone = wanted.filter((key, at) => remembered[at] !== undefined && !found.has(key));
    for (const key of gone) this.#cache.delete(key);
    if (gone.length > 0) throw new Conflict(`devices were deleted meanwhile: ${gone.join()}`);
    return new Map(
      wanted.flatMap((key, at) => {
        const row = found.get(key);
        if (row === undefined) return [];
        const { record, blocks } = row;
        if (record !== null && blocks !== null) return [[key, this.#remember({ ...row, record, blocks })]];
        const known = remembered[at] as RememberedDevice;
        this.#cache.lock(known);
        return [[key, known.device]];
      }),
    );
  }

  /** The devices whose deadline is at or before `now`, the longest overdue first, but those that somebody else has. */
  async lockDue(session: Session, now: number, limit: number): Promise<Map<string, Device>> {
    for (;;) {
      const rows = await session.rows<LockedRow>(
        `SELECT ${DEVICE}, ${WRITTEN_BY} FROM device WHERE deadline <= $1 ORDER BY deadline, key LIMIT $2
         FOR UPDATE SKIP LOCKED`,
        ...[now, limit],
      );
      const devices = rows.map((row) => this.#remember(row));
      const isDue = (device: Device) => (this.#projection.deadlineOf(device) ?? Number.POSITIVE_INFINITY) <= now;
      const due = devices.filter(isDue);
      // The stored deadline of the others is that of lines before their last one.
      await delayDevices(
        session,
        devices.filter((device) => !isDue(device)),
        this.#projection,
      );
      if (due.length > 0 || rows.length === 0) return new Map(due.map((device) => [device.key, device]));
    }
  }

  #remember({ writtenBy, ...row }: LockedRow): Device {
    const { device, blocks } = this.#reader.one(row);
    this.#cache.lock({ device, blocks, projected: null, member: null, ofIncident: nothingOfIncident(), writtenBy });
    return device;
  }
}
