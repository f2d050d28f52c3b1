/**
 * The types of the data path: Chunk → Frame → Envelope → Message → Signal. Times are milliseconds since 1970 in UTC.
 */

/** The transports of sockets: `src/receive/transports.ts` has a row for each. */
export type LiveTransport = 'udp' | 'tcp' | 'tls' | 'relp';

/** How a record came here. `file`: by a file, in whose lines time passes as they are read. */
export type Transport = LiveTransport | 'file';

/**
 * How the end of a record was found: RFC 5426, RFC 6587 §3.4.1 and §3.4.2, by the beginning of the next record (IOS
 * over TCP), by the end of the stream, or by the frame of RELP.
 */
export const framings = ['datagram', 'octet-counting', 'lf', 'nul', 'unframed', 'end', 'relp'] as const;
export type Framing = (typeof framings)[number];

/** One syslog record: the bytes `[start, end)` of a shared buffer, without its delimiter. */
export type Frame = {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly peer: string | null;
  readonly transport: Transport;
  readonly receivedAt: number;
  /** The record was longer than the limit and was cut. */
  readonly truncated: boolean;
  /** The certificate of the sender has the name of the device in it (`syslog.tls.peers` with `device`). */
  readonly certified?: boolean | undefined;
};

/** State of the device's clock by its own mark: `*` was never set, `.` has lost its synchronisation. */
export type TimeQuality = 'synchronized' | 'unsynchronized' | 'unset' | 'uptime' | 'none';

export type Stamp = {
  /** Null where the stamp carries no date. */
  readonly instant: number | null;
  /** As the stamp reads, in milliseconds as if it were of UTC; null where it carries no date. */
  readonly local: number | null;
  readonly quality: TimeQuality;
  readonly yearAssumed: boolean;
  readonly zoneAssumed: boolean;
  /** The time since the start of the device, as written; only where the stamp is that. */
  readonly uptime?: string;
};

export const noStamp: Stamp = {
  instant: null,
  local: null,
  quality: 'none',
  yearAssumed: false,
  zoneAssumed: false,
};

/** The header, left of the message code. There is always an envelope; fields that cannot be read are null. */
export type Envelope = {
  readonly priority: number | null;
  /** IOS's message counter: lines sent to this collector. */
  readonly counter: number | null;
  /** `service sequence-numbers`. */
  readonly sequence: number | null;
  /** `logging origin-id`, or the name at its position. */
  readonly origin: string | null;
  /** RFC 5424 HOSTNAME, or the host that a relay wrote. */
  readonly relayHost: string | null;
  readonly stamp: Stamp;
  readonly relayStamp: Stamp;
};

/** The values in a body. Absent values are null. */
export type Fields = {
  /** The licensing peer that the text names. */
  readonly server: string | null;
  readonly reason: string | null;
  readonly url: string | null;
  readonly errorCode: number | null;
  readonly errorText: string | null;
  readonly trustpoint: string | null;
  readonly pid: string | null;
  readonly serial: string | null;
};

export const noFields: Fields = {
  server: null,
  reason: null,
  url: null,
  errorCode: null,
  errorText: null,
  trustpoint: null,
  pid: null,
  serial: null,
};

/**
 * Why a tracked message has no fields: the mnemonic or the body is not in the grammar, or the body has two readings.
 */
export type UnparsedReason = 'unknown-mnemonic' | 'unknown-body' | 'ambiguous';

type Code = { readonly facility: string; readonly severity: number | null; readonly mnemonic: string };

export type Message =
  | (Code & { readonly outcome: 'parsed'; readonly fields: Fields; readonly text: string })
  | (Code & { readonly outcome: 'text-only'; readonly why: UnparsedReason; readonly text: string })
  | (Code & { readonly outcome: 'other'; readonly text: string })
  | { readonly outcome: 'no-core'; readonly text: string };

/** A message of a facility that the program reads. */
export type TrackedMessage = Extract<Message, { outcome: 'parsed' | 'text-only' }>;

export type Outcome = Message['outcome'];

/** The role of a message for the incident. */
export type SignalKind = 'failure' | 'consequence' | 'recovery' | 'remediation' | 'clock' | 'hint' | 'neutral';

export type Cause = 'trust' | 'transport' | 'dns' | 'network' | 'configuration' | 'clock' | 'ambiguous';

/** The kinds of licensing servers: Cisco's own, one of the customer, Cisco's utility on the customer's site, not known. */
export const serverKinds = ['cisco', 'own', 'cslu', 'unnamed'] as const;
export type ServerKind = (typeof serverKinds)[number];

/**
 * How a failure came about. `refused`: the server's certificate or a signature was refused, which is proof. `aborted`:
 * the connection ended, and nothing says why. `denied`: the server has answered, and said no.
 */
export const manners = ['refused', 'aborted', 'timeout', 'unresolved', 'disabled', 'denied', 'clock'] as const;
export type Manner = (typeof manners)[number];

/** A `state` holds until a success; an `event` holds for the window. */
export type ClaimKind = 'state' | 'event';

/** The meaning of a message under an advisory. `manner`: null unless the message is a failure. */
export type Classification = {
  readonly kind: SignalKind;
  readonly family: string | null;
  readonly cause: Cause | null;
  readonly manner: Manner | null;
  readonly server: ServerKind;
  readonly claim: ClaimKind;
  readonly weight: number;
};

/** Of what says nothing about licensing. */
export const neutral: Classification = {
  kind: 'neutral',
  family: null,
  cause: null,
  manner: null,
  server: 'unnamed',
  claim: 'event',
  weight: 0,
};
