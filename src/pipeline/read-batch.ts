/** The first step of the path: what a batch of records says, not decided yet. */

import type { Advisory } from '../core/advisory/advisory.ts';
import type { Frame, Transport } from '../core/model/message.ts';
import { keysOf, nameOf, UNIDENTIFIED } from '../core/model/names.ts';
import type { Observation } from '../core/model/observation.ts';
import type { Timekeeper } from '../core/read/event-time.ts';
import type { FilteredFrames } from '../core/read/frame-collector.ts';
import { Interpreter } from '../core/read/interpret.ts';
import type { LinkWatch } from '../core/read/link-watch.ts';
import { LineReader, type LineSink, type OtherKind, type ReadMessage, type ReadReport } from '../core/read/reader.ts';
import type { ReadRestart } from '../core/read/restarts.ts';
import type { Unparsed } from '../store/ports/batch.ts';
import type { About } from '../store/ports/devices.ts';
import { type BatchStats, newBatchStats } from './batch-stats.ts';

export type ReadBatch = {
  readonly stats: BatchStats;
  readonly observations: Observation[];
  readonly unparsed: Unparsed[];
};

function emptyBatch(): ReadBatch {
  return { stats: newBatchStats(), observations: [], unparsed: [] };
}

/**
 * Of an archive, ordinary lines whose time is read can be heard: the first 4096, then every 256th. Each of the first is
 * heard, then one of four of them, as every report has a cost in the fold.
 */
const HEARD_WHOLLY = 1024;
const HEARD_EVERY = 4;

export class BatchReader implements LineSink {
  readonly #reader: LineReader;
  readonly #interpreter: Interpreter;
  readonly #links: LinkWatch;
  #batch = emptyBatch();
  #heardOfFile = 0;
  /** Not every ordinary line is heard any more. */
  #partly = false;

  /**
   * `keepsEvidence`: whether the store keeps the lines themselves. `links`: is given each link that went down. `trusts`,
   * `receiver`, `isRelay`: as in `Interpreter`.
   */
  constructor(
    advisory: Advisory,
    time: Timekeeper,
    keepsEvidence: boolean,
    links: LinkWatch,
    trusts?: (sender: string) => boolean,
    receiver?: string,
    isRelay?: (sender: string) => boolean,
  ) {
    this.#reader = new LineReader(time, this);
    this.#interpreter = new Interpreter(advisory, keepsEvidence, trusts, receiver, isRelay);
    this.#links = links;
  }

  /** As `LineReader.waitingSince()`. */
  waitingSince(transport: Transport): number | null {
    return this.#reader.waitingSince(transport);
  }

  /** As `LineReader.takeOver()`. */
  takeOver(former: BatchReader): void {
    this.#reader.takeOver(former.#reader);
  }

  /**
   * What the records say that a prefilter has kept, with the counts of those that it discarded. A record that waits for
   * its second one is remembered here and comes with a later batch; `end`: none will come any more.
   */
  read(filtered: FilteredFrames, now: number, samplesTime: () => boolean, { end = false } = {}): ReadBatch {
    const batch = emptyBatch();
    this.#batch = batch;
    const { stats } = batch;
    stats.lines = filtered.other + filtered.noCore;
    stats.oversize = filtered.oversize;
    stats.outcomes.other = filtered.other;
    stats.outcomes['no-core'] = filtered.noCore;
    for (const { truncated } of filtered.frames) if (truncated) stats.oversize++;
    stats.lines += filtered.frames.length;
    this.#links.noteAll(filtered.links);
    this.#reader.read(filtered.frames, samplesTime);
    this.#reader.release(now, { end });
    return batch;
  }

  message(read: ReadMessage): void {
    const { message, frame, raw, repetition } = read;
    const interpretation = this.#interpreter.interpret(message);
    const observation = this.#interpreter.observe(read, interpretation, this.#partly);
    this.#batch.observations.push(observation);
    // The record that sums up was counted as what it is.
    if (repetition) return;
    this.#batch.stats.message(message, interpretation.countedAs);
    if (message.outcome !== 'text-only') return;
    const device = nameOf(observation.names) ?? UNIDENTIFIED;
    const { facility, mnemonic, why } = message;
    this.#batch.unparsed.push({ receivedAt: frame.receivedAt, device, facility, mnemonic, why, raw });
  }

  restart(restart: ReadRestart): void {
    this.#batch.observations.push(this.#interpreter.observeRestart(restart, this.#partly));
  }

  heard(report: ReadReport): void {
    if (report.frame.transport === 'file' && !this.#hearsNext()) return;
    const observation = this.#interpreter.observeOrdinary(report, this.#partly);
    if (nameOf(observation.names) !== null) this.#batch.observations.push(observation);
  }

  /** Whether the next line of an archive that could be heard is heard. */
  #hearsNext(): boolean {
    const line = this.#heardOfFile++;
    if (line >= HEARD_WHOLLY) this.#partly = true;
    return line < HEARD_WHOLLY || line % HEARD_EVERY === 0;
  }

  ordinary(frame: Frame, kind: OtherKind): void {
    this.#batch.stats.outcomes[kind === 'no-core' ? 'no-core' : 'other']++;
    if (kind === 'link-down') this.#links.note(frame.peer, frame.receivedAt);
  }
}

/** Every name in the lines of a batch, and the keys that their devices have if they are new. */
export function aboutOf(observations: readonly Observation[]): About {
  const [names, keys] = [new Set<string>(), new Set<string>()];
  for (const each of new Set(observations.map((observation) => observation.names))) {
    for (const alias of each.aliases) names.add(alias);
    for (const key of keysOf(each)) keys.add(key);
  }
  return { names, keys, newDevices: keys.size };
}
