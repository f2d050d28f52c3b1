/**
 * A device as JSON. Its tail repeats few signals many times: each shape is written once, and a signal is the number of
 * its shape and its time, which makes a tenth of it.
 */
import { newCourse, type Observed } from '../../core/correlate/course.ts';
import type { Device } from '../../core/device.ts';

type Shape = Omit<Observed, 'at' | 'fingerprint' | 'counter'>;
type Packed = Omit<Device, 'tail'> & {
  readonly shapes: readonly Shape[];
  readonly tail: readonly [shape: number, at: number, fingerprint: number | null, counter: number | null][];
};

export function packDevice({ tail, ...device }: Device): string {
  const numbers = new Map<string, number>();
  const shapes: Shape[] = [];
  const packed = tail.map(({ at, fingerprint, counter, ...shape }): Packed['tail'][number] => {
    const key = JSON.stringify(shape);
    const known = numbers.get(key);
    if (known !== undefined) return [known, at, fingerprint, counter];
    numbers.set(key, shapes.length);
    return [shapes.push(shape) - 1, at, fingerprint, counter];
  });
  return JSON.stringify({ ...device, shapes, tail: packed } satisfies Packed);
}

export function unpackDevice(record: string): Device {
  const { shapes, tail, ...device }: Packed = JSON.parse(record);
  // Older files do not know whose name the key is, how to tell copies, nor what is known of the device itself.
  return {
    ...device,
    keyFrom: device.keyFrom ?? 'origin',
    inventory: device.inventory ?? null,
    trustpool: device.trustpool ?? null,
    settled: { ...newCourse, ...device.settled },
    course: { ...newCourse, ...device.course },
    tail: tail.map(([shape, at, fingerprint = null, counter = null]) => {
      const known = shapes[shape] as Shape;
      return { ...known, times: known.times ?? 1, tells: known.tells ?? null, at, fingerprint, counter };
    }),
  };
}
