import { readBounded } from '../config/read-file.ts';
import { limits } from '../core/model/limits.ts';
import { OperatingError, unreadable } from '../errors.ts';
import { readInventory } from '../operate/inventory-file.ts';
import { type Imported, NO_ROOM } from '../operate/operations.ts';
import { printable } from '../printable.ts';
import { counted } from './counted.ts';
import { operating } from './open-data.ts';
import { print, printJson, warn } from './output.ts';

type Options = { config?: string; data?: string; json?: boolean };

type Counts = Pick<Imported<unknown>, 'taken' | 'unchanged'>;

/** Imports inventories. Valid rows are imported; rejected rows are printed to stderr, and make the exit code 2. */
export async function inventoryCommand(files: readonly string[], options: Options): Promise<void> {
  const read = files.map((file) => ({ file, inventory: inventoryOf(file) }));
  const rows = read.flatMap(({ file, inventory }) => inventory.rows.map((row) => ({ file, ...row })));
  const ignored = [...new Set(read.flatMap(({ inventory }) => inventory.ignored))];
  const { noRoom, ...imported } = await operating(options, ({ operations }) => operations.import({ rows }), {
    create: true,
  });
  const rejected = [
    ...read.flatMap(({ file, inventory }) => inventory.rejected.map((row) => ({ file, ...row }))),
    ...noRoom.map(({ file, line }) => ({ file, line, problem: NO_ROOM })),
  ];
  if (options.json === true) printJson({ ...imported, rejected, ignored });
  else print(summary(imported, rejected.length, ignored));
  for (const { file, line, problem } of rejected) warn(`${printable(`${file}:${line}: ${problem}`)}\n`);
  if (rejected.length > 0) {
    throw new OperatingError(
      'QVW_INVENTORY_INVALID',
      `${counted(rejected.length, 'row')} rejected: correct the rows and import the file again`,
    );
  }
}

function summary({ taken, unchanged }: Counts, rejected: number, ignored: readonly string[]): string {
  const counts = [`${counted(taken, 'row')} imported`, `${unchanged} unchanged`];
  if (rejected > 0) counts.push(`${rejected} rejected`);
  return `${counts.join(', ')}${ignored.length > 0 ? `. Ignored columns: ${ignored.join(', ')}` : ''}\n`;
}

function inventoryOf(file: string) {
  let text: string;
  try {
    text = readBounded(file === '-' ? 0 : file, limits.inventoryFileBytes).toString();
  } catch (error) {
    throw unreadable(file, error);
  }
  try {
    return readInventory(text, file.endsWith('.json') ? 'json' : 'csv');
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    throw new OperatingError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}
