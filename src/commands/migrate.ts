import { advisoryOf } from '../config/advisory-file.ts';
import { instanceOf } from '../config/instance.ts';
import { loadConfig } from '../config/load.ts';
import { OperatingError } from '../errors.ts';
import { printable } from '../printable.ts';
import { isDatabaseUrl, moveStore, placeOf } from '../store/open-store.ts';
import { projectionOf } from '../store/projection.ts';
import { counted } from './counted.ts';
import { print, printJson, warn } from './output.ts';

type Options = { from?: string; to?: string; config?: string; json?: boolean };

/** Moves everything from the embedded database to PostgreSQL, or back. The services are stopped. */
export async function migrateCommand({ from, to, config, json }: Options): Promise<void> {
  if (from === undefined || to === undefined)
    throw new OperatingError('QVW_USAGE', 'name both databases: --from DIR --to postgres://…, or the other way round');
  if (isDatabaseUrl(from) === isDatabaseUrl(to))
    throw new OperatingError(
      'QVW_USAGE',
      'migrate moves between a data directory and PostgreSQL: name one of each with --from and --to',
    );
  const loaded = loadConfig({ file: config, environment: process.env, flags: {} });
  const projection = projectionOf(await advisoryOf(loaded));
  const instance = instanceOf(loaded);
  const onTable = (name: string, rows: number) => {
    if (rows > 0) warn(`${name}: ${counted(rows, 'row')}\n`);
  };
  const { rows, resumed } = await moveStore(from, to, { projection, instance, onTable });
  const [source, target] = [from, to].map((place) => placeOf(isDatabaseUrl(place) ? { url: place, instance } : place));
  if (json === true) return printJson({ from: source, to: target, rows, resumed });
  const [devices, incidents, lines] = [rows['device'] ?? 0, rows['incident'] ?? 0, rows['evidence'] ?? 0];
  const what = `${counted(devices, 'device')}, ${counted(incidents, 'incident')} and ${counted(lines, 'line')}`;
  print(`${printable(`${what} are in ${target}, and the same as in ${source}`)}\n`);
}
