/** Reads a stored line once more: what it says by the grammar and the advisory of today. */
import type { Advisory } from '../advisory/advisory.ts';
import type { Evidence } from '../correlate/evidence.ts';
import { makeDecoder } from '../decode/envelope.ts';
import { findMessageCode } from '../decode/message-code.ts';
import type { Frame } from '../model/message.ts';
import { makeParser } from '../parse/parse.ts';
import { classify } from './classify.ts';

/**
 * `same`; `not-a-message`: an act of a person, a restart, or a repetition that was summed up, which say nothing by
 * themselves; else what is different.
 */
export type Rechecked = 'same' | 'not-a-message' | { readonly differs: string };

export function makeRechecker(
  advisory: Advisory,
  encode: (text: string) => Frame['bytes'],
): (row: Evidence) => Rechecked {
  const decode = makeDecoder();
  const parse = makeParser();
  return (row) => {
    const bytes = encode(row.raw);
    const core = findMessageCode(bytes, 0, bytes.length);
    if (core === null || !core.tracked) return 'not-a-message';
    const frame: Frame = {
      bytes,
      start: 0,
      end: bytes.length,
      peer: null,
      transport: 'file',
      receivedAt: row.receivedAt,
      truncated: false,
    };
    const message = parse(core, bytes.toString('utf8', core.body, bytes.length));
    const { kind, family, cause, weight } = classify(message, advisory);
    const said = `${message.mnemonic} ${kind} ${family} ${cause} ${weight}`;
    const stored = `${row.mnemonic} ${row.kind} ${row.family} ${row.cause} ${row.weight}`;
    if (said !== stored) return { differs: `it says ${said}, and was taken for ${stored}` };
    if (row.timeUsed !== 'stamp') return 'same';
    // Its zone may have been a setting: what the stamp itself says must agree to the minute of the hour.
    const { stamp } = decode(frame, core.start, {
      reference: row.at,
      zoneOffset: () => 0,
      latest: Number.POSITIVE_INFINITY,
    });
    const off = stamp.instant === null ? Number.NaN : Math.abs(stamp.instant - row.at) % ZONE_STEP_MS;
    const agrees = stamp.zoneAssumed ? off === 0 : stamp.instant === row.at;
    return agrees ? 'same' : { differs: `its stamp says ${stamp.instant}, and ${row.at} was used` };
  };
}

/** Zones differ by quarters of an hour. */
const ZONE_STEP_MS = 15 * 60_000;
