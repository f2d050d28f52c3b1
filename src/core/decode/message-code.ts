/**
 * Finds `%FACILITY-SEVERITY-MNEMONIC`, the message code, in a record by its bytes. Most lines of a fleet are not
 * tracked: they are dropped here, before any string is made.
 */

import { ABSENT, toBytes } from './header-bytes.ts';

/**
 * `start` is the `%` (or the facility if there is no `%`), `body` the first byte after the colon, `end` the end of the
 * text. Of a message inside another one, `start` is the outer message's.
 */
export type MessageCode = {
  readonly tracked: boolean;
  readonly start: number;
  readonly body: number;
  readonly end: number;
  readonly facility: string;
  readonly severity: number | null;
  readonly mnemonic: string;
};

const PERCENT = 0x25;
const DASH = 0x2d;
const COLON = 0x3a;
const BLANK = 0x20;
const LESS = 0x3c;
const GREATER = 0x3e;

/**
 * The kind of a line by its message code: tracked, `SYS-5-RESTART`, a link that went down, any other code, or no code
 * (`no-core`).
 */
export type LineKind = 'tracked' | 'restart' | 'link-down' | 'other' | 'no-core';

/** The classes of each byte, and its upper case, as tables: comparing with ranges costs more. */
const WORD = 1;
const SEVERITY = 2;
/** Of a facility with its sub-facilities: a word or a dash. */
const PATH = 4;
const CLASSES = table((byte) => {
  const letter = String.fromCharCode(byte);
  // Severities are 0 to 7; Cisco's small-business switches write a letter.
  const isWord = /[A-Za-z0-9_]/.test(letter);
  return (isWord ? WORD : 0) | (/[0-7A-Za-z]/.test(letter) ? SEVERITY : 0) | (isWord || byte === DASH ? PATH : 0);
});
const UPPER = table((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte));

/** The Smart Agent's event line, which has no message code of its own (FN72298). */
const AGENT_EVENT = toBytes('SAEVT_DEREGISTER_STATUS');

const SMART_LIC = toBytes('SMART_LIC');
const CALL_HOME = toBytes('CALL_HOME');
const PKI = toBytes('PKI');
const LICMGR = toBytes('LICMGR');
/** NX-OS: `%LICMGR-3-LOG_SMART_LIC_COMM_FAILED`. */
const LICMGR_PREFIX = toBytes('LOG_SMART_LIC_');
const TRACKED = ['SMART_LIC', 'CALL_HOME', 'PKI', 'LICMGR'];
/** Facilities whose text contains another message code. */
const ASA = toBytes('ASA');
const FTD = toBytes('FTD');
const IOSXE = toBytes('IOSXE');
const WRAPPERS = [ASA, FTD, IOSXE];

const SYS = toBytes('SYS-');
const RESTART = toBytes('RESTART:');
const LINK = toBytes('LINK');
const LINEPROTO = toBytes('LINEPROTO');
const UPDOWN = toBytes('UPDOWN:');
const DOWN = toBytes(' DOWN');

/** Finds the positions where a message code is possible. */
export interface Candidates {
  /** Position of the first `-3-` or `SA` in `[from, end)`, or NONE. */
  nextCandidate(bytes: Uint8Array, from: number, end: number): number;
}

/** The level number of a message code that was scanned: 0 to 7, or ABSENT. Allocated once. */
export type ScannedLevel = { level: number };

/**
 * Classifies `[start, end)` of a buffer without allocation. `links`: distinguish `link-down` from `other`.
 * `candidates`: for example a scanner that has found them already. `into`: is given the level number of the code.
 */
export function scanMessageCode(
  bytes: Uint8Array,
  start: number,
  end: number,
  links = true,
  candidates: Candidates = BYTE_BY_BYTE,
  into?: ScannedLevel,
): LineKind {
  const at = locate(bytes, start, end, candidates);
  if (into !== undefined) into.level = at === NONE ? ABSENT : levelAfter(bytes, at < 0 ? FOREIGN - at : at);
  if (at === NONE) return 'no-core';
  if (at >= 0) return 'tracked';
  const dash = FOREIGN - at;
  if (links && saysLinkDown(bytes, start, end, dash)) return 'link-down';
  return saysRestart(bytes, start, end, dash) ? 'restart' : 'other';
}

function levelAfter(bytes: Uint8Array, dash: number): number {
  const level = (bytes[dash + 1] as number) - 0x30;
  return level >= 0 && level <= 7 ? level : ABSENT;
}

/** `%LINK-3-UPDOWN` and `%LINEPROTO-5-UPDOWN`: `… changed state to down`. */
function saysLinkDown(bytes: Uint8Array, start: number, end: number, dash: number): boolean {
  if (bytes[end - 1] !== 0x6e || bytes[dash + 3] !== 0x55) return false;
  if (!isAt(bytes, end - DOWN.length, end, DOWN) || !isAt(bytes, dash + 3, end, UPDOWN)) return false;
  return endsWith(bytes, start, dash, LINK) || endsWith(bytes, start, dash, LINEPROTO);
}

function saysRestart(bytes: Uint8Array, start: number, end: number, dash: number): boolean {
  return bytes[dash + 4] === 0x45 && isAt(bytes, dash + 3, end, RESTART) && endsWith(bytes, start, dash + 1, SYS);
}

/** Reads the deciding message code of `[start, end)`; null if there is none. */
export function findMessageCode(bytes: Buffer, start: number, end: number): MessageCode | null {
  const at = locate(bytes, start, end);
  if (at === NONE) return null;
  if (at >= 0 && bytes[at] !== DASH) return agentEvent(at, end);
  return readMessageCode(bytes, start, end, at < 0 ? FOREIGN - at : at, at >= 0);
}

/** Start of the same message code, without reading it; null if there is none. */
export function messageCodeStart(bytes: Uint8Array, start: number, end: number): number | null {
  const at = locate(bytes, start, end);
  if (at === NONE) return null;
  return at >= 0 && bytes[at] !== DASH ? at : startOf(bytes, start, at < 0 ? FOREIGN - at : at);
}

export const NONE = -1;
/** Encodes an untracked code; see `locate`. */
const FOREIGN = -2;

/**
 * Position of the deciding message code: the dash before its severity, or the `S` of the agent's event line. NONE if
 * there is no code; `FOREIGN - dash` if the code is not tracked.
 */
function locate(bytes: Uint8Array, start: number, end: number, candidates: Candidates = BYTE_BY_BYTE): number {
  let outer = NONE;
  let bare = NONE;
  let at = candidates.nextCandidate(bytes, start, end);
  for (; at !== NONE; at = candidates.nextCandidate(bytes, at + 1, end)) {
    if (bytes[at] !== DASH) {
      if (outer === NONE && isAt(bytes, at, end, AGENT_EVENT)) return at;
      continue;
    }
    const role = roleOf(bytes, start, end, at, outer === NONE);
    if (role === DECIDES) return at;
    if (role === UNTRACKED) {
      // A scanner knows at once that most texts have no further code; without one, looking at their beginning is quicker.
      const isLast = candidates !== BYTE_BY_BYTE && candidates.nextCandidate(bytes, at + 1, end) === NONE;
      return isLast ? FOREIGN - at : innermost(bytes, at, end);
    }
    if (role === WRAPS) outer = FOREIGN - at;
    // A name such as `plant-pki-1-sw:` looks like a code: a code without `%` counts only if no code has a `%`.
    if (role === BARE && bare === NONE) bare = at;
  }
  return outer === NONE ? bare : outer;
}

/**
 * The text of a message may be another message: `%USER-2-SYSTEM_MSG: %SMART_LIC-3-COMM_FAILED: …`, or
 * `<<%USBHSD-2-MOUNT>>`. Returns what `locate` returns for the inner message.
 */
function innermost(bytes: Uint8Array, outer: number, end: number): number {
  let dash = outer;
  for (let inner = dashInText(bytes, dash, end); inner !== NONE; inner = dashInText(bytes, dash, end)) dash = inner;
  return dash !== outer && isTracked(bytes, pathStart(bytes, outer, dash), dash, end) ? dash : FOREIGN - dash;
}

/** The dash before the severity of the code with which the text begins; NONE if the text begins with no code. */
function dashInText(bytes: Uint8Array, dash: number, end: number): number {
  let i = dash + 3;
  while (i < end && isPath(bytes[i])) i++;
  while (i < end && (bytes[i] === GREATER || bytes[i] === BLANK)) i++;
  if (i >= end || bytes[i] !== COLON) return NONE;
  i++;
  while (i < end && (bytes[i] === BLANK || bytes[i] === LESS)) i++;
  if (bytes[i] !== PERCENT) return NONE;
  const facility = i + 1;
  const last = Math.min(end - 3, facility + PATH_BYTES);
  for (i = facility; i < last && isPath(bytes[i]); i++) {
    const isDash = i > facility && bytes[i] === DASH && bytes[i + 2] === DASH;
    if (isDash && isOf(bytes[i + 1], SEVERITY) && isOf(bytes[i + 3], WORD)) return i;
  }
  return NONE;
}

/** For most received bytes, this loop is the only cost. */
export function nextCandidate(bytes: Uint8Array, from: number, end: number): number {
  const last = end - 3;
  for (let i = from; i < last; i++) {
    const byte = bytes[i];
    if (byte === DASH) {
      if (bytes[i + 2] === DASH) return i;
    } else if (byte === 0x53 && UPPER[bytes[i + 1] as number] === 0x41) return i;
  }
  return NONE;
}

const BYTE_BY_BYTE: Candidates = { nextCandidate };

const NO_CODE = 0;
const DECIDES = 1;
const WRAPS = 2;
const UNTRACKED = 3;
/** A tracked code without its `%`. */
const BARE = 4;

/** The role of the message code around `-3-`. `first`: no code stands before; a later code counts only if tracked. */
function roleOf(bytes: Uint8Array, start: number, end: number, dash: number, first: boolean): number {
  if (!isOf(bytes[dash + 1], SEVERITY) || !isOf(bytes[dash + 3], WORD)) return NO_CODE;
  const facility = pathStart(bytes, start, dash);
  if (facility === dash) return NO_CODE;
  const marked = facility > start && bytes[facility - 1] === PERCENT;
  if ((marked || first) && isTracked(bytes, facility, dash, end)) {
    if (marked) return DECIDES;
    if (standsAlone(bytes, start, facility, dash, end)) return BARE;
  }
  if (!marked || !first) return NO_CODE;
  return isWrapper(bytes, facility, dash) ? WRAPS : UNTRACKED;
}

/** `LICENSE-SMART_LIC`, `PKI-SW2`: the tracked name may stand anywhere in the hyphen path; the first one counts. */
function isTracked(bytes: Uint8Array, from: number, dash: number, end: number): boolean {
  let segment = from;
  for (let i = from; i <= dash; i++) {
    if (bytes[i] !== DASH) continue;
    // The length alone excludes most names.
    const length = i - segment;
    if (length === 9 && (isAt(bytes, segment, i, SMART_LIC) || isAt(bytes, segment, i, CALL_HOME))) return true;
    if (length === 3 && isAt(bytes, segment, i, PKI)) return true;
    if (length === 6 && isAt(bytes, segment, i, LICMGR)) return isAt(bytes, dash + 3, end, LICMGR_PREFIX);
    segment = i + 1;
  }
  return false;
}

function isWrapper(bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  if (length === 3) return isAt(bytes, from, to, ASA) || isAt(bytes, from, to, FTD);
  return length === 5 && isAt(bytes, from, to, IOSXE);
}

/** A code without `%` counts only after a blank, a colon or a bracket, and with a colon after its mnemonic. */
function standsAlone(bytes: Uint8Array, start: number, facility: number, dash: number, end: number): boolean {
  const before = facility > start ? (bytes[facility - 1] as number) : 0x20;
  if (before !== 0x20 && before !== COLON && before !== 0x3e && before !== 0x5d) return false;
  let i = dash + 3;
  while (i < end && isOf(bytes[i], WORD)) i++;
  if (bytes[i] === 0x20) i++;
  return i < end && bytes[i] === COLON;
}

/** Whether `name`, which is upper-case ASCII, stands at `from` in any case. */
function isAt(bytes: Uint8Array, from: number, end: number, name: Uint8Array): boolean {
  if (end - from < name.length) return false;
  for (let i = 0; i < name.length; i++) if (UPPER[bytes[from + i] as number] !== name[i]) return false;
  return true;
}

function endsWith(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  return end - name.length >= start && isAt(bytes, end - name.length, end, name);
}

/**
 * Longest facility with its sub-facilities; Cisco's have fewer than 40 bytes. A longer path is not searched further.
 */
const PATH_BYTES = 64;

/** Start of the facility before a dash; the dash itself if there is no facility. */
function pathStart(bytes: Uint8Array, start: number, dash: number): number {
  const least = Math.max(start, dash - PATH_BYTES);
  let i = dash;
  while (i > least && isPath(bytes[i - 1])) i--;
  return i > start && i === least && isPath(bytes[i - 1]) ? dash : i;
}

function isPath(byte: number | undefined): boolean {
  return isOf(byte, PATH);
}

/** A byte beyond the end has no class. */
function isOf(byte: number | undefined, kind: number): boolean {
  return byte !== undefined && ((CLASSES[byte] as number) & kind) !== 0;
}

function table(of: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => of(byte));
}

function agentEvent(at: number, end: number): MessageCode {
  const body = Math.min(end, at + AGENT_EVENT.length);
  return {
    tracked: true,
    start: at,
    body,
    end,
    facility: 'SMART_LIC',
    severity: null,
    mnemonic: 'SAEVT_DEREGISTER_STATUS',
  };
}

function startOf(bytes: Uint8Array, start: number, dash: number): number {
  const from = pathStart(bytes, start, dash);
  return headerEnd(
    bytes,
    start,
    from > start && bytes[from - 1] === PERCENT ? outermost(bytes, start, from - 1) : from,
  );
}

/** The `%` of the message whose text begins with the code at `inner`; `inner` itself if no message is around it. */
function outermost(bytes: Uint8Array, start: number, inner: number): number {
  let i = inner;
  while (i > start && (bytes[i - 1] === BLANK || bytes[i - 1] === LESS)) i--;
  if (i === start || bytes[i - 1] !== COLON) return inner;
  i--;
  while (i > start && (bytes[i - 1] === BLANK || bytes[i - 1] === GREATER)) i--;
  const end = i;
  let isCode = false;
  for (; i > start && isPath(bytes[i - 1]) && end - i < 2 * PATH_BYTES; i--) {
    isCode ||= bytes[i - 1] === DASH && bytes[i + 1] === DASH && i + 2 < end && isOf(bytes[i], SEVERITY);
  }
  return isCode && i > start && bytes[i - 1] === PERCENT ? outermost(bytes, start, i - 1) : inner;
}

function readMessageCode(bytes: Buffer, start: number, end: number, dash: number, tracked: boolean): MessageCode {
  const from = pathStart(bytes, start, dash);
  let stop = dash + 3;
  while (stop < end && (isOf(bytes[stop], WORD) || bytes[stop] === DASH)) stop++;
  const digit = (bytes[dash + 1] as number) - 0x30;
  const path = bytes.toString('latin1', from, dash).toUpperCase();
  const mnemonic = bytes.toString('latin1', dash + 3, stop).toUpperCase();
  const { facility, name } = tracked ? canonical(path, mnemonic) : { facility: path, name: mnemonic };
  const header = startOf(bytes, start, dash);
  const body = bodyStart(bytes, behindSyslogFields(bytes, start, stop, end), end);
  return {
    tracked,
    start: header,
    body,
    end: header < from - 1 ? wrappedEnd(bytes, body, end) : end,
    facility,
    severity: digit >= 0 && digit <= 7 ? digit : null,
    mnemonic: name,
  };
}

/** A code in the text of a wrapper: the header ends at the wrapper's own code. */
function headerEnd(bytes: Uint8Array, start: number, code: number): number {
  for (let i = start; i < code; i++) {
    if (bytes[i] !== PERCENT) continue;
    for (const wrapper of WRAPPERS) {
      if (isAt(bytes, i + 1, code, wrapper) && bytes[i + 1 + wrapper.length] === DASH) return i;
    }
  }
  return code;
}

/**
 * syslog-ng takes the message code of a line without a name for a program: `<187>1 … %SMART_LIC-3-COMM_FAILED - - [meta
 * sequenceId="13"] Communications failure …`. Position after RFC 5424's fields behind the code; `at` if there are none.
 */
function behindSyslogFields(bytes: Buffer, start: number, at: number, end: number): number {
  if (bytes[start] !== LESS || bytes[at] !== BLANK || bytes[at + 1] !== DASH) return at;
  const fields = SYSLOG_FIELDS.exec(bytes.toString('latin1', at, Math.min(end, at + SYSLOG_FIELD_BYTES)));
  return fields === null ? at : at + fields[0].length;
}

/** PROCID, MSGID and STRUCTURED-DATA (RFC 5424 §6.2). */
const SYSLOG_FIELDS = /^ - - (?:-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+)(?= )/;
const SYSLOG_FIELD_BYTES = 256;

/** NX-OS ends the text of `SYSTEM_MSG` with the process, and some releases with the host: ` - SMART_AGENT[4941] sw-a`. */
function wrappedEnd(bytes: Buffer, body: number, end: number): number {
  const from = Math.max(body, end - PROCESS_BYTES);
  const suffix = / +- [\w.-]+\[\d+\](?: [\w.:-]+)?\s*$/.exec(bytes.toString('latin1', from, end));
  return suffix === null ? end : from + suffix.index;
}

const PROCESS_BYTES = 80;

/** After the mnemonic: an optional blank, an optional colon, blanks. */
function bodyStart(bytes: Uint8Array, stop: number, end: number): number {
  let i = stop;
  while (i < end && (bytes[i] === GREATER || bytes[i] === BLANK)) i++;
  if (i < end && bytes[i] === COLON) i++;
  while (i < end && bytes[i] === 0x20) i++;
  return i;
}

/** The tracked name in a path, and the mnemonic without NX-OS's prefix. */
function canonical(path: string, mnemonic: string): { facility: string; name: string } {
  const facility = path.includes('-') ? (path.split('-').find((name) => TRACKED.includes(name)) ?? path) : path;
  if (facility !== 'LICMGR') return { facility, name: mnemonic };
  return { facility: 'SMART_LIC', name: mnemonic.slice(LICMGR_PREFIX.length) };
}
