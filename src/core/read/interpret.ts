/** From a message that was read to a observation: what it means, whose it is and when it was. */

import type { Advisory } from '../advisory/advisory.ts';
import type { MessageCode } from '../decode/message-code.ts';
import { knownSerial } from '../model/device.ts';
import type { DeviceFacts, SignalEvent } from '../model/device-state.ts';
import type { Classification, Envelope, Frame, TimeQuality } from '../model/message.ts';
import { NameInterner } from '../model/names.ts';
import type { Observation } from '../model/observation.ts';
import { grammarVersion } from '../parse/grammar-version.gen.ts';
import { classify, fieldsOf, peersOf, ruleOf, type TrackedMessage } from './classify.ts';
import type { Timekeeper } from './event-time.ts';
import { fingerprintOf, hashOfMessage } from './fingerprint.ts';
import { timesOf } from './repeats.ts';

/** What a message says, whoever sent it and whenever. */
export type Interpretation = Pick<SignalEvent, 'peers' | 'clock' | 'critical' | 'facts'> & {
  readonly classification: Classification;
  readonly serial: string | null;
  readonly pid: string | null;
  /** Its part in the fingerprint. */
  readonly textHash: number;
  /** The keys under which the message and its signal are counted. */
  readonly countedAs: { readonly message: string; readonly signal: string };
};

export class Interpreter {
  readonly #advisory: Advisory;
  readonly #time: Pick<Timekeeper, 'timingOf'>;
  readonly #keepsLines: boolean;
  readonly #names = new NameInterner();
  readonly #interpretations = new WeakMap<TrackedMessage, Interpretation>();

  /** `keepsLines`: whether somebody will ask for evidence. */
  constructor(advisory: Advisory, time: Pick<Timekeeper, 'timingOf'>, keepsLines: boolean) {
    this.#advisory = advisory;
    this.#time = time;
    this.#keepsLines = keepsLines;
  }

  /** What a frame says, as the fold takes it. */
  sight(
    frame: Frame,
    raw: string,
    envelope: Envelope,
    message: TrackedMessage,
    { classification: signal, serial, pid, peers, clock, critical, facts, textHash: said }: Interpretation,
    times = timesOf(raw),
  ): Observation {
    const timing = this.#time.timingOf(envelope, frame);
    const { at } = timing;
    return {
      names: this.#names.intern(envelope.origin, envelope.relayHost, frame.peer, serial),
      at,
      receivedAt: frame.receivedAt,
      pid,
      timeQuality: envelope.stamp.quality,
      facility: message.facility,
      mnemonic: message.mnemonic,
      severity: message.severity,
      classification: signal,
      event: {
        at,
        times,
        fingerprint: fingerprintOf(envelope, said),
        counter: envelope.counter,
        kind: signal.kind,
        family: signal.family,
        cause: signal.cause,
        weight: signal.weight,
        mnemonic: message.mnemonic,
        peers,
        clock: clock ?? clockOf(envelope.stamp.quality),
        critical,
        facts,
      },
      onlyKnownDevice: false,
      line: this.#keepsLines
        ? {
            raw,
            timing,
            stamp: envelope.stamp.instant,
            relayStamp: envelope.relayStamp.instant,
            grammar: grammarVersion,
          }
        : null,
    };
  }

  /** The parser gives the same message for the same body: what it means is found out once. */
  interpret(message: TrackedMessage): Interpretation {
    const known = this.#interpretations.get(message);
    if (known !== undefined) return known;
    const signal = classify(message, this.#advisory);
    const { serial, pid } = fieldsOf(message);
    const rule = ruleOf(message, this.#advisory);
    const meaning: Interpretation = {
      classification: signal,
      serial: knownSerial(serial),
      pid,
      peers: peersOf(message, this.#advisory),
      clock: rule?.clock ?? null,
      critical: signal.kind === 'consequence' && rule?.critical === true,
      facts: factsIn(pid, rule?.saved ?? null),
      textHash: hashOfMessage(message),
      countedAs: {
        message: `${message.facility} ${message.mnemonic}`,
        signal: `${signal.kind} ${signal.cause ?? 'none'}`,
      },
    };
    this.#interpretations.set(message, meaning);
    return meaning;
  }
}

/** The line as text. */
export function textOf({ bytes, start, end }: Frame): string {
  return bytes.toString('utf8', start, end);
}

/** What stands right of the core. Where each byte is one character of the line, it is a part of its text. */
export function bodyOf({ bytes, start, end }: Frame, { body }: MessageCode, raw: string): string {
  return raw.length === end - start ? raw.slice(body - start) : bytes.toString('utf8', body, end);
}

function factsIn(pid: string | null, saved: boolean | null): DeviceFacts | null {
  if (pid === null && saved === null) return null;
  return { ...(pid === null ? {} : { pid }), ...(saved === null ? {} : { saved }) };
}

/** A stamp that says nothing of the clock leaves what was known of it. */
function clockOf(quality: TimeQuality): 'set' | 'unset' | null {
  if (quality === 'unset') return 'unset';
  return quality === 'synchronized' || quality === 'unsynchronized' ? 'set' : null;
}
