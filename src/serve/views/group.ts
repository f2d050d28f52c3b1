/** Devices counted together: a plant, a product, a release, all. Of plants also what is open, and when they were heard. */
import { Type } from 'typebox';
import { type Group, graceBuckets } from '../../core/fleet/fleet-count.ts';
import { conditions } from '../../core/model/device.ts';
import { toIso } from '../../core/model/instant.ts';
import type { OpenSeverities } from '../../store/ports/incidents.ts';
import { dateTime, nullable, toDateTime } from './types.ts';

const countsSchema = <T extends readonly string[]>(names: T) =>
  Type.Object(
    Object.fromEntries(names.map((name) => [name, Type.Integer()])) as Record<
      T[number],
      ReturnType<typeof Type.Integer>
    >,
  );

export const groupSchema = Type.Object({
  name: Type.String(),
  sumOf: nullable(Type.Integer(), {
    description:
      'how many plants, products or releases are counted together in this group, which is the last one then; null: it is one by itself',
  }),
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

export const listedPlantSchema = Type.Object({
  ...groupSchema.properties,
  severities: Type.Object(
    { critical: Type.Integer(), major: Type.Integer(), warning: Type.Integer() },
    { description: 'its open incidents by severity; those that recover are left out' },
  ),
  heardAt: nullable(dateTime, { description: 'the hour of the last line of any of its devices' }),
});

export type ListedPlant = {
  readonly group: Group;
  readonly severities: OpenSeverities;
  /** Milliseconds. */
  readonly heardAt: number | null;
};

export function listedPlantView({ group, severities, heardAt }: ListedPlant) {
  return {
    ...groupView(group),
    severities: { ...severities },
    heardAt: heardAt === null ? null : toDateTime(heardAt),
  };
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
