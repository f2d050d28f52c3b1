/** An inventory as a file has it: text of any encoding that spreadsheets write, or a workbook of Excel. */
import { formatOf, HEAD_BYTES } from '../archive/file-format.ts';
import { type InventoryFile, invalid, inventoryOfRecords, readInventory } from './inventory-file.ts';
import { sheetRecords } from './inventory-sheet.ts';

/** `sheets`: those of a workbook that were not read. Throws `QVW_INVENTORY_INVALID`. */
export async function readInventoryBytes(
  bytes: Buffer,
): Promise<InventoryFile & { readonly sheets: readonly string[] }> {
  if (bytes.subarray(0, 4).toString('latin1') === 'PK\x03\x04') {
    const { records, others } = await sheetRecords(bytes);
    return { ...inventoryOfRecords(records), sheets: others };
  }
  const format = formatOf(bytes.subarray(0, HEAD_BYTES), '');
  if (format !== null && typeof format === 'object') throw invalid(`it is ${format.what}: save it as CSV or .xlsx`);
  if (format !== null && !format.startsWith('utf-16')) throw invalid(`it is packed (${format}): unpack it first`);
  const text = textOf(bytes);
  if (text.includes('\0')) throw invalid('it is no text: save it as CSV in UTF-8, or as .xlsx');
  // No line of headings begins so.
  return { ...readInventory(text, /^\s*[[{]/.test(text) ? 'json' : 'csv'), sheets: [] };
}

/** UTF-16 by its mark; else UTF-8; what is no UTF-8 was written in the code page of Western Europe (assumed), as Excel does. */
function textOf(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('latin1');
  if (mark === '\xff\xfe') return new TextDecoder('utf-16le').decode(bytes);
  if (mark === '\xfe\xff') return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
