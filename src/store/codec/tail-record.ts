/**
 * Signals of a tail as JSON. A tail has few different signals, many times each. So each shape is written once, and a signal
 * is the index of its shape, its time and its numbers: a tenth of the size.
 */
import type { SignalEvent } from '../../core/model/device-state.ts';

type Shape = readonly [
  times: number,
  kind: SignalEvent['kind'],
  family: string | null,
  cause: SignalEvent['cause'],
  weight: number,
  mnemonic: string,
  peers: readonly string[],
  clock: SignalEvent['clock'],
  critical: boolean,
  facts: SignalEvent['facts'],
  manner: SignalEvent['manner'],
  server: SignalEvent['server'],
  claim: SignalEvent['claim'],
  shown?: true | 'line',
];
/** `sequence`: left out if the line has none. `way`: an index, left out if all have the same. */
type Signal = readonly [
  shape: number,
  at: number,
  fingerprint: number | null,
  counter: number | null,
  sequence?: number | null,
  way?: number,
  copies?: readonly (readonly [way: number, counter: number | null])[],
];
/** `ways`: left out if no signal came by one. */
export type Block = readonly [shapes: readonly Shape[], signals: readonly Signal[], ways?: readonly (string | null)[]];

export function packSignals(signals: readonly SignalEvent[]): string {
  const [numbers, ways] = [new Map<string, number>(), new Map<string | null, number>()];
  const indexOf = <K>(known: Map<K, number>, key: K) => {
    const index = known.get(key) ?? known.size;
    known.set(key, index);
    return index;
  };
  for (const { way, copies = [] } of signals) {
    indexOf(ways, way);
    for (const copy of copies) indexOf(ways, copy.way);
  }
  const packed = signals.map((signal): Signal => {
    const { at, fingerprint, counter, sequence, way, copies } = signal;
    const head = [indexOf(numbers, JSON.stringify(shapeOf(signal))), at, fingerprint, counter] as const;
    if (ways.size < 2) return sequence === null ? head : [...head, sequence];
    const came = [...head, sequence, indexOf(ways, way)] as const;
    return copies === undefined ? came : [...came, copies.map((copy) => [indexOf(ways, copy.way), copy.counter])];
  });
  const some = ways.size > 1 || signals.some(({ way }) => way !== null);
  const came = some ? `,${JSON.stringify([...ways.keys()])}` : '';
  return `[[${[...numbers.keys()].join()}],${JSON.stringify(packed)}${came}]`;
}

export function unpackSignals([shapes, signals, ways = []]: Block): SignalEvent[] {
  const wayAt = (index: number) => ways[index] ?? null;
  return signals.map(([number, at, fingerprint, counter, sequence = null, way = 0, copies]) => {
    const [times, kind, family, cause, weight, mnemonic, peers, clock, critical, ...rest] = shapes[number] as Shape;
    // Shapes of older versions end before these.
    const [facts, manner = null, server = 'unnamed', claim = 'event', shown] = rest;
    const meaning = { kind, family, cause, manner, server, claim, weight, mnemonic };
    const numbers = { fingerprint, counter, way: wayAt(way), sequence };
    const signal = { at, times, ...numbers, ...meaning, peers, clock, critical, facts };
    if (shown !== undefined) return { ...signal, shown };
    if (copies === undefined) return signal;
    return { ...signal, copies: copies.map(([by, counted]) => ({ way: wayAt(by), counter: counted })) };
  });
}

function shapeOf(signal: SignalEvent): Shape {
  const { times, kind, family, cause, weight, mnemonic, peers, clock, critical, facts } = signal;
  const { manner, server, claim } = signal;
  const shape = [times, kind, family, cause, weight, mnemonic, peers, clock, critical, facts] as const;
  return signal.shown === undefined
    ? [...shape, manner, server, claim]
    : [...shape, manner, server, claim, signal.shown];
}
