/** From a message that was read to a sighting: what it means, whose it is and when it was. */
import type { Advisory } from './advisory/advisory.ts';
import type { Observed, Tells } from './correlate/course.ts';
import type { Sighting } from './correlate/sighting.ts';
import { classify, fieldsOf, type OwnMessage, peersOf, ruleOf } from './correlate/signal.ts';
import type { CoreSpan } from './decode/core-finder.ts';
import { knownSerial } from './device.ts';
import { fingerprintOf, hashOfMessage } from './fingerprint.ts';
import { NameBook } from './identity.ts';
import type { Envelope, Frame, Signal, TimeQuality } from './message.ts';
import { grammarVersion } from './parse/grammar-version.gen.ts';
import { timesOf } from './repeats.ts';
import type { Timekeeper } from './timekeeper.ts';

/** What a message says, whoever sent it and whenever. */
export type Meaning = Pick<Observed, 'peers' | 'clock' | 'critical' | 'tells'> & {
  readonly signal: Signal;
  readonly serial: string | null;
  readonly pid: string | null;
  /** Its part in the fingerprint. */
  readonly said: number;
  /** The keys under which the message and its signal are counted. */
  readonly counted: { readonly message: string; readonly signal: string };
};

export class Sighter {
  readonly #advisory: Advisory;
  readonly #time: Pick<Timekeeper, 'timingOf'>;
  readonly #keepsLines: boolean;
  readonly #names = new NameBook();
  readonly #meanings = new WeakMap<OwnMessage, Meaning>();

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
    message: OwnMessage,
    { signal, serial, pid, peers, clock, critical, tells, said }: Meaning,
    times = timesOf(raw),
  ): Sighting {
    const timing = this.#time.timingOf(envelope, frame);
    const { at } = timing;
    return {
      names: this.#names.names(envelope.origin, envelope.relayHost, frame.peer, serial),
      at,
      receivedAt: frame.receivedAt,
      pid,
      timeQuality: envelope.stamp.quality,
      facility: message.facility,
      mnemonic: message.mnemonic,
      severity: message.severity,
      signal,
      observed: {
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
        tells,
      },
      quiet: false,
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
  meaningOf(message: OwnMessage): Meaning {
    const known = this.#meanings.get(message);
    if (known !== undefined) return known;
    const signal = classify(message, this.#advisory);
    const { serial, pid } = fieldsOf(message);
    const rule = ruleOf(message, this.#advisory);
    const meaning: Meaning = {
      signal,
      serial: knownSerial(serial),
      pid,
      peers: peersOf(message, this.#advisory),
      clock: rule?.clock ?? null,
      critical: signal.kind === 'consequence' && rule?.critical === true,
      tells: tellsOf(pid, rule?.saved ?? null),
      said: hashOfMessage(message),
      counted: {
        message: `${message.facility} ${message.mnemonic}`,
        signal: `${signal.kind} ${signal.cause ?? 'none'}`,
      },
    };
    this.#meanings.set(message, meaning);
    return meaning;
  }
}

/** The line as text. */
export function textOf({ bytes, start, end }: Frame): string {
  return bytes.toString('utf8', start, end);
}

/** What stands right of the core. Where each byte is one character of the line, it is a part of its text. */
export function bodyOf({ bytes, start, end }: Frame, { body }: CoreSpan, raw: string): string {
  return raw.length === end - start ? raw.slice(body - start) : bytes.toString('utf8', body, end);
}

function tellsOf(pid: string | null, saved: boolean | null): Tells | null {
  if (pid === null && saved === null) return null;
  return { ...(pid === null ? {} : { pid }), ...(saved === null ? {} : { saved }) };
}

/** A stamp that says nothing of the clock leaves what was known of it. */
function clockOf(quality: TimeQuality): 'set' | 'unset' | null {
  if (quality === 'unset') return 'unset';
  return quality === 'synchronized' || quality === 'unsynchronized' ? 'set' : null;
}
