/** The command blocks of README.md and docs/: those marked sh. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type Block = {
  readonly document: string;
  /** Of its first command. */
  readonly line: number;
  readonly text: string;
};

const documents: readonly string[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file))
    .sort(),
];

export const blocks: readonly Block[] = documents.flatMap((document) => {
  const page = readFileSync(join(ROOT, document), 'utf8');
  return [...page.matchAll(/^( *)```sh\n(.*?)^ *```$/gms)].map(({ index, 1: indent = '', 2: text = '' }) => ({
    document,
    line: page.slice(0, index).split('\n').length + 1,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
});

/** Fences of other shells would be commands that nobody runs. */
export const otherShells: readonly string[] = documents.flatMap((document) =>
  [...readFileSync(join(ROOT, document), 'utf8').matchAll(/^ *```(bash|shell|console|zsh|fish)$/gm)].map(
    ([, name]) => `${document}: ${name}`,
  ),
);
