/** Common test data: the shipped advisory, device names, lines, and lines as frames. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { loadAdvisory, shippedAdvisory } from '../src/config/advisory-file.ts';
import type { Advisory } from '../src/core/advisory/advisory.ts';
import type { SignalEvent } from '../src/core/model/device-state.ts';
import type { ClaimKind, Frame } from '../src/core/model/message.ts';
import { internedAlone, type Names } from '../src/core/model/names.ts';
import type { Observation } from '../src/core/model/observation.ts';
import type { Timekeeper } from '../src/core/read/event-time.ts';
import { type ParsedLine, ParsedLineReader } from '../src/core/read/parsed-line.ts';

export const advisory = await loadAdvisory(shippedAdvisory);

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** The day on which the certificate of tools.cisco.com expired (FN72298). */
export const T0 = Date.parse('2022-02-05T06:00:00Z');

export const BODIES = {
  callHome205:
    '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)',
  callHome207:
    '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 207 : Connection time out)',
  commFailed:
    '%SMART_LIC-3-COMM_FAILED: Communications failure with the Cisco Smart Software Manager (CSSM) : Fail to send out Call Home HTTP message.',
  commDns:
    '%SMART_LIC-3-COMM_FAILED: Communications failure with the Cisco Smart Software Manager (CSSM) : Unable to resolve server hostname/domain name',
  authSendError:
    '%SMART_LIC-3-AUTH_RENEW_FAILED: Authorization renewal with the Cisco Smart Software Manager (CSSM) : Communication message send error for udi PID:IE-3300-8T2S,SN:FOC0000A1B2',
  authSignature:
    '%SMART_LIC-3-AUTH_RENEW_FAILED: Authorization renewal with the Cisco Smart Software Manager (CSSM) : Error received from Smart Software Manager: Data and signature do not match for udi PID:IE-3300-8T2S,SN:FOC0000A1B2',
  crlSla:
    '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed Reason : Failed to select socket. Timeout : 5 (Connection timed out)',
  crlOther: '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint DNAC-CA failed Reason : Enrollment URL not configured.',
  outOfCompliance: '%SMART_LIC-3-OUT_OF_COMPLIANCE: One or more entitlements are out of compliance',
  commRestored: '%SMART_LIC-5-COMM_RESTORED: Communications with Cisco Smart Software Manager (CSSM) restored',
  commRestoredCslu: '%SMART_LIC-5-COMM_RESTORED: Communications with Cisco Smart License Utility (CSLU) restored',
  chatter: '%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet1/3, changed state to up',
} as const;

/** The nine message lines of FN72298 rev 1.2, as printed there. */
export const FN72298_LINES = [
  '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to:https://<;ip>/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)',
  '%SMART_LIC-3-COMM_FAILED:Communications failure with the Cisco Smart Software Manager or satellite: Fail to send out Call Home HTTP message.',
  '%SMART_LIC-3-AUTH_RENEW_FAILED:Authorization renewal with the Cisco Smart Software Manager or satellite: Communication message send error for udi PID:XXX, SN: XXX',
  '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed Reason : Failed to select socket. Timeout : 5 (Connection timed out)',
  '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed Reason : Failed to select socket. Timeout : 5 (Connection timed out)',
  '%SMART_LIC-3-OUT_OF_COMPLIANCE: One or more entitlements are out of compliance',
  '%SMART_LIC-3-AUTH_RENEW_FAILED: Authorization renewal with the Cisco Smart Software Manager (CSSM) : Error received from Smart Software Manager: Data and signature do not match for udi PID:IE3300,SN:XXXXXXXXXXX',
  'SAEVT_DEREGISTER_STATUS msgStatus="LS_INVALID_DATA" error="Missing Id cert serial number field; Missing signing cert serial number field; Signed data and certificate does not match',
  '%SMART_LIC-3-COMM_FAILED: Communications failure with the Cisco Smart Software Manager (CSSM) : No detailed information given',
] as const;

export function frameOf(line: string | Buffer, { peer = null as string | null, receivedAt = T0 } = {}): Frame {
  const bytes = typeof line === 'string' ? Buffer.from(line) : line;
  return { bytes, start: 0, end: bytes.length, peer, transport: 'udp', receivedAt, truncated: false };
}

/** Reads lines one by one, as `parse` does, and returns the object of each. */
export function makeReader(advisory: Advisory, time: Timekeeper): (frame: Frame) => ParsedLine {
  const reader = new ParsedLineReader(advisory, time);
  return (frame) => [...reader.read([frame]), ...reader.end()][0] as ParsedLine;
}

/** Whether a message is a state or an event, by the shipped advisory. */
function claimOf(mnemonic: string): ClaimKind {
  for (const rules of advisory.signals.values()) {
    const rule = rules.get(mnemonic);
    if (rule !== undefined) return rule.claim;
  }
  return 'event';
}

/** A signal for the state machine; by default a failure of the communication family. */
export function observed(at: number, over: Partial<SignalEvent> = {}): SignalEvent {
  return {
    at,
    times: 1,
    fingerprint: null,
    counter: null,
    way: null,
    sequence: null,
    kind: 'failure',
    family: 'communication',
    cause: 'ambiguous',
    manner: (over.kind ?? 'failure') === 'failure' ? 'aborted' : null,
    server: 'cisco',
    claim: claimOf(over.mnemonic ?? 'COMM_FAILED'),
    weight: 1,
    mnemonic: 'COMM_FAILED',
    peers: [],
    clock: null,
    critical: false,
    facts: null,
    ...over,
  };
}

const OF_A = { origin: 'sw-a', relayHost: null, peer: '192.0.2.7', serial: 'FOC0000A1B2' };

/** The names in lines of a few switches: several names of one switch, names by relays, a renamed switch, and
 * switches without a name behind a relay. */
export const NAMINGS: readonly Names[] = [
  OF_A,
  { ...OF_A, serial: null },
  { ...OF_A, origin: null, serial: null },
  { ...OF_A, origin: 'sw-a-new' },
  { origin: null, relayHost: '192.0.2.7', peer: '192.0.2.90', serial: null },
  { origin: 'sw-b', relayHost: null, peer: '192.0.2.8', serial: null },
  { origin: 'sw-b', relayHost: null, peer: '192.0.2.90', serial: 'FOC0000A1B3' },
  { origin: 'sw-c', relayHost: null, peer: '192.0.2.7', serial: null },
  { origin: null, relayHost: '198.51.100.1', peer: '192.0.2.90', serial: 'FOC0000A1B4' },
  { origin: null, relayHost: '198.51.100.1', peer: '192.0.2.90', serial: 'FOC0000A1B5' },
  { origin: null, relayHost: '198.51.100.1', peer: '192.0.2.90', serial: null },
];

/** An observation of a signal for the fold, with the names of its line. */
export function event(signal: SignalEvent, names: Partial<Names> = {}, raw = signal.mnemonic): Observation {
  const { at } = signal;
  return {
    names: internedAlone({ origin: null, relayHost: null, peer: null, serial: null, ...names }),
    sender: null,
    receivedAt: at,
    pid: null,
    timeQuality: 'none',
    event: signal,
    onlyKnownDevice: false,
    heard: { level: 3, lines: 1, partly: false },
    ordinary: false,
    line: {
      raw,
      sender: null,
      transport: null,
      timing: { at, used: 'receipt', rejected: 'no-date', skewMs: null },
      stamp: null,
      relayStamp: null,
      grammar: '',
    },
  };
}

export function temporaryDirectory(t: Pick<Test, 'teardown'>): string {
  const directory = mkdtempSync(join(tmpdir(), 'quovadis-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
