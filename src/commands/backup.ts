import { loadConfig } from '../config/load.ts';
import { OperatingError } from '../errors.ts';
import { printable } from '../printable.ts';
import { backupStore } from '../store/open-store.ts';
import type { BackupDone } from '../store/ports/backup.ts';
import { counted } from './counted.ts';
import { requireDirectory } from './open-data.ts';
import { print, printJson } from './output.ts';

type Options = { config?: string; data?: string; keep?: number; json?: boolean };

/** Backs up the database of a data directory; a service may write to it meanwhile. */
export async function backupCommand(to: string, { config, data, keep, json }: Options): Promise<void> {
  if (keep === 0) throw new OperatingError('QVW_USAGE', '--keep 0 would delete every backup: use at least 1');
  const flags: Record<string, string> = data === undefined ? {} : { data };
  const loaded = loadConfig({ file: config, environment: process.env, flags });
  requireDirectory(loaded, data);
  // What was begun is deleted when the process ends.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  const done = await backupStore(loaded.data, { to, keep, now: Date.now() });
  if (json === true) printJson(done);
  else print(`${printable(textOf(done))}\n`);
}

function textOf({ file, bytes, devices, incidents, damaged, removed }: BackupDone): string {
  const content = `${counted(devices, 'device')}, ${counted(incidents, 'incident')}`;
  const found =
    damaged === 0 ? 'checked' : `${counted(damaged, 'damaged row')} as in the database: see the log of the service`;
  const older = removed.length === 0 ? '' : `; ${counted(removed.length, 'older backup')} deleted`;
  return `${file}: ${(bytes / 1e6).toFixed(1)} MB, ${content}, ${found}${older}`;
}
