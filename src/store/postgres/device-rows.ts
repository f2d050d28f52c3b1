/** How a device is a row, with its row of the fleet (`member`). */
import type { Device } from '../../core/model/device.ts';
import { deviceProblem } from '../codec/device-problem.ts';
import { packDevice, unpackDevice } from '../codec/device-record.ts';
import { MEMBER_COLUMNS, packMember } from '../codec/member-row.ts';
import { PROJECTION } from '../codec/projected.ts';
import type { Projection } from '../projection.ts';
import { columns, type Session } from './session.ts';

/** All recent signals are in the record: PostgreSQL stores long texts beside the row, and compressed. */
const NO_BLOCKS = { sizes: [], settled: 0 };

export type DeviceRow = { readonly key: string; readonly record: string };

const WRITTEN = [
  ...['version', 'deadline', 'last_seen', 'record', 'plant', 'condition', 'spare', 'series', 'series_until'],
  ...['series_rank', 'projected'],
] as const;
const CASTS: Readonly<Record<(typeof WRITTEN)[number], string>> = {
  ...{ version: 'bigint', deadline: 'float8', last_seen: 'float8', record: 'text', plant: 'text', condition: 'text' },
  ...{ spare: 'int2', series: 'text', series_until: 'float8', series_rank: 'int4', projected: 'int4' },
};
const NEW = `unnest($1::text[], ${WRITTEN.map((name, at) => `$${at + 2}::${CASTS[name]}[]`).join(', ')})
  AS new (key, ${WRITTEN.join(', ')})`;
/** Of devices that are not there; `$1` to the last but one as `columnsOf()` has them, then who judges. */
export const INSERT_DEVICES = `INSERT INTO device (key, ${WRITTEN.join(', ')}, judged)
  SELECT new.*, $${WRITTEN.length + 2}::text FROM ${NEW} ON CONFLICT DO NOTHING RETURNING key`;
/** Of devices whose stored version is the one before. */
export const UPDATE_DEVICES = `UPDATE device SET ${WRITTEN.map((name) => `${name} = new.${name}`).join(', ')} FROM ${NEW}
  WHERE device.key = new.key AND device.version = new.version - 1 RETURNING device.key`;

const TEXTS = new Set(['peer', 'plant', 'product', 'release', 'train', 'status', 'condition', 'repair']);
const INTEGERS = new Set(['level_too_low', 'listed', 'grace_bounded', 'timed_out', 'urgency']);
const castOf = (name: string) => (TEXTS.has(name) ? 'text' : INTEGERS.has(name) ? 'int4' : 'float8');
const PUT_MEMBERS = `INSERT INTO member AS member (key, lowered, ${MEMBER_COLUMNS.join(', ')})
  SELECT * FROM unnest($1::text[], $2::text[], ${MEMBER_COLUMNS.map((name, at) => `$${at + 3}::${castOf(name)}[]`).join(', ')})
  ON CONFLICT (key) DO UPDATE SET ${MEMBER_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')}
  WHERE (${MEMBER_COLUMNS.map((name) => `member.${name}`).join(', ')})
    IS DISTINCT FROM (${MEMBER_COLUMNS.map((name) => `excluded.${name}`).join(', ')})`;

/** The values of `INSERT_DEVICES` and `UPDATE_DEVICES`. `written`: the devices as the record has them. */
export function columnsOf(
  devices: readonly Device[],
  projection: Projection,
  written?: readonly Device[],
): unknown[][] {
  const rows = devices.map((device, at) => {
    const next = written?.[at] ?? { ...device, version: device.version + 1 };
    const series = projection.seriesOf(device);
    return {
      key: device.key,
      version: next.version,
      deadline: projection.deadlineOf(device),
      last_seen: device.lastSeenAt ?? 0,
      record: packDevice(next, { recent: device.recent, blocks: NO_BLOCKS }),
      plant: device.inventory?.plant ?? null,
      condition: projection.conditionOf(device),
      spare: projection.evictionRank(device),
      series: series === null ? null : JSON.stringify(series.series),
      series_until: series?.until ?? null,
      series_rank: series?.rank ?? null,
      projected: PROJECTION,
    };
  });
  return columns(rows, 'key', ...WRITTEN);
}

/** What the fleet shows of devices. */
export async function putMembers(session: Session, devices: readonly Device[], projection: Projection): Promise<void> {
  if (devices.length === 0) return;
  // Two transactions that write the same members do so in one order.
  const sorted = [...devices].sort((a, b) => (a.key < b.key ? -1 : 1));
  const rows = sorted.map((device) => packMember(projection.memberOf(device)));
  const keys = sorted.map(({ key }) => key);
  const lowered = keys.map((key) => key.toLowerCase());
  const values = MEMBER_COLUMNS.map((_, at) => rows.map((row) => row[at]));
  await session.run(PUT_MEMBERS, keys, lowered, ...values);
}

/** The device of a row; throws where it cannot be what was stored. */
export function unpack({ key, record }: DeviceRow): Device {
  const { device } = unpackDevice({ record, blocks: null });
  const problem = deviceProblem(device, key);
  if (problem !== null) throw new Error(`the row of ${key} cannot be read: ${problem}`);
  return device;
}

/** By key, in the order of the keys. */
export function inOrder(keys: readonly string[], rows: readonly DeviceRow[]): Map<string, Device> {
  const found = new Map(rows.map((row) => [row.key, row]));
  return new Map(
    keys.flatMap((key) => {
      const row = found.get(key);
      return row === undefined ? [] : [[key, unpack(row)]];
    }),
  );
}
