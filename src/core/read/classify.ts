import type { Advisory, SignalRule } from '../advisory/advisory.ts';
import { serverOfHost } from '../advisory/server-of-host.ts';
import type { Cause, Classification, Fields, Manner, ServerKind, TrackedMessage } from '../model/message.ts';
import { neutral, noFields } from '../model/message.ts';

/** The meaning of a tracked message under an advisory. A mnemonic that the advisory does not name is neutral. */
export function classify(message: TrackedMessage, advisory: Advisory): Classification {
  const rule = ruleOf(message, advisory);
  if (rule === undefined) return neutral;
  const fields = fieldsOf(message);
  const found = causeOf(rule, fields, message.text, advisory);
  if (rule.trustpoint !== null && !rule.trustpoint.test(fields.trustpoint ?? '')) {
    return { ...neutral, cause: found.cause };
  }
  if (rule.needs !== null && rule.needs !== found.cause) return { ...neutral, cause: found.cause };
  const name = found.family ?? rule.family;
  const family = name === null ? undefined : advisory.families.get(name);
  const server = family?.server ?? serverOf(message, advisory);
  const { kind, claim } = rule;
  const { cause, manner } = found;
  const counts = manner !== null && hasWeight(rule, server, manner, advisory);
  return { kind, family: name, cause, manner, server, claim, weight: counts ? (family?.weight ?? 0) : 0 };
}

function hasWeight({ countsAlso }: SignalRule, server: ServerKind, manner: Manner, { counts }: Advisory): boolean {
  return counts.servers.has(server) && (counts.manners.has(manner) || countsAlso.has(manner));
}

/** The kind of licensing server that a message is about: by the host of its URL, else by the peer that it names. */
function serverOf(message: TrackedMessage, advisory: Advisory): ServerKind {
  const host = hostIn(message.text);
  if (host !== null) return serverOfHost(host, advisory);
  return peerIn(message, advisory)?.server ?? 'unnamed';
}

/**
 * The host of the first URL in a text, in lower case. Null without a URL, for a placeholder, and for a host that ends
 * with the text: the rest may be cut off.
 */
function hostIn(text: string): string | null {
  const [whole = '', host = ''] = URL_HOST.exec(text) ?? [];
  if (whole === '' || whole.endsWith(host)) return null;
  return host.toLowerCase();
}

/** The character behind the host is part of the match, so that a host at the end of the text is told apart. */
const URL_HOST = /\bhttps?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)\.?(?:[:/?#\s,;)"']|$)/i;

export function ruleOf(message: TrackedMessage, advisory: Advisory): SignalRule | undefined {
  return advisory.signals.get(message.facility)?.get(message.mnemonic);
}

/** In a body that the grammar does not read, only the trustpoint is searched: it decides whether the message counts. */
export function fieldsOf(message: TrackedMessage): Fields {
  if (message.outcome === 'parsed') return message.fields;
  const [, trustpoint = null] = /\btrustpoint:? ([\w.-]+)/i.exec(message.text) ?? [];
  return trustpoint === null ? noFields : { ...noFields, trustpoint };
}

/**
 * The licensing peers that a message names, as the advisory groups them; an unknown peer is a group of its own. If the
 * body is not in the grammar, the whole text is searched for the peers that the advisory knows.
 */
export function peersOf(message: TrackedMessage, advisory: Advisory): readonly string[] {
  const known = peerIn(message, advisory);
  if (known !== undefined) return known.are;
  const server = message.outcome === 'parsed' ? message.fields.server : null;
  return server === null ? [] : [server.toLowerCase()];
}

/** The row of the first peer that a message names; undefined if it names none that the advisory knows. */
function peerIn(message: TrackedMessage, { peers }: Advisory): Advisory['peers'][number] | undefined {
  const lower = (message.outcome === 'parsed' ? message.fields.server : message.text)?.toLowerCase();
  return lower === undefined ? undefined : peers.find(({ text }) => lower.includes(text));
}

/** Only failures have a cause in their text. If the body is not in the grammar, the whole text is searched. */
function causeOf(
  rule: SignalRule,
  fields: Fields,
  text: string,
  advisory: Advisory,
): { cause: Cause | null; manner: Manner | null; family: string | null } {
  if (rule.kind !== 'failure') return { cause: rule.cause, manner: null, family: null };
  if (rule.cause !== null) return { cause: rule.cause, manner: rule.manner ?? advisory.otherwise.manner, family: null };
  const reason = (fields.reason ?? fields.errorText ?? text).toLowerCase();
  const row = advisory.causes.find((cause) =>
    cause.errorCode === null ? reason.includes(cause.text as string) : cause.errorCode === fields.errorCode,
  );
  const { cause, manner } = row ?? advisory.otherwise;
  return { cause, manner, family: row?.family ?? null };
}
