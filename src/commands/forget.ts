import { limits } from '../core/model/limits.ts';
import { OperatingError } from '../errors.ts';
import { everyPage } from '../store/every-page.ts';
import type { Store } from '../store/ports/store.ts';
import { counted } from './counted.ts';
import { deviceNamed } from './near-device.ts';
import { operating } from './open-data.ts';
import { print } from './output.ts';

type Options = { config?: string; data?: string; notListed?: boolean; yes?: boolean };

/** Deletes devices by name, or all that are not in the inventory. A deleted device that sends a line is added again. */
export async function forgetCommand(names: readonly string[], options: Options): Promise<void> {
  if (names.length > 0 === (options.notListed === true)) {
    throw new OperatingError('QVW_USAGE', 'name the devices to delete, or give --not-listed, but not both');
  }
  await operating(options, async ({ store, operations }) => {
    const keys =
      options.notListed === true
        ? await notListed(store, options.yes === true)
        : await Promise.all(names.map((name) => deviceNamed({ store, operations }, name)));
    if (options.notListed === true && options.yes !== true) {
      const found = keys.length === 1 ? '1 device is' : `${keys.length} devices are`;
      const advice = keys.length === 0 ? '' : ': repeat with --yes to delete';
      print(`${found} not in the inventory${advice}\n`);
      return;
    }
    await operations.forget([...new Set(keys)], 'operator', 'the device no longer exists');
    print(`${counted(keys.length, 'device')} deleted\n`);
  });
}

/** `QVW_REFUSED` for an empty inventory, unless `sure`: every device would be deleted. */
async function notListed(store: Store, sure: boolean): Promise<string[]> {
  const keys: string[] = [];
  let listed = 0;
  for await (const rows of everyPage((after) => store.devices({ after, limit: limits.pageRows }))) {
    for (const { key, inventory } of rows) {
      if (inventory === null) keys.push(key);
      else listed++;
    }
  }
  if (listed > 0 || sure) return keys;
  throw new OperatingError(
    'QVW_REFUSED',
    `the inventory has no device, so every device would be deleted (${keys.length}): import the inventory first, or repeat with --yes`,
  );
}
