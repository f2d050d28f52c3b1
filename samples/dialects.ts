/** `npm run dialects` writes docs/dialects.md from `samples/dialects` and `samples/framing`. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadAdvisory, shippedAdvisory } from '../src/config/advisory-file.ts';
import { StreamFramer } from '../src/core/frame/stream.ts';
import type { Frame } from '../src/core/model/message.ts';
import { ArchiveTime } from '../src/core/read/event-time.ts';
import { type ParsedLine, ParsedLineReader } from '../src/core/read/parsed-line.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Timestamps without a year are dated before this time; timestamps without a zone are UTC. */
const END = Date.parse('2022-03-02T00:00:00Z');

export type Dialect = {
  readonly name: string;
  readonly why: string;
  readonly thread: string | null;
  readonly lines: readonly DialectLine[];
};

export type DialectLine = {
  readonly line: string;
  readonly device: string | null;
  readonly counter: number | null;
  readonly sequence: number | null;
  readonly origin: string | null;
  readonly deviceTime: string | null;
  readonly timeQuality: string;
  readonly mnemonic: string | null;
  readonly outcome: string;
};

const advisory = await loadAdvisory(shippedAdvisory);

/** Each file of `samples/dialects`, with its lines as the program reads them. */
export function readDialects(): Dialect[] {
  return files('dialects', '.log').map((name) => {
    const reader = new ParsedLineReader(advisory, new ArchiveTime(END, () => 0));
    const read = (frame: Frame) => [...reader.read([frame]), ...reader.end()][0] as ParsedLine;
    const rows = readFileSync(here(`./dialects/${name}.log`), 'utf8')
      .split('\n')
      .filter(Boolean);
    const notes = rows.filter((row) => row.startsWith('# ')).map((row) => row.slice(2));
    const lines = rows
      .filter((row) => !row.startsWith('# '))
      .map((line) => {
        const { device, counter, sequence, origin, deviceTime, timeQuality, mnemonic, outcome } = read(frameOf(line));
        return { line, device, counter, sequence, origin, deviceTime, timeQuality, mnemonic, outcome };
      });
    const thread = notes.find((note) => note.startsWith('reported in '))?.slice('reported in '.length) ?? null;
    return { name, why: notes[0] ?? '', thread, lines };
  });
}

/** Each stream of `samples/framing`, with its records: how the end of each record was found, and the text of the record. */
export function readFramings(): { name: string; records: [framing: string, text: string][] }[] {
  return files('framing', '.stream').map((name) => {
    const framer = new StreamFramer();
    const records = [...framer.push(readFileSync(here(`./framing/${name}.stream`))), ...framer.end()];
    return {
      name,
      records: records.map(({ bytes, start, end, framing }) => [framing, bytes.toString('latin1', start, end)]),
    };
  });
}

/** The page that shows the line formats of switches and relays. */
export function dialectsPage(): string {
  const dialects = readDialects();
  return `${[
    '# Dialects',
    'Written by `npm run dialects` from [samples/dialects](../samples/dialects) and [samples/framing](../samples/framing).',
    'The headers that a switch or a relay may write before the message, and how each header is read. No setting is needed,',
    'and devices may differ. A counter, a zone, a day or a year is never read as a device name.',
    '',
    ...dialects.flatMap(section),
    '## Framings',
    '',
    'All framings work on the same stream port: the program detects the framing of each record.',
    '',
    '| sample | how the end of each record was found |',
    '| --- | --- |',
    ...readFramings().map(
      ({ name, records }) => `| ${name} | ${records.map(([framing]) => `\`${framing}\``).join(', ')} |`,
    ),
    '',
    '## Reported elsewhere',
    '',
    'Headers that other collectors misread, according to public reports. Each one has a sample here.',
    '',
    '| thread | dialect |',
    '| --- | --- |',
    ...dialects
      .filter(({ thread }) => thread !== null)
      .map(({ name, thread }) => `| ${thread} | [${name}](#${name}) |`),
  ].join('\n')}\n`;
}

function section({ name, why, thread, lines }: Dialect): string[] {
  return [
    `## ${name}`,
    '',
    `${why}${thread === null ? '' : ` Reported in ${thread}.`}`,
    '',
    '```text',
    ...lines.map(({ line }) => line),
    '```',
    '',
    '| device | counter | sequence | time of the device | quality of this time | outcome |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines.map(
      ({ device, counter, sequence, deviceTime, timeQuality, outcome }) =>
        `| ${device ?? '–'} | ${counter ?? '–'} | ${sequence ?? '–'} | ${deviceTime ?? '–'} | ${timeQuality} | ${outcome} |`,
    ),
    '',
  ];
}

function files(folder: string, ending: string): string[] {
  return readdirSync(here(`./${folder}`))
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort();
}

function frameOf(line: string): Frame {
  const bytes = Buffer.from(line);
  return { bytes, start: 0, end: bytes.length, peer: null, transport: 'file', receivedAt: END, truncated: false };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(here('../docs/dialects.md'), dialectsPage());
