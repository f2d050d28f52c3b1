/**
 * The path on one screen: frame → core → envelope → message → signal → changes → one transaction.
 * Lines that are none of ours end at the first stage, as bytes.
 */
import type { Advisory } from './core/advisory/advisory.ts';
import { announce, type Route } from './core/announce/notice.ts';
import { Continuations } from './core/continuation.ts';
import { type Correlated, correlate, type Known, letTimePass } from './core/correlate/correlate.ts';
import type { Sighting } from './core/correlate/sighting.ts';
import { type CoreSpan, findCore, scanCore } from './core/decode/core-finder.ts';
import { type Decoder, makeDecoder } from './core/decode/envelope.ts';
import { aliasesIn, nameOf, UNIDENTIFIED } from './core/identity.ts';
import { LinkWatch } from './core/links.ts';
import type { Frame } from './core/message.ts';
import { makeParser, type Parser } from './core/parse/parse.ts';
import { Repeats } from './core/repeats.ts';
import { restartOf } from './core/restart.ts';
import type { Sifting } from './core/sieve.ts';
import { bodyOf, Sighter, textOf } from './core/sight.ts';
import type { Timekeeper } from './core/timekeeper.ts';
import type { DecidingStore, Unparsed } from './store/store.ts';
import { newTally, type Tally } from './tally.ts';

/** What a batch says, not decided yet. */
export type Turn = { readonly tally: Tally; readonly sightings: Sighting[]; readonly unparsed: Unparsed[] };

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
  readonly #sighter: Sighter;

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
    this.#sighter = new Sighter(parts.advisory, parts.time, parts.store.keepsEvidence);
  }

  /** Runs a batch of frames to its commit and says what it was. `now` is the time of the decision. */
  async run(frames: readonly Frame[], now: number): Promise<Tally> {
    return this.decide(this.read(frames, now), now);
  }

  /** The same for what a sieve has kept of a batch. */
  async runSifted(sifting: Sifting, now: number): Promise<Tally> {
    return this.decide(this.readSifted(sifting, now), now);
  }

  /**
   * What a batch of frames says. Each frame is read once: what waits for its second line is remembered here. `end`: no
   * line will come any more, and nothing is waited for.
   */
  read(frames: readonly Frame[], now: number, { end = false } = {}): Turn {
    const sifted = { before: [], after: 0, other: 0, noCore: 0, oversize: 0, links: new Map() };
    return this.readSifted({ ...sifted, frames }, now, { end, wants: () => this.#time.wants() });
  }

  /** `wants`: whether the time of an ordinary line is looked at; what a sieve has kept is wanted. */
  readSifted(sifting: Sifting, now: number, { end = false, wants = (): boolean => true } = {}): Turn {
    const { frames, before, after, other, noCore, oversize, links } = sifting;
    const turn = { tally: newTally(), sightings: [], unparsed: [] };
    turn.tally.lines = other + noCore;
    turn.tally.oversize = oversize;
    turn.tally.outcomes.other = other;
    turn.tally.outcomes['no-core'] = noCore;
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
  async decide({ tally, sightings, unparsed }: Turn, now: number): Promise<Tally> {
    if (sightings.length === 0) return tally;
    const names = new Set<string>();
    const primary = new Set<string>();
    for (const said of new Set(sightings.map((sighting) => sighting.names))) {
      for (const name of aliasesIn(said)) names.add(name);
      primary.add(nameOf(said) ?? UNIDENTIFIED);
    }
    const load = async () => {
      const aliases = await this.#store.aliases(names);
      const keys = new Set(primary);
      for (const key of aliases.values()) if (key !== null) keys.add(key);
      // First the room: to know it a store may have to write, and devices have another version then.
      const room = await this.#store.room(primary.size);
      return { aliases, devices: await this.#store.load(keys), room };
    };
    await this.#commit(tally, unparsed, now, load, (known) => correlate(known, sightings, this.#advisory));
    return tally;
  }

  /** Only time has passed: what is due by `now` happens, for at most so many devices. */
  async due(now: number, limit: number): Promise<Tally> {
    const tally = newTally();
    const due = await this.#store.due(now, limit);
    if (due.length > 0) {
      const keys = due.map(({ key }) => key);
      const load = async () => ({ aliases: new Map(), devices: await this.#store.load(keys) });
      const fold = ({ devices }: Known) => letTimePass(devices.values(), () => now, this.#advisory);
      await this.#commit(tally, [], now, load, fold);
    }
    return tally;
  }

  /**
   * A line that is none of ours ends here, unless it is the second one of a message of ours. False where it has no core
   * and says nothing of its own.
   */
  #read(frame: Frame, turn: Turn, wants: () => boolean): boolean {
    const { tally } = turn;
    tally.lines++;
    this.#continuations.line++;
    if (frame.truncated) tally.oversize++;
    const kind = scanCore(frame.bytes, frame.start, frame.end);
    if (kind === 'ours') {
      this.#readHead(frame, turn);
      return true;
    }
    const own = kind === 'other' || kind === 'link-down' ? null : this.#joined(frame);
    if (own !== null) {
      this.#readOwn(own, turn);
      return true;
    }
    tally.outcomes[kind === 'restart' || kind === 'link-down' ? 'other' : kind]++;
    if (kind === 'link-down') this.links.note(frame.peer, frame.receivedAt);
    else if (kind !== 'other') this.#readRestart(frame, kind, turn);
    if (wants()) this.#time.sample(this.#decode, frame);
    return kind !== 'no-core';
  }

  /** A message of ours, which may wait for its second line. */
  #readHead(frame: Frame, turn: Turn): void {
    const core = findCore(frame.bytes, frame.start, frame.end);
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
  #readOwn(frame: Frame, turn: Turn, core: CoreSpan | null = findCore(frame.bytes, frame.start, frame.end)): void {
    if (core === null) return;
    const raw = textOf(frame);
    const envelope = this.#decode(frame, core.start, this.#time.context(frame));
    const message = this.#parse(core, bodyOf(frame, core, raw));
    const meaning = this.#sighter.meaningOf(message);
    const sighting = this.#sighter.sight(frame, raw, envelope, message, meaning);
    turn.sightings.push(sighting);
    turn.tally.message(message, meaning.counted);
    if (message.outcome !== 'text-only') return;
    const { names, receivedAt } = sighting;
    const device = nameOf(names) ?? UNIDENTIFIED;
    const { facility, mnemonic, why } = message;
    turn.unparsed.push({ receivedAt, device, facility, mnemonic, why, raw });
  }

  /** Which release a device runs, and that it has started: no message of ours, but it decides what ours mean. */
  #readRestart(frame: Frame, kind: 'restart' | 'no-core', turn: Turn): void {
    const core = kind === 'restart' ? (findCore(frame.bytes, frame.start, frame.end)?.start ?? null) : null;
    const restart = restartOf(frame, core);
    if (restart === null) return;
    const { headerEnd, release } = restart;
    const envelope = this.#decode(frame, headerEnd, this.#time.context(frame));
    const message = { outcome: 'text-only', facility: 'SYS', mnemonic: 'RESTART', severity: 5 } as const;
    const text = frame.bytes.toString('utf8', headerEnd, frame.end);
    const restarted = { ...message, why: 'unknown-mnemonic', text } as const;
    const meaning = this.#sighter.meaningOf(restarted);
    const sighting = this.#sighter.sight(frame, textOf(frame), envelope, restarted, meaning);
    const signal = { kind: 'hint', family: null, cause: null, weight: 0 } as const;
    const tells = { restarted: core !== null, ...(release === null ? {} : { release }) };
    turn.sightings.push({
      ...sighting,
      signal,
      observed: { ...sighting.observed, ...signal, tells },
      // A record without a name must not make a device of a relay's address.
      quiet: envelope.origin === null && envelope.relayHost === null,
    });
  }

  /** `last message repeated N times`: the message before it happened N times more, the last time now. */
  #readRepetition(frames: readonly Frame[], index: number, turn: Turn): void {
    const repetition = this.#repeats.find(frames, index);
    if (repetition === null) return;
    const { of, envelope, times } = repetition;
    const core = findCore(of.bytes, of.start, of.end);
    if (core?.ours !== true) return;
    const message = this.#parse(core, bodyOf(of, core, textOf(of)));
    const frame = frames[index] as Frame;
    const meaning = this.#sighter.meaningOf(message);
    turn.sightings.push(this.#sighter.sight(frame, textOf(frame), envelope, message, meaning, times));
  }

  /** Decides on the stored states and commits; where somebody else was faster, decides anew on theirs. */
  async #commit(
    tally: Tally,
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
      tally.commitSeconds = this.#clock() - started;
      tally.evicted += result.evicted;
      tally.forgotten += result.forgotten;
      for (const given of result.given) tally.given.push(given);
      tally.devices += devices.length;
      tally.copies += copies;
      tally.refused += refused;
      // There may be more than a call takes arguments.
      for (const change of rest.changes) tally.changes.push(change);
      return;
    }
  }
}
