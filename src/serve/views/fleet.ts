import { Type } from 'typebox';
import { type Group, graceBuckets } from '../../core/fleet/fleet-count.ts';
import type { RepairTask } from '../../core/fleet/repair-tasks.ts';
import { conditions } from '../../core/model/device.ts';
import { hypotheses } from '../../core/model/hypothesis.ts';
import { toIso } from '../../core/model/instant.ts';
import type { FleetSnapshot } from '../../operate/fleet-report.ts';
import { nullable, toDateTime } from './types.ts';

const countsSchema = <T extends readonly string[]>(names: T) =>
  Type.Object(
    Object.fromEntries(names.map((name) => [name, Type.Integer()])) as Record<
      T[number],
      ReturnType<typeof Type.Integer>
    >,
  );

export const groupSchema = Type.Object({
  name: Type.String(),
  devices: Type.Integer(),
  affected: Type.Integer({ description: 'devices known to run an affected release' }),
  fixed: Type.Integer({ description: 'devices known to run a release with the fix' }),
  levelTooLow: Type.Integer({
    description: 'devices that send no line that could be a recovery: logging trap informational is needed',
  }),
  conditions: countsSchema(conditions),
  remediation: countsSchema(['seen', 'verifying', 'verified'] as const),
  grace: Type.Object(countsSchema(graceBuckets).properties, {
    description: 'failing devices by the time left of their grace period; bounded: only an upper bound is known',
  }),
  graceEndsNext: nullable(Type.String()),
});

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
  plants: Type.Array(groupSchema),
  products: Type.Array(groupSchema),
  releases: Type.Array(groupSchema),
});

export function fleetView({ at, fleet, notCounted }: FleetSnapshot) {
  return {
    at: toDateTime(at),
    notCounted,
    all: groupView(fleet.all),
    plants: fleet.plants.map(groupView),
    products: fleet.products.map(groupView),
    releases: fleet.releases.map(groupView),
  };
}

export function taskView(task: RepairTask) {
  return { ...task, commands: [...task.commands], checks: [...task.checks] };
}

export function groupView({ conditions: counts, remediation, grace, graceEndsNext, ...rest }: Group) {
  const allCounts = Object.fromEntries(conditions.map((condition) => [condition, counts[condition] ?? 0]));
  return {
    ...rest,
    conditions: allCounts as Record<(typeof conditions)[number], number>,
    remediation: { ...remediation },
    grace: { ...grace },
    graceEndsNext: toIso(graceEndsNext),
  };
}
