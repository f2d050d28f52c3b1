/** What is known of lines of a device that never came: asked of the threads that receive. */

import type { Device } from './core/device.ts';
import { nameHash } from './core/loss/name-hash.ts';
import type { Loss } from './core/loss/source.ts';
import type { LossQuestion } from './receive/delivery.ts';
import type { Store } from './store/store.ts';

type Ask = (questions: readonly LossQuestion[]) => Promise<readonly Loss[]>;

export class DeviceLoss {
  readonly #store: Pick<Store, 'namesOf'>;
  readonly #ask: Ask;

  constructor(store: Pick<Store, 'namesOf'>, ask: Ask) {
    this.#store = store;
    this.#ask = ask;
  }

  /**
   * Of the lines from the device's address under one of its names, or without a name; `since` a time, or ever. Null for a
   * device without an address: it is only listed, or its lines came out of a file.
   */
  async of({ key, peer }: Pick<Device, 'key' | 'peer'>, since: number | null): Promise<Loss | null> {
    if (peer === null) return null;
    const names = new Set([key, ...(await this.#store.namesOf(key))]);
    const hashes = [...names].filter((name) => !name.startsWith('sn:')).map(nameHash);
    const losses = await this.#ask([...hashes, null].map((name) => ({ peer, name, since })));
    return losses.reduce<Loss | null>(better, null);
  }
}

/** What can be relied on goes first, then what was heard of last. */
function better(best: Loss | null, loss: Loss): Loss {
  if (best === null || best.reliable !== loss.reliable) return best?.reliable === true ? best : loss;
  return (loss.lastSeenAt ?? -1) > (best.lastSeenAt ?? -1) ? loss : best;
}
