/** `show crypto pki certificates`: the certificates of trustpoints. */
import { Reading, type SectionReader } from './reading.ts';
import { readTime } from './shown-time.ts';
import type { ShownLine } from './terminal.ts';

const HEADER = /^(?:(?:CA|Subordinate CA|Router Self-Signed|RA Signature|RA KeyEncipher) )?Certificate$/i;
const SERIAL = /^Certificate Serial Number(?: \(hex\))?:\s*([0-9A-Fa-f]+)$/i;
const TRUSTPOINTS = /^Associated Trustpoints?:\s*(.+)$/i;
const EXPIRES = /^end\s+date:\s*(.+)$/i;
const NAME = /^cn\s?=\s?(.+)$/i;
const GROUP = /^(Issuer|Subject)(?: Name)?:\s*(.*)$/i;
const LABEL = /^[A-Z][\w ()/-]*:/;

type Record = {
  at: ShownLine | null;
  serial: string;
  subject: string | null;
  issuer: string | null;
  expires: string | null;
  trustpoints: readonly string[];
  group: 'issuer' | 'subject' | null;
};

export const readCertificates: SectionReader = ({ lines }, context) => {
  const reading = new Reading(context);
  let record = empty();
  const end = () => {
    const { at, serial, subject, issuer, trustpoints } = record;
    const expires = record.expires === null ? null : readTime(record.expires, context.quality);
    if (at !== null) reading.state(at, { kind: 'certificate', serial, subject, issuer, expires, trustpoints });
    record = empty();
  };
  for (const line of lines) {
    const text = line.text.trim();
    if (HEADER.test(text)) end();
    else take(record, line, text);
  }
  end();
  return reading;
};

function empty(): Record {
  return { at: null, serial: '', subject: null, issuer: null, expires: null, trustpoints: [], group: null };
}

function take(record: Record, line: ShownLine, text: string): void {
  const [, serial] = SERIAL.exec(text) ?? [];
  const [, trustpoints] = TRUSTPOINTS.exec(text) ?? [];
  const [, expires] = EXPIRES.exec(text) ?? [];
  const [, group] = GROUP.exec(text) ?? [];
  const [, name] = NAME.exec(text) ?? [];
  if (serial !== undefined) [record.serial, record.at] = [serial.toUpperCase(), line];
  else if (trustpoints !== undefined) record.trustpoints = trustpoints.trim().split(/[\s,]+/);
  else if (expires !== undefined) record.expires = expires;
  else if (group !== undefined) record.group = /^i/i.test(group) ? 'issuer' : 'subject';
  else if (name !== undefined && record.group !== null) record[record.group] ??= name;
  else if (LABEL.test(text) && !/^(?:Name|Serial Number):/i.test(text)) record.group = null;
}
