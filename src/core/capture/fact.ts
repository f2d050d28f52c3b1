/** What a switch shows of itself: the facts that the output of its commands states, each with the line that states it. */

import type { ServerKind, TimeQuality } from '../model/message.ts';
import type { TrustpoolReading } from './trustpool.ts';

/** The commands whose output is read. `unknown`: another command, or a part that no command and no layout tells. */
export const sectionKinds = [
  'license-all',
  'license-status',
  'license-summary',
  'license-tech',
  'license-usage',
  'license-udi',
  'license-eventlog',
  'license-history',
  'trustpool',
  'certificates',
  'version',
  'clock',
  'ntp-status',
  'inventory',
  'running-config',
  'logging',
  'unknown',
] as const;
export type SectionKind = (typeof sectionKinds)[number];

/** A time as a device shows it. Its zone is never assumed. */
export type ShownTime = {
  /** As in the text: `Aug 30 19:03:00 2023 PDT`. */
  readonly text: string;
  /** Milliseconds since 1970 in UTC; null without a zone, or with a zone whose name means two zones. */
  readonly at: number | null;
  /** The same if the zone was UTC: who knows the zone subtracts its offset. */
  readonly local: number;
  /** The name of the zone; null if the text has none. */
  readonly zone: string | null;
  /** By the mark of the time itself, else by the mark of the capture's clock; `none` if no clock is shown. */
  readonly quality: TimeQuality;
  /**
   * `at` is known, and the clock was not marked `*` (not authoritative: never set, or not by a source of time). The mark
   * `.` (a source of time was lost since) leaves a time certain.
   */
  readonly certain: boolean;
};

/** What a device and its licensing server say to each other. */
export type Exchange =
  | 'registration'
  | 'renewal'
  | 'authorization'
  | 'ack'
  | 'report'
  | 'trust'
  | 'polling'
  | 'sync'
  | 'hello'
  | 'import';

/** The unit of a stack or chassis that a serial number is of; null where the text does not say. */
export type Unit = 'active' | 'standby' | 'member' | 'chassis' | null;

/** What a fact states. Texts are as the device shows them, without what surrounds them. */
export type Statement =
  /** `17.03.03`, `17.3.3a`, `15.2(7)E3`. */
  | { readonly kind: 'release'; readonly release: string }
  | { readonly kind: 'product'; readonly pid: string; readonly unit: Unit }
  | { readonly kind: 'serial'; readonly serial: string; readonly pid: string | null; readonly unit: Unit }
  | { readonly kind: 'hostname'; readonly hostname: string }
  /** `none`: Smart Licensing is disabled. */
  | { readonly kind: 'licensing'; readonly mode: 'classic' | 'policy' | 'none' }
  /** `some`: a reservation is enabled, and the text does not say which. `none`: it is disabled. */
  | { readonly kind: 'reservation'; readonly reservation: 'plr' | 'slr' | 'some' | 'none' }
  | { readonly kind: 'transport'; readonly transport: 'callhome' | 'smart' | 'cslu' | 'automatic' | 'off' }
  /** `server`: whose it is, as the advisory says of its host, and `cslu` where it is CSLU's address. */
  | { readonly kind: 'server'; readonly url: string; readonly server: ServerKind }
  | { readonly kind: 'vrf'; readonly vrf: string }
  | { readonly kind: 'proxy'; readonly address: string; readonly port: number | null }
  | { readonly kind: 'server-identity-check'; readonly on: boolean }
  /** `REGISTERED`, `UNREGISTERED`, `REGISTERING`, `REGISTRATION EXPIRED`; in capital letters. */
  | { readonly kind: 'registration'; readonly state: string }
  /** `AUTHORIZED`, `OUT OF COMPLIANCE`, `AUTHORIZATION EXPIRED`, `EVAL MODE`, `NOT INSTALLED`; in capital letters. */
  | { readonly kind: 'authorization'; readonly state: string; readonly at: ShownTime | null }
  /** The last success of an exchange. */
  | { readonly kind: 'success'; readonly of: Exchange; readonly at: ShownTime }
  /** When a report of usage was sent; that it arrived, only an `ack` says. */
  | { readonly kind: 'report-push'; readonly at: ShownTime }
  /**
   * The last failure of an exchange. `statistic`: it is counted, with the number of failures since the last success; null where the
   * text does not say.
   */
  | {
      readonly kind: 'failure';
      readonly of: Exchange;
      readonly at: ShownTime;
      readonly reason: string | null;
      readonly statistic?: { readonly ongoing: number | null };
    }
  /** `registration` expires, `communication` and `ack` are due then. */
  | { readonly kind: 'deadline'; readonly of: 'registration' | 'communication' | 'ack'; readonly at: ShownTime }
  /**
   * The clock: what it shows, and its source of time (`NTP`, `user configuration`, `hardware calendar`). Null where the
   * text does not say.
   */
  | { readonly kind: 'clock'; readonly now: ShownTime | null; readonly source: string | null }
  /** `offsetMs`: from the clock to its reference. */
  | { readonly kind: 'ntp'; readonly synchronized: boolean; readonly offsetMs: number | null }
  | { readonly kind: 'trustpool'; readonly reading: TrustpoolReading }
  /** A certificate of trustpoints. `serial` is hexadecimal; names are common names. */
  | {
      readonly kind: 'certificate';
      readonly serial: string;
      readonly subject: string | null;
      readonly issuer: string | null;
      readonly expires: ShownTime | null;
      readonly trustpoints: readonly string[];
    }
  /** The highest level number that is sent to the hosts; null: nothing is sent. */
  | { readonly kind: 'logging-trap'; readonly level: number | null }
  | { readonly kind: 'logging-host'; readonly host: string }
  /** `hostname`, `ip`, `ipv6` or the text of `string`; null: none is sent. */
  | { readonly kind: 'origin-id'; readonly origin: string | null }
  /** What is behind `service timestamps log`; null: lines have no stamp. */
  | { readonly kind: 'timestamps'; readonly form: string | null }
  | { readonly kind: 'sequence-numbers'; readonly on: boolean }
  /** A line of the buffer, for the reader of lines. */
  | { readonly kind: 'logged'; readonly logged: string }
  /** A row of the licensing agent's log of events: `SAEVT_COMM_FAIL` with `error="..."`. */
  | {
      readonly kind: 'event';
      readonly name: string;
      readonly at: ShownTime;
      readonly fields: Readonly<Record<string, string>>;
    };

export type Fact = Statement & {
  /** 1-based, in the text as it was given. */
  readonly line: number;
  readonly section: SectionKind;
  /** The words of this line that say it, without secrets. */
  readonly text: string;
  /** No public output shows this form; it is read as its words say. */
  readonly assumed?: true;
};

export type FactKind = Statement['kind'];

/** The output of one command. */
export type Section = {
  readonly kind: SectionKind;
  /** As it was typed; null if its kind is known by its layout only. */
  readonly command: string | null;
  /** The first line, 1-based. */
  readonly line: number;
  /** The time that the device shows in front of the output; null if it shows none. */
  readonly takenAt: ShownTime | null;
  /** The output does not end at a prompt or at the end that this command prints: what is missing is not absent. */
  readonly truncated: boolean;
};

/** A line that the reader of its section does not know. */
export type NotUnderstood = { readonly line: number; readonly text: string; readonly why: string };

/** What one device shows in a text. */
export type Capture = {
  /** By its prompts, else by the host name that an output shows; null if neither is there. */
  readonly device: string | null;
  /** The latest time that the device shows as its own; null if it shows none. */
  readonly takenAt: ShownTime | null;
  readonly sections: readonly Section[];
  /** In the order of the text. */
  readonly facts: readonly Fact[];
  /** At most `limits.captureNotUnderstood` of them. */
  readonly notUnderstood: readonly NotUnderstood[];
  /** All of them. */
  readonly notUnderstoodLines: number;
};

export const refusals = [
  'empty',
  'too-large',
  'binary',
  'encoding',
  'other-system',
  'no-section',
  'two-devices',
] as const;

/** A text, or a part of it, of which nothing is taken. */
export type Refused = {
  readonly why: (typeof refusals)[number];
  /** The first line of the part, 1-based. */
  readonly line: number;
  /** One sentence for a person: what it is, and what to do. */
  readonly text: string;
};

export type CaptureReading = { readonly captures: readonly Capture[]; readonly refused: readonly Refused[] };
