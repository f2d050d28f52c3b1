import { limits } from '../core/model/limits.ts';
import { OperatingError } from '../errors.ts';
import { everyPage } from '../store/every-page.ts';
import type { Store } from '../store/ports/store.ts';
import { operating } from './open-data.ts';

type Options = { config?: string; data?: string; notListed?: boolean; yes?: boolean };

/** Forgets devices, by name or all that the inventory does not have. A device that speaks again is known again. */
export async function forgetCommand(names: readonly string[], options: Options): Promise<void> {
  if (names.length > 0 === (options.notListed === true)) {
    throw new OperatingError('QVW_USAGE', 'name the devices to forget, or say --not-listed');
  }
  await operating(options, async ({ store, operations }) => {
    const keys =
      options.notListed === true
        ? await notListed(store)
        : await Promise.all(names.map((name) => operations.find(name)));
    if (options.notListed === true && options.yes !== true) {
      throw new OperatingError('QVW_REFUSED', `${keys.length} devices are not in the inventory: --yes forgets them`);
    }
    await operations.forget([...new Set(keys)], 'operator', 'the device is no more');
    process.stdout.write(`${keys.length} ${keys.length === 1 ? 'device' : 'devices'} forgotten\n`);
  });
}

/** `QVW_REFUSED` where nothing is listed, as everything would go. */
async function notListed(store: Store): Promise<string[]> {
  const keys: string[] = [];
  let listed = 0;
  for await (const rows of everyPage((after) => store.devices({ after, limit: limits.pageRows }))) {
    for (const { key, inventory } of rows) {
      if (inventory === null) keys.push(key);
      else listed++;
    }
  }
  if (listed > 0) return keys;
  throw new OperatingError('QVW_REFUSED', 'the inventory has no device, so that all would go: import it first');
}
