/** Cuts a text into the outputs of commands: by prompts and commands, and by layout where there are none. */
import type { Advisory } from '../advisory/advisory.ts';
import { kindOf } from './commands.ts';
import type { SectionKind, ShownTime } from './fact.ts';
import { begins, CERTIFICATE_BEGINS, onceOf, XR_PROMPT } from './layouts.ts';
import { readClock } from './shown-time.ts';
import type { ShownLine } from './terminal.ts';
import { readTrustpool, type TrustpoolReading } from './trustpool.ts';
import { PROMPT, unfolded, withoutMarkup } from './trustpool-text.ts';

/** The output of one command. */
export type SectionText = {
  readonly kind: SectionKind;
  readonly command: string | null;
  /** The name in the prompt; null without one. */
  readonly host: string | null;
  /** The prompt is one of IOS-XR. */
  readonly byXr: boolean;
  readonly line: number;
  readonly takenAt: ShownTime | null;
  /** Without the load and time lines in front, and without messages of the log that were printed between. */
  readonly lines: readonly ShownLine[];
  /** Messages of the log that the terminal printed meanwhile. */
  readonly logged: readonly ShownLine[];
  /** A prompt of the same host follows, or another command of the same session. */
  readonly ended: boolean;
  /** The name in the prompt that ends an output without a prompt of its own; null if none does. */
  readonly endedBy: string | null;
  /** It ends at the pager's mark. */
  readonly quit: boolean;
  /** The trustpool in it, where that was read to find out what it is. */
  readonly pool?: TrustpoolReading;
};

type Open = {
  -readonly [K in keyof SectionText]: SectionText[K] extends readonly ShownLine[] ? ShownLine[] : SectionText[K];
};

/** A command that no prompt precedes, and what `show tech-support` and people put around it. */
const BARE_COMMAND = /^(?:([-=!*+]{2,}) ?|! ?|\S{0,64}[#>$%] ?)?((?:do )?(?:[Ss]how|sho?) [a-z].*)$/;
/** What is typed at a prompt is nothing, or begins with a word. */
const TYPED = /^$|^(?:do\s+)?[a-z?!]/i;
const LOAD = /^Load for five secs:/;
const TIME = /^(?:Time source is [^,]+|No time source), *[*.]?\d/;
/** A message of the log, with what a line of a terminal has in front of it. */
const MESSAGE = /^(?:\d+: )?(?:[*.]?\w{3} +\d{1,2} [^%]{0,60}: ?)?%[A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)*-[0-7]-[A-Z0-9_]+ ?:/;
/** A list of certificates as one line, as in FN72298. */
const FLATTENED = /\bCA Certificate Status:/i;
/** Shows the outputs of other commands. */
const COLLECTION = /\btech/i;

export function sectionsOf(lines: readonly ShownLine[], advisory: Pick<Advisory, 'remediation'>): SectionText[] {
  const cutter = new Cutter();
  for (const line of lines)
    for (const text of FLATTENED.test(line.text) ? unfolded(line.text) : [line.text]) cutter.take({ ...line, text });
  return cutter.sections.map((section) => {
    const pool = poolIn(section, advisory);
    return pool === null ? section : { ...section, kind: 'trustpool', pool };
  });
}

/** A list of certificates without its command may be a trustpool; null if it is none. */
function poolIn(section: SectionText, advisory: Pick<Advisory, 'remediation'>): TrustpoolReading | null {
  const mayBe = section.kind === 'certificates' && section.command === null;
  return mayBe ? readTrustpool(poolText(section), advisory) : null;
}

/** The section as the reader of trustpools takes it. */
export function poolText({ host, command, lines, ended, quit }: SectionText): string {
  const [prompt, behind] = host === null ? ['', ''] : [`${host}#`, ended ? `\n${host}#` : ''];
  const first = command === null ? '' : `${prompt}${command}\n`;
  return `${first}${lines.map(({ text }) => text).join('\n')}${quit ? '\n--More--' : ''}${behind}`;
}

class Cutter {
  readonly sections: Open[] = [];
  #host: string | null = null;
  #byXr = false;
  /** A section was read since the last prompt: a second one is by no command of it, so it may be of another device. */
  #answered = false;
  /** The line before is a prompt at which nothing was typed: some programs write the command below it. */
  #isIdle = false;
  /** What was typed; null where no command is known. */
  #command: string | null = null;
  #takenAt: ShownTime | null = null;
  #open: Open | null = null;
  /** A line of the open section was taken. */
  #begun = false;
  /** The open section has the line that its kind begins with: another one begins another output. */
  #headed = false;
  /** The lines of the open section that an output has once: a second one is of another output. */
  #once = new Set<string>();

  take(line: ShownLine): void {
    const { text } = line;
    const xr = XR_PROMPT.exec(text);
    const [, prompt, typed = ''] = xr ?? PROMPT.exec(text) ?? [];
    const host = hostOf(prompt ?? '');
    if (host !== '') this.#byXr = xr !== null;
    const [, decoration, bare] = BARE_COMMAND.exec(text) ?? [];
    const now = TIME.test(text) ? (readClock(text)?.now ?? null) : null;
    if (host !== '' && TYPED.test(typed)) this.#next(host, typed, line);
    else if (bare !== undefined) this.#next(decoration === undefined && !this.#isIdle ? null : this.#host, bare, line);
    else if (LOAD.test(text)) this.#load(line);
    else if (now !== null) this.#time(now);
    else if (MESSAGE.test(text) && this.#open?.kind !== 'logging') this.#message(line);
    else this.#line(line);
    if (text !== '') this.#isIdle = host !== '' && typed.trim() === '';
  }

  #next(host: string | null, typed: string, line: ShownLine): void {
    const last = this.#open;
    if (last !== null) {
      last.ended = !last.quit && (host === last.host || (last.host === null && host !== null));
      last.endedBy = last.host === null ? host : null;
    }
    this.#host = host;
    // Nothing was typed at this prompt: what follows is printed by no command of it.
    this.#answered = typed.trim() === '';
    this.#command = typed.trim() === '' ? null : withoutMarkup(typed);
    this.#takenAt = null;
    this.#open = null;
    const kind = this.#command === null ? null : kindOf(this.#command);
    if (kind !== null) this.#begin(kind, line);
    else if (this.#command !== null && /^(?:do )?sho?w? /i.test(this.#command) && !COLLECTION.test(this.#command))
      this.#begin('unknown', line);
  }

  /** The load is printed in front of an output, so the one before has ended. */
  #load(line: ShownLine): void {
    this.#takenAt = null;
    if (this.#begun || line.quit) this.#open = null;
  }

  #time(now: ShownTime): void {
    this.#takenAt = now;
    if (this.#begun) this.#open = null;
    else if (this.#open !== null) this.#open.takenAt = now;
  }

  #message(line: ShownLine): void {
    if (this.#open === null) this.#begin('unknown', line, null);
    this.#open?.logged.push(line);
  }

  #line(line: ShownLine): void {
    if (line.text === '' && this.#open === null) return;
    const kind = this.#layoutOf(line.text);
    const once = onceOf(line.text);
    const again = once !== null && this.#once.has(once) && this.#open !== null && this.#open.kind !== 'logging';
    // A note may stand between a command and the heading of its output.
    if (kind !== null && (this.#headed || this.#open?.kind !== kind)) this.#begin(kind, line, null);
    else if (again) this.#begin(this.#open?.kind ?? 'unknown', line, null);
    if (this.#open === null) this.#begin('unknown', line, null);
    const open = this.#open as Open | null;
    if (open === null) return;
    open.lines.push(line);
    if (once !== null) this.#once.add(once);
    this.#headed ||= kind === open.kind;
    open.quit = line.quit;
    this.#begun ||= line.text !== '';
  }

  #layoutOf(text: string): SectionKind | null {
    const open = this.#open?.kind ?? null;
    // The buffer of the log holds any text: a restart is told by the first lines of the version.
    if (open === 'logging' || (open === 'unknown' && this.#open?.command !== null)) return null;
    const kind = begins(text, open);
    if (kind !== null || !CERTIFICATE_BEGINS.test(text)) return kind;
    return open === null || !['trustpool', 'certificates', 'running-config'].includes(open) ? 'certificates' : null;
  }

  #begin(kind: SectionKind, { line }: ShownLine, command = this.#command): void {
    const last = this.#open;
    const host = this.#answered && kind !== 'unknown' ? null : this.#host;
    // Two outputs of one session: the first has ended where the second begins.
    if (last !== null && last.host === host) last.ended = !last.quit;
    this.#answered ||= kind !== 'unknown';
    const takenAt = this.#takenAt;
    this.#open = {
      kind,
      command,
      host,
      byXr: this.#byXr,
      line,
      takenAt,
      lines: [],
      logged: [],
      ended: false,
      endedBy: null,
      quit: false,
    };
    this.#begun = false;
    this.#headed = false;
    this.#once = new Set();
    this.sections.push(this.#open);
  }
}

/** The name in a prompt; without what ASA adds to it (`fw1/pri/act`). */
function hostOf(prompt: string): string {
  return prompt.replace(/\/(?:pri|sec)(?:\/(?:act|stby))?$/, '');
}
