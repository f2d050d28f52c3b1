/** Makes the fields from the tokens of a body: one function for each form of rule, named in the grammar. */
import type { Token } from '../grammar/earley.ts';
import type { Fields } from '../model/message.ts';

type Part = Partial<Fields>;
type Skip = unknown;

export const first = ([part]: [Part]): Part => part;
export const nothing = (): Part => ({});

export const peerOnly = ([, , peer]: [Skip, Skip, Token]): Part => ({ server: trimmed(peer) });
export const peerAndReason = ([, , peer, because]: [Skip, Skip, Token, Part | null]): Part => ({
  server: trimmed(peer),
  ...because,
});
export const peerStateAndReason = ([, , peer, , because]: [Skip, Skip, Token, Skip, Part | null]): Part => ({
  server: trimmed(peer),
  ...because,
});
export const stateAndReason = ([, , , because]: [Skip, Skip, Skip, Part | null]): Part => because ?? {};
/** What stands behind a statement, if anything does. */
export const statementAndPart = ([, , part]: [Skip, Skip, Part | null]): Part => part ?? {};
export const udiAndReason = ([, , udi, because]: [Skip, Skip, Part, Part | null | undefined]): Part => ({
  ...udi,
  ...because,
});

export const reason = ([, text]: [Skip, Token]): Part => ({ reason: trimmed(text) });
export const reasonWithUdi = ([, text, , udi]: [Skip, Token, Skip, Part]): Part => ({ reason: trimmed(text), ...udi });
export const udiOnly = ([, udi]: [Skip, Part]): Part => udi;

export const udi = ([pid, sn]: [Token, Token?]): Part => ({
  pid: present(/^\[?pid: ?([^,\s\]]*)/i.exec(pid.value)?.[1]),
  serial: sn === undefined ? null : serialOf(sn),
});
export const serialOnly = ([sn]: [Token]): Part => ({ serial: serialOf(sn) });

export const urlAndError = ([, , url, error]: [Skip, Skip, Token, Part | null]): Part => ({ url: url.value, ...error });
export function error([token]: [Token]): Part {
  const [, code, text] = /err (\d+) ?: ?([^)]*)/i.exec(token.value) ?? [];
  return { errorCode: Number(code), errorText: (text as string).trim() };
}

/** FN72298 prints the line without the closing quote. */
export const agentEvent = ([, , text]: [Skip, Skip, Token]): Part => ({
  reason: text.value.replace(/^error="/i, '').replace(/"$/, ''),
});

export const trustpointAndReason = ([, , name, , because]: [Skip, Skip, Token, Skip, Part | null]): Part => ({
  trustpoint: name.value.replaceAll('"', ''),
  ...because,
});
export const trustpointThenReason = ([, , name, because]: [Skip, Skip, Token, Part | null]): Part => ({
  trustpoint: name.value,
  ...because,
});
export const statementAndTrustpoint = ([, , name]: [Skip, Skip, Token]): Part => ({ trustpoint: name.value });
export const labelledTrustpoint = ([, name]: [Skip, Token]): Part => ({ trustpoint: name.value });
export const statementAndText = ([, , text]: [Skip, Skip, Token]): Part => ({ reason: trimmed(text) });

function trimmed(token: Token): string {
  return token.value.trim();
}

function serialOf(token: Token): string | null {
  return present(/sn: ?([a-z0-9]+?)(?=hostid|[^a-z0-9]|$)/i.exec(token.value)?.[1]);
}

/** FN72298 prints `XXX` for a blackened value: it counts as absent, also if a relay has lower-cased the line. */
function present(value: string | undefined): string | null {
  return value === undefined || value === '' || value.toUpperCase() === 'XXX' ? null : value;
}
