/** What would happen: the same decisions on the same store, of which nothing is stored. */
import type { Correlated, Known } from '../core/correlate/correlated.ts';
import { type Device, furtherKeys } from '../core/model/device.ts';
import { type Aliases, keysIn } from '../core/model/names.ts';
import type { About } from '../store/ports/devices.ts';
import type { Store } from '../store/ports/store.ts';

/** Each decision sees what the ones before it would have stored. The store goes on meanwhile, so a later line may count;
 * and it evicts nothing, which a store does that is full. */
export class Rehearsal {
  readonly #store: Pick<Store, 'load' | 'aliases' | 'namesOf' | 'capacityFor'>;
  /** By key; null: merged into another device. */
  readonly #devices = new Map<string, Device | null>();
  readonly #aliases = new Map<string, string | null>();
  #added = 0;

  constructor(store: Pick<Store, 'load' | 'aliases' | 'namesOf' | 'capacityFor'>) {
    this.#store = store;
  }

  async decide<T extends Correlated>(about: About, fold: (known: Known) => T): Promise<T> {
    const folded = fold(await this.#known(about));
    for (const { from, into } of folded.merges) {
      this.#devices.set(from, null);
      for (const name of await this.#namesOf(from)) this.#aliases.set(name, into);
    }
    for (const [name, key] of folded.aliases) this.#aliases.set(name, key);
    for (const device of folded.devices.values()) {
      if (device.version === 0 && this.#devices.get(device.key) == null) this.#added++;
      this.#devices.set(device.key, device);
    }
    return folded;
  }

  async #known({ names, keys, newDevices }: About): Promise<Known> {
    const aliases = await this.#find(names);
    const room = (await this.#store.capacityFor(newDevices + this.#added)) - this.#added;
    const devices = await this.#load(keysIn(aliases, keys));
    const further = await this.#load(furtherKeys(devices.values()));
    return { aliases, devices: new Map([...devices, ...further]), room: Math.max(0, room) };
  }

  async #find(names: Iterable<string>): Promise<Aliases> {
    const wanted = [...names];
    const stored = await this.#store.aliases(wanted.filter((name) => !this.#aliases.has(name)));
    const found = new Map<string, string | null>();
    for (const name of wanted) {
      const key = this.#aliases.has(name) ? this.#aliases.get(name) : stored.get(name);
      if (key !== undefined) found.set(name, key);
    }
    return found;
  }

  async #namesOf(key: string): Promise<string[]> {
    const stored = (await this.#store.namesOf(key)).filter((name) => !this.#aliases.has(name));
    return [...stored, ...[...this.#aliases].flatMap(([name, held]) => (held === key ? [name] : []))];
  }

  async #load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>> {
    const [found, wanted] = [new Map<string, Device>(), new Set<string>()];
    for (const key of keys) {
      const device = this.#devices.get(key);
      if (device === undefined) wanted.add(key);
      else if (device !== null) found.set(key, device);
    }
    for (const [key, device] of await this.#store.load(wanted)) found.set(key, device);
    return found;
  }
}
