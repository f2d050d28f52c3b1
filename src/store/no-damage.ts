import type { CheckedTable } from './ports/damage.ts';

/** How many damaged rows a store has that has none. */
export const noDamage: Readonly<Record<CheckedTable, number>> = {
  ...{ device: 0, tail: 0, incident: 0, evidence: 0, alias: 0, transition: 0, note: 0, notice: 0, delivered: 0 },
  ...{ inventory_change: 0, gone_incident: 0, source: 0, alert: 0, member: 0, index: 0, wal: 0 },
};
