import { Type } from 'typebox';
import type { RepairTask } from '../../core/fleet/repair-tasks.ts';
import { needNames } from '../../core/fleet/shown-needs.ts';
import { hypotheses } from '../../core/model/hypothesis.ts';
import type { FleetSnapshot } from '../../operate/fleet-report.ts';
import { groupSchema, groupView, type ListedPlant, listedPlantSchema, listedPlantView } from './group.ts';
import { nullable, toDateTime } from './types.ts';

export const taskSchema = Type.Object({
  device: Type.String(),
  hostname: nullable(Type.String()),
  address: nullable(Type.String()),
  serial: nullable(Type.String()),
  pid: nullable(Type.String()),
  release: nullable(Type.String()),
  plant: nullable(Type.String()),
  incident: nullable(Type.String(), {
    description: 'null: none is open, and captures show what is to be done (checks)',
  }),
  need: nullable(Type.Enum([...needNames]), {
    description: 'what is to be done without an open incident; null with one',
  }),
  state: Type.String({ description: 'of the incident; without one the condition of the device' }),
  severity: nullable(Type.String()),
  lastFailureAt: nullable(Type.String()),
  graceUntil: nullable(Type.String()),
  graceUntilAtMost: nullable(Type.String()),
  remediation: nullable(Type.String()),
  diagnosis: nullable(Type.Enum([...hypotheses])),
  fixedIn: nullable(Type.String()),
  commands: Type.Array(Type.String(), { description: 'of the repair; empty where a repair cannot help' }),
  checks: Type.Array(Type.String()),
});

export const fleetSchema = Type.Object({
  at: Type.String(),
  notCounted: Type.Integer({ description: 'devices of a former version that are not brought over yet' }),
  all: groupSchema,
  plants: Type.Array(listedPlantSchema),
  products: Type.Array(groupSchema),
  releases: Type.Array(groupSchema),
});

/** `plants`: those of the fleet, with what is asked for them only. */
export function fleetView({ at, fleet, notCounted }: FleetSnapshot, plants: readonly ListedPlant[]) {
  return {
    at: toDateTime(at),
    notCounted,
    all: groupView(fleet.all),
    plants: plants.map(listedPlantView),
    products: fleet.products.map(groupView),
    releases: fleet.releases.map(groupView),
  };
}

export function taskView(task: RepairTask) {
  return { ...task, commands: [...task.commands], checks: [...task.checks] };
}
