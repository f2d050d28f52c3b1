import { readBounded } from '../config/read-file.ts';
import { limits } from '../core/model/limits.ts';
import { OperatingError, unreadable } from '../errors.ts';
import { readInventoryBytes } from '../operate/inventory-bytes.ts';
import { type Imported, NO_ROOM } from '../operate/operations.ts';
import { printable } from '../printable.ts';
import { counted } from './counted.ts';
import { operating } from './open-data.ts';
import { print, printJson, warn } from './output.ts';

type Counts = Pick<Imported<unknown>, 'taken' | 'unchanged' | 'added'>;

type Options = { config?: string; data?: string; json?: boolean; dryRun?: boolean; strict?: boolean };

/**
 * Imports inventories. Valid rows are imported; rejected rows are printed to stderr, and make the exit code 2. `strict`: a column
 * that is not used is an error, and nothing is imported.
 */
export async function inventoryCommand(files: readonly string[], options: Options): Promise<void> {
  const { dryRun = false, strict = false } = options;
  const read = [];
  for (const file of files) read.push({ file, ...(await inventoryOf(file)) });
  const unused = read.flatMap(unusedOf);
  if (strict && unused.length > 0) throw OperatingError.of('QVW_INVENTORY_INVALID', unused);
  const rows = read.flatMap(({ file, rows }) => rows.map((row) => ({ file, ...row })));
  const ignored = [...new Set(read.flatMap(({ ignored }) => ignored))];
  const { noRoom, changes, ...imported } = await operating(
    options,
    ({ operations }) => operations.import({ rows }, { dryRun }),
    // To judge devices anew is a change, too.
    { absent: dryRun ? 'empty' : 'create', unjudged: dryRun ? 'refuse' : 'bring-over' },
  );
  const rejected = [
    ...read.flatMap(({ file, rejected }) => rejected.map((row) => ({ file, ...row }))),
    ...noRoom.map(({ file, line }) => ({ file, line, problem: NO_ROOM })),
  ];
  const incidents = changes.map(({ device, from, to, reason }) => ({ device, from, to, reason }));
  if (options.json === true) printJson({ ...imported, incidents, dryRun, rejected, ignored });
  else
    print(
      [summary(imported, rejected.length, dryRun), ...incidents.map((one) => incidentText(one, dryRun)), ''].join('\n'),
    );
  for (const text of unused) warn(`${printable(text)}\n`);
  for (const { file, line, problem } of rejected) warn(`${printable(`${file}:${line}: ${problem}`)}\n`);
  if (rejected.length > 0) {
    throw new OperatingError(
      'QVW_INVENTORY_INVALID',
      `${counted(rejected.length, 'row')} rejected: correct the rows and import the file again`,
    );
  }
}

/** What of a file does not count, a line each. */
function unusedOf({ file, ignored, doubled, sheets, unread, program }: { file: string } & Read): string[] {
  const by = program === null ? '' : ` (export of ${program})`;
  return [
    ...(ignored.length === 0 ? [] : [`${file}${by}: columns not used: ${ignored.join(', ')}`]),
    ...doubled.map(
      ({ column, used, unused }) =>
        `${file}: "${used}" and "${unused}" both say the ${column}, and differ: "${used}" counts`,
    ),
    ...unread.map((words) => `${file}: ${words}`),
    ...(sheets.length === 0 ? [] : [`${file}: only the first sheet is read, not: ${sheets.join(', ')}`]),
  ];
}

function summary({ taken, unchanged, added }: Counts, rejected: number, dryRun: boolean): string {
  const verb = dryRun ? 'would be imported' : 'imported';
  const counts = [`${counted(taken, 'row')} ${verb}`, `${unchanged} unchanged`];
  if (dryRun) counts.push(`${counted(added, 'device')} new`);
  if (rejected > 0) counts.push(`${rejected} rejected`);
  return `${counts.join(', ')}${dryRun ? '; nothing is stored' : ''}`;
}

type IncidentChange = {
  readonly device: string;
  readonly from: string | null;
  readonly to: string;
  readonly reason: string;
};

function incidentText({ device, from, to, reason }: IncidentChange, dryRun: boolean): string {
  return printable(
    `${device}: the incident ${dryRun ? 'would go' : 'went'} from ${from ?? 'none'} to ${to} (${reason})`,
  );
}

type Read = Awaited<ReturnType<typeof readInventoryBytes>>;

async function inventoryOf(file: string): Promise<Read> {
  let bytes: Buffer;
  try {
    bytes = readBounded(file === '-' ? 0 : file, limits.inventoryFileBytes);
  } catch (error) {
    throw unreadable(file, error);
  }
  try {
    return await readInventoryBytes(bytes);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    throw new OperatingError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}
