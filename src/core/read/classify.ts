import type { Advisory, SignalRule } from '../advisory/advisory.ts';
import type { Cause, Classification, Fields, TrackedMessage } from '../model/message.ts';
import { noFields } from '../model/message.ts';

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
  const family = found.family ?? rule.family;
  return { kind: rule.kind, family, cause: found.cause, weight: weightOf(family, found.cause, advisory) };
}

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
  const server = message.outcome === 'parsed' ? message.fields.server : message.text;
  if (server === null) return [];
  const lower = server.toLowerCase();
  const known = advisory.peers.find(({ text }) => lower.includes(text));
  return known?.are ?? (message.outcome === 'parsed' ? [lower] : []);
}

const neutral: Classification = { kind: 'neutral', family: null, cause: null, weight: 0 };

/** Only failures have a cause in their text. If the body is not in the grammar, the whole text is searched. */
function causeOf(rule: SignalRule, fields: Fields, text: string, advisory: Advisory) {
  if (rule.cause !== null || rule.kind !== 'failure') return { cause: rule.cause, family: null };
  const reason = (fields.reason ?? fields.errorText ?? text).toLowerCase();
  const row = advisory.causes.find((cause) =>
    cause.errorCode === null ? reason.includes(cause.text as string) : cause.errorCode === fields.errorCode,
  );
  return { cause: row?.cause ?? advisory.otherCause, family: row?.family ?? null };
}

function weightOf(family: string | null, cause: Cause | null, advisory: Advisory): number {
  if (family === null) return 0;
  const counter = advisory.counterCauses.some((row) => row.cause === cause && !row.except.includes(family));
  return counter ? 0 : (advisory.families.get(family)?.weight ?? 0);
}
