import moo from 'moo';
import type { Token } from '../grammar/earley.ts';
import { limits } from '../model/limits.ts';

/**
 * The lexer matches the lower-case body, because some relays convert lines to lower case; the values are cut from the
 * original text at the same offsets. Every opening phrase is one token, and selects the state for the text after it.
 */
const opening: moo.Rules = {
  communicationsFailure: { match: /communications failure with (?:the )?/, next: 'peer' },
  initializeFailure: { match: /failed to initialize communications with (?:the )?/, next: 'peer' },
  communications: { match: /communications with (?:the )?/, next: 'peer' },
  authorizationRenewal: { match: /authorization renewal with (?:the )?/, next: 'peer' },
  registration: { match: /smart agent for licensing registration with (?:the )?/, next: 'peer' },
  entitlement: { match: /entitlement authorization (?:renewal )?with (?:the )?/, next: 'peer' },
  identityRenewal: { match: 'identity certificate renewal', next: 'state' },
  trustCodeFailure: { match: /the install of a new licensing trust code has failed on:? /, next: 'udi' },
  trustCodeSuccess: { match: /a new licensing trust code was successfully installed on:? /, next: 'udi' },
  policyFailure: { match: 'the installation of a new licensing policy has failed', next: 'state' },
  policySuccess: /a new licensing policy was successfully installed\.?/,
  authorizationCodeSuccess: {
    match: /a new licensing authorization code was successfully installed on:? /,
    next: 'udi',
  },
  agentStatus: { match: /msgstatus="[^"]*" ?/, next: 'agent' },
  certificateValidation: 'certificate validation failed by smart agent',
  outOfCompliance: /one or more entitlements are out of compliance/,
  inCompliance: /all entitlements (?:and licenses in use on this device )?are authorized/,
  authorizationExpired: 'authorization expired',
  identityExpired:
    /identity certificate expired(?:\. agent will transition to the unidentified \(not registered\) state)?/,
  registrationExpires: /this device's registration will expire in \S.{0,39}/,
  identityNotStarted: 'identity certificate start date not reached yet',
  registrationClock: /smart licensing registration has expired because the system time was changed.{0,200}/,
  clockChanged: 'smart agent for licensing system clock has been changed',
  reportingRequired: /a usage report acknowledgement will be required in \d+ days/,
  agentInitialized: 'smart agent for licensing is initialized',
  agentEnabled: 'smart agent for licensing is enabled',
  evaluationEntered: 'entering evaluation period',
  evaluationExpired: 'evaluation period expired',
  licensingMessage: { match: /fail(?:ed)? to send out smart licensing message to ?: ?/, next: 'url' },
  httpRequest: { match: /failed to send http request to ?: ?/, next: 'url' },
  callHomeEnabled: 'call-home is enabled by smart agent for licensing',
  crlFetch: { match: 'crl fetch for trustpoint ', next: 'trustpoint' },
  crlDownload: { match: 'crl download for trustpoint ', next: 'trustpoint' },
  chainFailed: { match: /certificate chain validation has failed\.? ?/, next: 'chain' },
  trustpointLabel: { match: /trustpoint: ?/, next: 'trustpoint' },
  trustpoolDownloaded: 'trustpool download is successful',
  trustpoolFailed: /trustpool download (?:has )?failed/,
  noTimeSource: /pki functions can not be initialized until an authoritative time source, like ntp, can be obtained/,
  clockSet: 'the system clock has been set',
  notSaved: /configuration was modified\. issue "write memory" to save new (?:ios pki configuration|certificate)/,
  saved: /running configuration saved to nvram ?(?:\[ok\])?/,
  caUnsent: 'failed to send out message to ca server',
};

const lexer = moo.states({
  opening,
  // The peer's name ends before the colon of the reason, or before the verb.
  peer: {
    peer: {
      match: /[^:\n]+?(?= ?:| (?:restored|failed|successful|is successful)\b| for udi\b|$)/,
      next: 'state',
    },
  },
  state: {
    restored: / ?restored/,
    failed: / ?(?:has )?failed/,
    successful: / ?(?:is )?successful/,
    forUdi: { match: / ?for udi ?/, next: 'udi' },
    separator: { match: / ?: ?/, next: 'reason' },
  },
  reason: {
    forUdi: { match: / ?for udi ?/, next: 'udi' },
    reason: /[^\s](?:(?! ?for udi\b).)*/,
  },
  udi: {
    noUdi: /<>/,
    pid: /\[?pid: ?[^,\s\]]*?(?=[,\s\]]|sn:|$)[,\s]*(?:vid:[^,\]]*,? ?)?/,
    serial: /,? ?sn: ?[a-z0-9]+?(?:hostid:\w*)?(?![a-z0-9])\]?/,
    separator: { match: / ?: ?/, next: 'reason' },
  },
  agent: { agentError: /error=".*/ },
  url: {
    url: { match: /\S+/, next: 'error' },
  },
  error: { error: / ?\( ?err \d+ ?: ?[^)]*\)/ },
  trustpoint: {
    failed: { match: / ?failed\.? ?/, next: 'because' },
    discarded: { match: / ?has been discarded\.? ?/, next: 'because' },
    created: / ?created suc+es+fully/,
    trustpoint: /"[^"]+"|[^\s"]+/,
  },
  because: { because: { match: /reason ?: ?/, next: 'cause' } },
  cause: { reason: /\S.*/ },
  chain: { certificateFault: /\S.*/ },
});

/**
 * The token of the mnemonic, then the tokens of the body; null if no phrase of the grammar matches a part of the body.
 * `text` has no line breaks, no runs of blanks and no full stop at its end (`tidy`).
 */
export function bodyTokens(mnemonic: string, text: string): Token[] | null {
  const lower = lowerAscii(text);
  const tokens: Token[] = [{ type: mnemonic, value: mnemonic }];
  lexer.reset(lower);
  try {
    for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
      const { type, offset } = token;
      tokens.push({ type: type as string, value: text.slice(offset, offset + token.text.length) });
      if (tokens.length === limits.tokens) return null;
    }
  } catch {
    // moo throws if no rule matches, and for no other reason.
    return null;
  }
  return tokens;
}

/** Lower case with the same offsets: if the length would change, only A to Z are converted. */
function lowerAscii(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The token names, for nearley's compiler: any name, as every mnemonic is a kind of token. */
export const bodyLexer = { has: (): boolean => true } as never;
