/** The lines of `show logging` in a capture, by the one reader of lines: messages and restarts that can be folded. */
import type { Advisory } from '../advisory/advisory.ts';
import type { UnusedLines, UnusedReason } from '../capture/evidence.ts';
import type { Fact } from '../capture/fact.ts';
import { limits } from '../model/limits.ts';
import type { Frame } from '../model/message.ts';
import type { Observation } from '../model/observation.ts';
import type { CaptureClock } from './capture-time.ts';
import type { Timekeeper } from './event-time.ts';
import { Interpreter } from './interpret.ts';
import { LineReader, type ReadMessage } from './reader.ts';
import type { ReadRestart } from './restarts.ts';

export type ShownLines = {
  /** In the order of the text; the newest `limits.captureLines`. */
  readonly observations: readonly Observation[];
  /** Messages that are not folded: their time is not certain, or there are more newer ones. */
  readonly unused: readonly UnusedLines[];
};

const none: ShownLines = { observations: [], unused: [] };

/** Reads the facts `logged`. Other lines of the log are none that are read; they are not counted. */
export function linesOfCapture(facts: readonly Fact[], clock: CaptureClock, advisory: Advisory): ShownLines {
  const logged = facts.flatMap((fact) => (fact.kind === 'logged' ? fact.logged : []));
  const { at } = clock;
  if (logged.length === 0 || at === null) return none;
  const [observations, interpreter] = [[] as Observation[], new Interpreter(advisory, true)];
  const unused = new Map<UnusedReason, number>();
  const take = ({ timing, envelope }: ReadMessage | ReadRestart, observation: Observation) => {
    const instant = clock.instantOfStamp(envelope.stamp);
    const why = typeof instant === 'number' ? 'no-date' : instant;
    if (timing.used !== 'stamp') unused.set(why, (unused.get(why) ?? 0) + 1);
    else observations.push({ ...observation, event: { ...observation.event, shown: 'line' }, heard: null });
  };
  const reader = new LineReader(timeOf(clock, at), {
    message: (read) => {
      if (!read.repetition) take(read, interpreter.observe(read, interpreter.interpret(read.message), true));
    },
    restart: (read) => take(read, interpreter.observeRestart(read, true)),
    ordinary: () => {},
  });
  reader.read(
    logged.map((line) => frameOf(line, at)),
    () => false,
  );
  reader.release(at, { end: true });
  const kept = observations.slice(-limits.captureLines);
  if (kept.length < observations.length) unused.set('too-many', observations.length - kept.length);
  return { observations: kept, unused: [...unused].map(([why, count]) => ({ why, count })) };
}

function frameOf(line: string, receivedAt: number): Frame {
  const bytes = Buffer.from(line);
  return { bytes, start: 0, end: bytes.length, truncated: false, peer: null, transport: 'file', receivedAt };
}

/** The time of a line is its stamp, by the clock of the capture; `archive`: the stamp is not certain. */
function timeOf(clock: CaptureClock, at: number): Timekeeper {
  const timing: Timekeeper['timingOf'] = ({ stamp }) => {
    const instant = clock.instantOfStamp(stamp);
    return typeof instant !== 'number'
      ? { at, used: 'archive', rejected: 'not-synchronized', skewMs: null }
      : { at: instant, used: 'stamp', rejected: null, skewMs: null };
  };
  return {
    context: () => clock.stamps,
    timingOf: timing,
    peek: timing,
    samplesTime: () => false,
    sample: () => ({ at, used: 'archive', rejected: 'no-date', skewMs: null }),
  };
}
