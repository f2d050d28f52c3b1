/**
 * The path on one screen: frame → core → envelope → message → signal → changes → one transaction.
 * Lines that are none of ours end at the first stage, as bytes.
 */

import type { Advisory } from '../core/advisory/advisory.ts';
import { announce, type Route } from '../core/announce/notice.ts';
import { advanceTime, type Correlated, correlate, type Known } from '../core/correlate/correlate.ts';
import { type Decoder, makeDecoder } from '../core/decode/envelope.ts';
import { findMessageCode, type MessageCode, scanMessageCode } from '../core/decode/message-code.ts';
import type { Frame } from '../core/model/message.ts';
import { aliasesIn, nameOf, UNIDENTIFIED } from '../core/model/names.ts';
import type { Observation } from '../core/model/observation.ts';
import { makeParser, type Parser } from '../core/parse/parse.ts';
import { Continuations } from '../core/read/continuation.ts';
import type { Timekeeper } from '../core/read/event-time.ts';
import type { FilteredFrames } from '../core/read/frame-collector.ts';
import { bodyOf, Interpreter, textOf } from '../core/read/interpret.ts';
import { LinkWatch } from '../core/read/link-watch.ts';
import { Repeats } from '../core/read/repeats.ts';
import { restartOf } from '../core/read/restart.ts';
import type { Unparsed } from '../store/ports/batch.ts';
import type { DecidingStore } from '../store/ports/devices.ts';
import { type BatchStats, newBatchStats } from './batch-stats.ts';

/** What a batch says, not decided yet. */
export type ReadBatch = {
  readonly stats: BatchStats;
  readonly observations: Observation[];
  readonly unparsed: Unparsed[];
};

export class Pipeline {
  /** Not stored: it only helps to tell why a whole plant fails. */
  readonly links = new LinkWatch();
  readonly #store: DecidingStore;
  readonly #advisory: Advisory;
  readonly #time: Timekeeper;
  readonly #clock: () => number;
  readonly #routes: readonly Route[];
  readonly #decode: Decoder = makeDecoder();
  readonly #continuations = new Continuations(this.#decode);
  readonly #parse: Parser = makeParser();
  readonly #repeats: Repeats;
  readonly #interpreter: Interpreter;

  /** `clock`: seconds, for the duration of commits. `routes`: who is told of changes; without them nobody. */
  constructor(parts: {
    store: DecidingStore;
    advisory: Advisory;
    time: Timekeeper;
    clock: () => number;
    routes?: readonly Route[];
  }) {
    this.#store = parts.store;
    this.#advisory = parts.advisory;
    this.#time = parts.time;
    this.#clock = parts.clock;
    this.#routes = parts.routes ?? [];
    this.#repeats = new Repeats(this.#decode, parts.time);
    this.#interpreter = new Interpreter(parts.advisory, parts.time, parts.store.keepsEvidence);
  }

  /** Runs a batch of frames to its commit and says what it was. `now` is the time of the decision. */
  async run(frames: readonly Frame[], now: number): Promise<BatchStats> {
    return this.commit(this.read(frames, now), now);
  }

  /** The same for what a prefilter has kept of a batch. */
  async runFiltered(filtered: FilteredFrames, now: number): Promise<BatchStats> {
    return this.commit(this.readFiltered(filtered, now), now);
  }

  /**
   * What a batch of frames says. Each frame is read once: what waits for its second line is remembered here. `end`: no
   * line will come any more, and nothing is waited for.
   */
  read(frames: readonly Frame[], now: number, { end = false } = {}): ReadBatch {
    const none = { before: [], after: 0, other: 0, noCore: 0, oversize: 0, links: new Map() };
    return this.readFiltered({ ...none, frames }, now, { end, wants: () => this.#time.samplesTime() });
  }

  /** `wants`: whether the time of an ordinary line is looked at; what a prefilter has kept is wanted. */
  readFiltered(filtered: FilteredFrames, now: number, { end = false, wants = (): boolean => true } = {}): ReadBatch {
    const { frames, before, after, other, noCore, oversize, links } = filtered;
    const turn = { stats: newBatchStats(), observations: [], unparsed: [] };
    turn.stats.lines = other + noCore;
    turn.stats.oversize = oversize;
    turn.stats.outcomes.other = other;
    turn.stats.outcomes['no-core'] = noCore;
    for (const [index, frame] of frames.entries()) {
      this.#continuations.line += before[index] ?? 0;
      if (!this.#read(frame, turn, wants)) this.#readRepetition(frames, index, turn);
    }
    this.#continuations.line += after;
    for (const [peer, at] of links) this.links.note(peer, at);
    this.#repeats.keep(frames);
    for (const frame of this.#continuations.release(now, { end })) this.#readOwn(frame, turn);
    return turn;
  }

  /** Decides what was read, and stores it. May be tried again if the store fails. */
  async commit({ stats, observations, unparsed }: ReadBatch, now: number): Promise<BatchStats> {
    if (observations.length === 0) return stats;
    const names = new Set<string>();
    const primary = new Set<string>();
    for (const said of new Set(observations.map((observation) => observation.names))) {
      for (const name of aliasesIn(said)) names.add(name);
      primary.add(nameOf(said) ?? UNIDENTIFIED);
    }
    const load = async () => {
      const aliases = await this.#store.aliases(names);
      const keys = new Set(primary);
      for (const key of aliases.values()) if (key !== null) keys.add(key);
      // First the room: to know it a store may have to write, and devices have another version then.
      const room = await this.#store.capacityFor(primary.size);
      return { aliases, devices: await this.#store.load(keys), room };
    };
    await this.#commit(stats, unparsed, now, load, (known) => correlate(known, observations, this.#advisory));
    return stats;
  }

  /** Only time has passed: what is due by `now` happens, for at most so many devices. */
  async due(now: number, limit: number): Promise<BatchStats> {
    const stats = newBatchStats();
    const due = await this.#store.due(now, limit);
    if (due.length > 0) {
      const keys = due.map(({ key }) => key);
      const load = async () => ({ aliases: new Map(), devices: await this.#store.load(keys) });
      const fold = ({ devices }: Known) => advanceTime(devices.values(), () => now, this.#advisory);
      await this.#commit(stats, [], now, load, fold);
    }
    return stats;
  }

  /**
   * A line that is none of ours ends here, unless it is the second one of a message of ours. False where it has no core
   * and says nothing of its own.
   */
  #read(frame: Frame, turn: ReadBatch, wants: () => boolean): boolean {
    const { stats } = turn;
    stats.lines++;
    this.#continuations.line++;
    if (frame.truncated) stats.oversize++;
    const kind = scanMessageCode(frame.bytes, frame.start, frame.end);
    if (kind === 'tracked') {
      this.#readHead(frame, turn);
      return true;
    }
    const own = kind === 'other' || kind === 'link-down' ? null : this.#joined(frame);
    if (own !== null) {
      this.#readOwn(own, turn);
      return true;
    }
    stats.outcomes[kind === 'restart' || kind === 'link-down' ? 'other' : kind]++;
    if (kind === 'link-down') this.links.note(frame.peer, frame.receivedAt);
    else if (kind !== 'other') this.#readRestart(frame, kind, turn);
    if (wants()) this.#time.sample(this.#decode, frame);
    return kind !== 'no-core';
  }

  /** A message of ours, which may wait for its second line. */
  #readHead(frame: Frame, turn: ReadBatch): void {
    const core = findMessageCode(frame.bytes, frame.start, frame.end);
    if (core === null) return;
    const waits = Continuations.isHead(frame, core);
    const own = waits ? this.#continuations.hold(frame, core, this.#time.context(frame)) : frame;
    if (own !== null) this.#readOwn(own, turn, own === frame ? core : undefined);
  }

  /** The message of ours that a line is the second of; null if it is none. */
  #joined(frame: Frame): Frame | null {
    return Continuations.isTail(frame) ? this.#continuations.join(frame, this.#time.context(frame)) : null;
  }

  /** `core`: its core, where it was found before. */
  #readOwn(
    frame: Frame,
    turn: ReadBatch,
    core: MessageCode | null = findMessageCode(frame.bytes, frame.start, frame.end),
  ): void {
    if (core === null) return;
    const raw = textOf(frame);
    const envelope = this.#decode(frame, core.start, this.#time.context(frame));
    const message = this.#parse(core, bodyOf(frame, core, raw));
    const meaning = this.#interpreter.interpret(message);
    const observation = this.#interpreter.sight(frame, raw, envelope, message, meaning);
    turn.observations.push(observation);
    turn.stats.message(message, meaning.countedAs);
    if (message.outcome !== 'text-only') return;
    const { names, receivedAt } = observation;
    const device = nameOf(names) ?? UNIDENTIFIED;
    const { facility, mnemonic, why } = message;
    turn.unparsed.push({ receivedAt, device, facility, mnemonic, why, raw });
  }

  /** Which release a device runs, and that it has started: no message of ours, but it decides what ours mean. */
  #readRestart(frame: Frame, kind: 'restart' | 'no-core', turn: ReadBatch): void {
    const core = kind === 'restart' ? (findMessageCode(frame.bytes, frame.start, frame.end)?.start ?? null) : null;
    const restart = restartOf(frame, core);
    if (restart === null) return;
    const { headerEnd, release } = restart;
    const envelope = this.#decode(frame, headerEnd, this.#time.context(frame));
    const message = { outcome: 'text-only', facility: 'SYS', mnemonic: 'RESTART', severity: 5 } as const;
    const text = frame.bytes.toString('utf8', headerEnd, frame.end);
    const restarted = { ...message, why: 'unknown-mnemonic', text } as const;
    const meaning = this.#interpreter.interpret(restarted);
    const observation = this.#interpreter.sight(frame, textOf(frame), envelope, restarted, meaning);
    const signal = { kind: 'hint', family: null, cause: null, weight: 0 } as const;
    const facts = { restarted: core !== null, ...(release === null ? {} : { release }) };
    turn.observations.push({
      ...observation,
      classification: signal,
      event: { ...observation.event, ...signal, facts },
      // A record without a name must not make a device of a relay's address.
      onlyKnownDevice: envelope.origin === null && envelope.relayHost === null,
    });
  }

  /** `last message repeated N times`: the message before it happened N times more, the last time now. */
  #readRepetition(frames: readonly Frame[], index: number, turn: ReadBatch): void {
    const repetition = this.#repeats.find(frames, index);
    if (repetition === null) return;
    const { of, envelope, times } = repetition;
    const core = findMessageCode(of.bytes, of.start, of.end);
    if (core?.tracked !== true) return;
    const message = this.#parse(core, bodyOf(of, core, textOf(of)));
    const frame = frames[index] as Frame;
    const meaning = this.#interpreter.interpret(message);
    turn.observations.push(this.#interpreter.sight(frame, textOf(frame), envelope, message, meaning, times));
  }

  /** Decides on the stored states and commits; where somebody else was faster, decides anew on theirs. */
  async #commit(
    stats: BatchStats,
    unparsed: readonly Unparsed[],
    now: number,
    load: () => Promise<Known>,
    fold: (known: Known) => Correlated,
  ): Promise<void> {
    for (;;) {
      const { devices: folded, copies, refused, ...rest } = fold(await load());
      const devices = [...folded.values()];
      const notices = announce({ ...rest, devices, notes: [] }, this.#routes, this.#advisory);
      const started = this.#clock();
      const result = await this.#store.commit({ ...rest, devices, unparsed, notes: [], notices, now });
      if (result.kind === 'conflict') continue;
      stats.commitSeconds = this.#clock() - started;
      stats.evicted += result.evicted;
      stats.forgotten += result.forgotten;
      for (const given of result.droppedNotices) stats.droppedNotices.push(given);
      stats.devices += devices.length;
      stats.copies += copies;
      stats.refused += refused;
      // There may be more than a call takes arguments.
      for (const change of rest.changes) stats.changes.push(change);
      return;
    }
  }
}
