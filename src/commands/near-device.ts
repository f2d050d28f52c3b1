import { nearest } from '../config/near.ts';
import { limits } from '../core/model/limits.ts';
import { OperatingError } from '../errors.ts';
import type { Operations } from '../operate/operations.ts';
import { everyPage } from '../store/every-page.ts';
import type { Store } from '../store/ports/store.ts';

/** The device that somebody who named one that is not known probably meant, as words behind the error; else no text. */
export async function nearDevice(store: Pick<Store, 'devices'>, name: string): Promise<string> {
  const keys: string[] = [];
  for await (const rows of everyPage((after) => store.devices({ after, limit: limits.pageRows })))
    keys.push(...rows.map(({ key }) => key));
  const found = nearest(name, keys);
  return found === null ? '' : `; did you mean "${found}"?`;
}

/** The key of a device, by any of its names. `QVW_NOT_FOUND` says which device was probably meant. */
export async function deviceNamed(
  { store, operations }: { readonly store: Pick<Store, 'devices'>; readonly operations: Pick<Operations, 'find'> },
  name: string,
): Promise<string> {
  try {
    return await operations.find(name);
  } catch (error) {
    if (!(error instanceof OperatingError) || error.code !== 'QVW_NOT_FOUND') throw error;
    throw new OperatingError(error.code, `${error.message}${await nearDevice(store, name)}`, { cause: error });
  }
}
