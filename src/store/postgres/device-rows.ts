/** How a device is a row, with its row of the fleet (`member`). */
import type { Device } from '../../core/model/device.ts';
import { deviceProblem } from '../codec/device-problem.ts';
import { packDevice, unpackDevice } from '../codec/device-record.ts';
import { type Column, MEMBER_COLUMNS, type MemberRow } from '../codec/member-row.ts';
import { PROJECTION } from '../codec/projected.ts';
import type { TailChange } from '../codec/tail-blocks.ts';
import { packSignals } from '../codec/tail-record.ts';
import type { Projection } from '../projection.ts';
import { arraysOf, assigned, type Columns, type ElementType, listed, newRows } from './arrays.ts';
import type { Session } from './session.ts';

/** `blocks`: those of its recent signals, joined by commas. */
export type DeviceRow = { readonly key: string; readonly record: string; readonly blocks: string };

/** The columns of `DeviceRow`. */
export const DEVICE = `device.key, device.record, array_to_string(device.blocks, ',') AS blocks`;

/** What moves with the lines of a device. */
const MOVING = { version: 'int8', deadline: 'float8', last_seen: 'float8', record: 'text' } as const;
/** What is computed of it, and seldom changes. */
const PROJECTED = {
  plant: 'text',
  condition: 'text',
  spare: 'int2',
  series: 'text',
  series_until: 'float8',
  series_rank: 'int4',
  projected: 'int4',
} as const;
/** `first`, `last`: how many of its blocks are deleted at either end. `added`: one more. */
const BLOCKS = { first: 'int4', last: 'int4', added: 'text' } as const;
const KEY = { key: 'text' } as const;
const STEADY = { ...KEY, ...MOVING, ...BLOCKS } as const;
const WHOLE = { ...STEADY, ...PROJECTED } as const;
const REPROJECTED = { ...KEY, version: 'int8', deadline: 'float8', ...PROJECTED } as const;

const ADDED = 'array_remove(ARRAY[new.added], NULL)';
/** Of devices that are not there; the values of `rowOf()`, then who judges. */
const INSERT = `INSERT INTO device (${listed({ ...KEY, ...MOVING, ...PROJECTED })}, blocks, judged)
  SELECT ${listed({ ...KEY, ...MOVING, ...PROJECTED })}, ${ADDED}, $${Object.keys(WHOLE).length + 1}::text
  FROM ${newRows(WHOLE)} ON CONFLICT DO NOTHING RETURNING key, xmin::text AS "writtenBy"`;
/**
 * Of devices whose stored version is the one before. A deadline is only written where it is earlier: one that moved with each line
 * would cost a new entry in each index of the table.
 */
const update = (
  of: Columns,
) => `UPDATE device SET version = new.version, last_seen = new.last_seen, record = new.record,
    deadline = CASE WHEN device.deadline <= new.deadline THEN device.deadline ELSE new.deadline END,
    blocks = CASE WHEN new.first = 0 AND new.last = 0 AND new.added IS NULL THEN device.blocks
      ELSE device.blocks[new.first + 1 : cardinality(device.blocks) - new.last] || ${ADDED} END
    ${'projected' in of ? `, ${assigned(PROJECTED)}` : ''} FROM ${newRows(of)}
  WHERE device.key = new.key AND device.version = new.version - 1
  RETURNING device.key, device.xmin::text AS "writtenBy"`;
const [UPDATE, UPDATE_STEADY] = [update(WHOLE), update(STEADY)];
const REPROJECT = `UPDATE device SET deadline = new.deadline, ${assigned(PROJECTED)} FROM ${newRows(REPROJECTED)}
  WHERE device.key = new.key AND device.version = new.version`;
const DELAY = `UPDATE device SET deadline = new.deadline FROM ${newRows({ ...KEY, deadline: 'float8' })}
  WHERE device.key = new.key`;
/** More blocks than there are: for `first`, where the stored ones are not known. */
export const ALL_BLOCKS = 1_000_000;

const MEMBER_TYPES: Readonly<Record<string, ElementType>> = {
  ...{
    peer: 'text',
    plant: 'text',
    product: 'text',
    release: 'text',
    train: 'text',
    status: 'text',
    condition: 'text',
  },
  ...{
    repair: 'text',
    level_too_low: 'int4',
    listed: 'int4',
    grace_bounded: 'int4',
    timed_out: 'int4',
    urgency: 'int4',
  },
};
const MEMBER: Columns = {
  ...{ key: 'text', lowered: 'text' },
  ...Object.fromEntries(MEMBER_COLUMNS.map((name) => [name, MEMBER_TYPES[name] ?? 'float8'])),
};
const PUT_MEMBERS = `INSERT INTO member AS member (${listed(MEMBER)}) SELECT * FROM ${newRows(MEMBER)}
  ON CONFLICT (key) DO UPDATE SET ${MEMBER_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')}
  WHERE (${MEMBER_COLUMNS.map((name) => `member.${name}`).join(', ')})
    IS DISTINCT FROM (${MEMBER_COLUMNS.map((name) => `excluded.${name}`).join(', ')})`;

/** A device that is written. `isSteady`: nothing that is computed of it has changed. */
export type WrittenDevice = {
  /** As its record has it. */
  readonly device: Device;
  readonly projected: readonly Column[];
  readonly isSteady: boolean;
  readonly change: TailChange;
};

export type DeviceAnswer = { readonly key: string; readonly writtenBy: string };

/** What is computed of a device, in the order of its columns. */
export function projectedOf(device: Device, projection: Projection): Column[] {
  const series = projection.seriesOf(device);
  return [
    device.inventory?.plant ?? null,
    projection.conditionOf(device),
    projection.evictionRank(device),
    series === null ? null : JSON.stringify(series.series),
    series?.until ?? null,
    series?.rank ?? null,
    PROJECTION,
  ];
}

export async function insertDevices(
  session: Session,
  rows: readonly WrittenDevice[],
  projection: Projection,
  judged: string | null,
): Promise<DeviceAnswer[]> {
  const values = arraysOf(
    WHOLE,
    rows.map((row) => rowOf(row, projection)),
  );
  return rows.length === 0 ? [] : session.rows(INSERT, ...values, judged);
}

export async function updateDevices(
  session: Session,
  rows: readonly WrittenDevice[],
  projection: Projection,
): Promise<DeviceAnswer[]> {
  const update = (some: readonly WrittenDevice[], sql: string, of: Columns) =>
    some.length === 0
      ? []
      : session.rows<DeviceAnswer>(sql, ...arraysOf(of, some.map((row) => rowOf(row, projection)) as never));
  const answers = await Promise.all([
    update(
      rows.filter(({ isSteady }) => isSteady),
      UPDATE_STEADY,
      STEADY,
    ),
    update(
      rows.filter(({ isSteady }) => !isSteady),
      UPDATE,
      WHOLE,
    ),
  ]);
  return answers.flat();
}

/** What is computed of devices as they are stored. */
export async function reprojectDevices(
  session: Session,
  devices: readonly Device[],
  projection: Projection,
): Promise<void> {
  const rows = devices.map((device) => ({
    ...{ key: device.key, version: device.version, deadline: projection.deadlineOf(device) },
    ...named(projectedOf(device, projection)),
  }));
  if (rows.length > 0) await session.run(REPROJECT, ...arraysOf(REPROJECTED, rows));
}

/** Devices whose stored deadline is earlier than theirs get theirs. */
export async function delayDevices(
  session: Session,
  devices: readonly Device[],
  projection: Projection,
): Promise<void> {
  const rows = devices.map((device) => ({ key: device.key, deadline: projection.deadlineOf(device) }));
  if (rows.length > 0) await session.run(DELAY, ...arraysOf({ key: 'text', deadline: 'float8' }, rows));
}

/** What the fleet shows of devices. */
export async function putMembers(
  session: Session,
  members: readonly { readonly key: string; readonly member: MemberRow }[],
): Promise<void> {
  if (members.length === 0) return;
  // Two transactions that write the same members do so in one order.
  const sorted = [...members].sort((a, b) => (a.key < b.key ? -1 : 1));
  const rows = sorted.map(({ key, member }) => ({
    ...{ key, lowered: key.toLowerCase() },
    ...Object.fromEntries(MEMBER_COLUMNS.map((name, at) => [name, member[at] ?? null])),
  }));
  await session.run(PUT_MEMBERS, ...arraysOf(MEMBER, rows));
}

export type Unpacked = ReturnType<typeof unpackDevice>;

/** The device of a row; throws where it cannot be what was stored. */
export function unpack({ key, record, blocks }: DeviceRow): Unpacked {
  const unpacked = unpackDevice({ record, blocks });
  const problem = deviceProblem(unpacked.device, key);
  if (problem !== null) throw new Error(problem);
  return unpacked;
}

function named(projected: readonly Column[]) {
  return Object.fromEntries(Object.keys(PROJECTED).map((name, at) => [name, projected[at] ?? null])) as Record<
    keyof typeof PROJECTED,
    Column
  >;
}

function rowOf({ device, projected, change }: WrittenDevice, projection: Projection) {
  const { first, last, added } = change;
  return {
    ...{ key: device.key, version: device.version, deadline: projection.deadlineOf(device) },
    ...{ last_seen: device.lastSeenAt ?? 0, record: packDevice(device, change), first, last },
    ...{ added: added.length === 0 ? null : packSignals(added), ...named(projected) },
  };
}
