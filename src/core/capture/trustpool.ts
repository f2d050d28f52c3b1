/**
 * Reads the output of `show crypto pki trustpool` (FN72298), also paged, cut off, filtered or flattened to one line.
 * A root that is not in the text is absent only if the text shows that it is the whole pool; else it is unknown.
 *
 * Assumed: ASA's `show crypto ca trustpool` has the same shape with other labels; a root whose name stands twice in a
 * row, without a serial number, is the issuer and the subject of one record.
 */

import type { Advisory } from '../advisory/advisory.ts';
import type { Presence } from '../model/device.ts';
import { type CertificateRecord, recordsOf } from './trustpool-record.ts';
import { type CommandOutput, commandOutputs } from './trustpool-text.ts';

export type TrustpoolCertificate = {
  /** Hexadecimal, as in the output; null if not in the output. */
  readonly serial: string | null;
  readonly subject: string | null;
  /** `Built-In`, `Downloaded`. */
  readonly origin: string | null;
};

export type TrustpoolReading = {
  readonly certificates: readonly TrustpoolCertificate[];
  /** Whether the text shows that it is the whole output. */
  readonly complete: boolean;
  readonly newRoot: Presence;
  readonly oldRoot: Presence;
};

type Root = { readonly name: string; readonly serial: string };
type Pool = { readonly output: CommandOutput; readonly records: readonly CertificateRecord[] };

/**
 * Null if the text is not the output of this command, or of two devices. Of several outputs of one device the last
 * counts.
 */
export function readTrustpool(text: string, { remediation }: Pick<Advisory, 'remediation'>): TrustpoolReading | null {
  const outputs = commandOutputs(text);
  const pools = outputs.map((output) => ({ output, records: recordsOf(output.lines) })).filter(isPool);
  const hosts = new Set(pools.flatMap(({ output }) => output.host ?? []));
  const pool = pools.at(-1);
  if (pool === undefined || hosts.size > 1) return null;
  const { records } = pool;
  const complete = outputs.length === 1 ? isWholeFile(pool) : isWholeOutput(pool);
  const presence = (root: Root): Presence => {
    if (records.some((record) => is(record, root))) return 'present';
    return complete && !records.some((record) => mayBe(record, root)) ? 'absent' : 'unknown';
  };
  return {
    certificates: records.flatMap(certificatesOf),
    complete,
    newRoot: presence(remediation.newRoot),
    oldRoot: presence(remediation.oldRoot),
  };
}

/** The hostname in the prompt of the output that counts; null if there is none. */
export function trustpoolHost(text: string): string | null {
  const outputs = commandOutputs(text);
  return outputs.findLast((output) => isPool({ output, records: recordsOf(output.lines) }))?.host ?? null;
}

/** What a text must be; for people whose text was refused. */
export function trustpoolWanted({ remediation }: Pick<Advisory, 'remediation'>): string {
  return `the output of "${remediation.verify}" of one device: enter "terminal length 0", then this command, and save all from the command line up to the next prompt`;
}

/** The next step for an operator after reading a trustpool, in one sentence. */
export function nextStep(
  { newRoot }: Pick<TrustpoolReading, 'newRoot'>,
  { remediation }: Pick<Advisory, 'remediation'>,
) {
  return {
    present: 'The new root is present. After a manual import, save it (wr mem). Then wait for a success message.',
    absent: 'The new root is missing. Import it, or upgrade:',
    unknown: `The output is incomplete, or does not show that it is complete. Get the complete output: terminal length 0, then ${remediation.verify}, without a filter; save all from the command line up to the next prompt.`,
  }[newRoot];
}

/** By the command, if there is one; else by what only the records of a pool have. */
function isPool({ output: { command, lines }, records }: Pool): boolean {
  if (isTyped(command))
    return isTrustpool(command) && (records.some(isNamed) || (isFiltered(command) && !lines.some(isError)));
  return records.some((record) => record.origin !== null && isNamed(record)) && !records.some(isListed);
}

function isTyped(command: string | null): command is string {
  return command !== null && command !== '';
}

/** `show crypto pki trustpool`, also abbreviated; `policy` prints no certificates. */
function isTrustpool(command: string): boolean {
  const [, word = '', rest = ''] = /^(?:do )?sho?w? cr[ypto]* (?:pki|ca) (trustpoo\w*)(.*)$/i.exec(command) ?? [];
  return word !== '' && 'trustpool'.startsWith(word.toLowerCase()) && !/^ p/i.test(rest);
}

function isFiltered(command: string): boolean {
  return command.includes('|');
}

function isError(line: string): boolean {
  return line.startsWith('%');
}

/** Whether the record is of `show crypto pki certificates`. The last record may be of a pool that was cut. */
function isListed({ header, labels, origin }: CertificateRecord, index: number, records: readonly unknown[]): boolean {
  if (origin !== null) return false;
  if (labels.has('storage') || (header !== null && !isCa(header))) return true;
  return labels.has('associated trustpoints') && index < records.length - 1;
}

/** The text is from the command line up to the next prompt. */
function isWholeOutput({ output: { command, ended, lines }, records }: Pool): boolean {
  if (!isTyped(command) || / trustpoo\w* ./i.test(command) || !ended || lines.some(isError)) return false;
  const named = records.some(({ labels }) => labels.has('trustpool'));
  return records.every((record) => isWhole(record) && (!named || record.origin !== null)) && !lines.some(isSnip);
}

/** A text without prompts, as programs save it: it begins with a whole record, and ends with one. */
function isWholeFile({ output: { lines, quit }, records }: Pool): boolean {
  if (quit || lines.some(isError) || lines.some(isSnip)) return false;
  return records.every((record) => isWhole(record) && /^(?:Built-In|Downloaded)$/i.test(record.origin ?? ''));
}

function isWhole({ header, labels, serial }: CertificateRecord): boolean {
  return header !== null && isCa(header) && serial !== null && labels.has('subject') && labels.has('end date');
}

function isCa(header: string): boolean {
  return /^CA Certificate$/i.test(header);
}

/** Where somebody has left lines out: `<<output snipped>>`, `...`. */
function isSnip(line: string): boolean {
  return !/[\p{L}\p{N}]/u.test(line) || /^[<[({.*-].*\b(?:snip|omit|trunc|removed|cut\b)/i.test(line);
}

function isNamed(record: CertificateRecord): boolean {
  return certificatesOf(record).length > 0;
}

function certificatesOf({ serial, subject, names, origin }: CertificateRecord): TrustpoolCertificate[] {
  if (serial !== null || subject !== null) return [{ serial, subject: subject ?? names.at(-1) ?? null, origin }];
  return [...new Set(names)].map((name) => ({ serial, subject: name, origin }));
}

/**
 * A serial number is unique for one issuer only, so it counts with the name; without a name, if it is long. A name
 * without a serial number counts if it is issuer and subject: a certificate of another issuer may bear the same name.
 */
function is({ serial, subject, names }: CertificateRecord, root: Root): boolean {
  if (serial === null) return names.some((name, index) => same(name, root.name) && same(names[index + 1], root.name));
  if (!sameSerial(serial, root)) return false;
  if (names.length === 0) return serial.length >= 16;
  return subject === null ? names.some((name) => same(name, root.name)) : same(subject, root.name);
}

/** The right serial number, but no subject: the record was cut or filtered. */
function mayBe({ serial, subject }: CertificateRecord, root: Root): boolean {
  return subject === null && serial !== null && sameSerial(serial, root);
}

function same(name: string | undefined, other: string): boolean {
  return name?.toLowerCase() === other.toLowerCase();
}

function sameSerial(serial: string, root: Root): boolean {
  const digits = (hex: string) => hex.toUpperCase().replace(/^0+/, '');
  return digits(serial) === digits(root.serial);
}
