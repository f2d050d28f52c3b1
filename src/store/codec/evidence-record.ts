/**
 * A line of evidence as JSON: an array of its values in the order of `Packed`, without those that are columns. New
 * values are appended. Older files have an object with all values.
 */
import { hash } from 'node:crypto';
import type { Evidence } from '../../core/correlate/evidence.ts';
import { parseStored } from './stored-json.ts';

type Packed = readonly [
  receivedAt: number,
  kind: string,
  family: string | null,
  cause: string | null,
  weight: number,
  raw: string,
  foldedAt: number | null,
  timeUsed: Evidence['timeUsed'],
  stampRejected: Evidence['stampRejected'],
  stamp: number | null,
  timeQuality: Evidence['timeQuality'],
  relayStamp: number | null,
  advisory: string,
  grammar: string,
  times: number,
  peers: readonly string[],
  clock: Evidence['clock'],
  critical: boolean,
  facts: Evidence['facts'],
  manner: Evidence['manner'],
  server: Evidence['server'],
  claim: Evidence['claim'],
  counter: number | null,
  sequence: number | null,
  sender: string | null,
  transport: Evidence['transport'],
  senderKnown: boolean,
  foreign: boolean,
];

/** `decisive`: 0 or 1. `digest`: null in a row of a version that stored none. */
export type EvidenceRow = {
  readonly device: string;
  readonly ordinal: number;
  readonly mnemonic: string;
  readonly at: number;
  readonly decisive: number;
  readonly record: string;
  readonly digest: string | null;
};

export function packEvidence(row: Evidence): string {
  return JSON.stringify([
    row.receivedAt,
    row.kind,
    row.family,
    row.cause,
    row.weight,
    row.raw,
    row.foldedAt,
    row.timeUsed,
    row.stampRejected,
    row.stamp,
    row.timeQuality,
    row.relayStamp,
    row.advisory,
    row.grammar,
    row.times,
    row.peers,
    row.clock,
    row.critical,
    row.facts,
    row.manner,
    row.server,
    row.claim,
    row.counter,
    row.sequence,
    row.sender,
    row.transport,
    row.senderKnown,
    row.foreign,
  ] satisfies Packed);
}

/** Rows of older versions lack some values: these get the value that means unknown. */
export function unpackEvidence({
  device,
  ordinal,
  mnemonic,
  at,
  decisive,
  record,
}: Omit<EvidenceRow, 'digest'>): Evidence {
  const values: Packed | OldEvidence = parseStored(record);
  if (!isPacked(values)) {
    const { tells = null, ...known } = values;
    // Before rows had a time of the fold, every kept line was folded at its own.
    const foldedAt = known.foldedAt === undefined ? at : known.foldedAt;
    return { ...missing, ...known, foldedAt, facts: tells, device, ordinal };
  }
  const [receivedAt, kind, family, cause, weight, raw, foldedAt, timeUsed, stampRejected, stamp, ...rest] = values;
  const [timeQuality, relayStamp, advisory, grammar, times, peers, clock, critical, facts, ...failure] = rest;
  // Rows of older versions end before these.
  const [manner = null, server = missing.server, claim = missing.claim, ...numbers] = failure;
  const [counter = null, sequence = null, sender = null, transport = null, senderKnown = true, foreign = false] =
    numbers;
  return {
    ...{ device, ordinal, at, receivedAt, kind, family, cause, weight, mnemonic, raw, foldedAt },
    ...{ decisive: decisive === 1, timeUsed, stampRejected, stamp, timeQuality, relayStamp, advisory, grammar },
    ...{ times, peers, clock, critical, facts, manner, server, claim, counter, sequence },
    ...{ sender, transport, senderKnown, foreign },
  };
}

/** A digest of everything in a row but its device and ordinal, which change when two devices are merged. */
export function digestOf({
  mnemonic,
  at,
  decisive,
  record,
}: Pick<EvidenceRow, 'mnemonic' | 'at' | 'decisive' | 'record'>): string {
  return hash('sha256', `${mnemonic} ${at} ${decisive} ${record}`, 'hex');
}

/** Whether a row still has its stored content; null if no digest of it was stored. */
export function isIntact(row: EvidenceRow): boolean | null {
  if (row.digest === null) return null;
  return row.digest === (row.record.startsWith('{') ? oldDigestOf(row.record) : digestOf(row));
}

function oldDigestOf(record: string): string {
  const { device: _, ordinal: __, ...row }: OldEvidence = parseStored(record);
  return hash('sha256', JSON.stringify(row), 'hex');
}

/** `tells` is the former name of `facts`. */
type OldEvidence = Omit<Evidence, 'facts' | 'foldedAt'> & {
  readonly foldedAt?: Evidence['foldedAt'];
  readonly tells?: Evidence['facts'];
};

function isPacked(values: Packed | OldEvidence): values is Packed {
  return Array.isArray(values);
}

const missing = {
  sender: null,
  transport: null,
  senderKnown: true,
  foreign: false,
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
  facts: null,
  manner: null,
  server: 'unnamed',
  claim: 'event',
  counter: null,
  sequence: null,
} as const;
