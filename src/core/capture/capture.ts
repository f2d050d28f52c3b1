/** Reads what a switch shows: the text of one file, of one or several devices and commands. */
import { limits } from '../model/limits.ts';
import type { TimeQuality } from '../model/message.ts';
import { FACTORY_NAME, isDefaultName } from '../model/names.ts';
import { shortened } from '../model/shortened.ts';
import { capturedText } from './captured-text.ts';
import { byDevice, conflict, type DeviceSections, type ReadSection } from './devices.ts';
import type { Capture, CaptureReading, Fact, NotUnderstood, Refused, Section, ShownTime, Statement } from './fact.ts';
import { otherConfiguration, otherSystem } from './layouts.ts';
import { readers } from './readers.ts';
import { type CaptureAdvisory, Reading, type ReadingContext, type Stated } from './reading.ts';
import { REMOVED, struck } from './secrets.ts';
import { type SectionText, sectionsOf } from './sections.ts';
import { type ShownLine, shownLines } from './terminal.ts';

export type { CaptureAdvisory } from './reading.ts';

/** Characters of the line of a fact. */
const LONGEST = 512;

/** A section with what its reader found in it. */
type Read = ReadSection & { readonly missed: readonly NotUnderstood[] };

/**
 * The captures of a text, one for each device, and the parts of which nothing is taken. Secrets are struck out before
 * anything is read. Bytes are UTF-8, UTF-16 or Latin-1. Never throws.
 */
export function readCapture(given: string | Uint8Array, advisory: CaptureAdvisory): CaptureReading {
  const decoded = capturedText(given);
  if (decoded.kind === 'refused') return { captures: [], refused: [decoded.refused] };
  const lines = withoutSecrets(shownLines(decoded.text));
  const sections = sectionsOf(lines, advisory);
  const quality = qualityOf(sections);
  const read = sections.map((section) => readSection(section, advisory, quality.get(section.host) ?? 'none'));
  const captures: Capture[] = [];
  const refused: Refused[] = [];
  const devices = byDevice(read).filter(({ sections: each }) => each.some(isOfUse));
  for (const device of devices) {
    const line = device.sections[0]?.section.line ?? 1;
    const system = systemOf(device.sections);
    const two = conflict(device.sections, device.name);
    const capture = captureOf(device);
    if (system !== null) refused.push(otherSystemAt(line, system));
    else if (two !== null) refused.push(twoDevices(line, two));
    else if (capture.device === null && devices.length > 1) refused.push(nobodys(line));
    else captures.push(capture);
  }
  if (captures.length === 0 && refused.length === 0) refused.push(noSection());
  return { captures, refused };
}

function withoutSecrets(lines: readonly ShownLine[]): ShownLine[] {
  const texts = struck(lines.map(({ text }) => text));
  return lines.map((line, index) => ({ ...line, text: texts[index] ?? REMOVED }));
}

/** By the name in the prompt: the worst mark of the device's clock in the times that it shows as its own. */
function qualityOf(sections: readonly SectionText[]): Map<string | null, TimeQuality> {
  const worst: readonly TimeQuality[] = ['unset', 'unsynchronized', 'synchronized'];
  const qualities = new Map<string | null, TimeQuality>();
  for (const { host, takenAt, kind, lines } of sections) {
    const marks = kind === 'clock' ? lines.map(({ text }) => markOf(text)) : [takenAt?.quality ?? null];
    for (const mark of marks.filter((each) => each !== null)) {
      const known = qualities.get(host);
      if (known === undefined || worst.indexOf(mark) < worst.indexOf(known)) qualities.set(host, mark);
    }
  }
  return qualities;
}

function markOf(text: string): TimeQuality | null {
  const [time, mark] = /^([*.]?)\d{1,2}:\d\d:\d\d/.exec(text.trim()) ?? [];
  if (time === undefined) return null;
  return mark === '*' ? 'unset' : mark === '.' ? 'unsynchronized' : 'synchronized';
}

function readSection(section: SectionText, advisory: CaptureAdvisory, quality: TimeQuality): Read {
  const context = { advisory, quality: section.takenAt?.quality ?? quality };
  const reading = readingOf(section, context);
  const logged = section.logged.map((line) => ({
    line,
    statement: { kind: 'logged', logged: line.text.trim() } as const,
  }));
  const named = (name: string | null) => (name === null || isNoName(name, advisory) ? null : name);
  const host = named(section.host);
  const names = [host, ...reading.stated.map(({ statement }) => named(hostnameIn(statement)))];
  return {
    section,
    stated: [...reading.stated, ...logged],
    missed: reading.notUnderstood,
    host,
    endedBy: named(section.endedBy),
    names: names.filter((name) => name !== null),
  };
}

function hostnameIn(statement: Statement): string | null {
  return statement.kind === 'hostname' ? statement.hostname : null;
}

function isNoName(name: string, { defaultNames }: CaptureAdvisory): boolean {
  return name === FACTORY_NAME || isDefaultName(name, defaultNames);
}

function readingOf(section: SectionText, context: ReadingContext): Reading {
  const refusal = section.command === null ? undefined : section.lines.find(({ text }) => REFUSAL.test(text.trim()));
  if (refusal !== undefined) {
    const reading = new Reading(context);
    reading.miss(refusal, 'the device has refused the command');
    return reading;
  }
  return section.kind === 'unknown' ? unread(section, context) : readers[section.kind](section, context);
}

/** What IOS and ASA answer to a command that they do not take. */
const REFUSAL =
  /^(?:% ?(?:Invalid|Incomplete|Ambiguous|Unrecognized|Unknown|Bad)\b|ERROR: % |% ?(?:Command )?authorization failed|Command authorization failed)/i;

/** Of another command only the command is named; of lines of no command, each line. */
function unread(
  { command, line, lines }: SectionText,
  context: { advisory: CaptureAdvisory; quality: TimeQuality },
): Reading {
  const reading = new Reading(context);
  if (command !== null) reading.miss({ line, text: command, quit: false }, 'the output of this command is not read');
  else
    for (const each of lines)
      if (each.text.trim() !== '') reading.miss(each, 'not the output of a command that is read');
  return reading;
}

function captureOf({ name, sections: device }: DeviceSections<Read>): Capture {
  const facts = device
    .flatMap(({ section, stated }) => stated.map((each) => factOf(section, each)))
    .sort((a, b) => a.line - b.line);
  const missed = device.flatMap((read) => read.missed).sort((a, b) => a.line - b.line);
  const beyond = Math.max(0, facts.length - limits.captureFacts);
  return {
    device: name ?? device.flatMap(({ names }) => names)[0] ?? null,
    takenAt: latest(device, facts),
    sections: device.filter(isShown).map(sectionOf),
    facts: facts.slice(0, limits.captureFacts),
    notUnderstood: missed
      .slice(0, limits.captureNotUnderstood)
      .map((each) => ({ ...each, text: shortened(each.text, LONGEST) })),
    notUnderstoodLines: missed.length + beyond,
  };
}

function factOf({ kind }: SectionText, { statement, line, assumed }: Stated): Fact {
  const fact = { ...statement, line: line.line, section: kind, text: shortened(line.text.trim(), LONGEST) };
  return assumed ? { ...fact, assumed } : fact;
}

/** Whether anything was read, or another system has shown itself. */
function isOfUse(read: Read): boolean {
  return read.section.kind !== 'unknown' || read.stated.length > 0 || systemOf([read]) !== null;
}

function isShown({ section }: Read): boolean {
  return section.kind !== 'unknown' || section.command !== null;
}

function sectionOf({ section }: Read): Section {
  const { kind, command, line, takenAt, ended, quit, lines } = section;
  const isWhole = !quit && (ended || (section.host === null && endsWell(lines)));
  return { kind, command, line, takenAt, truncated: !isWhole };
}

/** Without a prompt behind it, an output that does not end in the middle of a heading. */
function endsWell(lines: readonly ShownLine[]): boolean {
  const last = lines.findLast(({ text }) => text.trim() !== '');
  return last !== undefined && !/:$/.test(last.text.trim());
}

function latest(device: readonly Read[], facts: readonly Fact[]): ShownTime | null {
  const shown = device.flatMap(({ section }) => section.takenAt ?? []);
  const clocks = facts.flatMap((fact) => (fact.kind === 'clock' && fact.now !== null ? [fact.now] : []));
  return [...shown, ...clocks].reduce<ShownTime | null>(
    (last, time) => (last === null || time.local > last.local ? time : last),
    null,
  );
}

function twoDevices(line: number, which: string): Refused {
  const text = `The text shows two devices as one (${which}): give the output of each device with its prompts, or in a file of its own.`;
  return { why: 'two-devices', line, text };
}

/** Another system than is read, by its own words: its prompt, its version, its configuration, or where no command is known. */
function systemOf(sections: readonly Read[]): string | null {
  for (const { section } of sections) {
    const { kind, command, lines, byXr } = section;
    const isFree = kind === 'unknown' && command === null;
    const tests = [
      ...(isFree || kind === 'version' ? [otherSystem] : []),
      ...(isFree || kind === 'running-config' ? [otherConfiguration] : []),
    ];
    const systems = byXr ? ['Cisco IOS-XR'] : lines.flatMap(({ text }) => tests.flatMap((test) => test(text) ?? []));
    if (systems[0] !== undefined) return systems[0];
  }
  return null;
}

/** A part without a prompt, beside parts that have one. */
function nobodys(line: number): Refused {
  const text = `The part from line ${line} has no prompt and shows no name, beside the output of a device that has one: give it in a file of its own.`;
  return { why: 'two-devices', line, text };
}

function otherSystemAt(line: number, system: string): Refused {
  return { why: 'other-system', line, text: `The text is of ${system}: only IOS, IOS-XE and ASA are read.` };
}

function noSection(): Refused {
  const wanted =
    'the output of "show license all", "show crypto pki trustpool", "show version" and the like, with its command';
  return { why: 'no-section', line: 1, text: `The text has no output that is read. Give ${wanted}.` };
}
