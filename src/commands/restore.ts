import { loadConfig } from '../config/load.ts';
import { restoreStore } from '../store/open-store.ts';
import { counted } from './counted.ts';
import { printable } from './printable.ts';

type Options = { config?: string; data?: string; force?: boolean; json?: boolean };

/** Puts a backup into a data directory; the database that is there is kept under another name. */
export async function restoreCommand(from: string, { config, data, force, json }: Options): Promise<void> {
  const flags: Record<string, string> = data === undefined ? {} : { data };
  const { data: directory } = loadConfig({ file: config, environment: process.env, flags });
  const done = await restoreStore(from, { directory, force: force === true, now: Date.now() });
  const content = `${counted(done.devices, 'device')}, ${counted(done.incidents, 'incident')}`;
  const kept = done.former === null ? '' : `; the former database is ${done.former}`;
  const text = printable(`${directory}: ${content} of ${from} restored${kept}`);
  process.stdout.write(json === true ? `${JSON.stringify({ ...done, directory })}\n` : `${text}\n`);
}
