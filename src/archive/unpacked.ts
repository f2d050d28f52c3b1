/** Unpacks what is packed, as often as it is packed: a .gz, a tar of .gz, a zip. Nothing is kept in memory but a block. */
import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import { OperatingError } from '../errors.ts';
import { formatOf, HEAD_BYTES, type ReadFormat, unreadText } from './file-format.ts';

export type Chunks = AsyncIterable<Buffer>;

const BLOCK_BYTES = 1024 * 1024;
/** Packed in packed, so often: more is no log. */
const MOST_LAYERS = 4;

/** `QVW_FILE_UNREADABLE` for a format that is not read, and for a zip that is no file by itself. `name`: for that error. */
export async function* unpackedLines(chunks: Chunks, name: string, layer = 0): AsyncGenerator<Buffer> {
  const { head, all } = await peeked(chunks);
  const format = formatOf(head, layer === 0 ? name : '');
  if (format === null) yield* all;
  else if (typeof format === 'object') throw new OperatingError('QVW_FILE_UNREADABLE', unreadText(format, name));
  else if (layer === MOST_LAYERS) throw refused(name, `is packed more than ${MOST_LAYERS} times: unpack it`);
  else yield* UNPACKERS[format](all, name, layer + 1);
}

/** The lines of a zip, whose directory is at its end: it has to be a file. `read`: called with the stored bytes of each entry. */
export async function* zipLines(file: string, read: (bytes: number) => void): AsyncGenerator<Buffer> {
  const { openPromise } = await import('yauzl');
  const zip = await openPromise(file, { lazyEntries: true, autoClose: false, validateEntrySizes: true });
  try {
    for await (const entry of zip.eachEntry()) {
      if (/\/$|^__MACOSX\//.test(entry.fileName)) continue;
      yield* withLineEnd(unpackedLines(await zip.openReadStreamPromise(entry), `${file}:${entry.fileName}`, 1));
      read(entry.compressedSize);
    }
  } finally {
    zip.close();
  }
}

type Unpacker = (chunks: Chunks, name: string, layer: number) => AsyncGenerator<Buffer>;

const UNPACKERS: Record<ReadFormat, Unpacker> = {
  gzip: (chunks, name, layer) => unpackedLines(through(chunks, createGunzip({ chunkSize: BLOCK_BYTES })), name, layer),
  zstd: (chunks, name, layer) =>
    unpackedLines(through(chunks, createZstdDecompress({ chunkSize: BLOCK_BYTES })), name, layer),
  brotli: (chunks, name, layer) =>
    unpackedLines(through(chunks, createBrotliDecompress({ chunkSize: BLOCK_BYTES })), name, layer),
  tar: async function* (chunks, name, layer) {
    for await (const { path, bytes } of tarFiles(chunks))
      yield* withLineEnd(unpackedLines(bytes, `${name}:${path}`, layer));
  },
  // biome-ignore lint/correctness/useYield: the directory of a zip is at its end, which a stream reaches last.
  zip: async function* (_, name) {
    throw refused(name === '-' ? 'stdin' : name, 'is a zip in a stream: save it as a file, and give that');
  },
  'utf-16le': (chunks) => decoded(chunks, 'utf-16le'),
  'utf-16be': (chunks) => decoded(chunks, 'utf-16be'),
};

/** The first bytes, and all of them. */
async function peeked(chunks: Chunks): Promise<{ head: Buffer; all: Chunks }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let bytes = 0;
  while (bytes < HEAD_BYTES) {
    const { done = false, value } = await iterator.next();
    if (done) break;
    first.push(value);
    bytes += value.length;
  }
  const all = (async function* () {
    try {
      yield* first;
      for (;;) {
        const { done = false, value } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  })();
  return { head: Buffer.concat(first).subarray(0, HEAD_BYTES), all };
}

function through(chunks: Chunks, unpack: NodeJS.ReadWriteStream): Chunks {
  // An error of one stream ends all of them: whoever reads the last one gets it.
  return pipeline(Readable.from(chunks), unpack, () => {}) as unknown as Chunks;
}

async function* decoded(chunks: Chunks, encoding: 'utf-16le' | 'utf-16be'): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

/** The last line of a file may have no end: the first one of the next file does not continue it. */
async function* withLineEnd(chunks: Chunks): AsyncGenerator<Buffer> {
  let last = 0x0a;
  for await (const chunk of chunks) {
    last = chunk.at(-1) ?? last;
    yield chunk;
  }
  if (last !== 0x0a) yield Buffer.from('\n');
}

type TarFile = { readonly path: string; readonly parts: Buffer[]; ended: boolean };

/** The files of a tar, in their order; folders, links and devices are left out. */
async function* tarFiles(chunks: Chunks): AsyncGenerator<{ path: string; bytes: Chunks }> {
  const { Parser } = await import('tar');
  const found: TarFile[] = [];
  const failed: Error[] = [];
  const parser = new Parser({
    onReadEntry: (entry) => {
      const file: TarFile = { path: entry.path, parts: [], ended: false };
      const isFile = entry.type === 'File' || entry.type === 'OldFile' || entry.type === 'ContiguousFile';
      if (isFile) found.push(file);
      entry.on('data', (part: Buffer) => isFile && file.parts.push(part));
      entry.on('end', () => {
        file.ended = true;
      });
    },
    strict: true,
  });
  parser.on('error', (error: Error) => failed.push(error));
  const input = chunks[Symbol.asyncIterator]();
  /** Reads one more block; false at the end. */
  const more = async (): Promise<boolean> => {
    const { done = false, value } = await input.next();
    if (done) parser.end();
    else parser.write(value);
    if (failed[0] !== undefined) throw failed[0];
    return !done;
  };
  const bytesOf = async function* (file: TarFile): AsyncGenerator<Buffer> {
    do yield* file.parts.splice(0);
    while (!file.ended && (await more()));
    yield* file.parts.splice(0);
  };
  try {
    do {
      for (let file = found.shift(); file !== undefined; file = found.shift())
        yield { path: file.path, bytes: bytesOf(file) };
    } while (await more());
  } finally {
    await input.return?.();
  }
}

function refused(name: string, what: string): OperatingError {
  return new OperatingError('QVW_FILE_UNREADABLE', `${name === '-' ? 'stdin' : name} ${what}`);
}
