/**
 * Strikes out what nobody but the device may know: keys, communities, passwords, tokens, private keys and the bodies of
 * certificates. What is struck out is the value to the end of its line, as later words may belong to it.
 */

/** Stands for what was struck out. */
export const REMOVED = '<removed>';

/**
 * `before` is kept, and what follows it on the line is struck out. `isWord`: a word that sentences have, too: it counts where
 * the line is no message of the log and no reason.
 */
type Rule = { readonly before: RegExp; readonly what: string; readonly isWord?: true };

const rule = (what: string, before: RegExp): Rule => ({ what, before });
const word = (what: string, before: RegExp): Rule => ({ what, before, isWord: true });

/**
 * The places of a secret in a line. A word of a secret in a sentence (`Key in the certificate does not match`) is none:
 * weak words count only where a configuration has them.
 */
export const SECRET_PLACES: readonly Rule[] = [
  rule(
    'enable secret, username, line, trustpoint, vtp, ppp, cts, ftp, ASA',
    /(?<![\w-])(?:[\w-]*(?:passw(?:or)?d|passphrase|passcode|[-_]pw|secret)(?:-key)?)(?:["']?\s*[=:]\s*|\s+)/i,
  ),
  rule('snmp-server community', /\bsnmp(?:-server)?\s+(?:mib\s+)?community(?:-map)?\s+/i),
  rule('snmp-server host', /\bsnmp-server\s+host\s+\S+\s+/i),
  rule('snmp-server user', /\bsnmp-server\s+user\s+\S+\s+\S+\s+/i),
  rule('community elsewhere', /(?<![\w-])community\s+/i),
  rule('TACACS and RADIUS servers', /\b(?:tacacs|radius)(?:-server)?\s(?:.{0,400}\s)?(?:pac\s+)?key\s+/i),
  rule('server-key, shared keys', /(?<![\w-])(?:server-key|pac\s+key|shared-key)\s+/i),
  rule('key in the block of a server', /^\s*(?:no\s+)?(?:pac\s+)?key\s+(?!chain\b|config-key\b)/i),
  rule('key config-key', /\bkey\s+config-key\s+\S+\s+/i),
  rule('IPsec by hand, RSVP, Easy VPN', /\b(?:session-key|authentication\s+key|group\s+\S{1,64}\s+key)\s+/i),
  rule('pin of a telephone', /^\s*pin\s+/i),
  rule('ISAKMP', /\bisakmp\s+key\s+/i),
  rule('IKE', /(?<![\w-])pre-shared-key\s+/i),
  rule('key-string', /(?<![\w-])key-string\s+/i),
  rule('key-hash', /(?<![\w-])key-hash\s+/i),
  rule('authentication-key of OSPF, NTP', /(?<![\w-])authentication-key\s+/i),
  rule('message-digest-key of OSPF', /(?<![\w-])message-digest-key\s+/i),
  rule('OSPFv3, EIGRP, RIP', /(?<![\w-])(?:ipsec\s+spi\s+\d+|hmac-sha-\d+)\s+/i),
  rule('HSRP, VRRP, GLBP', /^\s*(?:(?:standby|vrrp|glbp)\s+)(?:\d+\s+)?authentication\s+/i),
  rule('NHRP', /\bnhrp\s+authentication\s+/i),
  rule('wireless', /(?<![\w-])(?:wpa-psk|psk|set-key|pmk|(?:[\w-]*-)?wep-key\d?|encryption\s+key|nthash)\s+/i),
  rule('failover, tunnel and VPN keys', /\b(?:failover|tunnel|vpdn|macsec|mka)\s(?:.{0,400}\s)?key\s+/i),
  rule('key of an AAA server', /\baaa-server\s+\S+\s+(?:\([^)]{0,80}\)\s+)?host\s+\S+\s+/i),
  word(
    'LISP, private servers, NAS, mobile IP, and every other key',
    /(?<![\w-])key\s+(?!(?:chain|config-key|generate|zeroize|mypubkey|pubkey-chain|storage|lock|unlock|move|pair)\b)/,
  ),
  word('Umbrella and other tokens', /(?<![\w-])token\s+(?!(?:is|was|has)\b)/i),
  rule('passwords of keys and certificates', /\bcrypto\s+(?:key|pki|ca)\s+(?:import|export)\s+/i),
  rule('MAB', /\bmab\s+request\s+format\s+attribute\s+2\s+/i),
  rule('RMON', /\brmon\s+event\s(?:.{0,400}\s)?trap\s+/i),
  rule('licence of Cloud Web Security', /^\s*license\s+\d\s+/i),
  rule('FHRP', /\bauthentication\s+(?:text|string)\s+/i),
  rule('dialogues with a modem', /\bchat-script\s+\S+\s+/i),
  rule('options of a container', /\brun-opts\s+/i),
  rule(
    'what the event manager types',
    /(?<![\w-])action\s+\S{1,40}\s+(?:cli\s+command|set|append|string|regexp|puts|syslog|file|mail)\s+/i,
  ),
  rule('variables', /(?<![\w-])[\w.-]{0,40}(?:pass|pwd?|key|token|cred(?:ential)?s?)["']?\s?=\s?/i),
  rule('licensing tokens', /(?<![\w-])id_?-?token(?:_value)?(?:["']?\s*[=:]\s*|\s+)/i),
  rule('licensing codes', /\b(?:authorization|request|confirmation|return)\s+code\s*(?::\s*|\s+)(?!<none>|trust\b)/i),
  rule('licensing codes that are installed', /\breservation\s+(?:install|return)\s+/i),
  rule(
    'tokens and keys of programs',
    /(?<![\w-])(?:(?:api[-_]?key|access[-_]?key|private[-_]key|bearer)["']?\s*[=:\s]\s*|[\w-]{0,40}token["']?\s*[=:]\s*)/i,
  ),
  rule('variables of the event manager', /\bevent\s+manager\s+environment\s+\S+\s+/i),
  rule('header of HTTP', /\bauthorization:\s*(?:basic|bearer)\s+/i),
];

/** A word that is in every place of the table; a line without any of them needs no second look. */
const MAY_HOLD =
  /pass|secret|commun|snmp|key|psk|pmk|token|code|auth|hmac|spi\b|environment|reservation|bearer|\bpin\b|pwd?\b|aaa-server|mab\b|run-opts|action|rmon|nthash|chat-script|crypto|license\s+\d|cred/i;
/** A message of the log that quotes no command, or the reason of a failure. */
const SENTENCE = /%[A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)*-[0-7]-[A-Z0-9_]+ ?:(?!.*\bcommand)|\breason:/i;

/** What is one value in a line: blanks and quotes end it. */
const VALUE = /[^\s"]+/g;
/** Long values of JSON without blanks, also of JSON in JSON: signatures, certificates and tokens of the licensing agent. */
const JSON_VALUE = /(\\{0,8}"\s?:\s?\\{0,8}")[^\s"\\{}[\],]{40,}/g;
/** `$9$…`, `$1$…`, `$8$…`: a hash of IOS, wherever it stands. */
const HASH = /\$(?:1|5|6|8|9|14|sha512)\$\S+/gi;
/** A password of type 7, wherever it stands. */
const TYPE_7 = /(\s7\s+)\d\d(?:[0-9A-F]{2}){3,}(?=[\s"]|$)/gi;

const PEM_BEGINS = /-----BEGIN [A-Z0-9 ]+-----/;
const PEM_ENDS = /-----END [A-Z0-9 ]+-----/;
/** A line of base64, or of hexadecimal digits in groups, as bodies of keys and certificates have them. */
const BASE64 = /^\s*[A-Za-z0-9+/]+={0,2}\s*$/;
const LONG_BASE64 = /^\s*(?=\S*[A-Z])(?=\S*[a-z])[A-Za-z0-9+/]{48,}={0,2}\s*$/;
const HEX_BODY = /^\s*(?:[0-9A-F]{8}\s+){2,}[0-9A-F]{1,8}\s*$|^\s*(?:[0-9A-F]{8}\s+){3,}$/i;
/** What opens a body that ends with `quit` or `exit`: `certificate self-signed 01` in a chain, `key-string` alone. */
const BODY_BEGINS = /^\s+certificate(?:\s+[a-z][\w-]*)*\s+[0-9A-Fa-f]{2,}\s*$|^\s*key-string\s*$/;
const BODY_ENDS = /^\s*(?:quit|exit)\s*$/i;
/** The beginning of another command of a configuration or of a prompt; a body that was cut ends there. */
const NO_BODY = /^(?:\s*!|\S+[#>]|\s*(?:crypto|line|interface|end|license|ip|username|hostname)\b)/i;

type Open = 'none' | 'pem' | 'body';

export function withoutSecrets(text: string): string {
  const parts = text.split(/([\r\n]+)/);
  const lines = struck(parts.filter((_, index) => index % 2 === 0));
  return lines.map((line, index) => line + (parts[index * 2 + 1] ?? '')).join('');
}

/** As many lines as were given. */
export function struck(lines: readonly string[]): string[] {
  let open: Open = 'none';
  return lines.map((line) => {
    if (open === 'pem') {
      if (PEM_ENDS.test(line) || !(BASE64.test(line) || /^\s*$|^[\w-]+: /.test(line))) open = 'none';
      else return line.trim() === '' ? line : REMOVED;
    }
    if (open === 'body') {
      if (BODY_ENDS.test(line) || NO_BODY.test(line)) open = 'none';
      else return line.trim() === '' ? line : REMOVED;
    }
    if (PEM_BEGINS.test(line) && !PEM_ENDS.test(line)) {
      open = 'pem';
      return line.replace(/(-----BEGIN [A-Z0-9 ]+-----).*$/, '$1');
    }
    if (BODY_BEGINS.test(line)) open = 'body';
    return lineWithoutSecrets(line);
  });
}

function lineWithoutSecrets(line: string): string {
  if (HEX_BODY.test(line) || LONG_BASE64.test(line)) return REMOVED;
  const pem = line.replace(/(-----BEGIN [A-Z0-9 ]+-----).*/, `$1${REMOVED}`);
  const short = (pem.includes('@') ? pem.replace(VALUE, withoutUserInfo) : pem)
    .replace(HASH, REMOVED)
    .replace(TYPE_7, `$1${REMOVED}`)
    .replace(JSON_VALUE, `$1${REMOVED}`);
  if (!MAY_HOLD.test(short)) return short;
  let end = short.length;
  const isSentence = SENTENCE.test(short);
  for (const { before, isWord } of SECRET_PLACES) {
    const found = isWord === true && isSentence ? null : before.exec(short);
    if (found !== null) end = Math.min(end, found.index + found[0].length);
  }
  const rest = short.slice(end).trim();
  return rest === '' || rest === REMOVED || isEmpty(rest) ? short : `${short.slice(0, end)}${REMOVED}`;
}

/** `user:password@host`, in an address of any scheme or of none; a name without a password is struck out in the former. */
function withoutUserInfo(value: string): string {
  const at = value.lastIndexOf('@');
  const begin = value.indexOf('://') + 1;
  const from = begin === 0 ? 0 : begin + 2;
  const hasInfo = at > from && (begin > 0 || value.slice(0, at).includes(':'));
  return hasInfo ? `${value.slice(0, from)}${REMOVED}${value.slice(at)}` : value;
}

/** What a device prints where no value is set. */
function isEmpty(value: string): boolean {
  return /^<(?:empty|none)>$|^None$|^Not Configured$/i.test(value);
}
