import { writeSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import { limits } from '../core/model/limits.ts';
import { printable } from '../printable.ts';
import { formatted, type LogFormat } from './text-log.ts';

export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;

/** `dropped`: lines that will never be written. `print`: writes a text for people as it is, between the lines. */
export type OpenLog = Log & {
  readonly dropped: () => number;
  readonly print: (text: string) => void;
  readonly end: () => Promise<void>;
};

/** How long `end` waits for the buffered lines, in milliseconds. */
const FLUSH_MS = 1000;

/**
 * Lines on stdout: JSON in pino's format, or text. If nobody reads stdout or the disk is full, `limits.logBytes` are buffered
 * and further lines are dropped and counted. So the service neither waits for its log nor ends because of it. `end`
 * writes the buffered lines, and resolves even if that fails. Log nothing after `end`.
 */
export function openLog(level: string, format: LogFormat = { kind: 'json' }): OpenLog {
  const destination = pino.destination({ dest: 1, sync: false, maxLength: limits.logBytes });
  // pino calls it at the end of the process, and would retry for ever.
  destination.flushSync = () => {};
  let dropped = 0;
  let idle = true;
  let failing = false;
  /** The reader has closed the pipe: pino writes no more lines. */
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
  const print = (text: string): void => {
    if (closed) {
      dropped++;
      return;
    }
    idle = false;
    destination.write(text);
  };
  const write = (line: string) => print(formatted(line, format));
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
  return Object.assign(log, { dropped: () => dropped, print, end });
}

/** Writes to stderr, which may fail for the same reason: errors are ignored. */
function complain(words: string): void {
  try {
    writeSync(2, `quovadis-watch: ${printable(words)}\n`);
  } catch {}
}
