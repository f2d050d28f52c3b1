import type { Advisory } from '../advisory/advisory.ts';
import { releaseOf } from '../advisory/exposure.ts';
import type { Device } from '../model/device.ts';
import type { Disposition, StatedDisposition } from '../model/disposition.ts';
import { type IncidentRecord, incidentRecord } from './incident-record.ts';

/**
 * A disposition with what is known at this moment. `record`: the incident as it was last stored, which has the diagnosis
 * of a past incident. `device`: undefined if no device has the key any more, because it was merged into another one.
 */
export function dispositionOf(
  stated: StatedDisposition,
  record: IncidentRecord,
  device: Device | undefined,
  advisory: Advisory,
): Disposition {
  const latest = device === undefined ? null : incidentRecord(device, advisory);
  return {
    ...stated,
    diagnosis: latest?.id === record.id ? latest.diagnosis : record.diagnosis,
    release: device === undefined ? null : releaseOf(device.state),
  };
}
