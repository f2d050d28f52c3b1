import type { Incident } from './incident.ts';
import type { Licensing, ShownLicensing } from './inventory.ts';
import type { Cause, ClaimKind, Manner, ServerKind, SignalKind } from './message.ts';

/** A signal as the state machine consumes it. */
export type SignalEvent = {
  /** Event time in milliseconds. */
  readonly at: number;
  /** Number of messages that the signal stands for: more than one if a device or relay summed up repetitions. */
  readonly times: number;
  /**
   * Equal for copies of one message; negative with an uptime in place of a date, null without both. Two lines by syslog without
   * any number, or with an uptime, may be a repetition all the same.
   */
  readonly fingerprint: number | null;
  /** IOS's message counter; a copy that a relay forwarded may lack the counter. */
  readonly counter: number | null;
  /** The way that the line came, which its counter belongs to; null if it is not from a socket. */
  readonly way: string | null;
  /** Copies that came by other ways, with their counters; only of lines without a sequence number. */
  readonly copies?: readonly Copy[];
  /** The device's own number of its lines (`service sequence-numbers`). */
  readonly sequence: number | null;
  /**
   * `operator`: an action of a person, not a message. `unproven`: said by a sender that is not known for the device, so that
   * it decides nothing.
   */
  readonly kind: SignalKind | 'operator' | 'unproven';
  readonly family: string | null;
  readonly cause: Cause | null;
  /** How a failure came about; null for any other signal. */
  readonly manner: Manner | null;
  /** The licensing server that failed or answered, as the line names it. */
  readonly server: ServerKind;
  readonly claim: ClaimKind;
  /** The weight of the family if this failure counts by its server and manner; else 0. */
  readonly weight: number;
  readonly mnemonic: string;
  /** The licensing peers that the text names, as the advisory groups them; empty if the text names none. */
  readonly peers: readonly string[];
  /** What the line shows of the device's clock; null if nothing. */
  readonly clock: ClockSign | null;
  /** True for a consequence that makes the incident critical. */
  readonly critical: boolean;
  readonly facts: DeviceFacts | null;
  /**
   * From a capture: older lines may still come, as none is too late because of it. `line`: of the buffer of the log, so that the
   * same line may come by syslog.
   */
  readonly shown?: true | 'line';
};

/** A copy of a line by another way. */
export type Copy = { readonly way: string | null; readonly counter: number | null };

/**
 * What a line shows of a clock. `unset`: a message says that no time source has authority. `off`: the stamp is more than
 * a day off the time that is known. `dated`: the stamp has the right date, but `*` says that no time source has
 * authority. `set`: a message, or a stamp with the right date and without `*`, shows that the clock is set.
 */
export type ClockSign = 'set' | 'dated' | 'off' | 'unset';

/** Facts about the device itself in a signal. */
export type DeviceFacts = {
  readonly pid?: string;
  readonly release?: string;
  readonly restarted?: boolean;
  /** Whether the PKI configuration is saved. */
  readonly saved?: boolean;
  /** The trustpool output that an operator gave has the new root. */
  readonly checked?: boolean;
  /** A capture shows that this was the last success, in milliseconds. */
  readonly success?: number;
  /** A capture shows whether licences are reserved. */
  readonly licensing?: ShownLicensing;
  /** A capture shows the licensing server that is used. */
  readonly uses?: ServerKind;
  /** Nothing in the line says which device it is of. */
  readonly nobodys?: true;
};

/** How the device got the new root: by an import, by an upgrade, or a check found the root on the device. */
export type Repair = {
  readonly at: number;
  readonly by: 'import' | 'upgrade' | 'check';
  /** False: a restart loses the root. Null: unknown. */
  readonly saved: boolean | null;
  /** Failures with weight since the repair. */
  readonly failures: number;
};

/** An import of the root that was not saved, and the restart that lost it. */
export type LostRepair = { readonly at: number; readonly lostAt: number };

/**
 * What the failures (or consequences) of one mnemonic say that have the same server and manner. A claim that no longer
 * holds is begun anew by the next failure.
 */
export type Claim = {
  readonly family: string;
  readonly mnemonic: string;
  readonly isFailure: boolean;
  readonly server: ServerKind;
  /** The host of a URL told the server: a text that names a peer may mean another one. */
  readonly byHost: boolean;
  readonly manner: Manner | null;
  readonly kind: ClaimKind;
  readonly weight: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  /** The last failure while the clock was not wrong; null if there was none. */
  readonly soundAt: number | null;
  /**
   * For failures that count although they timed out: the last ones that are not within an hour of another failure that
   * shows that there is no way out. Null for all others.
   */
  readonly aloneAt: readonly number[] | null;
};

/**
 * A period of failures, ended by a success at `to`. `repaired`: a repair was seen in the period. `proven`: a family
 * with proof had failed.
 */
export type Healed = {
  /** The device's clock was set in the period. */
  readonly clockSet: boolean;
  readonly from: number;
  readonly to: number;
  readonly repaired: boolean;
  readonly proven: boolean;
};

/** The inventory values that an incident depends on; null where the inventory has no value. */
export type Imported = {
  readonly pid: string | null;
  readonly release: string | null;
  readonly licensing: Licensing | null;
};

/** How often something was seen, with the first and the last time. */
export type Seen = { readonly firstAt: number; readonly lastAt: number; readonly count: number };

/** Everything about a device that its incident depends on. */
export type DeviceState = {
  /** What failed since the last success: one for each mnemonic, server and manner. */
  readonly claims: readonly Claim[];
  readonly failingPeers: readonly string[];
  /** Time of the last consequence that makes an incident critical, since the last success. */
  readonly criticalAt: number | null;
  /** Null: nothing is known. `unset` and `off`: the clock is wrong. */
  readonly clock: 'set' | 'unset' | 'off' | null;
  readonly lastSuccessAt: number | null;
  /** The last success of Cisco's side or of an unnamed peer: with it a year of grace begins. */
  readonly graceFrom: number | null;
  /** A success of another server than the one that failed: it counts once the failing one has been silent for long. */
  readonly movedAt: number | null;
  /** Of failures with weight, since the last success. */
  readonly firstFailureAt: number | null;
  /**
   * The same of licensing itself, since it fails as it does now: a revocation list fails wherever HTTP to the lists is closed,
   * so nothing begins with it.
   */
  readonly failsSince: number | null;
  readonly lastFailureAt: number | null;
  /** Learnt from messages. */
  readonly pid: string | null;
  readonly release: string | null;
  /** Learnt from captures. */
  readonly licensing: ShownLicensing | null;
  readonly uses: ServerKind | null;
  readonly imported: Imported | null;
  /** Lines are counted here that name no device, so that they may be of several. */
  readonly ofSeveral: boolean;
  readonly repair: Repair | null;
  readonly lostRepair: LostRepair | null;
  /** The last period of failures that a success ended. */
  readonly healed: Healed | null;
  /** Times at which the device healed by itself, the latest last; at most `limits.heals`. */
  readonly heals: readonly number[];
  /** When the wrong clock was set. */
  readonly clockSetAt: number | null;
  /** When the PKI configuration was changed. */
  readonly configuredAt: number | null;
  /** Messages that report a wrong clock. */
  readonly wrongClock: Seen | null;
  /** Number of incidents so far. */
  readonly ordinal: number;
  /** The open incident, else the last incident. */
  readonly incident: Incident | null;
};

export const noClaims: readonly Claim[] = [];

export const newDeviceState: DeviceState = {
  claims: noClaims,
  failingPeers: [],
  criticalAt: null,
  clock: null,
  lastSuccessAt: null,
  graceFrom: null,
  movedAt: null,
  firstFailureAt: null,
  failsSince: null,
  lastFailureAt: null,
  pid: null,
  release: null,
  licensing: null,
  uses: null,
  imported: null,
  ofSeveral: false,
  repair: null,
  lostRepair: null,
  healed: null,
  heals: [],
  clockSetAt: null,
  configuredAt: null,
  wrongClock: null,
  ordinal: 0,
  incident: null,
};
