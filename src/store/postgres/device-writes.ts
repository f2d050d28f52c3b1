/** What is to be written of a device: only what is not as it is remembered. */
import { ordinalAfter } from '../../core/correlate/evidence.ts';
import type { Device } from '../../core/model/device.ts';
import { isOpen } from '../../core/model/incident.ts';
import { type Column, type MemberRow, packMember } from '../codec/member-row.ts';
import { changeOfTail, newTail, type TailChange } from '../codec/tail-blocks.ts';
import type { Projection } from '../projection.ts';
import { type DeviceCache, nothingOfIncident, type RememberedDevice, type RememberedIncident } from './device-cache.ts';
import { ALL_BLOCKS, projectedOf, type WrittenDevice } from './device-rows.ts';

/** `isMember`: the fleet shows it so already. */
export type ToWrite = WrittenDevice & { readonly member: MemberRow; readonly isMember: boolean };

/** The device with its next version, which is remembered from now on. It is locked. */
export function toWrite(device: Device, cache: DeviceCache, projection: Projection): ToWrite {
  const remembered = cache.locked(device.key);
  const before = remembered?.device.version === device.version ? remembered : undefined;
  const change = changeFrom(before, device);
  const next = { ...device, version: device.version + 1 };
  const projected = projectedOf(device, projection);
  const member = packMember(projection.memberOf(device));
  const ofIncident = before === undefined ? nothingOfIncident() : incidentAfter(before, device);
  cache.write({ device: next, blocks: change.blocks, projected, member, ofIncident, writtenBy: null });
  const isSteady = isSame(projected, before?.projected ?? null);
  return { device: next, projected, isSteady, change, member, isMember: isSame(member, before?.member ?? null) };
}

function changeFrom(before: RememberedDevice | undefined, { version, recent }: Device): TailChange {
  if (before !== undefined && before.blocks !== null) return changeOfTail(before.device.recent, before.blocks, recent);
  return { ...newTail(recent), first: version === 0 ? 0 : ALL_BLOCKS };
}

function incidentAfter({ device, ofIncident }: RememberedDevice, { state }: Device): RememberedIncident {
  if (ordinalAfter(device.state) !== ordinalAfter(state)) return nothingOfIncident();
  const isStillOpen = isOpen(device.state.incident) && isOpen(state.incident);
  return isStillOpen ? ofIncident : { ...ofIncident, row: null };
}

function isSame(a: readonly Column[], b: readonly Column[] | null): boolean {
  return b !== null && a.every((column, index) => column === b[index]);
}
