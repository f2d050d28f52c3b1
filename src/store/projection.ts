import type { Advisory } from '../core/advisory/advisory.ts';
import { nextDeadline } from '../core/correlate/machine.ts';
import { incidentRecord } from '../core/diagnose/incident-record.ts';
import { seriesOf } from '../core/fleet/device-series.ts';
import { failingGrace } from '../core/fleet/fleet-count.ts';
import { conditionOf, evictionRank } from '../core/model/device.ts';
import type { Projection } from './store.ts';

/** What a store keeps beside each device, under an advisory. */
export function projectionOf(advisory: Advisory): Projection {
  return {
    incidentOf: (device) => incidentRecord(device, advisory),
    conditionOf,
    evictionRank,
    seriesOf: (device) => seriesOf(device, advisory),
    graceOf: (device) => failingGrace(device, conditionOf(device), advisory),
    deadlineOf: ({ state }) => nextDeadline(state, advisory)?.at ?? null,
  };
}
