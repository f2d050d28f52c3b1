import type { Cause, SignalKind } from '../message.ts';

/** What a trust failure is: an advisory file, validated and compiled. Durations are milliseconds. */
export type Advisory = {
  readonly id: string;
  /** Incident ids begin with it. */
  readonly prefix: string;
  readonly version: number;
  readonly title: string;
  readonly notice: string;
  readonly correlation: Correlation;
  readonly graceMs: number;
  readonly criticalBelowMs: number;
  readonly families: ReadonlyMap<string, { readonly weight: number; readonly proof: boolean }>;
  readonly thresholds: {
    readonly suspected: { readonly score: number; readonly families: number };
    readonly confirmed: { readonly score: number };
    readonly proof: { readonly families: number };
  };
  readonly causes: readonly CauseRule[];
  readonly otherCause: Cause;
  readonly counterCauses: readonly { readonly cause: Cause; readonly except: readonly string[] }[];
  /** By facility, then mnemonic. */
  readonly signals: ReadonlyMap<string, ReadonlyMap<string, SignalRule>>;
  readonly peers: readonly { readonly text: string; readonly are: readonly string[] }[];
};

/** How long things last. Each may be overridden by the configuration. */
export type Correlation = {
  readonly windowMs: number;
  readonly holdTimeMs: number;
  readonly staleAfterMs: number;
  readonly reopenWithinMs: number;
};

/** `text` is in lower case and looked for anywhere in the reason; `errorCode` is compared. */
export type CauseRule = {
  readonly text: string | null;
  readonly errorCode: number | null;
  readonly cause: Cause;
  readonly family: string | null;
};

export type SignalRule = {
  readonly kind: SignalKind;
  readonly family: string | null;
  /** Set where the mnemonic itself says it. */
  readonly cause: Cause | null;
  /** The signal is `neutral` unless its cause is this one. */
  readonly needs: Cause | null;
  readonly trustpoint: RegExp | null;
  readonly clock: 'set' | 'unset' | null;
  /** A consequence that only warns does not make the incident critical. */
  readonly critical: boolean;
};
