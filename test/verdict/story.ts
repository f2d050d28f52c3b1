/** Reads the stories of `samples/scenarios/verdict`; their form is explained in `test/verdict-stories.test.ts`. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Enrolled } from '../../src/core/correlate/enrol.ts';
import { type Column, columnOf, inventoryRow } from '../../src/core/model/inventory.ts';

const folder = fileURLToPath(new URL('../../samples/scenarios/verdict/', import.meta.url));

export type StoryLine = {
  readonly text: string;
  /** The sender, where the story names one. */
  readonly peer: string | null;
  /** The comment before the line ends with `#text-only`: the grammar is not expected to read its body. */
  readonly textOnly: boolean;
};

/** What one device is expected to be at the end. Null: the story says nothing about it. */
export type Expected = {
  readonly where: string;
  readonly device: string;
  readonly states: readonly string[];
  readonly severity: string | null;
  readonly diagnosis: string | null;
  readonly fleet: string | null;
  readonly page: boolean | null;
  readonly incidents: number | null;
  readonly endedBy: string | null;
  /** Whether no recovery can be seen. */
  readonly hidden: boolean | null;
};

export type Story = {
  readonly name: string;
  /** One of the examples of the specification. */
  readonly example: boolean;
  readonly rows: readonly Enrolled[];
  readonly lines: readonly StoryLine[];
  readonly expected: readonly Expected[];
  readonly devices: number | null;
};

type Draft = { -readonly [Key in keyof Story]: Story[Key] extends readonly (infer Item)[] ? Item[] : Story[Key] };

export function allStories(): Story[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));
  return files.sort().map((file) => storyOf(file, readFileSync(`${folder}${file}`, 'utf8')));
}

function storyOf(file: string, text: string): Story {
  const name = file.slice(0, -'.txt'.length);
  const story: Draft = { name, example: false, rows: [], lines: [], expected: [], devices: null };
  let comment = '';
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('#')) comment = line;
    else if (line.trim() !== '') readLine(story, line, `${name}:${index + 1}`, comment.endsWith(' #text-only'));
    if (!line.startsWith('#')) comment = '';
  }
  return story;
}

function readLine(story: Draft, line: string, where: string, textOnly: boolean): void {
  const [, peer, received] = /^(\S+ )?> (.*)$/.exec(line) ?? [];
  if (received !== undefined) {
    if (story.expected.length > 0) throw new Error(`${where}: a line after the expectations`);
    story.lines.push({ text: received, peer: peer?.trim() ?? null, textOnly });
    return;
  }
  const [word, ...rest] = line.trim().split(/\s+/);
  if (word === 'example' && rest.length === 0) story.example = true;
  else if (word === 'inventory') story.rows.push(rowOf(rest, where));
  else if (word === 'devices') story.devices = Number(rest[0]);
  else if (word === '=') story.expected.push(expectedOf(rest, where));
  else throw new Error(`${where}: unknown directive "${line}"`);
}

function rowOf([hostname, ...cells]: readonly string[], where: string): Enrolled {
  const named = cells.map((cell) => {
    const [heading = '', value = ''] = cell.split('=');
    const column = columnOf(heading);
    if (column === null) throw new Error(`${where}: there is no column ${heading}`);
    return [column, value] as const;
  });
  const row = inventoryRow(Object.fromEntries([['hostname', hostname], ...named]));
  if (typeof row === 'string') throw new Error(`${where}: ${row}`);
  return { row, columns: Object.keys(row) as Column[] };
}

const STATES = ['none', 'suspected', 'confirmed', 'recovering', 'resolved', 'stale', 'suppressed', 'closed'];

function expectedOf([device = '', state = '', ...rest]: readonly string[], where: string): Expected {
  const expected = {
    where,
    device,
    states: state.split('|'),
    severity: null as string | null,
    diagnosis: null as string | null,
    fleet: null as string | null,
    page: null as boolean | null,
    incidents: null as number | null,
    endedBy: null as string | null,
    hidden: null as boolean | null,
  };
  const unknown = expected.states.find((each) => !STATES.includes(each));
  if (unknown !== undefined) throw new Error(`${where}: ${unknown} is no state`);
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] as string;
    if (word === 'page' || word === 'no-page') expected.page = word === 'page';
    else if (word === 'hidden' || word === 'visible') expected.hidden = word === 'hidden';
    else if (word === 'diagnosis' || word === 'fleet' || word === 'endedBy') expected[word] = rest[++at] ?? null;
    else if (word === 'incidents') expected.incidents = Number(rest[++at]);
    else if (['warning', 'major', 'critical'].includes(word)) expected.severity = word;
    else throw new Error(`${where}: unknown word "${word}"`);
  }
  return expected;
}
