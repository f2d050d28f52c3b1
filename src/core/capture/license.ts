/** `show license all`, `status`, `summary`, `usage`, `udi` and `tech support`: one layout of keys and values. */
import { keyedLines, type Rule, readKeyed } from './keyed.ts';
import {
  attempt,
  authorization,
  type Memory,
  proxyAddress,
  proxyPort,
  reasonBelow,
  registration,
  reservationState,
  reserved,
  STATISTICS,
  server,
  statistic,
  timed,
  transport,
  udi,
} from './license-reads.ts';
import { LICENSE_SILENT } from './license-silent.ts';
import { isNothing, Reading, type SectionReader, type Stated } from './reading.ts';

/** In the order in which they are tried. */
const RULES: readonly Rule<Memory>[] = [
  {
    key: /^Smart Licensing is DISABLED$/i,
    assumed: true,
    read: ({ line }, reading) => reading.state(line, { kind: 'licensing', mode: 'none' }),
  },
  { key: /^Smart Licensing is ENABLED$/i },
  {
    in: /smart licensing using policy$/,
    key: /^Status$/i,
    read: ({ line, value }, reading, memory) => {
      if (!/^ENABLED/i.test(value)) return;
      memory.usesPolicy = true;
      reading.state(line, { kind: 'licensing', mode: 'policy' });
    },
  },
  {
    key: /^Registration$/i,
    read: ({ line, value }, reading) => {
      if (value === '') reading.state(line, { kind: 'licensing', mode: 'classic' });
    },
  },
  { key: /^License Reservation$/i, read: reservationState },
  { key: /^License Reservation is (?:ENABLED|DISABLED)$/i, assumed: true, read: reservationState },
  { key: /^Reservation status$/i, assumed: true, read: reserved },
  { in: /registration$/, key: /^Status$/i, read: registration },
  { in: /license authorization$/, key: /^Status$/i, read: authorization },
  { in: /overall status/, key: /^Status$/i, assumed: true, read: reserved },
  { key: /^Initial Registration$/i, read: attempt('registration') },
  {
    key: /^Last (?:Registration|Renewal) Attempt$/i,
    read: (line, reading, memory) =>
      attempt(/renewal/i.test(line.key) ? 'renewal' : 'registration')(line, reading, memory),
  },
  { key: /^Last Communication Attempt$/i, read: attempt('authorization') },
  { key: /^Failure Reason$/i, read: reasonBelow },
  { key: /^Registration Expires$/i, read: timed((at) => ({ kind: 'deadline', of: 'registration', at })) },
  { key: /^Communication Deadline$/i, read: timed((at) => ({ kind: 'deadline', of: 'communication', at })) },
  { key: /^Next ACK deadline$/i, read: timed((at) => ({ kind: 'deadline', of: 'ack', at })) },
  { key: /^Last ACK received$/i, read: timed((at) => ({ kind: 'success', of: 'ack', at })) },
  { key: /^Last report push$/i, read: timed((at) => ({ kind: 'report-push', at })) },
  { key: /^Trust Code Installed$/i, read: timed((at) => ({ kind: 'success', of: 'trust', at })) },
  { in: /trust code installed/, key: /^INSTALLED on .*/i, read: timed((at) => ({ kind: 'success', of: 'trust', at })) },
  {
    in: STATISTICS,
    key: /^Attempts$/i,
    read: ({ value, path }, _reading, memory) => {
      const [, count] = /Ongoing Failure:\s*Overall=(\d{1,9})/i.exec(value) ?? [];
      memory.ongoing = count === undefined ? null : { heading: path.join(' / '), count: Number(count) };
    },
  },
  { in: STATISTICS, key: /^Last Success Time$/i, read: statistic((of) => (at) => ({ kind: 'success', of, at })) },
  {
    in: STATISTICS,
    key: /^Last Response$/i,
    read: ({ value, path }, _reading, memory) => {
      const [, text = ''] = /^(.*?)(?:\s+on\s+.+)?$/.exec(value) ?? [];
      memory.failureAt = null;
      memory.answer =
        isNothing(text) || /^(?:OK|SUCCESS\w*|COMPLETE\w*)\b/i.test(text) ? null : { heading: path.join(' / '), text };
    },
  },
  {
    in: STATISTICS,
    key: /^Last Failure Time$/i,
    read: statistic((of, { path }, { answer, ongoing }) => (at) => ({
      kind: 'failure',
      of,
      at,
      reason: answer?.heading === path.join(' / ') ? answer.text : null,
      statistic: { ongoing: ongoing?.heading === path.join(' / ') ? ongoing.count : null },
    })),
  },
  { in: /(?:^|\/ )transport$/, key: /^Type$/i, read: transport },
  { key: /^Transport Type$/i, assumed: true, read: transport },
  { key: /^CSLU address$/i, read: server('cslu') },
  { in: /transport/, key: /^(?:Registration |Default )?URL$/i, read: server('other') },
  { in: /proxy$/, key: /^Address$/i, read: proxyAddress },
  { in: /proxy$/, key: /^Port$/i, read: proxyPort },
  {
    key: /^Server Identity Check$/i,
    read: ({ line, value }, reading) => {
      if (/^(?:true|enabled|false|disabled)$/i.test(value))
        reading.state(line, { kind: 'server-identity-check', on: /^[te]/i.test(value) });
      else if (!isNothing(value)) reading.miss(line, 'neither true nor false');
    },
  },
  {
    key: /^VRF$/i,
    read: ({ line, value }, reading) => {
      if (!isNothing(value)) reading.state(line, { kind: 'vrf', vrf: value });
    },
  },
  {
    in: /(?:^|\/ )vrf$/,
    key: /^[\w.:-]+$/,
    read: ({ line, value }, reading) => reading.state(line, { kind: 'vrf', vrf: value }),
  },
  { key: /^UDI$/i, read: udi },
  { in: /ha udi list$/, key: /./, read: udi },
  { key: /^UDI:\s*PID:/i, read: udi },
  { in: /other info$/, key: /^Transport$/i, read: transport },
  {
    in: /upcoming scheduled jobs$/,
    key: /^Current time$/i,
    read: timed((now) => ({ kind: 'clock', now, source: null })),
  },
  {
    key: /^Clock sync-ed with NTP$/i,
    read: ({ line, value }, reading) =>
      reading.state(line, { kind: 'ntp', synchronized: /^true/i.test(value), offsetMs: null }),
  },
  ...LICENSE_SILENT,
];

export const readLicense: SectionReader = ({ lines, kind, command }, context) => {
  const reading = new Reading(context);
  const memory: Memory = { failureAt: null, answer: null, ongoing: null, usesPolicy: false };
  readKeyed(keyedLines(lines), RULES, memory, reading, command ?? kind);
  return consistent(reading, memory);
};

/**
 * What a later line has made more exact is stated once. Assumed: where the transport is off, an answer of the server was
 * brought in a file, and shows no contact.
 */
function consistent(reading: Reading, { usesPolicy }: Memory): Reading {
  const isExact = reading.stated.some(
    ({ statement }) => statement.kind === 'reservation' && /^[ps]lr$/.test(statement.reservation),
  );
  const isOff = reading.stated.some(({ statement }) => statement.kind === 'transport' && statement.transport === 'off');
  const kept = reading.stated.filter(({ statement }) => {
    if (statement.kind === 'licensing') return !(usesPolicy && statement.mode === 'classic');
    return statement.kind !== 'reservation' || !isExact || /^[ps]lr$/.test(statement.reservation);
  });
  const stated = isOff ? kept.map(inFile) : kept;
  reading.stated.splice(0, reading.stated.length, ...stated);
  return reading;
}

function inFile(stated: Stated): Stated {
  const { statement } = stated;
  if (statement.kind !== 'success' || (statement.of !== 'ack' && statement.of !== 'trust')) return stated;
  return { ...stated, statement: { ...statement, of: 'import' }, assumed: true };
}
