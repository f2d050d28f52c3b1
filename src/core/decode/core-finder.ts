/**
 * Finds `%FACILITY-SEVERITY-MNEMONIC` in a record by its bytes. Most lines of a fleet are not ours: they end here,
 * before anything becomes a string.
 */

/** `start` is the `%` (or the facility where it is missing), `body` the first byte after the colon. */
export type CoreSpan = {
  readonly ours: boolean;
  readonly start: number;
  readonly body: number;
  readonly facility: string;
  readonly severity: number | null;
  readonly mnemonic: string;
};

const PERCENT = 0x25;
const DASH = 0x2d;
const COLON = 0x3a;
const UNDERSCORE = 0x5f;

/** What a line's first core is, without reading it: one of ours, `SYS-5-RESTART`, a link that went down, somebody else's, or none at all. */
export type CoreKind = 'ours' | 'restart' | 'link-down' | 'other' | 'no-core';

/** The Smart Agent's event line, which has no core of its own (FN72298). */
const AGENT_EVENT = 'SAEVT_DEREGISTER_STATUS';

/** Facilities that carry another core inside their text. */
const WRAPPERS = ['ASA', 'FTD', 'IOSXE'];
const OURS = ['SMART_LIC', 'CALL_HOME', 'PKI', 'LICMGR'];
/** NX-OS: `%LICMGR-3-LOG_SMART_LIC_COMM_FAILED`. */
const LICMGR_PREFIX = 'LOG_SMART_LIC_';

/** Classifies `[start, end)` of a buffer and allocates nothing. */
export function scanCore(bytes: Uint8Array, start: number, end: number): CoreKind {
  const at = locate(bytes, start, end);
  if (at === NONE) return 'no-core';
  if (at >= 0) return 'ours';
  const dash = FOREIGN - at;
  if (saysLinkDown(bytes, start, end, dash)) return 'link-down';
  return saysRestart(bytes, start, end, dash) ? 'restart' : 'other';
}

/** `%LINK-3-UPDOWN` and `%LINEPROTO-5-UPDOWN`: `… changed state to down`. */
function saysLinkDown(bytes: Uint8Array, start: number, end: number, dash: number): boolean {
  if (bytes[end - 1] !== 0x6e || bytes[dash + 3] !== 0x55 || !matches(bytes, dash + 3, end, 'UPDOWN:')) return false;
  if (!matches(bytes, end - 5, end, ' DOWN')) return false;
  return ['LINK', 'LINEPROTO'].some(
    (name) => dash - name.length >= start && matches(bytes, dash - name.length, end, name),
  );
}

function saysRestart(bytes: Uint8Array, start: number, end: number, dash: number): boolean {
  return dash - 3 >= start && matches(bytes, dash + 3, end, 'RESTART:') && matches(bytes, dash - 3, end, 'SYS-');
}

/** Reads the core that decides of `[start, end)`; null where there is none. */
export function findCore(bytes: Buffer, start: number, end: number): CoreSpan | null {
  const at = locate(bytes, start, end);
  if (at === NONE) return null;
  if (at >= 0 && bytes[at] !== DASH) return agentEvent(at, end);
  return readCore(bytes, start, end, at < 0 ? FOREIGN - at : at, at >= 0);
}

const NONE = -1;
const FOREIGN = -2;

/**
 * The dash before the severity of the deciding core; `S` of the agent's event line; NONE; or, for somebody else's core,
 * `FOREIGN - dash`.
 */
function locate(bytes: Uint8Array, start: number, end: number): number {
  let outer = NONE;
  const last = end - 3;
  for (let i = start; i < last; i++) {
    const byte = bytes[i];
    if (byte === DASH) {
      if (bytes[i + 2] !== DASH || !isSeverity(bytes[i + 1] as number) || !isWord(bytes[i + 3] as number)) continue;
      const facility = pathStart(bytes, start, i);
      if (facility === i) continue;
      const marked = facility > start && bytes[facility - 1] === PERCENT;
      if (
        isOurs(bytes, facility, i, end) &&
        (marked || (outer === NONE && standsAlone(bytes, start, facility, i, end)))
      ) {
        return i;
      }
      if (!marked || outer !== NONE) continue;
      outer = FOREIGN - i;
      if (!isNamed(bytes, facility, i, WRAPPERS)) return outer;
    } else if (byte === 0x53 && outer === NONE && matches(bytes, i, end, AGENT_EVENT)) {
      return i;
    }
  }
  return outer;
}

/** `LICENSE-SMART_LIC`, `PKI-SW2`: the known name may stand anywhere in the hyphen path. */
function isOurs(bytes: Uint8Array, from: number, dash: number, end: number): boolean {
  let segment = from;
  for (let i = from; i <= dash; i++) {
    if (bytes[i] !== DASH) continue;
    if (isNamed(bytes, segment, i, OURS)) {
      return !isNamed(bytes, segment, i, LICMGR) || matches(bytes, dash + 3, end, LICMGR_PREFIX);
    }
    segment = i + 1;
  }
  return false;
}

const LICMGR = ['LICMGR'];

/** Without its `%` a core must stand on its own: after a blank, a colon or a bracket, and its mnemonic before a colon. */
function standsAlone(bytes: Uint8Array, start: number, facility: number, dash: number, end: number): boolean {
  const before = facility > start ? (bytes[facility - 1] as number) : 0x20;
  if (before !== 0x20 && before !== COLON && before !== 0x3e && before !== 0x5d) return false;
  let i = dash + 3;
  while (i < end && isWord(bytes[i] as number)) i++;
  if (bytes[i] === 0x20) i++;
  return i < end && bytes[i] === COLON;
}

function isNamed(bytes: Uint8Array, from: number, to: number, names: readonly string[]): boolean {
  for (const name of names) {
    if (to - from === name.length && matches(bytes, from, to, name)) return true;
  }
  return false;
}

/** Compares with an upper-case ASCII name, in any case. */
function matches(bytes: Uint8Array, from: number, end: number, name: string): boolean {
  if (end - from < name.length) return false;
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[from + i] as number;
    const upper = byte >= 0x61 && byte <= 0x7a ? byte - 32 : byte;
    if (upper !== name.charCodeAt(i)) return false;
  }
  return true;
}

function pathStart(bytes: Uint8Array, start: number, dash: number): number {
  let i = dash;
  while (i > start && (isWord(bytes[i - 1] as number) || bytes[i - 1] === DASH)) i--;
  return i;
}

/** 0 to 7; Cisco's small-business switches write a letter. */
function isSeverity(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x37) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

function isWord(byte: number): boolean {
  return (
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === UNDERSCORE
  );
}

function agentEvent(at: number, end: number): CoreSpan {
  const body = Math.min(end, at + AGENT_EVENT.length);
  return { ours: true, start: at, body, facility: 'SMART_LIC', severity: null, mnemonic: AGENT_EVENT };
}

function readCore(bytes: Buffer, start: number, end: number, dash: number, ours: boolean): CoreSpan {
  const from = pathStart(bytes, start, dash);
  let stop = dash + 3;
  while (stop < end && (isWord(bytes[stop] as number) || bytes[stop] === DASH)) stop++;
  const marked = from > start && bytes[from - 1] === PERCENT;
  const digit = (bytes[dash + 1] as number) - 0x30;
  const path = bytes.toString('latin1', from, dash).toUpperCase();
  const mnemonic = bytes.toString('latin1', dash + 3, stop).toUpperCase();
  const { facility, name } = ours ? canonical(path, mnemonic) : { facility: path, name: mnemonic };
  return {
    ours,
    start: headerEnd(bytes, start, marked ? from - 1 : from),
    body: bodyStart(bytes, stop, end),
    facility,
    severity: digit >= 0 && digit <= 7 ? digit : null,
    mnemonic: name,
  };
}

/** A core inside another one's text: what stands left of the outer core is the header. */
function headerEnd(bytes: Uint8Array, start: number, core: number): number {
  for (let i = start; i < core; i++) {
    if (bytes[i] !== PERCENT) continue;
    for (const wrapper of WRAPPERS) {
      if (matches(bytes, i + 1, core, wrapper) && bytes[i + 1 + wrapper.length] === DASH) return i;
    }
  }
  return core;
}

/** After the mnemonic: an optional blank, an optional colon, blanks. */
function bodyStart(bytes: Uint8Array, stop: number, end: number): number {
  let i = stop;
  while (i < end && bytes[i] === 0x20) i++;
  if (i < end && bytes[i] === COLON) i++;
  while (i < end && bytes[i] === 0x20) i++;
  return i;
}

/** The known name in a path, and the mnemonic that it has elsewhere. */
function canonical(path: string, mnemonic: string): { facility: string; name: string } {
  const facility = path.includes('-') ? (path.split('-').find((name) => OURS.includes(name)) ?? path) : path;
  if (facility !== 'LICMGR') return { facility, name: mnemonic };
  return { facility: 'SMART_LIC', name: mnemonic.slice(LICMGR_PREFIX.length) };
}
