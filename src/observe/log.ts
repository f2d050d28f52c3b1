import { type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;

/** How long the last lines of the log may take. */
const FLUSH_MS = 1000;

/**
 * JSON lines on stdout, in pino's form. `flush` resolves once they are written, or cannot be: pino writes the rest at the
 * end of the process, and would try for ever where nobody reads any more.
 */
export function openLog(level: string): Log & { flush(): Promise<void> } {
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const write = log.flush.bind(log);
  const flush = async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_MS);
    });
    await Promise.race([new Promise<void>((resolve) => write(() => resolve())), late]);
    clearTimeout(timer);
  };
  return Object.assign(log, { flush });
}
