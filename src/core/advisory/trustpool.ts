/**
 * Reads what `show crypto pki trustpool` prints (FN72298), also paged, cut off, flattened to one line, or filtered with
 * `| include`. ASA's `show crypto ca trustpool` differs in its words; its subjects are found all the same (assumed).
 */
import type { Presence } from '../model/device.ts';
import type { Advisory } from './advisory.ts';

export type TrustpoolCertificate = {
  /** Hexadecimal without leading zeros; null where the output does not say it. */
  readonly serial: string | null;
  readonly subject: string | null;
  /** `Built-In`, `Downloaded`. */
  readonly origin: string | null;
};

export type TrustpoolReading = {
  readonly certificates: readonly TrustpoolCertificate[];
  /** Whether the whole output seems to be here. */
  readonly complete: boolean;
  readonly newRoot: Presence;
  readonly oldRoot: Presence;
};

/** Null if the text is no such output. */
export function readTrustpool(text: string, { remediation }: Pick<Advisory, 'remediation'>): TrustpoolReading | null {
  const plain = unpaged(text);
  const blocks = plain.split(/\bCA Certificate\b/).slice(1);
  const filter = filterOf(text);
  const whole = blocks.map(certificate).filter(({ serial, subject }) => serial !== null || subject !== null);
  const certificates = whole.length > 0 ? whole : namesIn(plain);
  if (certificates.length === 0 && filter === null) return null;
  const complete = filter === null && whole.length > 0 && !isCut(plain, blocks.at(-1) as string);
  const presence = (root: { name: string; serial: string }): Presence => {
    if (certificates.some((one) => is(one, root))) return 'present';
    return complete || (filter !== null && includes(filter, root.name)) ? 'absent' : 'unknown';
  };
  return {
    certificates,
    complete,
    newRoot: presence(remediation.newRoot),
    oldRoot: presence(remediation.oldRoot),
  };
}

/** What to do after a look at a trustpool, in one sentence. */
export function nextStep(
  { newRoot }: Pick<TrustpoolReading, 'newRoot'>,
  { remediation }: Pick<Advisory, 'remediation'>,
) {
  return {
    present: 'The new root is there. After an import by hand save it (wr mem), then wait for a success of the device.',
    absent: 'The new root is missing. Import it, or upgrade:',
    unknown: `Not all of the output is here. Give all of it: terminal length 0, then ${remediation.verify}`,
  }[newRoot];
}

/** Without the pager's marks within; control characters, blanks and line ends become one blank. */
function unpaged(text: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ');
  return line.replace(/<?-{1,8} ?More ?-{1,8}>?(?= \S)/g, '').replace(/ +/g, ' ');
}

function certificate(block: string): TrustpoolCertificate {
  const [, serial] = /Certificate Serial Number(?: \(hex\))?: ?([0-9A-Fa-f]+)/.exec(block) ?? [];
  const [, subject] =
    /Subject(?: Name)?: ?(.*?)(?= (?:Validity Date|Associated|CRL Distribution|Trustpool)\b|$)/.exec(block) ?? [];
  const [, origin] = /Trustpool: ?(Built-In|Downloaded|\w[\w-]*)/.exec(block) ?? [];
  return {
    serial: serial === undefined ? null : bare(serial),
    subject: subject === undefined ? null : commonName(subject),
    origin: origin ?? null,
  };
}

/** Of filtered output only names are left; whether they are of a subject or an issuer it does not say. */
function namesIn(text: string): TrustpoolCertificate[] {
  const names = [...text.matchAll(/\bcn=.*?(?= cn=| CA Certificate\b| \S+[#>] ?$|$)/gi)].map(([name]) =>
    commonName(name),
  );
  return [...new Set(names)].map((subject) => ({ serial: null, subject, origin: null }));
}

/** `cn=IdenTrust Commercial Root CA 1 o=IdenTrust c=US` → `IdenTrust Commercial Root CA 1`. */
function commonName(subject: string): string | null {
  const [, name] = /\bcn=(.*?)(?=,? \w{1,3}=|$)/i.exec(subject) ?? [];
  return name?.trim() ?? null;
}

function is({ serial, subject }: TrustpoolCertificate, root: { name: string; serial: string }): boolean {
  return serial === null ? subject?.toLowerCase() === root.name.toLowerCase() : serial === bare(root.serial);
}

/** Cut off: it says so, ends at the pager's mark, or within a certificate. */
function isCut(text: string, lastBlock: string): boolean {
  return (
    /<<? ?output snipped|-{1,8} ?More ?-{1,8}>? *$/i.test(text) ||
    !/end date:|Associated Trustpoints|Fingerprint/i.test(lastBlock)
  );
}

/** `| include …`: the words that it asks for; `null` where other filters are set, of which nothing follows. */
type Filter = { readonly words: string | null };

/** Null where the output is not filtered. Flattened to one line, the words end where the first name begins. */
function filterOf(text: string): Filter | null {
  const [, how = '', words = ''] = /trustpool\s*\|\s*([a-z]+)\s+(.*?)\s*(?:\scn=|$)/im.exec(text) ?? [];
  if (how === '') return null;
  return { words: 'include'.startsWith(how.toLowerCase()) && words !== '' ? words : null };
}

/** Whether a filter would have shown a root of this name. */
function includes({ words }: Filter, name: string): boolean {
  return words?.split('|').some((word) => `cn=${name}`.includes(word)) ?? false;
}

function bare(hex: string): string {
  return hex.toUpperCase().replace(/^0+/, '');
}
