import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BackupTask, FromBackupThread } from './backup-thread.ts';
import { type ErrorCode, OperatingError } from './errors.ts';
import type { BackupDone } from './store/ports/backup.ts';
import type { Log } from './telemetry/log.ts';

/** `directory`: where backups go; null: none are made. `keep`: how many stay there. */
export type BackupSettings = { readonly directory: string | null; readonly keep: number };

type Parts = {
  /** The data directory. */
  readonly data: string;
  readonly settings: BackupSettings;
  readonly log: Pick<Log, 'info' | 'error'>;
  /** Milliseconds. */
  readonly now: () => number;
};

/** Backups of a running service, one at a time, each in a thread of its own: receiving and deciding go on meanwhile. */
export class Backups {
  readonly #parts: Parts;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  #running: Promise<BackupDone> | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws `QVW_REFUSED` without a directory, and while another backup is made; `QVW_BACKUP_FAILED` where it fails. */
  async run(): Promise<BackupDone> {
    const { log, settings } = this.#parts;
    if (settings.directory === null) {
      throw new OperatingError('QVW_REFUSED', 'no directory for backups is configured: set backup.directory');
    }
    if (this.#running !== null || this.#stop[0] !== 0) {
      throw new OperatingError('QVW_REFUSED', 'a backup is being made: wait until it ends');
    }
    this.#running = this.#inThread(settings.directory);
    try {
      const done = await this.#running;
      log.info(done, 'a backup was made');
      return done;
    } catch (error) {
      log.error({ err: error }, 'no backup was made');
      throw error;
    } finally {
      this.#running = null;
    }
  }

  /** Ends a backup at work, which leaves nothing. */
  async stop(): Promise<void> {
    Atomics.store(this.#stop, 0, 1);
    Atomics.notify(this.#stop, 0);
    await this.#running?.catch(() => {});
  }

  #inThread(to: string): Promise<BackupDone> {
    const { data, settings, now } = this.#parts;
    const workerData: BackupTask = { data, to, keep: settings.keep, now: now(), stop: this.#stop };
    const file = new URL(`./backup-thread${extname(import.meta.url)}`, import.meta.url);
    const { promise, resolve, reject } = Promise.withResolvers<BackupDone>();
    const worker = new Worker(file, { execArgv: [], workerData });
    worker.on('message', (message: FromBackupThread) => {
      if (message.kind === 'done') resolve(message.done);
      else reject(new OperatingError(message.code as ErrorCode, message.message));
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new OperatingError('QVW_BACKUP_FAILED', 'the thread of the backup has ended')));
    return promise;
  }
}
