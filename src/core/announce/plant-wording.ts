/** The texts of an alert for a whole plant. */
import type { HypothesisName } from '../model/hypothesis.ts';
import { type Severity, severities } from '../model/incident.ts';
import type { Told } from './told.ts';
import { fixOf, isRepairable, leadOf, NONE, sentence, sentences, timeText } from './wording.ts';

/** The devices of a plant that have an open incident, counted. */
export type PlantCount = {
  readonly devices: number;
  readonly suspected: number;
  readonly confirmed: number;
  readonly recovering: number;
  readonly stale: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  /** The leading hypotheses of the devices, the most frequent first. */
  readonly hypotheses: readonly (readonly [HypothesisName | typeof NONE, number])[];
  /** The earliest end of a grace period in milliseconds; null where no end is known. */
  readonly graceUntil: number | null;
};

/** `suspected` and `confirmed` are levels: a recovering or silent device counts with the level that it had. */
export function countPlant(devices: readonly Told[]): PlantCount {
  const count = (is: (told: Told) => boolean) => devices.filter(is).length;
  const hypotheses = new Map<HypothesisName | typeof NONE, number>();
  for (const told of devices) {
    const lead = leadOf(told) ?? NONE;
    hypotheses.set(lead, (hypotheses.get(lead) ?? 0) + 1);
  }
  const ends = devices.flatMap(({ graceUntil }) => graceUntil ?? []);
  return {
    devices: devices.length,
    suspected: count(({ level }) => level === 'suspected'),
    confirmed: count(({ level }) => level === 'confirmed'),
    recovering: count(({ state }) => state === 'recovering'),
    stale: count(({ state }) => state === 'stale'),
    bySeverity: {
      critical: count(({ severity }) => severity === 'critical'),
      major: count(({ severity }) => severity === 'major'),
      warning: count(({ severity }) => severity === 'warning'),
    },
    hypotheses: [...hypotheses].sort(([, a], [, b]) => b - a),
    graceUntil: ends.length === 0 ? null : ends.reduce((first, end) => Math.min(first, end)),
  };
}

export function plantSummaryOf(plant: string, { devices, suspected, confirmed, hypotheses }: PlantCount): string {
  const levels = levelsText({ confirmed, suspected });
  return `Plant ${plant}: ${devicesText(devices)} with an open incident: ${levels}; ${leadingText(hypotheses)}`;
}

export function plantDescriptionOf(devices: readonly Told[], openedAt: number, notice: string): string {
  const counted = countPlant(devices);
  const { recovering, stale, bySeverity, hypotheses, graceUntil } = counted;
  const bySeverityText = severities
    .filter((severity) => bySeverity[severity] > 0)
    .reverse()
    .map((severity) => `${bySeverity[severity]} ${severity}`)
    .join(', ');
  const hidden = devices.filter(({ recoveryVisible }) => recoveryVisible === false).length;
  const repairable = devices.filter(isRepairable).length;
  const checks = [...new Set(devices.flatMap((told) => told.checks))];
  return sentences([
    `Many devices of the plant began to fail within a short time, first at ${timeText(openedAt)}.`,
    `Now ${devicesText(counted.devices)} with an open incident: ${levelsText(counted)}; by severity: ${bySeverityText}.`,
    recovering > 0 && `Connected again, and resolved soon if no failure follows: ${recovering}.`,
    stale > 0 && `Silent, which does not show that they work again: ${stale}.`,
    hidden > 0 && `No recovery can be seen, because only messages of graver levels are sent: ${hidden}.`,
    `Releases: ${releasesText(devices)}.`,
    sentence(leadingText(hypotheses)),
    'If no other plant fails, check the network of this plant first.',
    graceUntil !== null && `The first grace period that is known ends ${timeText(graceUntil)}.`,
    repairable > 0
      ? `The repair of ${notice} can help on ${repairable} of them, with the commands in "fix".`
      : `The repair of ${notice} can help on none of them.`,
    checks.length > 0 && `Check: ${checks.join('; ')}.`,
  ]);
}

/** The repair of the first device that it can help; null where it can help none. */
export function plantFixOf(devices: readonly Told[]): string | null {
  const [told] = devices.filter(isRepairable);
  return told === undefined ? null : fixOf(told);
}

function devicesText(count: number): string {
  return count === 1 ? '1 device' : `${count} devices`;
}

function levelsText({ confirmed, suspected }: Pick<PlantCount, 'confirmed' | 'suspected'>): string {
  return `${confirmed} confirmed, ${suspected} only suspected`;
}

function leadingText(hypotheses: PlantCount['hypotheses']): string {
  return `leading hypothesis: ${hypotheses.map(([name, count]) => `${name} (${count})`).join(', ')}`;
}

function releasesText(devices: readonly Told[]): string {
  const count = (wanted: Told['status']) => devices.filter(({ status }) => status === wanted).length;
  return `${count('affected')} affected, ${count('fixed')} with the fix, ${count('unknown')} not known`;
}
