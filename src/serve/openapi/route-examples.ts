/** The conventions for what a route says of itself in its schema: `operationId`, `tags`, `summary` and `examples`. */

import type { TSchema } from 'typebox';

/** One request to a route that is answered with 200 by a service that knows `sample`; a test sends each of them. */
export type RouteExample = {
  /** What the request asks for, in a few words. */
  readonly summary: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** An object is sent as JSON, a text as the first type that the route takes. */
  readonly body?: unknown;
};

declare module 'fastify' {
  interface FastifySchema {
    /** At least one for each route that is described. */
    readonly examples?: readonly RouteExample[];
    /** What a JSON body is that the route checks itself, where `consumes` names several types. */
    readonly describedBody?: TSchema;
    /** The events of a stream, by name. */
    readonly events?: Readonly<Record<string, TSchema>>;
  }
}

/** The tags of routes, in the order of the document. A route has one. */
export const tags = {
  incidents: 'Trust failures, one of a device at a time',
  devices: 'Devices that have sent a tracked message or are in the inventory',
  inventory: 'What the owner says of the devices',
  fleet: 'All devices together: counts, what to repair next, how often the diagnosis was right',
  messages: 'Lines that count, and lines that could not be read',
  notices: 'Notices to webhooks and pagers, and the sinks themselves',
  stream: 'What changes, as server-sent events',
  advisories: 'What a trust failure is, and which releases are affected',
  service: 'The service itself: health, lost lines, configuration, backups, metrics',
} as const;

export type Tag = keyof typeof tags;

/** Names that examples use. The addresses are those of documentation (RFC 5737). */
export const sample = {
  device: 'sw-press-01',
  incident: 'qv-sw-press-01-1',
  plant: 'North',
  /** One of `http.writeTokens`. */
  token: 'the-token',
  address: '192.0.2.17',
  serial: 'FOC0000A1B2',
  pid: 'IE-3300-8T2S',
  release: '17.3.3',
  sink: 'pager',
} as const;

/** The output of `show crypto pki trustpool`, cut after its first certificate. */
export const trustpoolSample = `${sample.device}#show crypto pki trustpool
CA Certificate
  Status: Available
  Certificate Serial Number (hex): 0509
  Certificate Usage: Signature
  Issuer:
    cn=QuoVadis Root CA 2
    o=QuoVadis Limited
    c=BM
  Subject:
    cn=QuoVadis Root CA 2
    o=QuoVadis Limited
    c=BM
  Validity Date:
    start date: 18:27:00 UTC Nov 24 2006
    end   date: 18:23:33 UTC Nov 24 2031
  Associated Trustpoints: Trustpool
  Trustpool: Built-In
`;

/** The end of the output of `show license status`, with the time in front of it. */
export const captureSample = `${sample.device}#show license status
Load for five secs: 5%/0%; one minute: 5%; five minutes: 5%
Time source is NTP, 06:00:00.000 UTC Mon Feb 7 2022
Smart Licensing is ENABLED
Transport:
  Type: Callhome
Registration:
  Status: REGISTERED
License Authorization:
  Status: AUTHORIZED on Feb 01 06:00:00 2022 UTC
  Last Communication Attempt: SUCCEEDED on Feb 01 06:00:00 2022 UTC
${sample.device}#
`;
