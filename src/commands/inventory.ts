import { readFileSync } from 'node:fs';
import { unreadable } from '../archive/archive-files.ts';
import { OperatingError } from '../errors.ts';
import { readInventory } from '../operate/inventory-file.ts';
import { NO_ROOM } from '../operate/operations.ts';
import { operating } from './open-data.ts';

type Options = { config?: string; data?: string; json?: boolean };

/** Imports inventories. Good rows are taken; each bad one is told on stderr with its line, and ends it with 2. */
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
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ ...imported, rejected, ignored })}\n`
      : `${imported.taken} rows taken, ${imported.unchanged} said nothing new, ${rejected.length} rejected${
          ignored.length > 0 ? `; columns that mean nothing here: ${ignored.join(', ')}` : ''
        }\n`,
  );
  for (const { file, line, problem } of rejected) process.stderr.write(`${file}:${line}: ${problem}\n`);
  if (rejected.length > 0) {
    throw new OperatingError(
      'QVW_INVENTORY_INVALID',
      `${rejected.length} rows were not taken: mend them and import again`,
    );
  }
}

function inventoryOf(file: string) {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
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
