import { loadConfig } from '../config/load.ts';
import { printable } from '../printable.ts';
import { restoreStore } from '../store/open-store.ts';
import { counted } from './counted.ts';
import { requireDirectory } from './open-data.ts';
import { print, printJson } from './output.ts';

type Options = { config?: string; data?: string; force?: boolean; evenDamaged?: boolean; json?: boolean };

/** Puts a backup into a data directory; the database that is there is kept under another name. */
export async function restoreCommand(from: string, { config, data, force, evenDamaged, json }: Options): Promise<void> {
  const flags: Record<string, string> = data === undefined ? {} : { data };
  const loaded = loadConfig({ file: config, environment: process.env, flags });
  requireDirectory(loaded, data);
  const { data: directory } = loaded;
  const done = await restoreStore(from, {
    directory,
    force: force === true,
    evenDamaged: evenDamaged === true,
    now: Date.now(),
  });
  const content = `${counted(done.devices, 'device')}, ${counted(done.incidents, 'incident')}`;
  const kept = done.former === null ? '' : `; the former database is ${done.former}`;
  const damaged = done.damaged === 0 ? '' : `; the service will set ${counted(done.damaged, 'damaged row')} aside`;
  const text = printable(`${directory}: ${content} of ${from} restored${damaged}${kept}`);
  if (json === true) printJson({ ...done, directory });
  else print(`${text}\n`);
}
