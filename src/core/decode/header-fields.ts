/** The parts of a coarse token: of an RFC 5424 header, of a relay's stamp with level and host, of session data. */
import type { HeaderToken } from './envelope-lexer.ts';

/** `[from, to)` of a token's text. */
export function partOf({ type, form, value, offset }: HeaderToken, from: number, to = value.length): HeaderToken {
  return { type, form, value: value.slice(from, to), offset: offset + from };
}

/**
 * RFC 5424 §6.2: PRI VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP STRUCTURED-DATA. Kiwi's own
 * header has no PRI. `bare`: APP-NAME has neither PROCID nor MSGID.
 */
export function syslogFields(token: HeaderToken) {
  const field = fieldsOf(token);
  const [first, stamp, host, app, id, message] = [field(0), field(1), field(2), field(3), field(4), field(5)];
  const close = first.value.indexOf('>') + 1;
  return {
    priority: close === 0 ? null : partOf(first, 0, close),
    stamp: stamp.value === '-' ? null : stamp,
    host,
    app,
    bare: id.value === '-' && message.value === '-',
    /** RFC 5424 §7.3.1. syslog-ng puts Cisco's message counter here; it is empty if the line of a switch has none. */
    sequenceId: groupOf(SEQUENCE_ID, token),
    /** RFC 5424 §7.1.2, `1` or `0`: the sender's own statement about its clock. */
    isSynced: groupOf(IS_SYNCED, token),
  };
}

const IS_SYNCED = /\[timeQuality [^\]]*isSynced="(\d)"/d;
const SEQUENCE_ID = /\[meta (?:[^\]]* )?sequenceId="(\d{0,15})"/d;

/** Makes a function that returns the n-th field; the fields have one blank between them. */
function fieldsOf(token: HeaderToken): (index: number) => HeaderToken {
  const starts = [0];
  for (let at = token.value.indexOf(' '); at !== -1 && starts.length < 7; at = token.value.indexOf(' ', at + 1)) {
    starts.push(at + 1);
  }
  return (index) =>
    partOf(token, starts[index] ?? token.value.length, (starts[index + 1] ?? token.value.length + 1) - 1);
}

/** `2018-06-19 02:13:38 Local7.Info sw-a`: the stamp and the host. */
export function levelledFields(token: HeaderToken): { stamp: HeaderToken | null; host: HeaderToken | null } {
  return { stamp: groupOf(LEVELLED_STAMP, token), host: groupOf(LEVELLED_HOST, token) };
}

const LEVELLED_STAMP = /^"?(.*?)[ \t,"]+[A-Za-z]+\d?\.[A-Za-z]+[ \t,"]/d;
const LEVELLED_HOST = /[A-Za-z]+\d?\.[A-Za-z]+[ \t,"]+([^\s,"]+?)[ \t,"]*$/d;

/** The address of Kiwi's `Original Address=192.0.2.7`. */
export function originalAddress(token: HeaderToken): HeaderToken {
  return partOf(token, 'Original Address='.length);
}

/**
 * Cisco's `logging host … session-id` and `sequence-num-session`: `[syslog@9 s_sn="84" s_id ="sw-a:666"]`. The name of
 * the session is followed by its port. The name is null if the data has none, or if the name cannot be a host's.
 */
export function sessionFields(token: HeaderToken): { name: HeaderToken | null; sequence: HeaderToken | null } {
  const name = groupOf(SESSION_NAME, token);
  return {
    name: name !== null && /[A-Za-z]|\d[.:]/.test(name.value) ? name : null,
    sequence: groupOf(SESSION_SEQUENCE, token),
  };
}

const SESSION_NAME = /\bs_id ?= ?"\[?([A-Za-z0-9_](?:[\w.@/#-]|:(?=[0-9A-Fa-f:]*\]))*)\]?(?::\d{1,5})?\\?"/d;
const SESSION_SEQUENCE = /\bs_sn ?= ?"(\d{1,15})"/d;

/** The NAME of the prompts `NAME#`, `NAME(config)#` and `RP/0/RP0/CPU0:NAME#`. */
export function promptName(token: HeaderToken): HeaderToken {
  return groupOf(PROMPT_NAME, token) ?? token;
}

const PROMPT_NAME = /([\w.-]+)(?:\([\w-]+\))?[#>]$/d;

/**
 * The host of a token. `[2001:db8::7]`, `192.0.2.7:514`: without brackets and port. `::ffff:192.0.2.7` (RFC 4291
 * §2.5.5.2): the IPv4 address. A chain `source@relay/sw-a` of syslog-ng: the last host.
 */
export function hostIn(whole: HeaderToken): HeaderToken {
  const token = groupOf(IN_BRACKETS, whole) ?? groupOf(BEFORE_PORT, whole) ?? whole;
  if (/^::ffff:\d+\./i.test(token.value)) return partOf(token, '::ffff:'.length);
  const slash = token.value.lastIndexOf('/');
  return slash > token.value.indexOf('@') && token.value.includes('@') ? partOf(token, slash + 1) : token;
}

const IN_BRACKETS = /^\[(\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)\](?::\d{1,5})?$/d;
const BEFORE_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/d;

function groupOf(pattern: RegExp, token: HeaderToken): HeaderToken | null {
  const [from, to] = pattern.exec(token.value)?.indices?.[1] ?? [];
  return from === undefined || to === undefined ? null : partOf(token, from, to);
}
