/** Open incidents, and their alerts under a rule. */
import {
  type Alert,
  type AlertRule,
  alertsOf as alertsByKey,
  keyOf,
  type OpenIncident,
} from '../../../src/core/announce/alerts.ts';
import { type Told, toldOf } from '../../../src/core/announce/told.ts';
import type { IncidentState, Severity } from '../../../src/core/model/incident.ts';
import { advisory, T0 } from '../../given.ts';

export const everything = { states: [], severities: [], plants: [] };
export const rule: AlertRule = { only: everything, grouping: { above: 3, withinMs: 10 * 60_000 } };

type Over = { severity?: Severity; state?: IncidentState; openedAt?: number; plant?: string | null };

export function openIncident(
  device: string,
  { severity = 'major', state = 'confirmed', openedAt = T0, plant = 'P1' }: Over = {},
) {
  const record = {
    ...{ id: `qv-${device}-1`, device, state, severity, score: 5, families: ['call-home', 'communication'] },
    ...{
      diagnosis: 'trust' as const,
      openedAt: new Date(openedAt).toISOString(),
      confirmedAt: null,
      recoveringAt: null,
    },
    ...{
      resolvedAt: null,
      graceUntil: null,
      graceUntilAtMost: '2023-02-05T06:00:00.000Z',
      evidence: 3,
      regressions: 0,
      healedByItself: 0,
      endedBy: null,
      recoveryVisible: null,
    },
  };
  return { record, plant } satisfies OpenIncident;
}

/** An incident as texts tell of it. */
export function told(device: string, over: Partial<Told> = {}): Told {
  const { record, plant } = openIncident(device);
  return { ...toldOf(null, record, plant, advisory), checks: [], lastFailureAt: T0 + 90 * 60_000, ...over };
}

/** The alerts as a list, in the order in which a peer gets them: the ended ones, then the firing ones. */
export function alertsOf(
  plant: string,
  openIncidents: readonly OpenIncident[],
  previous: readonly Alert[],
  by: AlertRule,
  now: number,
): Alert[] {
  const alerts = [
    ...alertsByKey(plant, openIncidents, new Map(previous.map((alert) => [keyOf(alert), alert])), by, now).values(),
  ];
  return [...alerts.filter(({ endsAt }) => endsAt !== null), ...alerts.filter(({ endsAt }) => endsAt === null)];
}
