import type { Device } from '../../core/model/device.ts';
import { type PostgresDamage, rowDamaged } from './damage.ts';
import { type DeviceRow, type Unpacked, unpack } from './device-rows.ts';

/** Reads rows of devices, some of which cannot be read. */
export class DeviceReader {
  readonly #damage: PostgresDamage;

  constructor(damage: PostgresDamage) {
    this.#damage = damage;
  }

  /** `QVW_ROW_DAMAGED` for a row that cannot be read: nothing can be decided on its device. */
  one(row: DeviceRow): Unpacked {
    const unpacked = this.#read(row);
    if (unpacked === null) throw rowDamaged(row.key, 'its record is not what was stored');
    return unpacked;
  }

  /** The devices of the rows that can be read, and the keys of the others. */
  all(rows: readonly DeviceRow[]): { readonly devices: Device[]; readonly unread: string[] } {
    const [devices, unread]: [Device[], string[]] = [[], []];
    for (const row of rows) {
      const unpacked = this.#read(row);
      if (unpacked === null) unread.push(row.key);
      else devices.push(unpacked.device);
    }
    return { devices, unread };
  }

  #read(row: DeviceRow): Unpacked | null {
    return this.#damage.readOne('device', row.key, () => unpack(row));
  }
}
