/** What a decision reads and writes: a class for each kind of rows. */
import type { StoreBounds } from '../ports/store.ts';
import type { Projection } from '../projection.ts';
import type { PostgresDamage } from './damage.ts';
import { PostgresDays } from './days.ts';
import { PostgresDeviceActs } from './device-acts.ts';
import { PostgresDevices } from './devices.ts';
import { PostgresEvidence } from './evidence.ts';
import { PostgresIncidents } from './incidents.ts';
import { PostgresNames } from './names.ts';
import type { PostgresOutbox } from './outbox.ts';
import { PostgresInventoryChanges } from './side-rows.ts';
import { PostgresUnparsed } from './unparsed.ts';

export type Tables = {
  readonly damage: PostgresDamage;
  readonly devices: PostgresDevices;
  readonly names: PostgresNames;
  readonly incidents: PostgresIncidents;
  readonly evidence: PostgresEvidence;
  readonly unparsed: PostgresUnparsed;
  readonly inventory: PostgresInventoryChanges;
  readonly outbox: PostgresOutbox;
  readonly days: PostgresDays;
  readonly acts: PostgresDeviceActs;
};

type Of = {
  readonly instance: string;
  readonly damage: PostgresDamage;
  readonly outbox: PostgresOutbox;
  readonly bounds: StoreBounds;
};

/** `instance`: who writes. */
export function tablesOf(projection: Projection, { instance, damage, outbox, bounds }: Of): Tables {
  const devices = new PostgresDevices(projection, damage, bounds.devices);
  const { cache } = devices;
  return {
    damage,
    devices,
    names: new PostgresNames(bounds.aliases),
    incidents: new PostgresIncidents(projection, instance, cache, damage, bounds),
    evidence: new PostgresEvidence(instance, cache, damage),
    unparsed: new PostgresUnparsed(bounds.unparsedRows),
    inventory: new PostgresInventoryChanges(instance),
    outbox,
    days: new PostgresDays(instance),
    acts: new PostgresDeviceActs(instance),
  };
}
