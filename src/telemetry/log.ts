import { writeSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import { limits } from '../core/model/limits.ts';

export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;

/** `dropped`: lines that will never be written. */
export type OpenLog = Log & { readonly dropped: () => number; readonly end: () => Promise<void> };

/** How long the last lines of the log may take. */
const FLUSH_MS = 1000;

/**
 * JSON lines on stdout, in pino's form. Where nobody reads, or the disk is full, `limits.logBytes` of them wait and
 * further ones are dropped and counted: nothing waits for the log, and nothing ends with it. `end` writes what is left,
 * and resolves also where that cannot be. Nothing is logged behind it.
 */
export function openLog(level: string): OpenLog {
  const destination = pino.destination({ dest: 1, sync: false, maxLength: limits.logBytes });
  // At the end of the process pino would try for ever.
  destination.flushSync = () => {};
  let dropped = 0;
  let idle = true;
  let failing = false;
  /** The reader has gone: pino writes nothing any more. */
  let closed = false;
  let drained = () => {};
  destination.on('drop', () => dropped++);
  destination.on('drain', () => {
    idle = true;
    failing = false;
    drained();
  });
  destination.on('error', (error: NodeJS.ErrnoException) => {
    closed ||= error.code === 'EPIPE';
    if (!failing) complain(`the log cannot be written (${error.message}); the service goes on`);
    failing = true;
  });
  const write = (line: string): void => {
    if (closed) {
      dropped++;
      return;
    }
    idle = false;
    destination.write(line);
  };
  const end = async () => {
    if (!idle && !closed) {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, FLUSH_MS);
        drained = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
  };
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
  return Object.assign(log, { dropped: () => dropped, end });
}

/** On stderr, which may be no better. */
function complain(words: string): void {
  try {
    writeSync(2, `quovadis-watch: ${words}\n`);
  } catch {}
}
