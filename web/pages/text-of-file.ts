/** What a spreadsheet has saved, as text. `isGuess`: it says of no encoding which one it is, and is not UTF-8. */
export type FileText = { readonly name: string; readonly text: string; readonly isGuess: boolean };

/** By its byte order mark; else UTF-8, or if it is not that, the encoding of older spreadsheets in Western Europe. */
export async function textOfFile(file: File): Promise<FileText> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { name } = file;
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (mark === 0xfffe) return { name, text: new TextDecoder('utf-16le').decode(bytes), isGuess: false };
  if (mark === 0xfeff) return { name, text: new TextDecoder('utf-16be').decode(bytes), isGuess: false };
  try {
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), isGuess: false };
  } catch {
    return { name, text: new TextDecoder('windows-1252').decode(bytes), isGuess: true };
  }
}
