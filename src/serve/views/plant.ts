import { type Static, Type } from 'typebox';
import { graceBuckets } from '../../core/fleet/fleet-count.ts';
import { conditions } from '../../core/model/device.ts';
import type { PlantSenders } from '../../operate/plant-senders.ts';
import type { GraceWeeks } from '../../store/ports/fleet.ts';
import { type ListedPlant, listedPlantSchema, listedPlantView } from './group.ts';
import { senderLossSchema, senderLossView } from './sender-loss.ts';
import { dateTime, nullable, toDateTime } from './types.ts';

/** Senders in the answer about a plant. */
const MOST_SENDERS = 100;

export const plantSchema = Type.Object({
  ...listedPlantSchema.properties,
  completeness: nullable(Type.Number(), {
    description: 'lines that arrived, in percent, of senders of which lines are missing; null if none are missing',
  }),
  senders: Type.Array(senderLossSchema, {
    description: 'those of its senders of which lines are missing or were dropped, the most lost first',
  }),
});

export function plantView(plant: ListedPlant, { senders, completeness }: PlantSenders) {
  return {
    ...listedPlantView(plant),
    // Rounded down to a hundredth: 100 means that no line is missing.
    completeness: completeness === null ? null : Math.floor(completeness * 10_000) / 100,
    senders: senders.slice(0, MOST_SENDERS).map(senderLossView),
  };
}

export const graceSchema = Type.Object({
  at: dateTime,
  over: Type.Integer({ description: 'failing devices whose grace period has ended' }),
  bounded: Type.Integer({ description: 'failing devices of whose grace period only an upper bound is known' }),
  weeks: Type.Array(Type.Object({ from: dateTime, count: Type.Integer() }), {
    description:
      'ends of grace periods of failing devices by week, from Monday 00:00 UTC; weeks without any are left out',
  }),
});

export function graceView({ over, bounded, weeks }: GraceWeeks, at: number) {
  const shown = weeks.map(({ from, count }) => ({ from: toDateTime(from), count }));
  return { at: toDateTime(at), over, bounded, weeks: shown };
}

type PlantRow = Static<typeof listedPlantSchema>;

/** The columns of plants as CSV: each count has its own. */
export const plantColumns = [
  ...(['name', 'devices', 'affected', 'fixed', 'levelTooLow'] as const),
  ...conditions,
  ...(['repairSeen', 'repairVerifying', 'repairVerified'] as const),
  ...graceBuckets.map((bucket) => `grace_${bucket}` as const),
  ...(['graceEndsNext', 'critical', 'major', 'warning', 'heardAt', 'sumOf'] as const),
];

export function plantRow({ conditions: counts, remediation, grace, severities, ...rest }: PlantRow) {
  const { seen, verifying, verified } = remediation;
  return {
    ...rest,
    ...counts,
    ...severities,
    ...{ repairSeen: seen, repairVerifying: verifying, repairVerified: verified },
    ...Object.fromEntries(graceBuckets.map((bucket) => [`grace_${bucket}`, grace[bucket]])),
  } as Record<(typeof plantColumns)[number], string | number | null>;
}
