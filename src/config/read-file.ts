/** Files that people name: one may have no end, and a pipe may have nobody who writes to it. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

const PART_BYTES = 65_536;
/** A pipe without a writer is one whose writer is not there yet: a shell starts both at once. */
const NO_WRITER_MS = 1000;
/** A writer that says nothing for so long has stopped; a program that asks another one for secrets takes some seconds. */
const SILENT_MS = 30_000;
const PAUSE_MS = 5;

/**
 * The bytes of a file, of a pipe as in `<(program)`, or of stdin (0). Throws where it cannot be read, has more than `most` bytes,
 * or is a pipe that nobody writes to. A service that reads its configuration anew must not wait for ever.
 */
export function readBounded(file: string | 0, most: number): Buffer {
  const descriptor = file === 0 ? 0 : openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const parts: Buffer[] = [];
    const isPipe = file !== 0 && fstatSync(descriptor).isFIFO();
    let bytes = 0;
    for (let since = performance.now(); ; ) {
      const part = partOf(descriptor);
      const silentMs = performance.now() - since;
      const isEnd = part?.length === 0 && !(isPipe && bytes === 0 && silentMs < NO_WRITER_MS);
      if (isEnd && isPipe && bytes === 0) throw new Error('nobody writes to this pipe');
      if (isEnd) return Buffer.concat(parts);
      if (part === null || part.length === 0) {
        if (isPipe && silentMs > SILENT_MS) throw new Error(`nothing came from this pipe for ${SILENT_MS / 1000} s`);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
        continue;
      }
      since = performance.now();
      bytes += part.length;
      if (bytes > most) throw new Error(`it is longer than ${most} bytes`);
      parts.push(part);
    }
  } finally {
    if (descriptor !== 0) closeSync(descriptor);
  }
}

/** The next bytes; empty at the end, null where there are none yet. */
function partOf(descriptor: number): Buffer | null {
  const part = Buffer.allocUnsafe(PART_BYTES);
  try {
    return part.subarray(0, readSync(descriptor, part, 0, PART_BYTES, null));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Node.js says this of a pipe on Windows that has ended.
    if (code === 'EOF') return part.subarray(0, 0);
    if (code === 'EAGAIN') return null;
    throw error;
  }
}
