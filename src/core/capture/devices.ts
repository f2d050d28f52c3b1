/** Which sections are of one device, and whether they can be. */
import { isSameHost } from '../model/names.ts';
import type { SectionKind } from './fact.ts';
import type { Stated } from './reading.ts';
import type { SectionText } from './sections.ts';

export type ReadSection = {
  readonly section: SectionText;
  readonly stated: readonly Stated[];
  /** The name in the prompt; null without one that identifies a device. */
  readonly host: string | null;
  /** The same of the prompt behind it (`SectionText.endedBy`). */
  readonly endedBy: string | null;
  /** The names of devices that it shows, with that of its prompt. */
  readonly names: readonly string[];
};

export type DeviceSections<S extends ReadSection> = {
  /** By its prompts; null without one. */
  readonly name: string | null;
  readonly sections: readonly S[];
};

/**
 * The sections of each name in the prompts. Those without a prompt are of the one name there is if they show that they
 * are: by a serial number or a name, or because nothing but its prompt follows them.
 */
export function byDevice<S extends ReadSection>(sections: readonly S[]): DeviceSections<S>[] {
  const hosts = new Map<string, { name: string; sections: S[] }>();
  const nameless: S[] = [];
  for (const read of sections) {
    const { host } = read;
    if (host === null) nameless.push(read);
    else {
      const known = hosts.get(host.toLowerCase()) ?? { name: host, sections: [] };
      hosts.set(host.toLowerCase(), known);
      known.sections.push(read);
    }
  }
  if (nameless.length === 0) return [...hosts.values()];
  const [first, ...others] = hosts.values();
  if (first === undefined) return [{ name: promptBehind(nameless), sections: nameless }];
  if (others.length === 0 && areLinked(nameless, first.sections))
    return [{ name: first.name, sections: [...nameless, ...first.sections] }];
  return [{ name: null, sections: nameless }, ...hosts.values()];
}

/** The name in the prompt behind the one output of a text, which a program has saved without its command. */
function promptBehind(sections: readonly ReadSection[]): string | null {
  const names = new Set(sections.flatMap(({ endedBy }) => endedBy ?? []));
  const shown = sections.filter(({ section }) => section.kind !== 'unknown');
  const [name, another] = names;
  return shown.length === 1 && another === undefined && shown[0]?.endedBy === name ? (name ?? null) : null;
}

function areLinked(some: readonly ReadSection[], others: readonly ReadSection[]): boolean {
  const serials = new Set(others.flatMap(({ stated }) => [...serialsOf(stated)]));
  const names = others.flatMap((read) => read.names);
  const isKnown = (read: ReadSection) =>
    [...serialsOf(read.stated)].some((serial) => serials.has(serial)) ||
    read.names.some((name) => names.some((other) => isSame(name, other)));
  return some.some(isKnown) && conflict([...some, ...others]) === null;
}

/** Why sections cannot be of one device, in words; null if they can. `prompt`: the name in its prompts, if there is one. */
export function conflict(sections: readonly ReadSection[], prompt: string | null = null): string | null {
  const names = [...(prompt === null ? [] : [prompt]), ...sections.flatMap((read) => read.names)];
  const [name] = names;
  const other = names.find((each) => name !== undefined && !isSame(name, each));
  if (other !== undefined) return `names "${name}" and "${other}"`;
  const groups = sections.flatMap(({ stated }) => unitGroups(stated));
  const [first, ...rest] = joined(groups);
  const second = rest[0];
  if (first !== undefined && second !== undefined) return `serial numbers ${[...first][0]} and ${[...second][0]}`;
  const twice = sections.find((read, index) => isAgain(read, sections.slice(0, index)));
  return twice === undefined
    ? null
    : `the output of "${nameOf(twice.section.kind)}" twice, and no serial number in both`;
}

/** Outputs that a device prints once. */
const ONCE: ReadonlySet<SectionKind> = new Set([
  ...(['license-all', 'license-status', 'license-summary', 'license-tech', 'license-udi', 'version'] as const),
]);

/**
 * An output of a kind that was there before, without its command or without a prompt: of the same device only if a serial
 * number says so.
 */
function isAgain({ section, stated, host }: ReadSection, before: readonly ReadSection[]): boolean {
  if ((section.command !== null && host !== null) || !ONCE.has(section.kind)) return false;
  const serials = serialsOf(stated);
  const former = before.filter((read) => read.section.kind === section.kind);
  return former.length > 0 && !former.some((read) => [...serialsOf(read.stated)].some((serial) => serials.has(serial)));
}

function nameOf(kind: SectionKind): string {
  return `show ${kind.replace('-', ' ')}`;
}

/** IOS cuts a long name in its prompt. */
function isSame(name: string, other: string): boolean {
  const [one, two] = [name.toLowerCase(), other.toLowerCase()];
  return isSameHost(one, two) || (one.length >= 20 && two.startsWith(one)) || (two.length >= 20 && one.startsWith(two));
}

function serialsOf(stated: readonly Stated[]): Set<string> {
  return new Set(stated.flatMap(({ statement }) => (statement.kind === 'serial' ? [statement.serial] : [])));
}

/**
 * The serial numbers of a section that belong together: a device's own begins a group, and those of the units of its stack
 * follow. The number of a processor board, and the one in ASA's `show version`, may be another one than the chassis has, so they
 * are in no group.
 */
function unitGroups(stated: readonly Stated[]): Set<string>[] {
  const groups: Set<string>[] = [];
  for (const { statement, line } of stated) {
    if (statement.kind !== 'serial') continue;
    const isBoard = /^\s*(?:!\s?)?(?:Processor (?:board )?ID|Serial Number:)/i.test(line.text);
    const isOwn = statement.unit === null || statement.unit === 'chassis';
    const isBeginning = isOwn && !isBoard && /^\s*(?:UDI:|PID:)/i.test(line.text);
    if (isBeginning && !(groups.at(-1)?.has(statement.serial) ?? false)) groups.push(new Set());
    else if (groups.length === 0 && !isBoard) groups.push(new Set());
    if (!isBoard) groups.at(-1)?.add(statement.serial);
  }
  return groups;
}

/** Groups with a common member are one. */
function joined(groups: readonly ReadonlySet<string>[]): Set<string>[] {
  const whole: Set<string>[] = [];
  for (const group of groups) {
    const near = whole.filter((other) => [...group].some((serial) => other.has(serial)));
    for (const other of near) whole.splice(whole.indexOf(other), 1);
    whole.push(new Set([group, ...near].flatMap((each) => [...each])));
  }
  return whole;
}
