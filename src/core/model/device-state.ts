import type { Incident } from './incident.ts';
import type { Licensing } from './inventory.ts';
import type { Cause, SignalKind } from './message.ts';

/** A signal as the machine takes it, with the event time that decides. */
export type SignalEvent = {
  readonly at: number;
  /** How many messages it stands for: more than one where repetitions were summed up. */
  readonly times: number;
  /** What copies of one message share; null where copies cannot be told from repetitions. */
  readonly fingerprint: number | null;
  /** IOS's message counter; a copy that a relay passed on may lack it. */
  readonly counter: number | null;
  /** `operator`: no message, but what a person did. */
  readonly kind: SignalKind | 'operator';
  readonly family: string | null;
  readonly cause: Cause | null;
  readonly weight: number;
  readonly mnemonic: string;
  /** The licensing peers that the text names, sorted by the advisory; empty if it names none. */
  readonly peers: readonly string[];
  /** What the line says of the device's clock. */
  readonly clock: 'set' | 'unset' | null;
  /** A consequence that makes the incident critical. */
  readonly critical: boolean;
  readonly facts: DeviceFacts | null;
};

/** What a signal says of the device itself. */
export type DeviceFacts = {
  readonly pid?: string;
  readonly release?: string;
  readonly restarted?: boolean;
  /** Whether the PKI configuration is saved. */
  readonly saved?: boolean;
  /** Whether a trustpool that was looked at has the new root. */
  readonly checked?: boolean;
};

/** How the device came by the new root: by an import, a release that has it, or somebody looked and it is there. */
export type Repair = {
  readonly at: number;
  readonly by: 'import' | 'upgrade' | 'check';
  /** False: a restart loses it. Null: nothing was said. */
  readonly saved: boolean | null;
};

/** `repaired`: a repair was seen meanwhile; `proven`: a family with proof had failed. */
export type Healed = {
  /** Its clock was set meanwhile. */
  readonly clockSet: boolean;
  readonly from: number;
  readonly to: number;
  readonly repaired: boolean;
  readonly proven: boolean;
};

/** What the inventory says that decides of an incident; null where it says nothing. */
export type Imported = {
  readonly pid: string | null;
  readonly release: string | null;
  readonly licensing: Licensing | null;
};

/** How often, and between which times, something was seen. */
export type Seen = { readonly firstAt: number; readonly lastAt: number; readonly count: number };

/** Everything known of a device that decides of its incident. */
export type DeviceState = {
  /** Families with weight (and consequences) since the last accepted success. */
  readonly families: Readonly<Record<string, Seen>>;
  /** Counter-evidence by cause. */
  readonly counter: Readonly<Record<string, Seen>>;
  readonly failingPeers: readonly string[];
  /** When a consequence was last seen that makes an incident critical, since the last success. */
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
  /** The last failure that ended with a success. */
  readonly healed: Healed | null;
  /** When the clock was set that had been unset, when the PKI configuration was changed, and who told of a wrong clock. */
  readonly clockSetAt: number | null;
  readonly configuredAt: number | null;
  readonly wrongClock: Seen | null;
  /** Incidents so far. */
  readonly ordinal: number;
  /** The open one, or the last one. */
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
