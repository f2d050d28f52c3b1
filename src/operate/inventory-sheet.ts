/** The first sheet of a workbook of Excel (.xlsx, ECMA-376 part 1) as records. */
import { limits } from '../core/model/limits.ts';
import { type CsvRecord, invalid } from './inventory-file.ts';

/** `others`: the names of the sheets that were not read. Throws `QVW_INVENTORY_INVALID`. */
export async function sheetRecords(bytes: Buffer): Promise<{ records: CsvRecord[]; others: string[] }> {
  const parts = await partsOf(bytes);
  const workbook = parts.get('xl/workbook.xml');
  if (workbook === undefined) throw invalid('it is a zip, but no workbook of Excel: save it as .xlsx or CSV');
  const sheets = elements(workbook, 'sheet').map(({ attributes }) => attributes);
  const [first, ...others] = sheets;
  const targets = new Map(
    elements(parts.get('xl/_rels/workbook.xml.rels') ?? '', 'Relationship').map(({ attributes }) => [
      attributes.get('Id'),
      attributes.get('Target'),
    ]),
  );
  const target = targets.get(first?.get('r:id')) ?? 'worksheets/sheet1.xml';
  const sheet = parts.get(target.startsWith('/') ? target.slice(1) : `xl/${target}`);
  if (sheet === undefined) throw invalid('its workbook has no sheet: save it again as .xlsx, or as CSV');
  const shared = elements(parts.get('xl/sharedStrings.xml') ?? '', 'si').map(({ inner }) => textIn(inner));
  return { records: recordsOf(sheet, shared), others: others.map((other) => other.get('name') ?? '?') };
}

/** The parts of the zip in XML, unpacked. */
async function partsOf(bytes: Buffer): Promise<Map<string, string>> {
  const { fromBufferPromise } = await import('yauzl');
  const parts = new Map<string, string>();
  let size = 0;
  try {
    const zip = await fromBufferPromise(bytes, { lazyEntries: true, validateEntrySizes: true });
    for await (const entry of zip.eachEntry()) {
      if (!/^xl\/.*\.(?:xml|rels)$/.test(entry.fileName)) continue;
      size += entry.uncompressedSize;
      if (size > limits.inventoryFileBytes) throw new Error(`it has more than ${limits.inventoryFileBytes} bytes`);
      const chunks: Buffer[] = [];
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
      parts.set(entry.fileName, Buffer.concat(chunks).toString());
    }
  } catch (error) {
    throw invalid(`its zip is damaged, or too long: ${(error as Error).message}`);
  }
  return parts;
}

function recordsOf(sheet: string, shared: readonly string[]): CsvRecord[] {
  return elements(sheet, 'row').flatMap(({ attributes, inner }, index) => {
    const record: string[] = [];
    for (const cell of elements(inner, 'c')) {
      const place = placeOf(cell.attributes.get('r')) ?? record.length;
      if (place >= limits.inventoryColumns) throw invalid(`it has more than ${limits.inventoryColumns} headings`);
      while (record.length <= place) record.push('');
      record[place] = textOfCell(cell, shared).trim();
    }
    const line = Number(attributes.get('r') ?? index + 1);
    return record.some((value) => value !== '') ? [{ record, info: { lines: line } }] : [];
  });
}

/** `AB12` is 27: the column from 0. */
function placeOf(reference: string | undefined): number | null {
  const [letters] = /^[A-Z]+/.exec(reference ?? '') ?? [];
  return letters === undefined ? null : [...letters].reduce((sum, one) => sum * 26 + one.charCodeAt(0) - 64, 0) - 1;
}

/** The types of cells that have text: shared, inline, of a formula. A number is as it is stored. */
function textOfCell({ attributes, inner }: Element, shared: readonly string[]): string {
  const type = attributes.get('t');
  if (type === 'inlineStr') return textIn(inner);
  const [value] = elements(inner, 'v');
  const text = decoded(value?.inner ?? '');
  return type === 's' ? (shared[Number(text)] ?? '') : text;
}

/** All texts inside, as one: a cell with several fonts has several. Phonetic readings are left out. */
function textIn(inner: string): string {
  let plain = '';
  let at = 0;
  for (const { start, end } of elements(inner, 'rPh')) {
    plain += inner.slice(at, start);
    at = end;
  }
  return elements(plain + inner.slice(at), 't')
    .map((text) => decoded(text.inner))
    .join('');
}

/** `start` and `end`: where it is in the text. */
type Element = {
  readonly attributes: ReadonlyMap<string, string>;
  readonly inner: string;
  readonly start: number;
  readonly end: number;
};

/**
 * The elements of a name, which do not nest in these parts; a prefix of a namespace may stand before it. Each character is
 * looked at a few times at most: the first element without an end is refused, and no end is looked for twice.
 */
function elements(xml: string, name: string): Element[] {
  const opening = new RegExp(`<(?:\\w+:)?${name}((?:\\s[^<>]*)?)>|<(?:\\w+:)?${name}/>`, 'g');
  const closing = new RegExp(`</(?:\\w+:)?${name}>`, 'g');
  const found: Element[] = [];
  for (let open = opening.exec(xml); open !== null; open = opening.exec(xml)) {
    const [tag, attributes = ''] = open;
    const inside = opening.lastIndex;
    let [until, end] = [inside, inside];
    if (!tag.endsWith('/>')) {
      closing.lastIndex = inside;
      const close = closing.exec(xml);
      if (close === null) throw invalid(`its XML has <${name}> without an end: save it again as .xlsx, or as CSV`);
      [until, end] = [close.index, closing.lastIndex];
      opening.lastIndex = end;
    }
    found.push({ attributes: attributesOf(attributes), inner: xml.slice(inside, until), start: open.index, end });
  }
  return found;
}

/** A name is tried from its first character only, which keeps long ones linear. */
function attributesOf(text: string): ReadonlyMap<string, string> {
  const pairs = text.matchAll(/(?<![\w:])([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g);
  return new Map([...pairs].map(([, key = '', one, other]) => [key, decoded(one ?? other ?? '')]));
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decoded(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const isHalf = code >= 0xd800 && code <= 0xdfff;
    return code <= 0x10ffff && !isHalf ? String.fromCodePoint(code) : '\ufffd';
  });
}
