/** From what was read to an observation: what a message means under an advisory, and whose it is. */
import type { Advisory } from '../advisory/advisory.ts';
import { knownSerial } from '../model/device.ts';
import type { DeviceFacts, SignalEvent } from '../model/device-state.ts';
import type { Classification, TimeQuality, TrackedMessage } from '../model/message.ts';
import { NameInterner } from '../model/names.ts';
import type { Observation } from '../model/observation.ts';
import { grammarVersion } from '../parse/grammar-version.gen.ts';
import { classify, fieldsOf, peersOf, ruleOf } from './classify.ts';
import { fingerprintOf, hashOfMessage } from './fingerprint.ts';
import type { ReadMessage, ReadRestart } from './reader.ts';
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

/** A restart is a hint: it has no family and no weight. */
const RESTART: Classification = { kind: 'hint', family: null, cause: null, weight: 0 };

export class Interpreter {
  readonly #advisory: Advisory;
  readonly #keepsLines: boolean;
  readonly #names = new NameInterner();
  readonly #interpretations = new WeakMap<TrackedMessage, Interpretation>();

  /** `keepsLines`: whether somebody will ask for evidence. */
  constructor(advisory: Advisory, keepsLines: boolean) {
    this.#advisory = advisory;
    this.#keepsLines = keepsLines;
  }

  /** A message as the fold takes it. */
  observe(read: ReadMessage, interpretation: Interpretation): Observation {
    return this.#observation(read, interpretation, read.message.mnemonic, read.times);
  }

  /** A restart as the fold takes it: it decides nothing itself, but it says which release the device runs. */
  observeRestart(restart: ReadRestart): Observation {
    const { envelope, raw, text, release, restarted } = restart;
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
    const observation = this.#observation(restart, interpretation, 'RESTART', timesOf(raw));
    // A record without a name must not make a device of a relay's address.
    return { ...observation, onlyKnownDevice: envelope.origin === null && envelope.relayHost === null };
  }

  /** A literal, as this happens for each line. */
  #observation(
    { frame, envelope, timing, raw }: ReadMessage | ReadRestart,
    { classification, serial, pid, peers, clock, critical, facts, textHash }: Omit<Interpretation, 'countedAs'>,
    mnemonic: string,
    times: number,
  ): Observation {
    return {
      names: this.#names.intern(envelope.origin, envelope.relayHost, frame.peer, serial),
      receivedAt: frame.receivedAt,
      pid,
      timeQuality: envelope.stamp.quality,
      event: {
        at: timing.at,
        times,
        fingerprint: fingerprintOf(envelope, textHash),
        counter: envelope.counter,
        kind: classification.kind,
        family: classification.family,
        cause: classification.cause,
        weight: classification.weight,
        mnemonic,
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

  /** The parser gives the same object for the same body, so each meaning is found out once. */
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

/** A stamp that says nothing of the clock leaves what was known of it. */
function clockOf(quality: TimeQuality): 'set' | 'unset' | null {
  if (quality === 'unset') return 'unset';
  return quality === 'synchronized' || quality === 'unsynchronized' ? 'set' : null;
}
