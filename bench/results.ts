/** bench/RESULTS.md: one part for each section, so that one can be measured anew while the others keep theirs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { provenance } from './machine.ts';
import type { Findings, Section } from './section.ts';
import { table } from './table.ts';

const file = fileURLToPath(new URL('RESULTS.md', import.meta.url));

const HEAD = `# Head to head

\`npm run bench\` writes this file; \`npm run bench -- --only NAME\` measures one section anew and leaves the others as they
are. Programs that are compared ran in turns, in one run, on one machine; figures are medians. Read the ratios, the
figures are those of the machine. \`ours is\` is the rate of this program divided by the rate of the other program. The
other program is faster if it is below 1.`;

export function keep(sections: readonly Section[], { name }: Section, part: string): void {
  const parts = partsOf(read());
  parts.set(name, part);
  const kept = sections.map((section) => parts.get(section.name)).filter((text) => text !== undefined);
  writeFileSync(file, `${[HEAD, ...kept].join('\n\n')}\n`);
}

/** A section as it stands in the file. */
export function render({ name, title }: Section, { text, goals, versions }: Findings): string {
  const promised = goals.map(({ promise, measured, met }) => [promise, measured, met ? 'yes' : '**no**']);
  return [
    `<!-- section: ${name} -->`,
    `## ${title}`,
    provenance(versions),
    text,
    ...(promised.length === 0 ? [] : [table(['promised', 'measured', 'kept'], promised)]),
  ].join('\n\n');
}

function partsOf(text: string): Map<string, string> {
  const parts = text.split(/^(?=<!-- section: )/m).slice(1);
  return new Map(parts.map((part) => [/<!-- section: ([\w-]+) -->/.exec(part)?.[1] ?? '', part.trim()]));
}

function read(): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
