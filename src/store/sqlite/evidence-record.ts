import { createHash } from 'node:crypto';
import type { Evidence } from '../../core/correlate/sighting.ts';

/** A digest over all that a line says; not over whose it is, which changes when two devices turn out to be one. */
export function digestOf({ device: _, ordinal: __, ...row }: Evidence): string {
  return createHash('sha256').update(JSON.stringify(row)).digest('hex');
}

/** Rows of older versions know less; what they lack is as if it had not been said. */
export function unpackEvidence(record: string): Evidence {
  const row: Evidence = JSON.parse(record);
  return row.grammar === undefined ? { ...missing, ...row } : row;
}

const missing = {
  foldedAt: null,
  decisive: false,
  timeUsed: 'receipt',
  stampRejected: null,
  stamp: null,
  timeQuality: 'none',
  relayStamp: null,
  advisory: '',
  grammar: '',
  times: 1,
  peers: [],
  clock: null,
  critical: false,
  tells: null,
} as const;
