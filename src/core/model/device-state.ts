import type { Incident } from './incident.ts';
import type { Licensing } from './inventory.ts';
import type { Cause, SignalKind } from './message.ts';

/** A signal as the state machine consumes it. */
export type SignalEvent = {
  /** Event time in milliseconds. */
  readonly at: number;
  /** Number of messages that the signal stands for: more than one if a device or relay summed up repetitions. */
  readonly times: number;
  /** Equal for copies of one message; null if a copy cannot be distinguished from a repetition. */
  readonly fingerprint: number | null;
  /** IOS's message counter; a copy that a relay forwarded may lack the counter. */
  readonly counter: number | null;
  /** `operator`: an action of a person, not a message. */
  readonly kind: SignalKind | 'operator';
  readonly family: string | null;
  readonly cause: Cause | null;
  readonly weight: number;
  readonly mnemonic: string;
  /** The licensing peers that the text names, as the advisory groups them; empty if the text names none. */
  readonly peers: readonly string[];
  /** The state of the device's clock; null if the line does not show it. */
  readonly clock: 'set' | 'unset' | null;
  /** True for a consequence that makes the incident critical. */
  readonly critical: boolean;
  readonly facts: DeviceFacts | null;
};

/** Facts about the device itself in a signal. */
export type DeviceFacts = {
  readonly pid?: string;
  readonly release?: string;
  readonly restarted?: boolean;
  /** Whether the PKI configuration is saved. */
  readonly saved?: boolean;
  /** The trustpool output that an operator gave has the new root. */
  readonly checked?: boolean;
};

/** How the device got the new root: by an import, by an upgrade, or a check found the root on the device. */
export type Repair = {
  readonly at: number;
  readonly by: 'import' | 'upgrade' | 'check';
  /** False: a restart loses the root. Null: unknown. */
  readonly saved: boolean | null;
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
  /** Families with weight (and consequences) since the last accepted success. */
  readonly families: Readonly<Record<string, Seen>>;
  /** Counter-evidence by cause. */
  readonly counter: Readonly<Record<string, Seen>>;
  readonly failingPeers: readonly string[];
  /** Time of the last consequence that makes an incident critical, since the last success. */
  readonly criticalAt: number | null;
  readonly clock: 'set' | 'unset' | null;
  readonly lastSuccessAt: number | null;
  /** Since the last success. */
  readonly firstFailureAt: number | null;
  readonly lastFailureAt: number | null;
  /** Learnt from messages. */
  readonly pid: string | null;
  readonly release: string | null;
  readonly imported: Imported | null;
  readonly repair: Repair | null;
  /** The last period of failures that a success ended. */
  readonly healed: Healed | null;
  /** When the unset clock was set. */
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

export const newDeviceState: DeviceState = {
  families: {},
  counter: {},
  failingPeers: [],
  criticalAt: null,
  clock: null,
  lastSuccessAt: null,
  firstFailureAt: null,
  lastFailureAt: null,
  pid: null,
  release: null,
  imported: null,
  repair: null,
  healed: null,
  clockSetAt: null,
  configuredAt: null,
  wrongClock: null,
  ordinal: 0,
  incident: null,
};
