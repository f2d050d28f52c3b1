import { ApiError } from '../api.ts';
import { words } from '../words/later.ts';

/** What the service takes in one request, in bytes; a longer file is for the command line. */
export const LARGEST = 4 * 1024 * 1024;

/** What a spreadsheet has saved, as text. `isGuess`: it says of no encoding which one it is, and is not UTF-8. */
export type FileText = { readonly name: string; readonly text: string; readonly isGuess: boolean };

/** A file as it is. `shown`: as text; null: it is a workbook of Excel, which is none. */
export type FileBytes = {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly shown: FileText | null;
};

/** For what the service reads itself, in any encoding. Throws `ApiError`, as `textOfFile()` does. */
export async function bytesOfFile(file: File, tooLong: string): Promise<FileBytes> {
  const bytes = await bytesOf(file, tooLong);
  // `PK\3\4`: what is in a zip is no text.
  const isZip = [0x50, 0x4b, 3, 4].every((byte, at) => bytes[at] === byte);
  return { name: file.name, bytes, shown: isZip ? null : textIn(file.name, bytes) };
}

/**
 * By its byte order mark; else UTF-8, or if it is not that, the encoding of older spreadsheets in Western Europe. Throws `ApiError`
 * for a file that cannot be read, and for one that is too long: `tooLong` says then what to do.
 */
export async function textOfFile(file: File, tooLong: string): Promise<FileText> {
  return textIn(file.name, await bytesOf(file, tooLong));
}

function textIn(name: string, bytes: Uint8Array<ArrayBuffer>): FileText {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (mark === 0xfffe) return { name, text: new TextDecoder('utf-16le').decode(bytes), isGuess: false };
  if (mark === 0xfeff) return { name, text: new TextDecoder('utf-16be').decode(bytes), isGuess: false };
  try {
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), isGuess: false };
  } catch {
    return { name, text: new TextDecoder('windows-1252').decode(bytes), isGuess: true };
  }
}

async function bytesOf(file: File, tooLong: string): Promise<Uint8Array<ArrayBuffer>> {
  if (file.size > LARGEST) throw new ApiError(0, tooLong);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    // It was moved or changed since it was chosen, or is a folder.
    throw new ApiError(0, words.fileUnreadable);
  }
}
