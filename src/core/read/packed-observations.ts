/**
 * The observations of a batch as a few arrays, which cross from a thread to another at a fraction of what objects cost.
 * What differs from line to line are numbers. All else, the form, is the same for many lines: it is sent once, and so are
 * the names of a device.
 */
import { type InternedNames, internedAlone, type Names } from '../model/names.ts';
import type { Line, Observation } from '../model/observation.ts';

/** What of an observation is no number of its own. */
type Form = Omit<Observation, 'names' | 'receivedAt' | 'event' | 'line'> & {
  readonly event: Omit<Observation['event'], 'at' | 'fingerprint' | 'counter' | 'sequence'>;
  readonly line: (Pick<Line, 'sender' | 'transport' | 'grammar'> & Pick<Line['timing'], 'used' | 'rejected'>) | null;
};

export type PackedObservations = {
  /** `NUMBERS` of each observation; NaN for null. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** The indexes of names and form of each observation. */
  readonly indexes: Uint32Array<ArrayBuffer>;
  /** The records as text; null without lines. */
  readonly raws: readonly string[] | null;
  /** Both tables begin anew, as they had become long. */
  readonly begins: boolean;
  /** What follows the former names and forms. */
  readonly names: readonly Names[];
  readonly forms: readonly Form[];
};

/** at, receivedAt, fingerprint, counter, sequence, stamp, relayStamp, skewMs. */
const NUMBERS = 8;
const LONGEST_TABLE = 200_000;
/** Forms of one mnemonic that are compared with. Beyond them a form is sent again. */
const COMPARED_FORMS = 32;

export class ObservationPacker {
  #names = new Map<InternedNames, number>();
  #forms = new Map<string, { readonly form: Form; readonly index: number }[]>();
  #formCount = 0;
  readonly #most: number;

  /** `most`: how long a table may be. */
  constructor(most: number = LONGEST_TABLE) {
    this.#most = most;
  }

  pack(observations: readonly Observation[]): PackedObservations {
    const begins = this.#names.size > this.#most || this.#formCount > this.#most;
    if (begins) {
      this.#names = new Map();
      this.#forms = new Map();
      this.#formCount = 0;
    }
    const numbers = new Float64Array(observations.length * NUMBERS);
    const indexes = new Uint32Array(observations.length * 2);
    const [names, forms]: [Names[], Form[]] = [[], []];
    let raws: string[] | null = null;
    for (let index = 0; index < observations.length; index++) {
      const observation = observations[index] as Observation;
      const { event, line } = observation;
      const at = index * NUMBERS;
      numbers[at] = event.at;
      numbers[at + 1] = observation.receivedAt;
      numbers[at + 2] = event.fingerprint ?? Number.NaN;
      numbers[at + 3] = event.counter ?? Number.NaN;
      numbers[at + 4] = event.sequence ?? Number.NaN;
      if (line !== null) {
        numbers[at + 5] = line.stamp ?? Number.NaN;
        numbers[at + 6] = line.relayStamp ?? Number.NaN;
        numbers[at + 7] = line.timing.skewMs ?? Number.NaN;
        raws ??= new Array(index).fill('');
      }
      raws?.push(line === null ? '' : line.raw);
      indexes[2 * index] = this.#indexOfNames(observation.names, names);
      indexes[2 * index + 1] = this.#indexOfForm(observation, forms);
    }
    return { numbers, indexes, raws, begins, names, forms };
  }

  #indexOfNames(names: InternedNames, added: Names[]): number {
    const known = this.#names.get(names);
    if (known !== undefined) return known;
    const index = this.#names.size;
    this.#names.set(names, index);
    const { origin, relayHost, peer, serial, unnamed = false, certified = false } = names;
    added.push({ origin, relayHost, peer, serial, unnamed, certified });
    return index;
  }

  #indexOfForm(observation: Observation, added: Form[]): number {
    const { mnemonic } = observation.event;
    let known = this.#forms.get(mnemonic);
    if (known === undefined || known.length >= COMPARED_FORMS) {
      known = [];
      this.#forms.set(mnemonic, known);
    }
    for (const { form, index } of known) if (hasForm(observation, form)) return index;
    const made = { form: formOf(observation), index: this.#formCount++ };
    known.push(made);
    added.push(made.form);
    return made.index;
  }
}

export class ObservationUnpacker {
  #names: InternedNames[] = [];
  #forms: Form[] = [];

  unpack({ numbers, indexes, raws, begins, names, forms }: PackedObservations): Observation[] {
    if (begins) [this.#names, this.#forms] = [[], []];
    for (const each of names) this.#names.push(internedAlone(each));
    for (const form of forms) this.#forms.push(form);
    const observations: Observation[] = [];
    for (let index = 0; 2 * index < indexes.length; index++) {
      const at = index * NUMBERS;
      const form = this.#forms[indexes[2 * index + 1] as number] as Form;
      const { event, line } = form;
      // One object literal without spreads, for speed: called for each line.
      observations.push({
        names: this.#names[indexes[2 * index] as number] as InternedNames,
        receivedAt: numbers[at + 1] as number,
        sender: form.sender,
        pid: form.pid,
        timeQuality: form.timeQuality,
        event: {
          at: numbers[at] as number,
          times: event.times,
          fingerprint: numberAt(numbers, at + 2),
          counter: numberAt(numbers, at + 3),
          way: event.way,
          sequence: numberAt(numbers, at + 4),
          kind: event.kind,
          family: event.family,
          cause: event.cause,
          manner: event.manner,
          server: event.server,
          claim: event.claim,
          weight: event.weight,
          mnemonic: event.mnemonic,
          peers: event.peers,
          clock: event.clock,
          critical: event.critical,
          facts: event.facts,
        },
        onlyKnownDevice: form.onlyKnownDevice,
        heard: form.heard,
        ordinary: form.ordinary,
        line:
          line === null
            ? null
            : {
                raw: raws?.[index] ?? '',
                sender: line.sender,
                transport: line.transport,
                timing: {
                  at: numbers[at] as number,
                  used: line.used,
                  rejected: line.rejected,
                  skewMs: numberAt(numbers, at + 7),
                },
                stamp: numberAt(numbers, at + 5),
                relayStamp: numberAt(numbers, at + 6),
                grammar: line.grammar,
              },
      });
    }
    return observations;
  }
}

/** The buffers to move with the message. */
export function buffersOfPacked({ numbers, indexes }: PackedObservations): ArrayBuffer[] {
  return [numbers.buffer, indexes.buffer];
}

function numberAt(numbers: Float64Array, index: number): number | null {
  const number = numbers[index] as number;
  return Number.isNaN(number) ? null : number;
}

function formOf({ names: _, receivedAt: __, event, line, ...rest }: Observation): Form {
  const { at: ___, fingerprint: ____, counter: _____, sequence: ______, ...meaning } = event;
  if (line === null) return { ...rest, event: meaning, line };
  const { sender, transport, grammar, timing } = line;
  return {
    ...rest,
    event: meaning,
    line: { sender, transport, grammar, used: timing.used, rejected: timing.rejected },
  };
}

/** Whether an observation has this form. It names every value of a form: a test holds that against `formOf()`. */
function hasForm(observation: Observation, form: Form): boolean {
  const { event, line } = observation;
  const [e, l] = [form.event, form.line];
  return (
    event.kind === e.kind &&
    event.family === e.family &&
    event.cause === e.cause &&
    event.manner === e.manner &&
    event.server === e.server &&
    event.claim === e.claim &&
    event.weight === e.weight &&
    event.mnemonic === e.mnemonic &&
    event.way === e.way &&
    event.clock === e.clock &&
    event.critical === e.critical &&
    event.times === e.times &&
    observation.sender === form.sender &&
    observation.pid === form.pid &&
    observation.timeQuality === form.timeQuality &&
    observation.onlyKnownDevice === form.onlyKnownDevice &&
    observation.ordinary === form.ordinary &&
    isSameHeard(observation.heard, form.heard) &&
    isSamePeers(event.peers, e.peers) &&
    isSameFacts(event.facts, e.facts) &&
    (line === null || l === null
      ? line === l
      : line.sender === l.sender &&
        line.transport === l.transport &&
        line.grammar === l.grammar &&
        line.timing.used === l.used &&
        line.timing.rejected === l.rejected)
  );
}

function isSameHeard(a: Observation['heard'], b: Observation['heard']): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  return a.level === b.level && a.lines === b.lines && a.partly === b.partly && sizeOf(a) === sizeOf(b);
}

function isSamePeers(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((peer, index) => peer === b[index]));
}

function isSameFacts(a: Observation['event']['facts'], b: Observation['event']['facts']): boolean {
  if (a === b) return true;
  if (a === null || b === null || sizeOf(a) !== sizeOf(b)) return false;
  for (const key in a) if (a[key as keyof typeof a] !== b[key as keyof typeof b]) return false;
  return true;
}

function sizeOf(value: object): number {
  return Object.keys(value).length;
}
