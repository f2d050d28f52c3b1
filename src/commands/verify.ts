import type { Advisory } from '../core/advisory/advisory.ts';
import { recompute } from '../core/diagnose/recompute.ts';
import type { Device } from '../core/model/device.ts';
import { incidentId } from '../core/model/incident.ts';
import { grammarVersion } from '../core/parse/grammar-version.gen.ts';
import { makeRechecker } from '../core/read/recheck.ts';
import { OperatingError } from '../errors.ts';
import type { CheckedEvidence } from '../store/ports/queries.ts';
import type { Store } from '../store/ports/store.ts';

/** Recomputes an incident from its stored evidence. Prints what it found; `QVW_NOT_VERIFIED` if it is not the same. */
export async function verifyCommand(
  store: Store,
  advisory: Advisory,
  device: Device,
  ordinal: number,
  json: boolean,
): Promise<void> {
  const id = incidentId(advisory.prefix, device.key, ordinal);
  const record = await store.incident(id);
  if (record === null) throw new OperatingError('QVW_NOT_FOUND', `${device.key} has no incident to verify`);
  const all: CheckedEvidence[] = [];
  // One further: what has come since the last incident.
  for (let of = 1; of <= device.state.ordinal + 1; of++) all.push(...(await store.checkedEvidence(device.key, of)));
  const proofs = all.filter(({ row }) => row.ordinal === ordinal);
  const reread = makeRechecker(advisory, (text) => Buffer.from(text));
  const lines = proofs.map(({ row, intact }) => ({ row, intact, again: reread(row) }));
  const { differences, kept, counted } = recompute(
    record,
    all.map(({ row }) => row),
    device,
    advisory,
  );
  const troubles = [
    ...lines.filter(({ intact }) => intact === false).map(({ row }) => `${place(row)}: changed after it was stored`),
    ...lines.flatMap(({ row, again }) => (typeof again === 'object' ? [`${place(row)}: ${again.differs}`] : [])),
    ...differences.map(({ key, stored, recomputed }) => `${key}: stored ${stored}, recomputed ${recomputed}`),
  ];
  const said = {
    incident: id,
    verified: troubles.length === 0,
    troubles,
    lines: lines.length,
    withoutDigest: lines.filter(({ intact }) => intact === null).length,
    notMessages: lines.filter(({ again }) => again === 'not-a-message').length,
    messages: { kept, counted },
    advisory: `${advisory.id} version ${advisory.version}`,
    grammar: grammarVersion,
    readBy: [...new Set(lines.map(({ row }) => `${row.advisory}, grammar ${row.grammar || 'none'}`))],
  };
  process.stdout.write(json ? `${JSON.stringify(said)}\n` : page(said));
  if (troubles.length > 0) {
    throw new OperatingError('QVW_NOT_VERIFIED', `${id} does not follow from its evidence: ${troubles[0]}`);
  }
}

type Said = {
  incident: string;
  verified: boolean;
  troubles: readonly string[];
  lines: number;
  withoutDigest: number;
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
  notMessages,
  messages,
  ...versions
}: Said): string {
  return [
    `${incident}: ${verified ? 'verified, it follows from its evidence' : 'NOT verified'}`,
    `  ${lines} lines, which stand for ${messages.kept} of the ${messages.counted} signals that it counts; the others of a storm are not kept`,
    ...(withoutDigest > 0 ? [`  ${withoutDigest} of them without a digest: an older version stored them`] : []),
    ...(notMessages > 0
      ? [`  ${notMessages} of them cannot be read by themselves: restarts, repetitions, acts of people`]
      : []),
    `  read again by ${versions.advisory}, grammar ${versions.grammar}; first read by ${versions.readBy.join('; ')}`,
    ...troubles.map((trouble) => `  ${trouble}`),
    '',
  ].join('\n');
}

function place({ at, mnemonic }: { at: number; mnemonic: string }): string {
  return `${new Date(at).toISOString()} ${mnemonic}`;
}
