/** A device as JSON. Of its tail only the last signals are in it: the others are rows. Older files have all in the record. */
import { type Course, newCourse, type Observed } from '../../core/correlate/course.ts';
import type { Device } from '../../core/device.ts';
import type { Blocks, TailChange } from './tail-blocks.ts';
import { type Block, packSignals, unpackSignals } from './tail-record.ts';

/** `blocks`: those of its tail, joined by commas; null if there are none. */
export type DeviceRow = { readonly record: string; readonly blocks: string | null };

type Packed = Omit<Device, 'tail' | 'settled' | 'course'> & {
  readonly settled: Partial<Course>;
  readonly course: Partial<Course>;
} & Partial<NewTail> &
  Partial<OldTail>;
/** `settledSignals`: how many signals of the first row are no part of the tail any more. */
type NewTail = { readonly settledSignals: number; readonly recent: Block };
type OldTail = {
  readonly shapes: readonly Omit<Observed, 'at' | 'fingerprint' | 'counter'>[];
  readonly tail: readonly [shape: number, at: number, fingerprint?: number | null, counter?: number | null][];
};

/** Settled courses seldom change. */
const settledRecords = new WeakMap<Course, string>();

/** `change`: what is written of its tail. */
export function packDevice(
  { tail: _, settled, ...device }: Device,
  { recent, blocks }: Pick<TailChange, 'recent' | 'blocks'>,
): string {
  let record = settledRecords.get(settled);
  if (record === undefined) {
    record = JSON.stringify(packCourse(settled));
    settledRecords.set(settled, record);
  }
  const whole = JSON.stringify({ ...device, course: packCourse(device.course) });
  return `{"settledSignals":${blocks.settled},"recent":${packSignals(recent)},"settled":${record},${whole.slice(1)}`;
}

/** What a new course has as well is not written: `unpackDevice` puts it back. */
function packCourse(course: Course): Partial<Course> {
  const packed: Record<string, unknown> = {};
  for (const key in course) {
    const value = course[key as keyof Course];
    if (value !== newCourse[key as keyof Course]) packed[key] = value;
  }
  return packed;
}

/** `blocks` are null where an older version wrote the tail. */
export function unpackDevice(row: DeviceRow): { readonly device: Device; readonly blocks: Blocks | null } {
  const { shapes, tail: oldTail, settledSignals, recent, ...device }: Packed = JSON.parse(row.record);
  const old = shapes === undefined || oldTail === undefined ? null : unpackOldTail({ shapes, tail: oldTail });
  const rows = (JSON.parse(`[${row.blocks ?? ''}]`) as Block[]).map(unpackSignals);
  const settled = settledSignals ?? 0;
  return {
    // Older files do not know whose name the key is, how to tell copies, nor what is known of the device itself.
    device: {
      ...device,
      keyFrom: device.keyFrom ?? 'origin',
      inventory: device.inventory ?? null,
      trustpool: device.trustpool ?? null,
      settled: { ...newCourse, ...device.settled },
      course: { ...newCourse, ...device.course },
      tail: old ?? [...rows.flat().slice(settled), ...(recent === undefined ? [] : unpackSignals(recent))],
    },
    blocks: old === null ? { sizes: rows.map(({ length }) => length), settled } : null,
  };
}

function unpackOldTail({ shapes, tail }: OldTail): Observed[] {
  return tail.map(([shape, at, fingerprint = null, counter = null]) => {
    const known = shapes[shape] as Omit<Observed, 'at'>;
    return { ...known, times: known.times ?? 1, tells: known.tells ?? null, at, fingerprint, counter };
  });
}
