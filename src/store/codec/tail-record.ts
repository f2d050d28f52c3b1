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
/** `sequence`: left out if the line has none. */
type Signal = readonly [
  shape: number,
  at: number,
  fingerprint: number | null,
  counter: number | null,
  sequence?: number,
];
export type Block = readonly [shapes: readonly Shape[], signals: readonly Signal[]];

export function packSignals(signals: readonly SignalEvent[]): string {
  const numbers = new Map<string, number>();
  const packed = signals.map((signal): Signal => {
    const shape = JSON.stringify(shapeOf(signal));
    const number = numbers.get(shape) ?? numbers.size;
    numbers.set(shape, number);
    const { at, fingerprint, counter, sequence } = signal;
    return sequence === null ? [number, at, fingerprint, counter] : [number, at, fingerprint, counter, sequence];
  });
  return `[[${[...numbers.keys()].join()}],${JSON.stringify(packed)}]`;
}

export function unpackSignals([shapes, signals]: Block): SignalEvent[] {
  return signals.map(([number, at, fingerprint, counter, sequence = null]) => {
    const [times, kind, family, cause, weight, mnemonic, peers, clock, critical, ...rest] = shapes[number] as Shape;
    // Shapes of older versions end before these.
    const [facts, manner = null, server = 'unnamed', claim = 'event', shown] = rest;
    const meaning = { kind, family, cause, manner, server, claim, weight, mnemonic };
    const signal = { at, times, fingerprint, counter, sequence, ...meaning, peers, clock, critical, facts };
    return shown === undefined ? signal : { ...signal, shown };
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
