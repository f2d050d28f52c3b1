/** What the readers of sections are given, and what they give. */
import type { Advisory } from '../advisory/advisory.ts';
import type { TimeQuality } from '../model/message.ts';
import type { NotUnderstood, ShownTime, Statement } from './fact.ts';
import type { SectionText } from './sections.ts';
import { readTime } from './shown-time.ts';
import type { ShownLine } from './terminal.ts';

/** The parts of an advisory that say whose a server is, which roots matter, and which names identify no device. */
export type CaptureAdvisory = Pick<Advisory, 'hosts' | 'remediation' | 'defaultNames'>;

/** A statement with the line that states it. */
export type Stated = { readonly statement: Statement; readonly line: ShownLine; readonly assumed?: true };

export type SectionReader = (section: SectionText, context: ReadingContext) => Reading;

export type ReadingContext = {
  readonly advisory: CaptureAdvisory;
  /** Of the device's clock, for times without a mark of their own. */
  readonly quality: TimeQuality;
};

/** Collects what a reader finds. */
export class Reading {
  readonly stated: Stated[] = [];
  readonly notUnderstood: NotUnderstood[] = [];
  readonly #context: ReadingContext;

  constructor(context: ReadingContext) {
    this.#context = context;
  }

  get advisory(): CaptureAdvisory {
    return this.#context.advisory;
  }

  state(line: ShownLine, statement: Statement | null): void {
    if (statement !== null) this.stated.push({ statement, line });
  }

  /** Of a form that no public output shows. */
  assume(line: ShownLine, statement: Statement): void {
    this.stated.push({ statement, line, assumed: true });
  }

  /** All that was stated since there were `count` statements is of a form that no public output shows. */
  assumeFrom(count: number): void {
    for (const [index, stated] of this.stated.entries())
      if (index >= count) this.stated[index] = { ...stated, assumed: true };
  }

  /** `why`: what the reader had expected. */
  miss({ line, text }: ShownLine, why: string): void {
    this.notUnderstood.push({ line, text: text.trim(), why });
  }

  /** A time in a value; null, and named as not understood, for a text that is no time. */
  time(line: ShownLine, text: string): ShownTime | null {
    const time = readTime(text, this.#context.quality);
    if (time === null) this.miss(line, 'no time that is understood');
    return time;
  }
}

/** What a device prints where there is no value. */
export function isNothing(value: string): boolean {
  return /^(?:<(?:none|empty)>|none|not configured|n\/a|never|-)?$/i.test(value.trim());
}
