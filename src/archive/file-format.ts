/** What a file is, by its first bytes: names lie, and stdin has none. */

/** Formats that are unpacked or decoded here. */
export type ReadFormat = 'gzip' | 'zstd' | 'brotli' | 'tar' | 'zip' | 'utf-16le' | 'utf-16be';

/** A format that is not read. `todo`: what a person does with such a file; FILE stands for its name. */
export type UnreadFormat = { readonly what: string; readonly todo: string };

type Row = { readonly magic: string; readonly at?: number; readonly format: ReadFormat | UnreadFormat };

const piped = (what: string, command: string): UnreadFormat => ({
  what,
  todo: `unpack it, for example: ${command} | quovadis-watch COMMAND -`,
});

/** `magic` in Latin-1. The numbers are those of file(1), and of the specification of each format. */
const ROWS: readonly Row[] = [
  { magic: '\x1f\x8b', format: 'gzip' },
  { magic: '\x28\xb5\x2f\xfd', format: 'zstd' },
  { magic: 'PK\x03\x04', format: 'zip' },
  { magic: 'PK\x05\x06', format: 'zip' },
  { magic: 'ustar', at: 257, format: 'tar' },
  { magic: '\xff\xfe', format: 'utf-16le' },
  { magic: '\xfe\xff', format: 'utf-16be' },
  { magic: '\xfd7zXZ\x00', format: piped('xz', 'xz -dc FILE') },
  { magic: 'BZh', format: piped('bzip2', 'bzip2 -dc FILE') },
  { magic: '7z\xbc\xaf\x27\x1c', format: piped('7z', '7z x -so FILE') },
  { magic: 'Rar!\x1a\x07', format: piped('rar', 'unrar p -inul FILE') },
  { magic: '\x04\x22\x4d\x18', format: piped('lz4', 'lz4 -dc FILE') },
  { magic: 'LZIP', format: piped('lzip', 'lzip -dc FILE') },
  { magic: '\x1f\x9d', format: piped('compress (.Z)', 'gzip -dc FILE') },
  {
    magic: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
    format: { what: 'a document of Office before 2007', todo: 'save it as text' },
  },
  { magic: '%PDF-', format: { what: 'PDF', todo: 'give the text that it was made of' } },
  { magic: 'SQLite format 3\x00', format: { what: 'SQLite', todo: 'a data directory is named with --data' } },
];

/** What to tell a person who has given a file of a format that is not read. `name`: of the file, `-` for stdin. `command`: that reads it. */
export function unreadText({ what, todo }: UnreadFormat, name: string, command = 'replay'): string {
  const [shown, file] = name === '-' ? ['stdin', 'FILE'] : [name, shellWord(name)];
  return `${shown} is ${what}, which is not read: ${todo.replace('FILE', () => file).replace('COMMAND', command)}`;
}

/** The name of a file as one word of a shell (POSIX 2.2), which no program takes for an option. */
function shellWord(name: string): string {
  const path = name.startsWith('-') ? `./${name}` : name;
  return /^[\p{L}\p{N}_@%+=:,./-]+$/u.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** So many bytes of a file tell its format. */
export const HEAD_BYTES = 262;

/** The format of a file that begins with these bytes; null: lines. `name` counts only for brotli, which has no magic number. */
export function formatOf(head: Buffer, name: string): ReadFormat | UnreadFormat | null {
  const found = ROWS.find(({ magic, at = 0 }) =>
    head.subarray(at, at + magic.length).equals(Buffer.from(magic, 'latin1')),
  );
  if (found !== undefined) return found.format;
  return /\.br$/i.test(name) ? 'brotli' : null;
}
