import { type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;

/** How long the last lines of the log may take. */
const FLUSH_MS = 1000;

/**
 * JSON lines on stdout, in pino's form. `end` writes what is left, and resolves also where nobody reads any more: at the
 * end of the process pino would try for ever to write it. Nothing is logged behind it.
 */
export function openLog(level: string): Log & { end(): Promise<void> } {
  const destination = pino.destination({ dest: 1, sync: false });
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  const end = async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_MS);
    });
    await Promise.race([new Promise<void>((resolve) => destination.flush(() => resolve())), late]);
    clearTimeout(timer);
    destination.flushSync = () => {};
  };
  return Object.assign(log, { end });
}
