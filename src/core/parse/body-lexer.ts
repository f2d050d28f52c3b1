import moo from 'moo';
import type { Token } from '../grammar/earley.ts';
import { limits } from '../model/limits.ts';

/**
 * The lexer matches the lower-case body, because some relays convert lines to lower case; the values are cut from the
 * original text at the same offsets. Every opening phrase is one token, and selects the state for the text after it.
 * Only the phrases of the message's own facility are tried: each further one would cost all others time.
 */
const smartLic: moo.Rules = {
  communicationsFailure: { match: /communications failure with (?:the )?/, next: 'peer' },
  initializeFailure: { match: /failed to initialize communications with (?:the )?/, next: 'peer' },
  communications: { match: /communications with (?:the )?/, next: 'peer' },
  authorizationRenewal: { match: /authorization renewal with (?:the )?/, next: 'peer' },
  registration: { match: /smart agent for licensing registration with (?:the )?/, next: 'peer' },
  deregistration: { match: /smart agent for licensing deregistration with (?:the )?/, next: 'peer' },
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
  inOverage: 'one or more entitlements are in overage',
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
  evaluationExpiredOn: /evaluation period expired on \S.{0,39}/,
  evaluationExpires: /evaluation period will expire in \S.{0,39}/,
  evaluationExpired: 'evaluation period expired',
  roleChanged: /smart agent ha role changed to [a-z-]+/,
  exportControlled: /usage of export controlled features is (?:not )?allowed/,
  contactTac: { match: /smart licensing has encountered an internal software error\. contact tac ?: ?/, next: 'cause' },
  internalError: 'smart licensing has encountered an internal software error',
  platformError: 'platform error',
  reporter: { match: /smart agent for licensing (?=[^:]{1,80} is down rev\b)/, next: 'downRev' },
  authorizationFailed: { match: /(?:your )?authorization (?:has )?failed/, next: 'state' },
  storeOutOfSync:
    /trusted store enable flag not in sync with system configuration(?:, ts flag(?: \S+)? config flag(?: \S+)?)?/,
  standbyOutOfSync: 'smart licensing agent on hot standby is out of sync with active smart licensing agent',
  unknownMode: 'an unknown mode was specified',
  unknownNotification: 'a bad notification type was specified',
  unknownTag: 'the entitlement tag is invalid',
  roleRefused: 'the current role is not allowed to move to the new role',
  rootMismatch: 'certificate type mismatch',
};

const callHome: moo.Rules = {
  licensingMessage: { match: /fail(?:ed)? to send out smart licensing message to ?: ?/, next: 'url' },
  httpRequest: { match: /failed to send http request to ?: ?/, next: 'url' },
  callHomeEnabled: 'call-home is enabled by smart agent for licensing',
};

const pki: moo.Rules = {
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
  noSudi: /pki: (?:no sudi certificate is installed|platform doesn't support sudi certificate)/,
  selfTest: /fips post successful for \S+/,
  enrollmentManual: { match: 'manual enrollment for trustpoint ', next: 'trustpoint' },
  csrFingerprint: /csr fingerprint (?:\(unsigned\) )?(?:md5|sha\d+) ?(?:\(unsigned\) ?)?: ?[0-9a-f]+(?: |$)/,
  certificateReceived: { match: 'certificate received from certificate authority', next: 'authority' },
  certificateRejected: {
    match: 'certificate enrollment request was rejected by certificate authority',
    next: 'authority',
  },
  certificateInstalled: { match: 'an id certificate has been installed under', next: 'installed' },
  keyMismatch: { match: /key in the certificate and stored key does not match for trustpoint[- ]/, next: 'trustpoint' },
  importFailed: { match: /pkcs #12 import failed for trustpoint ?: ?/, next: 'imported' },
  serverEnabled: 'certificate server now enabled',
  serverDisabled: 'certificate server now disabled',
  grantedToAll: 'all enrollment requests will be automatically granted',
};

const lexer = moo.states({
  smartLic,
  callHome,
  pki,
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
    certificateDetails: / issuer-name ?:.*/,
    trustpoint: /"[^"]+"|[^\s"]+/,
  },
  because: { because: { match: /reason ?: ?/, next: 'cause' } },
  cause: { reason: /\S.*/ },
  chain: { certificateFault: /\S.*/ },
  downRev: {
    peer: /[^:]+?(?= is down rev\b)/,
    downRev: / is down rev and does not support the enhanced policy and usage reporting mode/,
  },
  authority: { forTrustpoint: { match: ' for trustpoint ', next: 'trustpoint' } },
  installed: { trustpointLabel: { match: / trustpoint ?: ?/, next: 'trustpoint' } },
  // The name ends before the full stop of its sentence.
  imported: {
    because: { match: /\.? reason ?: ?/, next: 'cause' },
    trustpoint: /[^\s"]+?(?=\.? reason ?:|$)/,
  },
});

/** The state in which a body begins, by the facility of its message. */
const starts: Readonly<Record<string, moo.LexerState>> = {
  SMART_LIC: { line: 1, col: 1, state: 'smartLic' },
  CALL_HOME: { line: 1, col: 1, state: 'callHome' },
  PKI: { line: 1, col: 1, state: 'pki' },
};

/**
 * The token of the mnemonic, then the tokens of the body; null if no phrase of the grammar matches a part of the body.
 * `text` has no line breaks, no runs of blanks and no full stop at its end (`tidy`).
 */
export function bodyTokens(facility: string, mnemonic: string, text: string): Token[] | null {
  const lower = lowerAscii(text);
  const tokens: Token[] = [{ type: mnemonic, value: mnemonic }];
  lexer.reset(lower, starts[facility]);
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
