/** The records of a list of certificates, as `show crypto pki trustpool` and `show crypto pki certificates` print it. */

export type CertificateRecord = {
  /** The line that begins the record; null if the text does not show its beginning. */
  readonly header: string | null;
  /** The labels of its values, in lower case: `issuer`, `end date`. */
  readonly labels: ReadonlySet<string>;
  /** Hexadecimal, as in the text. */
  readonly serial: string | null;
  /** The common names in the order of the text: of the issuer, then of the subject. */
  readonly names: readonly string[];
  /** The common name below the label `Subject`. */
  readonly subject: string | null;
  /** The word behind `Trustpool:`, as `Built-In`. */
  readonly origin: string | null;
};

type Line =
  | { readonly kind: 'header' | 'text'; readonly value: string }
  | { readonly kind: 'label' | 'attribute'; readonly key: string; readonly value: string };

const HEADER = /^(?:(?:CA|Subordinate CA|Router Self-Signed|RA Signature|RA KeyEncipher) )?Certificate$/i;
const LABEL =
  /^(Status|Version|Certificate Serial Number|Certificate Usage|Issuer|Subject|CRL Distribution Points?|Validity Date|start date|end date|Associated Trustpoints|Storage|Trustpool)(?: Name)?(?: \(hex\))?: ?(.*)$/i;
const ATTRIBUTE = /^([A-Za-z][\w.]*) ?= ?(.*)$/;

export function recordsOf(lines: readonly string[]): CertificateRecord[] {
  const records: OpenRecord[] = [];
  for (const text of lines) {
    const line = lineOf(text);
    const open = records.at(-1);
    if (open?.goesOnWith(line)) open.take(line);
    else records.push(new OpenRecord(line));
  }
  return records;
}

function lineOf(text: string): Line {
  if (HEADER.test(text)) return { kind: 'header', value: text };
  const [, label, value = ''] = LABEL.exec(text) ?? [];
  if (label !== undefined) return { kind: 'label', key: label.toLowerCase(), value };
  const [, attribute, of = ''] = ATTRIBUTE.exec(text) ?? [];
  if (attribute !== undefined) return { kind: 'attribute', key: attribute.toLowerCase(), value: of };
  return { kind: 'text', value: text };
}

class OpenRecord implements CertificateRecord {
  readonly header: string | null;
  readonly labels = new Set<string>();
  readonly names: string[] = [];
  serial: string | null = null;
  origin: string | null = null;
  /** The label above, and whether the line before is of a common name. */
  #section: string | null = null;
  #naming = false;
  #subjectAt: number | null = null;

  constructor(first: Line) {
    this.header = first.kind === 'header' ? first.value : null;
    this.take(first);
  }

  get subject(): string | null {
    return this.#subjectAt === null ? null : (this.names[this.#subjectAt] ?? null);
  }

  /** A record has a label once, and ends with `Trustpool`; `Storage` may follow. */
  goesOnWith(line: Line): boolean {
    if (line.kind === 'header') return false;
    if (line.kind === 'label' && this.labels.has(line.key)) return false;
    return !this.labels.has('trustpool') || (line.kind === 'label' && line.key === 'storage');
  }

  take(line: Line): void {
    if (line.kind === 'label') this.#label(line.key, line.value);
    else if (line.kind === 'attribute') this.#attribute(line.key, line.value);
    else if (this.#naming && line.kind === 'text') this.#wrapped(line.value);
  }

  #label(key: string, value: string): void {
    this.labels.add(key);
    this.#section = key;
    this.#naming = false;
    if (key === 'certificate serial number' && /^[0-9A-F]+$/i.test(value)) this.serial = value;
    if (key === 'trustpool' && value !== '') this.origin = value;
  }

  #attribute(key: string, value: string): void {
    this.#naming = key === 'cn' && value !== '';
    if (!this.#naming) return;
    this.names.push(value);
    if (this.#section === 'subject') this.#subjectAt = this.names.length - 1;
  }

  /** IOS puts what follows a comma in a name on a line of its own. */
  #wrapped(value: string): void {
    if (/^[\w ()-]+:(?: |$)/.test(value)) this.#naming = false;
    else this.names.push(`${this.names.pop()}, ${value}`);
  }
}
