/** The thread that makes one backup for a running service. Started by `Backups`. */
import { parentPort, workerData } from 'node:worker_threads';
import { OperatingError } from './errors.ts';
import { backupStore } from './store/open-store.ts';
import type { BackupDone } from './store/ports/backup.ts';

/** `stop`: one number, not 0 once the backup shall end. */
export type BackupTask = {
  readonly data: string;
  readonly to: string;
  readonly keep: number;
  readonly now: number;
  readonly stop: Int32Array<SharedArrayBuffer>;
};

export type FromBackupThread =
  | { readonly kind: 'done'; readonly done: BackupDone }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

const { data, ...order }: BackupTask = workerData;

function say(message: FromBackupThread): void {
  parentPort?.postMessage(message);
}

try {
  say({ kind: 'done', done: await backupStore(data, order) });
} catch (error) {
  if (!(error instanceof OperatingError)) throw error;
  say({ kind: 'failed', code: error.code, message: error.message });
}
