/** The texts in files that people name: a file, a folder, an archive (.zip, .tar, .tar.gz), or the output of Ansible as JSON. */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { headOf } from '../archive/archive-files.ts';
import { formatOf, unreadText } from '../archive/file-format.ts';
import { readBounded } from '../config/read-file.ts';
import { limits } from '../core/model/limits.ts';
import { OperatingError, unreadable } from '../errors.ts';
import { ansibleTexts } from '../operate/ansible-output.ts';
import type { CaptureHints } from '../operate/capture-device.ts';

/** `file`: its path, with the path in an archive behind a colon. */
export type CaptureText = CaptureHints & { readonly file: string; readonly text: string | Buffer };
/** `why`: what is wrong with the file, and what to do. */
export type CaptureProblem = { readonly file: string; readonly why: string };

type Entry = { readonly name: string; readonly bytes: Buffer } | { readonly name: string; readonly tooLong: true };

/** Throws `QVW_FILE_UNREADABLE` for a file that cannot be read, and for an archive that is damaged or beyond its bounds. */
export async function* captureTexts(named: readonly string[]): AsyncGenerator<CaptureText | CaptureProblem> {
  for (const file of named) {
    try {
      if (file === '-') yield* textsOf({ name: '-', bytes: readBounded(0, limits.captureBytes) }, '-');
      else if (statSync(file).isDirectory()) yield* textsInFolder(file);
      else yield* textsInFile(file);
    } catch (error) {
      throw error instanceof OperatingError ? error : unreadable(file, error);
    }
  }
}

/** In the order of their names. Hidden files and folders, as `.git` of Oxidized, have no captures. */
async function* textsInFolder(folder: string): AsyncGenerator<CaptureText | CaptureProblem> {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* textsInFolder(path);
    else if (entry.isFile()) yield* textsInFile(path);
  }
}

async function* textsInFile(file: string): AsyncGenerator<CaptureText | CaptureProblem> {
  // A pipe can be read only once.
  const format = statSync(file).isFile() ? formatOf(headOf(file), file) : null;
  if (format !== null && typeof format === 'object') yield { file, why: unreadText(format, file, 'capture') };
  else if (format === 'zip') yield* textsInArchive(file, zipEntries(file));
  else if (format === 'tar' || (format === 'gzip' && isPackedTar(file)))
    yield* textsInArchive(file, tarEntries(file, format));
  else yield* textsOf(entryOfFile(file, format === 'gzip'), file);
}

/** Whether what is packed begins as a tar does. */
function isPackedTar(file: string): boolean {
  // The end of the unpacked bytes is missing, which is no fault of the file.
  const head = gunzipSync(headOf(file, 4096), { finishFlush: constants.Z_SYNC_FLUSH });
  return formatOf(head, '') === 'tar';
}

function entryOfFile(file: string, isPacked: boolean): Entry {
  if (isPacked) {
    const [packed, name] = [readBounded(file, limits.captureBytes), file.replace(/\.gz$/i, '')];
    try {
      return { name, bytes: gunzipSync(packed, { maxOutputLength: limits.captureBytes }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
      return { name, tooLong: true };
    }
  }
  if (statSync(file).isFile() && statSync(file).size > limits.captureBytes) return { name: file, tooLong: true };
  return { name: file, bytes: readBounded(file, limits.captureBytes) };
}

async function* textsInArchive(
  archive: string,
  entries: AsyncIterable<Entry>,
): AsyncGenerator<CaptureText | CaptureProblem> {
  let [files, bytes] = [0, 0];
  for await (const entry of entries) {
    if (++files > limits.captureFiles)
      throw new OperatingError('QVW_FILE_UNREADABLE', `${archive}: more than ${limits.captureFiles} files: split it`);
    bytes += 'bytes' in entry ? entry.bytes.length : 0;
    requireBound(archive, bytes);
    yield* textsOf(entry, `${archive}:${entry.name}`);
  }
}

function requireBound(archive: string, bytes: number): void {
  if (bytes <= limits.captureArchiveBytes) return;
  const most = `${limits.captureArchiveBytes} bytes when unpacked`;
  throw new OperatingError('QVW_FILE_UNREADABLE', `${archive}: more than ${most}: split it`);
}

function* textsOf(entry: Entry, file: string): Generator<CaptureText | CaptureProblem> {
  const fileOf = basename(entry.name).replace(/\.(?:txt|log|cfg|conf|out|json)$/i, '');
  if ('tooLong' in entry) {
    yield {
      file,
      why: `longer than ${limits.captureBytes} bytes: give the output of each device in a file of its own`,
    };
    return;
  }
  const results = ansibleTexts(entry.bytes);
  if (results === null) yield { file, fileOf, text: entry.bytes };
  else
    for (const { host, text } of results) yield { file, ...(host === null ? { fileOf } : { reachedAs: host }), text };
}

/** Only the files; links and devices are left out. A file that is too long is not kept. */
async function* tarEntries(file: string, format: 'tar' | 'gzip'): AsyncGenerator<Entry> {
  const { Parser } = await import('tar');
  const found: Entry[] = [];
  let failed: Error | null = null;
  const parser = new Parser({
    onReadEntry: (entry) => {
      const parts: Buffer[] = [];
      const isFile = entry.type === 'File' || entry.type === 'OldFile' || entry.type === 'ContiguousFile';
      const isKept = isFile && !isHidden(entry.path);
      let size = 0;
      entry.on('data', (part: Buffer) => {
        size += part.length;
        if (isKept && size <= limits.captureBytes) parts.push(part);
      });
      entry.on('end', () => {
        if (!isKept) return;
        const name = entry.path;
        found.push(size > limits.captureBytes ? { name, tooLong: true } : { name, bytes: Buffer.concat(parts) });
      });
    },
    onwarn: (_code, message) => {
      failed ??= new Error(message);
    },
    strict: true,
  });
  parser.on('error', (error: Error) => {
    failed ??= error;
  });
  const stream = format === 'tar' ? createReadStream(file) : createReadStream(file).pipe(createGunzip());
  let unpacked = 0;
  for await (const part of stream) {
    // Also what is not kept takes time to unpack.
    unpacked += part.length;
    requireBound(file, unpacked);
    parser.write(part);
    yield* found.splice(0);
    if (failed !== null) throw failed;
  }
  parser.end();
  yield* found.splice(0);
  if (failed !== null) throw failed;
}

async function* zipEntries(file: string): AsyncGenerator<Entry> {
  const { openPromise } = await import('yauzl');
  const zip = await openPromise(file, { lazyEntries: true, autoClose: false, validateEntrySizes: true });
  try {
    for await (const entry of zip.eachEntry()) {
      const { fileName: name, uncompressedSize } = entry;
      if (name.endsWith('/') || isHidden(name)) continue;
      if (uncompressedSize > limits.captureBytes) {
        yield { name, tooLong: true };
        continue;
      }
      const parts: Buffer[] = [];
      for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part as Buffer);
      yield { name, bytes: Buffer.concat(parts) };
    }
  } finally {
    zip.close();
  }
}

function isHidden(path: string): boolean {
  return path.split('/').some((part) => /^\.[^./]|^__MACOSX$/.test(part));
}
