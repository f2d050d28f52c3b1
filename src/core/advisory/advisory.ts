import type { Cause, SignalKind } from '../model/message.ts';
import type { Release } from './release.ts';

/** The definition of a trust failure: an advisory file, validated and compiled. Durations are milliseconds. */
export type Advisory = {
  readonly id: string;
  /** Incident ids begin with this prefix. */
  readonly prefix: string;
  readonly version: number;
  /** Id and version, as in evidence. */
  readonly name: string;
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
  readonly products: readonly ProductFamily[];
  /** Days are ISO dates. */
  readonly servers: readonly { readonly host: string; readonly expires: string }[];
  readonly services: readonly { readonly name: string; readonly symptom: string }[];
  /** Names of devices that nobody has named, in lower case: they identify no device. */
  readonly defaultNames: ReadonlySet<string>;
  /** Licensing modes that the change does not affect. */
  readonly exempt: readonly string[];
  readonly remediation: Remediation;
  readonly revisions: readonly { readonly revision: string; readonly date: string }[];
};

/** The releases of a product family that a field notice names; `fixed` in their order. */
export type ProductFamily = {
  readonly family: string;
  readonly source: string;
  readonly pid: RegExp;
  readonly releases: readonly Release[];
  readonly ranges: readonly { readonly from: Release; readonly to: Release }[];
  readonly fixed: readonly Release[];
  readonly earlierAffected: boolean;
};

export type Remediation = {
  readonly upgrade: string;
  readonly workarounds: readonly {
    readonly title: string;
    readonly commands: readonly string[];
    readonly choose: 'one' | 'all';
  }[];
  /** One complete repair, as commands for one device. */
  readonly script: readonly string[];
  readonly verify: string;
  readonly oldRoot: { readonly name: string; readonly serial: string };
  readonly newRoot: { readonly name: string; readonly serial: string; readonly pem: string };
};

/** Time limits of the correlation. The configuration may override each of them. */
export type Correlation = {
  readonly windowMs: number;
  readonly holdTimeMs: number;
  readonly staleAfterMs: number;
  readonly reopenWithinMs: number;
};

/** `text` is in lower case and may stand anywhere in the reason; `errorCode` must be equal. */
export type CauseRule = {
  readonly text: string | null;
  readonly errorCode: number | null;
  readonly cause: Cause;
  readonly family: string | null;
};

export type SignalRule = {
  readonly kind: SignalKind;
  readonly family: string | null;
  /** The cause, if the mnemonic alone determines it. */
  readonly cause: Cause | null;
  /** The signal is `neutral` unless its cause is this one. */
  readonly needs: Cause | null;
  readonly trustpoint: RegExp | null;
  readonly clock: 'set' | 'unset' | null;
  /** Whether the PKI configuration is saved; null if the message does not show it. */
  readonly saved: boolean | null;
  /** False for a consequence that only warns: it does not make the incident critical. */
  readonly critical: boolean;
};
