/**
 * Reads the output of `show crypto pki trustpool` (FN72298), also paged, cut off, flattened to one line, or filtered
 * with `| include`. ASA's `show crypto ca trustpool` has other words, but its subjects are found, too (assumed).
 */
import type { Presence } from '../model/device.ts';
import type { Advisory } from './advisory.ts';

export type TrustpoolCertificate = {
  /** Hexadecimal without leading zeros; null if not in the output. */
  readonly serial: string | null;
  readonly subject: string | null;
  /** `Built-In`, `Downloaded`. */
  readonly origin: string | null;
};

export type TrustpoolReading = {
  readonly certificates: readonly TrustpoolCertificate[];
  /** Whether the output seems to be complete. */
  readonly complete: boolean;
  readonly newRoot: Presence;
  readonly oldRoot: Presence;
};

/** Null if the text is not the output of this command. */
export function readTrustpool(text: string, { remediation }: Pick<Advisory, 'remediation'>): TrustpoolReading | null {
  const plain = unpaged(text);
  const blocks = plain.split(/\bCA Certificate\b/).slice(1);
  const filter = filterOf(text);
  const found = blocks.map(certificate).filter(({ serial, subject }) => serial !== null || subject !== null);
  const certificates = found.length > 0 ? found : namesIn(plain);
  if (certificates.length === 0 && filter === null) return null;
  const complete = filter === null && found.length > 0 && !isCut(plain, blocks.at(-1) as string);
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

/** The next step for an operator after reading a trustpool, in one sentence. */
export function nextStep(
  { newRoot }: Pick<TrustpoolReading, 'newRoot'>,
  { remediation }: Pick<Advisory, 'remediation'>,
) {
  return {
    present: 'The new root is present. After a manual import, save it (wr mem). Then wait for a success message.',
    absent: 'The new root is missing. Import it, or upgrade:',
    unknown: `The output is incomplete. Get the complete output: terminal length 0, then ${remediation.verify}`,
  }[newRoot];
}

/** Removes the pager's marks; a run of control characters, blanks and line ends becomes one blank. */
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

/** Filtered output has only names, without a distinction of subjects and issuers. */
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

/** True if the output is marked as cut, ends at the pager's mark, or ends in a certificate. */
function isCut(text: string, lastBlock: string): boolean {
  return (
    /<<? ?output snipped|-{1,8} ?More ?-{1,8}>? *$/i.test(text) ||
    !/end date:|Associated Trustpoints|Fingerprint/i.test(lastBlock)
  );
}

/** The words of `| include …`; null for any other filter, which shows nothing about absent certificates. */
type Filter = { readonly words: string | null };

/**
 * Null if the output is not filtered. In output that was flattened to one line, the words end before the first name.
 */
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
