/** systemd's protocol for services (sd_notify(3)), by its program `systemd-notify`: Node.js cannot send to a Unix datagram socket. */
import { type ExecFileException, execFile } from 'node:child_process';
import type { Log } from '../telemetry/log.ts';

const PROGRAM = 'systemd-notify';
/** systemd-notify waits until systemd has read the message. */
const TIMEOUT_MS = 5000;

type Options = {
  readonly environment: NodeJS.ProcessEnv;
  readonly pid: number;
  readonly log: Pick<Log, 'warn' | 'info'>;
  /** Microseconds of CLOCK_MONOTONIC. */
  readonly monotonic?: () => bigint;
};

/**
 * Tells systemd how the service is. Without `NOTIFY_SOCKET` it does nothing. The unit needs `NotifyAccess=all`, because it is
 * another process that sends. Messages are sent one after the other, and nobody waits for them but `end()`.
 */
export class SystemdNotifier {
  readonly #options: Options;
  readonly #isAsked: boolean;
  #isStopping = false;
  #isMissing = false;
  #sent: Promise<void> = Promise.resolve();
  #watchdog: NodeJS.Timeout | null = null;
  #isBusy = false;

  constructor(options: Options) {
    this.#options = options;
    this.#isAsked = (options.environment['NOTIFY_SOCKET'] ?? '') !== '';
  }

  /** The service listens. From now on systemd hears twice in each watchdog time that the event loop turns. */
  ready(status: string): void {
    // A reload may end after the stop has begun.
    if (this.#isStopping) return;
    this.#send('READY=1', `STATUS=${oneLine(status)}`);
    if (this.#watchdog !== null) return;
    const everyMs = watchdogMs(this.#options.environment, this.#options.pid);
    if (everyMs === null || !this.#isAsked) return;
    this.#send('WATCHDOG=1');
    this.#watchdog = setInterval(() => {
      // One that waits for systemd is enough.
      if (!this.#isBusy) this.#send('WATCHDOG=1');
    }, everyMs);
    this.#watchdog.unref();
  }

  /** The configuration is read again; `ready()` says that this has ended. */
  reloading(): void {
    const microseconds = (this.#options.monotonic ?? (() => process.hrtime.bigint() / 1000n))();
    this.#send('RELOADING=1', `MONOTONIC_USEC=${microseconds}`);
  }

  stopping(): void {
    this.#isStopping = true;
    if (this.#watchdog !== null) clearInterval(this.#watchdog);
    this.#watchdog = null;
    this.#send('STOPPING=1', 'STATUS=stopping: what was received is stored');
  }

  /** Resolves once all messages are sent, or cannot be. */
  end(): Promise<void> {
    return this.#sent;
  }

  #send(...assignments: string[]): void {
    if (!this.#isAsked) return;
    this.#isBusy = true;
    const sent = this.#sent.then(() => this.#run(assignments));
    this.#sent = sent;
    void sent.then(() => {
      if (this.#sent === sent) this.#isBusy = false;
    });
  }

  /** Never rejects. */
  #run(assignments: readonly string[]): Promise<void> {
    if (this.#isMissing) return Promise.resolve();
    const { environment: env, log } = this.#options;
    return new Promise((resolve) => {
      const done = (error: ExecFileException | null, said: string) => {
        if (error !== null) {
          this.#isMissing = error.code === 'ENOENT';
          log.warn(
            { message: assignments[0], err: error.message, said: said.trim() },
            this.#isMissing
              ? `the program ${PROGRAM} is missing: systemd is told nothing, so use Type=simple, or install it`
              : `${PROGRAM} failed: systemd was not told`,
          );
        }
        resolve();
      };
      try {
        execFile(PROGRAM, assignments, { env, timeout: TIMEOUT_MS }, (error, _, stderr) => done(error, stderr));
      } catch (error) {
        // No memory for another process, or an environment that is too long for one.
        done(error as ExecFileException, '');
      }
    });
  }
}

/** Half of the time that systemd waits for a sign of life, in milliseconds; null if it waits for none of this process. */
function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv, pid: number): number | null {
  const isMeant = WATCHDOG_PID === undefined || WATCHDOG_PID === String(pid);
  const milliseconds = /^[1-9]\d{0,14}$/.test(WATCHDOG_USEC ?? '') && isMeant ? Number(WATCHDOG_USEC) / 2000 : 0;
  return milliseconds > 0 ? Math.min(Math.max(1, Math.floor(milliseconds)), 2 ** 31 - 1) : null;
}

/** A message is lines: a status has none. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 500);
}
