/** What people did with devices: rows that the other instances read once. */
import type { DeviceAct } from '../ports/batch.ts';
import type { Session } from './session.ts';

/** Longer than any instance takes to read a row. */
const KEPT_MS = 3_600_000;

export class PostgresDeviceActs {
  readonly #instance: string;

  /** `instance`: who stores. */
  constructor(instance: string) {
    this.#instance = instance;
  }

  async write(session: Session, act: DeviceAct | undefined): Promise<void> {
    if (act === undefined) return;
    const { by, at, devices } = act;
    await session.run(
      'INSERT INTO device_act (instance, at, author, devices) VALUES ($1, $2, $3, $4)',
      ...[this.#instance, at, by, devices],
    );
    await session.run('DELETE FROM device_act WHERE at < $1', at - KEPT_MS);
  }
}
