/**
 * No framing at all: IOS and IOS-XE write records to TCP without any delimiter. The next record begins at a `<PRI>`
 * that is followed by the beginning of a header. RFC 6587 does not describe this; rsyslog's imptcp has the same rule.
 */
import { isRelayHeader } from '../decode/relay-header.ts';

/** Number of bytes after `<` that may be needed to decide. */
const LOOK_AHEAD = 96;

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
/**
 * Counter, time of day, two numbers, date, year, clock mark, name, message code, RFC 5424 version, IOS-XR location,
 * session.
 */
const START = new RegExp(
  `^<\\d{1,3}>[ \\t]?(?:\\d*[ \\t]?: |\\d{1,3}:\\d\\d:\\d\\d|\\d+ \\d+: |${MONTH}|20\\d\\d|[*.]|[\\w.-]+ ?: |%|[1-9]\\d{0,2} (?:20\\d\\d-|- )|Original Address=|RP/|LC/|\\[)`,
);
/**
 * Whether a record begins at the `<` at `at`, given that the previous record began at `start`; not if a relay's header
 * stands between. `start`: null if the beginning of the previous record is gone. `unsure`: more bytes are needed.
 */
export function beginsRecord(bytes: Buffer, start: number | null, at: number): 'yes' | 'no' | 'unsure' {
  const ahead = bytes.toString('latin1', at, Math.min(bytes.length, at + LOOK_AHEAD));
  if (!START.test(ahead)) {
    // If the record ends at a delimiter, or enough bytes have arrived, further bytes change nothing.
    return at + LOOK_AHEAD <= bytes.length || /[\n\0]/.test(ahead) ? 'no' : 'unsure';
  }
  return start !== null && isRelayHeader(bytes, start, at) ? 'no' : 'yes';
}
