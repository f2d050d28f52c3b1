/** Makes an observation of a read message: its meaning under an advisory, and the names of its device. */
import type { Advisory } from '../advisory/advisory.ts';
import { knownSerial } from '../model/device.ts';
import type { ClockSign, DeviceFacts, SignalEvent } from '../model/device-state.ts';
import { type HeardLines, higherLevel } from '../model/heard.ts';
import { type Classification, type Frame, neutral, type TimeQuality, type TrackedMessage } from '../model/message.ts';
import { aliasOf, NameInterner } from '../model/names.ts';
import type { Observation } from '../model/observation.ts';
import { grammarVersion } from '../parse/grammar-version.gen.ts';
import { classify, fieldsOf, peersOf, ruleOf } from './classify.ts';
import { fingerprintOf, hashOfMessage } from './fingerprint.ts';
import type { HeardFrame } from './hearing.ts';
import type { ReadMessage, ReadReport } from './reader.ts';
import { timesOf } from './repeats.ts';
import type { ReadRestart } from './restarts.ts';

/** The meaning of a message, independent of its sender and time. */
export type Interpretation = Pick<SignalEvent, 'peers' | 'clock' | 'critical' | 'facts'> & {
  readonly classification: Classification;
  readonly serial: string | null;
  readonly pid: string | null;
  /** The text's part of the fingerprint. */
  readonly textHash: number;
  /** The keys of the counts of messages and signals. */
  readonly countedAs: { readonly message: string; readonly signal: string };
};

/** A restart is a hint: it has no family and no weight. */
const RESTART: Classification = { ...neutral, kind: 'hint' };

/** `%SYS-5-RESTART` */
const RESTART_LEVEL = 5;

/** Its time is that of the line. */
const ORDINARY: Omit<SignalEvent, 'at'> = {
  times: 1,
  fingerprint: null,
  counter: null,
  way: null,
  sequence: null,
  ...neutral,
  mnemonic: 'ORDINARY',
  peers: [],
  clock: null,
  critical: false,
  facts: null,
};

const trustsAll = () => true;

export class Interpreter {
  readonly #advisory: Advisory;
  readonly #keepsLines: boolean;
  readonly #trusts: (sender: string) => boolean;
  /** Most lines of a batch come from the sender of the line before. */
  #lastPeer: string | null = null;
  #lastSender: string | null = null;
  #lastTransport: Frame['transport'] = 'file';
  #lastWay: string | null = null;
  #lastWayPeer = '';
  readonly #receiver: string;
  readonly #names: NameInterner;
  readonly #interpretations = new WeakMap<TrackedMessage, Interpretation>();

  /**
   * `keepsLines`: whether somebody will ask for evidence. `trusts`: whether an address may speak for every device. `receiver`:
   * who has received the lines, if there are several. `isRelay`: whether an address is a relay's, and so identifies no device.
   */
  constructor(
    advisory: Advisory,
    keepsLines: boolean,
    trusts: (sender: string) => boolean = trustsAll,
    receiver = '',
    isRelay?: (sender: string) => boolean,
  ) {
    this.#receiver = receiver === '' ? '' : `${receiver} `;
    this.#trusts = trusts;
    this.#advisory = advisory;
    this.#keepsLines = keepsLines;
    this.#names = new NameInterner(advisory.defaultNames, isRelay);
  }

  /** The observation of a message, for the fold. `partly`: not every ordinary line beside it is looked at. */
  observe(read: ReadMessage, interpretation: Interpretation, partly: boolean): Observation {
    const { message, frame, times, repetition } = read;
    // A record that only sums up repetitions is an ordinary one, and its report comes as such.
    const report = repetition ? undefined : (frame as HeardFrame).report;
    const heard =
      report === undefined ? ofOneLine(message.severity, times, partly) : withReport(report, message.severity, times);
    return this.#observation(read, interpretation, message.mnemonic, times, heard);
  }

  /** The observation of a restart, for the fold: a restart alone decides nothing, but it has the device's release. */
  observeRestart(restart: ReadRestart, partly: boolean): Observation {
    const { raw, text, release, restarted } = restart;
    const interpretation = {
      classification: RESTART,
      serial: null,
      pid: null,
      peers: [],
      clock: null,
      critical: false,
      facts: { restarted, ...(release === null ? {} : { release }) },
      textHash: hashOfMessage({ facility: 'SYS', mnemonic: 'RESTART', text }),
    };
    const times = timesOf(raw);
    const heard = { level: restarted ? RESTART_LEVEL : null, lines: times, partly };
    const observation = this.#observation(restart, interpretation, 'RESTART', times, heard);
    // A record without a name must not create a device from a relay's address.
    const { origin, relayHost } = observation.names;
    return { ...observation, onlyKnownDevice: origin === null && relayHost === null };
  }

  /** The observation of a report of ordinary lines. It creates no device, and its line is no evidence. */
  observeOrdinary({ frame, envelope, timing, report }: ReadReport, partly: boolean): Observation {
    return {
      names: this.#names.intern(envelope.origin, envelope.relayHost, frame.peer, null, frame.certified),
      receivedAt: frame.receivedAt,
      sender: this.#senderOf(frame.peer),
      pid: null,
      timeQuality: envelope.stamp.quality,
      event: { ...ORDINARY, at: timing.at },
      onlyKnownDevice: true,
      heard: partly ? { ...report, partly } : report,
      ordinary: true,
      line: null,
    };
  }

  /** One object literal without spreads, for speed: called for each line. */
  #observation(
    { frame, envelope, timing, raw }: ReadMessage | ReadRestart,
    { classification, serial, pid, peers, clock, critical, facts, textHash }: Omit<Interpretation, 'countedAs'>,
    mnemonic: string,
    times: number,
    heard: HeardLines,
  ): Observation {
    return {
      names: this.#names.intern(envelope.origin, envelope.relayHost, frame.peer, serial, frame.certified),
      receivedAt: frame.receivedAt,
      sender: this.#senderOf(frame.peer),
      pid,
      timeQuality: envelope.stamp.quality,
      event: {
        at: timing.at,
        times,
        fingerprint: fingerprintOf(envelope, textHash),
        counter: envelope.counter,
        way: this.#wayOf(frame),
        sequence: envelope.sequence,
        kind: classification.kind,
        family: classification.family,
        cause: classification.cause,
        manner: classification.manner,
        server: classification.server,
        claim: classification.claim,
        weight: classification.weight,
        mnemonic,
        peers,
        clock: clock ?? clockSignOf(envelope.stamp.quality, timing.skewMs, this.#advisory.clockOffMs),
        critical,
        facts,
      },
      onlyKnownDevice: false,
      heard,
      ordinary: false,
      line: this.#keepsLines
        ? {
            raw,
            sender: frame.peer,
            transport: frame.transport,
            timing,
            stamp: envelope.stamp.instant,
            relayStamp: envelope.relayStamp.instant,
            grammar: grammarVersion,
          }
        : null,
    };
  }

  #senderOf(peer: string | null): string | null {
    if (peer !== this.#lastPeer) {
      this.#lastPeer = peer;
      this.#lastSender = peer === null || this.#trusts(peer) ? null : aliasOf(peer);
    }
    return this.#lastSender;
  }

  /** A relay, an address of the device, or a second `logging host` makes another way. */
  #wayOf({ peer, transport }: Frame): string | null {
    if (peer === null || transport === 'file') return null;
    if (transport !== this.#lastTransport || this.#lastWay === null || peer !== this.#lastWayPeer) {
      this.#lastTransport = transport;
      this.#lastWayPeer = peer;
      this.#lastWay = `${this.#receiver}${transport} ${peer}`;
    }
    return this.#lastWay;
  }

  /** Cached by message: the parser returns the same object for an equal body. */
  interpret(message: TrackedMessage): Interpretation {
    const known = this.#interpretations.get(message);
    if (known !== undefined) return known;
    const classification = classify(message, this.#advisory);
    const { serial, pid } = fieldsOf(message);
    const rule = ruleOf(message, this.#advisory);
    const interpretation: Interpretation = {
      classification,
      serial: knownSerial(serial),
      pid,
      peers: peersOf(message, this.#advisory),
      clock: rule?.clock ?? null,
      critical: classification.kind === 'consequence' && rule?.critical === true,
      facts: factsIn(pid, rule?.saved ?? null),
      textHash: hashOfMessage(message),
      countedAs: {
        message: `${message.facility} ${message.mnemonic}`,
        signal: `${classification.kind} ${classification.cause ?? 'none'}`,
      },
    };
    this.#interpretations.set(message, interpretation);
    return interpretation;
  }
}

function factsIn(pid: string | null, saved: boolean | null): DeviceFacts | null {
  if (pid === null && saved === null) return null;
  return { ...(pid === null ? {} : { pid }), ...(saved === null ? {} : { saved }) };
}

/**
 * What the stamp shows of the clock; null if nothing. `skewMs`: how far the stamp is off the time that is known
 * otherwise; null if no other time is known.
 */
function clockSignOf(quality: TimeQuality, skewMs: number | null, offMs: number): ClockSign | null {
  if (quality === 'none' || quality === 'uptime') return null;
  if (skewMs !== null && Math.abs(skewMs) > offMs) return 'off';
  return quality === 'unset' ? 'dated' : 'set';
}

/** Nearly every line stands for itself and has one of eight levels: one object for each, instead of one for each line. */
function ofOneLine(level: number | null, lines: number, partly: boolean): HeardLines {
  const shared = lines === 1 && level !== null ? (partly ? PARTLY : WHOLLY)[level] : undefined;
  return shared ?? { level, lines, partly };
}

const LEVELS = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const WHOLLY: readonly HeardLines[] = LEVELS.map((level) => ({ level, lines: 1, partly: false }));
const PARTLY: readonly HeardLines[] = LEVELS.map((level) => ({ level, lines: 1, partly: true }));

/** A tracked line of this level, and the ordinary lines that it reports. */
function withReport(report: HeardLines, level: number | null, times: number): HeardLines {
  return { level: higherLevel(level, report.level), lines: times + report.lines, partly: report.partly };
}
