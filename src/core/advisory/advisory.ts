import type { Visibility } from '../model/heard.ts';
import type { HypothesisName } from '../model/hypothesis.ts';
import type { Cause, ClaimKind, Manner, ServerKind, SignalKind } from '../model/message.ts';
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
  readonly families: ReadonlyMap<string, Family>;
  /** The servers and manners of the failures that have the weight of their family. */
  readonly counts: { readonly servers: ReadonlySet<ServerKind>; readonly manners: ReadonlySet<Manner> };
  readonly thresholds: Thresholds;
  /** A failure that counts although it timed out does not count near a failure of these manners. */
  readonly noWayOut: { readonly manners: ReadonlySet<Manner>; readonly withinMs: number };
  /** A stamp that is further off the time that is known shows a wrong clock. */
  readonly clockOffMs: number;
  /** A device without a line above this level, for so long or so many lines, cannot show its recovery. */
  readonly visibility: Visibility;
  /** Points of the hypotheses, and how many the leading one needs. */
  readonly points: Points;
  readonly checks: ReadonlyMap<HypothesisName, readonly Check[]>;
  readonly causes: readonly CauseRule[];
  /** Of a failure that no row of `causes` matches. */
  readonly otherwise: { readonly cause: Cause; readonly manner: Manner };
  /** By facility, then mnemonic. */
  readonly signals: ReadonlyMap<string, ReadonlyMap<string, SignalRule>>;
  /** The mnemonics whose claim only one message ends, and that message. */
  readonly endedBy: ReadonlyMap<string, string>;
  /** The mnemonics of failures of another service: the host in their texts is not the licensing server. */
  readonly otherServices: ReadonlySet<string>;
  readonly peers: readonly { readonly text: string; readonly are: readonly string[]; readonly server: ServerKind }[];
  /** The kind of server of a host and of all hosts below it, in lower case; a host of no row is the customer's own. */
  readonly hosts: readonly { readonly host: string; readonly server: ServerKind }[];
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
  /** How long an event is evidence. */
  readonly windowMs: number;
  /** How late a line may come and still be put into its place. */
  readonly latenessMs: number;
  readonly holdTimeMs: number;
  readonly staleAfterMs: number;
  readonly stateSuspectsAfterMs: number;
  readonly confirmAfterMs: number;
  readonly serverMovedAfterMs: number;
  readonly reopenWithinMs: number;
  readonly reopenUnrepairedWithinMs: number;
};

/**
 * `alone`: false for a symptom that counts only beside others: it neither reopens an incident nor holds one open.
 * `server`: the kind of server of all failures in the family, whatever their texts say; null if the text decides.
 */
export type Family = {
  readonly weight: number;
  readonly proof: boolean;
  readonly alone: boolean;
  readonly server: ServerKind | null;
};

export type Thresholds = {
  /** `proofAlone`, `expired`: mnemonics; see the advisory file. */
  readonly suspected: {
    readonly score: number;
    readonly families: number;
    readonly proofAlone: ReadonlySet<string>;
    readonly expired: ReadonlySet<string>;
  };
  readonly confirmed: { readonly score: number };
  readonly proof: { readonly families: number };
  /** On an affected release. */
  readonly affected: { readonly score: number; readonly families: number; readonly repeatedScore: number };
  readonly healsByItself: { readonly times: number; readonly withinMs: number };
};

export const pointNames = [
  'leads',
  'affected',
  'proof',
  'timeout',
  'timeoutBesideAbort',
  'revocationTimeout',
  'unresolved',
  'configuration',
  'clock',
  'ownServer',
  'outOfCompliance',
  'healed',
  'trainFails',
  'plantFails',
  'linksDown',
  'everybodyFails',
] as const;
export type Points = Readonly<Record<(typeof pointNames)[number], number>>;

/** Something to check at a device, with the commands that show it. */
export type Check = { readonly check: string; readonly commands: readonly string[] };

/** `text` is in lower case and may stand anywhere in the reason; `errorCode` must be equal. */
export type CauseRule = {
  readonly text: string | null;
  readonly errorCode: number | null;
  readonly cause: Cause;
  readonly manner: Manner;
  readonly family: string | null;
};

export type SignalRule = {
  readonly kind: SignalKind;
  readonly family: string | null;
  /** The cause, if the mnemonic alone determines it. */
  readonly cause: Cause | null;
  /** The manner, if the mnemonic alone determines it. */
  readonly manner: Manner | null;
  readonly claim: ClaimKind;
  /** Manners in which a failure counts beside those of `counts`. */
  readonly countsAlso: ReadonlySet<Manner>;
  /** The signal is `neutral` unless its cause is this one. */
  readonly needs: Cause | null;
  readonly trustpoint: RegExp | null;
  readonly clock: 'set' | 'unset' | null;
  /** Whether the PKI configuration is saved; null if the message does not show it. */
  readonly saved: boolean | null;
  /** False for a consequence that only warns: it does not make the incident critical. */
  readonly critical: boolean;
};
