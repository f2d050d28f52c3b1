import type { Advisory } from '../core/advisory/advisory.ts';
import type { Evidence } from '../core/correlate/evidence.ts';
import { recompute } from '../core/diagnose/recompute.ts';
import type { Device } from '../core/model/device.ts';
import { incidentId } from '../core/model/incident.ts';
import { grammarVersion } from '../core/parse/grammar-version.gen.ts';
import { makeRechecker } from '../core/read/recheck.ts';
import { OperatingError } from '../errors.ts';
import type { CheckedEvidence } from '../store/ports/queries.ts';
import type { Store } from '../store/ports/store.ts';
import { counted } from './counted.ts';
import { print, printJson } from './output.ts';

/** Recomputes an incident from its stored evidence and prints a report; `QVW_NOT_VERIFIED` if the result differs. */
export async function verifyCommand(
  store: Store,
  advisory: Advisory,
  device: Device,
  ordinal: number,
  json: boolean,
): Promise<void> {
  const id = incidentId(advisory.prefix, device.key, ordinal);
  const record = await store.incident(id);
  if (record === null)
    throw new OperatingError('QVW_NOT_FOUND', `${device.key} has no incident to verify: explain it without --verify`);
  const all: CheckedEvidence[] = [];
  // The evidence since the last incident has the next ordinal.
  for (let of = 1; of <= device.state.ordinal + 1; of++) all.push(...(await store.checkedEvidence(device.key, of)));
  const own = all.filter(({ row }) => row.ordinal === ordinal);
  if (own.length === 0 && record.evidence > 0) {
    throw new OperatingError(
      'QVW_REFUSED',
      `no line of ${id} is stored any more (retention.evidence): nothing is left to verify it by; a backup from before may have them`,
    );
  }
  const decidedBy = own.find(({ row }) => isOfOther(row, advisory))?.row.advisory;
  if (decidedBy !== undefined) {
    throw new OperatingError(
      'QVW_REFUSED',
      `${id} was over when this advisory came into use: it stays as ${decidedBy} decided it, so give that advisory to verify it`,
    );
  }
  // Incidents that another version has decided are not folded again: the service began behind them, too.
  const folded = all.map(({ row }) => row).filter((row) => !isOfOther(row, advisory));
  const recheck = makeRechecker(advisory, (text) => Buffer.from(text));
  const lines = own.map(({ row, intact }) => ({ row, intact, rechecked: recheck(row) }));
  const { differences, kept, counted: total } = recompute(record, folded, device, advisory);
  const troubles = [
    ...lines.filter(({ intact }) => intact === false).map(({ row }) => `${place(row)}: changed after it was stored`),
    ...lines.flatMap(({ row, rechecked }) =>
      typeof rechecked === 'object' ? [`${place(row)}: ${rechecked.differs}`] : [],
    ),
    ...differences.map(({ key, stored, recomputed }) => `${key}: stored ${stored}, recomputed ${recomputed}`),
  ];
  const report: Report = {
    incident: id,
    verified: troubles.length === 0,
    troubles,
    lines: lines.length,
    withoutDigest: lines.filter(({ intact }) => intact === null).length,
    ofCaptures: lines.filter(({ rechecked }) => rechecked === 'of-a-capture').length,
    notMessages: lines.filter(({ rechecked }) => rechecked === 'not-a-message').length,
    messages: { kept, counted: total },
    advisory: `${advisory.id} version ${advisory.version}`,
    grammar: grammarVersion,
    readBy: [...new Set(lines.map(({ row }) => `${row.advisory}, grammar ${row.grammar || 'none'}`))],
  };
  if (json) printJson(report);
  else print(page(report));
  if (troubles.length > 0) {
    throw new OperatingError('QVW_NOT_VERIFIED', `${id} does not follow from its stored evidence: ${troubles[0]}`);
  }
}

/** Whether another advisory, or another version of it, gave the line its stored meaning. */
function isOfOther(row: Evidence, { name }: Advisory): boolean {
  return row.advisory !== '' && row.advisory !== name;
}

/** As `--json` prints it. */
type Report = {
  incident: string;
  verified: boolean;
  troubles: readonly string[];
  lines: number;
  withoutDigest: number;
  ofCaptures: number;
  notMessages: number;
  messages: { kept: number; counted: number };
  advisory: string;
  grammar: string;
  readBy: readonly string[];
};

function page({
  incident,
  verified,
  troubles,
  lines,
  withoutDigest,
  ofCaptures,
  notMessages,
  messages,
  ...versions
}: Report): string {
  return [
    `${incident}: ${verified ? 'verified, the stored evidence gives the same incident' : 'NOT verified, the stored evidence gives another result'}`,
    `  ${counted(lines, 'stored line')} for ${keptOf(messages)}`,
    ...(withoutDigest > 0
      ? [
          `  ${counted(withoutDigest, 'line')} without a digest: an older version stored them, so a change cannot be seen`,
        ]
      : []),
    ...(ofCaptures > 0
      ? [
          `  ${counted(ofCaptures, 'statement')} of captures, folded again as it was stored: the text of a capture is not kept`,
        ]
      : []),
    ...(notMessages > 0
      ? [`  ${counted(notMessages, 'line')} cannot be read again alone: restarts, repetitions, actions of people`]
      : []),
    `  read now with ${versions.advisory}, grammar ${versions.grammar}; first read with ${versions.readBy.join('; ')}`,
    ...troubles.map((trouble) => `  ${trouble}`),
    '',
  ].join('\n');
}

function place({ at, mnemonic }: { at: number; mnemonic: string }): string {
  return `${new Date(at).toISOString()} ${mnemonic}`;
}

/** How many signals the stored lines stand for: also some that are not counted, as they came before the incident. */
function keptOf({ kept, counted: total }: Report['messages']): string {
  if (kept < total)
    return `${kept} of ${counted(total, 'counted signal')} (of many equal messages only some lines are stored)`;
  const more = kept - total;
  return `${counted(total, 'counted signal')}${more === 0 ? '' : ` and ${more} before them, not counted`}`;
}
