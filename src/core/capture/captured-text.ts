/** The bytes of a file as text, or why they are none. */
import { limits } from '../model/limits.ts';
import type { Refused } from './fact.ts';

export type CapturedText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refused'; readonly refused: Refused };

/** How much of a file decides what it is. */
const SAMPLE = 65_536;

/** The first bytes of files that hold no text, and what they are. */
const MAGIC: readonly (readonly [bytes: readonly number[], name: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'a zip file'],
  [[0x1f, 0x8b], 'a gzip file'],
  [[0x42, 0x5a, 0x68], 'a bzip2 file'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'an xz file'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'a zstd file'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF file'],
  [[0x89, 0x50, 0x4e, 0x47], 'a PNG image'],
  [[0xff, 0xd8, 0xff], 'a JPEG image'],
  [[0x7f, 0x45, 0x4c, 0x46], 'a program'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'a Microsoft Office file'],
  [[0xd4, 0xc3, 0xb2, 0xa1], 'a packet capture'],
  [[0x0a, 0x0d, 0x0d, 0x0a], 'a packet capture'],
];

/** Text is UTF-8 or UTF-16, and else Latin-1 (Windows-1252), as terminal programs save it. */
export function capturedText(given: string | Uint8Array): CapturedText {
  if (given.length > limits.captureBytes) {
    const mib = Math.floor(limits.captureBytes / 1_048_576);
    return refused('too-large', `The text is longer than ${mib} MiB: split it, one file for each device.`);
  }
  if (typeof given === 'string') return checked(given);
  const magic = MAGIC.find(([bytes]) => bytes.every((byte, at) => given[at] === byte));
  if (magic !== undefined)
    return refused('binary', `This is ${magic[1]}, not the text of a terminal: unpack it, or save the output as text.`);
  return decoded(given);
}

function decoded(bytes: Uint8Array): CapturedText {
  if (
    (bytes[0] === 0xff && bytes[1] === 0xfe && bytes[2] === 0 && bytes[3] === 0) ||
    startsWith(bytes, [0, 0, 0xfe, 0xff])
  )
    return refused('encoding', 'The text is in UTF-32: save it as UTF-8.');
  const wide = utf16(bytes);
  if (wide !== null) return checked(new TextDecoder(wide).decode(bytes));
  try {
    return checked(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // Not UTF-8: every byte is a character of Windows-1252, and `checked` tells text from other bytes.
    return checked(new TextDecoder('windows-1252').decode(bytes));
  }
}

/** By its mark, or because every other byte is zero, as in UTF-16 of Latin letters. */
function utf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (startsWith(bytes, [0xff, 0xfe])) return 'utf-16le';
  if (startsWith(bytes, [0xfe, 0xff])) return 'utf-16be';
  const sample = bytes.subarray(0, SAMPLE);
  const zeros = [0, 0];
  for (const [at, byte] of sample.entries()) if (byte === 0) zeros[at & 1] = (zeros[at & 1] as number) + 1;
  const [even = 0, odd = 0] = zeros;
  const many = sample.length / 5;
  if (odd > many && even < odd / 20) return 'utf-16le';
  return even > many && odd < even / 20 ? 'utf-16be' : null;
}

function startsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, at) => bytes[at] === byte);
}

/** Text has few control characters beside those of a terminal; NUL, which telnet sends behind a carriage return, may be in it. */
function checked(text: string): CapturedText {
  if (text.trim() === '') return refused('empty', 'The text is empty.');
  const sample = text.slice(0, SAMPLE);
  const lost = sample.match(/\uFFFD/g)?.length ?? 0;
  if (lost > sample.length / 20) return refused('encoding', 'The text was read in a wrong encoding: save it as UTF-8.');
  const controls = sample.match(CONTROLS)?.length ?? 0;
  if (controls > sample.length / 100 + 1)
    return refused('binary', 'This is no text: save the output of the terminal as text.');
  return { kind: 'text', text };
}

/** Control characters that no terminal prints for a person: without NUL, bell, backspace, line ends, tab and escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS = /[\u0001-\u0006\u000E-\u001A\u001C-\u001F\u007F\u0080-\u0084\u0086-\u009A\u009C-\u009F]/g;

function refused(why: Refused['why'], text: string): CapturedText {
  return { kind: 'refused', refused: { why, line: 1, text } };
}
