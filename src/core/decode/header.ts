/** What is read from a header. */
import type { HeaderToken } from './envelope-lexer.ts';

/** The parts of a header; null for an absent part. */
export type Parts<T> = {
  readonly priority: T | null;
  /** The first two numbers after the PRI: counter and sequence number, or one of them. */
  readonly first: T | null;
  readonly second: T | null;
  /** The counter that a relay has put into RFC 5424's own fields, and the number of Cisco's session. */
  readonly relayCounter: T | null;
  readonly sessionSequence: T | null;
  readonly origin: T | null;
  readonly relayHost: T | null;
  readonly stamp: T | null;
  readonly relayStamp: T | null;
  /** The stamp of the outermost relay, if several relays have written one. */
  readonly outerStamp: T | null;
  /** RFC 5424's `isSynced`, if the stamp is the one that it is about. */
  readonly isSynced: T | null;
};

export const noParts: Parts<never> = {
  priority: null,
  first: null,
  second: null,
  relayCounter: null,
  sessionSequence: null,
  origin: null,
  relayHost: null,
  stamp: null,
  relayStamp: null,
  outerStamp: null,
  isSynced: null,
};

export function mapParts<T, U>(parts: Parts<T>, to: (part: T) => U): Parts<U> {
  const part = (one: T | null): U | null => (one === null ? null : to(one));
  return {
    priority: part(parts.priority),
    first: part(parts.first),
    second: part(parts.second),
    relayCounter: part(parts.relayCounter),
    sessionSequence: part(parts.sessionSequence),
    origin: part(parts.origin),
    relayHost: part(parts.relayHost),
    stamp: part(parts.stamp),
    relayStamp: part(parts.relayStamp),
    outerStamp: part(parts.outerStamp),
    isSynced: part(parts.isSynced),
  };
}

/** Why a token is no part of the result. */
export type Unused =
  | 'text'
  | 'placeholder'
  | 'zone'
  | 'program'
  | 'location'
  | 'context'
  | 'level'
  | 'alias'
  | 'session data'
  | 'repetition'
  | 'outer';

/** The parts as tokens, before their text is interpreted, and the tokens that are no part. */
export type Header = {
  readonly parts: Parts<HeaderToken>;
  readonly unused: ReadonlyMap<HeaderToken, Unused>;
  /** A header that differs only in its digits may be read otherwise. */
  readonly digitsDecide: boolean;
};
