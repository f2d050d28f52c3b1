/** The files of the console in memory, under a name that changes when any of them does. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { importedBy, webFiles } from './web-files.ts';

export type Coding = 'br' | 'gzip' | 'identity';
export type Asset = {
  readonly type: string;
  /** Compressed when it is asked for first, so that no start waits for it. */
  readonly body: (coding: Coding) => Promise<Buffer>;
};

export type Assets = {
  /** Of all files. */
  readonly hash: string;
  /** By its path without the hash: `main.js`. */
  readonly files: ReadonlyMap<string, Asset>;
  /** What the first view needs, in the order in which a browser would find it. */
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
};

export const MAIN_SCRIPT = 'main.js';

const [brotli, gzipped] = [promisify(brotliCompress), promisify(gzip)];
const BROTLI = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
};

export async function readAssets(): Promise<Assets> {
  const texts = await webFiles();
  const hash = createHash('sha256');
  for (const [path, text] of texts) hash.update(`${path}\0${text}\0`);
  return {
    hash: hash.digest('base64url').slice(0, 12),
    files: new Map([...texts].map(([path, text]) => [path, assetOf(path, text)])),
    scripts: importedBy(MAIN_SCRIPT, texts),
    styles: [...texts.keys()].filter((path) => path.endsWith('.css')),
  };
}

const compress: Readonly<Record<Coding, (text: Buffer) => Promise<Buffer>>> = {
  identity: async (text) => text,
  br: (text) => brotli(text, BROTLI),
  gzip: (text) => gzipped(text, { level: 9 }),
};

function assetOf(path: string, text: string): Asset {
  const type = path.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8';
  const made = new Map<Coding, Promise<Buffer>>();
  const body = (coding: Coding) => {
    const known = made.get(coding) ?? compress[coding](Buffer.from(text));
    made.set(coding, known);
    return known;
  };
  return { type, body };
}

/** The smallest body that an `Accept-Encoding` takes (RFC 9110 §12.5.3). */
export function codingFor(header: string | undefined): Coding {
  const accepted = new Map<string, number>();
  for (const part of (header ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((each) => each.trim());
    const quality = parameters.find((each) => each.startsWith('q='))?.slice(2);
    accepted.set(name, quality === undefined ? 1 : Number(quality) || 0);
  }
  const takes = (coding: Coding) => (accepted.get(coding) ?? accepted.get('*') ?? 0) > 0;
  return (['br', 'gzip'] as const).find(takes) ?? 'identity';
}
