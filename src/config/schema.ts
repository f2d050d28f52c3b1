import { Type } from 'typebox';
import type { SinkSettings } from '../notify/sinks.ts';

const closed = { additionalProperties: false };
const DURATION = { pattern: '^(?:\\d+(?:ms|[smhdw]))+$', description: 'a duration like 48h, 90m or 35d' };
const duration = Type.String(DURATION);
/** Everything with this form is checked as the address of a listener. */
export const ADDRESS = '^(?:\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]\\s]+):\\d{1,5}$';
const address = Type.String({ pattern: ADDRESS, description: 'HOST:PORT or [IPv6]:PORT' });
const off = Type.Null();
const kept = (description: string) => Type.Unsafe<string>({ ...duration, form: DURATION.description, description });
const secretFile = (description: string) => Type.Union([Type.String({ minLength: 1 }), off], { description });

/** The schema of the configuration. Every key has a default, so an empty file is valid. */
export const configSchema = Type.Object(
  {
    data: Type.String({ minLength: 1, description: 'the directory of quovadis.db' }),
    store: Type.Union([Type.String({ minLength: 1 }), off], {
      description: 'a database of PostgreSQL instead of quovadis.db: postgres://ROLE@HOST:5432/DATABASE; null = off',
    }),
    instance: Type.Union([Type.String({ minLength: 1, maxLength: 63 }), off], {
      description: 'the name of this instance among those of one database; null = the name of the host',
    }),
    feed: Type.Union([Type.Literal('copies'), Type.Literal('shared')], {
      description: 'copies: each instance gets every line; shared: a balancer keeps each sender at one instance',
    }),
    advisory: Type.Union([Type.String({ minLength: 1 }), off], {
      description: 'an advisory file; null = the shipped advisory',
    }),
    syslog: Type.Object(
      {
        udp: Type.Union([address, off], { description: 'the address for syslog over UDP; null = off' }),
        tcp: Type.Union([address, off], { description: 'the address for syslog over TCP; null = off' }),
        tls: Type.Union(
          [
            Type.Object(
              {
                listen: address,
                cert: Type.String({ minLength: 1 }),
                key: Type.String({ minLength: 1 }),
                clientCa: Type.Union([Type.String({ minLength: 1 }), off]),
                peers: Type.Array(Type.String({ minLength: 1 })),
              },
              closed,
            ),
            off,
          ],
          { description: 'syslog over TLS: listen, cert, key, clientCa, peers; null = off' },
        ),
        relp: Type.Union(
          [
            Type.Object(
              {
                listen: address,
                cert: Type.Union([Type.String({ minLength: 1 }), off]),
                key: Type.Union([Type.String({ minLength: 1 }), off]),
                clientCa: Type.Union([Type.String({ minLength: 1 }), off]),
                peers: Type.Array(Type.String({ minLength: 1 })),
              },
              closed,
            ),
            off,
          ],
          {
            form: 'HOST:PORT, or a section with keys like listen, cert, key, clientCa, or null',
            description: 'syslog over RELP: HOST:PORT, or listen, cert, key, clientCa, peers; null = off',
          },
        ),
        allow: Type.Array(Type.String({ minLength: 1 }), { description: 'sender networks in CIDR; empty = all' }),
        relays: Type.Array(Type.String({ minLength: 1 }), {
          description:
            'networks of relays in CIDR: they may take 64 times as much as perSource says, and identify no device',
        }),
        proxy: Type.Array(Type.String({ minLength: 1 }), {
          description: 'networks of balancers in CIDR: their connections begin with a PROXY header',
        }),
        perSource: Type.Object(
          {
            connections: Type.Integer({ minimum: 1, maximum: 4096, description: 'stream connections of one sender' }),
            lines: Type.Integer({
              minimum: 1,
              maximum: 1_000_000,
              description: 'tracked lines of one sender a second; those of a minute may come at once',
            }),
            newDevices: Type.Integer({
              minimum: 1,
              maximum: 1_000_000,
              description: 'new devices of one sender a second; those of a minute may come at once',
            }),
          },
          closed,
        ),
        trustUnknownSenders: Type.Boolean({
          description:
            'a recovery counts whatever address it comes from; false: it waits if the address is not known for the device',
        }),
        zone: Type.String({
          minLength: 1,
          description: 'the time zone of timestamps that name no zone: UTC, +01:00 or an IANA name',
        }),
      },
      closed,
    ),
    http: Type.Object(
      {
        publicUrl: Type.Union(
          [Type.String({ pattern: '^https?://[^\\s]+$', description: 'an http:// or https:// URL' }), off],
          {
            description: 'the URL of the service in the links of notices; null = the address on which it listens',
          },
        ),
        listen: Type.Union([address, off], { description: 'the address of the API and the metrics; null = off' }),
        readTokens: Type.Array(Type.String({ minLength: 1 }), {
          secret: true,
          description: 'bearer tokens that may read; empty = no token needed on a loopback address',
        }),
        readTokensFile: secretFile('a file with readTokens, one on each line'),
        writeTokens: Type.Array(Type.String({ minLength: 1 }), {
          secret: true,
          description: 'bearer tokens that may write (and read)',
        }),
        writeTokensFile: secretFile('a file with writeTokens, one on each line'),
        tls: Type.Union(
          [
            Type.Object(
              {
                cert: Type.String({ minLength: 1 }),
                key: Type.String({ minLength: 1 }),
                clientCa: Type.Union([Type.String({ minLength: 1 }), off]),
              },
              closed,
            ),
            off,
          ],
          { description: 'HTTP over TLS: cert, key, clientCa; null = plain HTTP' },
        ),
        probe: Type.Union([address, off], {
          description: 'a further address with only /healthz and /readyz, without TLS; null = none',
        }),
        metrics: Type.Enum(['open', 'token'], {
          description: 'token = /metrics and /metrics/devices need a token as reading does',
        }),
        insecure: Type.Boolean({
          description: 'without tokens, also an address that is not loopback may be read by everybody',
        }),
      },
      closed,
    ),
    correlation: Type.Object(
      {
        window: Type.Union([duration, off], {
          description: 'how long an event is evidence; null = as the advisory says',
        }),
        lateness: Type.Union([duration, off], {
          description: 'how late a line may come and still be put into its place; null = as the advisory says',
        }),
        holdTime: Type.Union([duration, off], {
          description: 'how long a recovery must last without a failure; null = as the advisory says',
        }),
        staleAfter: Type.Union([duration, off], {
          description:
            'how long a silent device keeps an open incident before it is stale; null = as the advisory says',
        }),
        stateSuspectsAfter: Type.Union([duration, off], {
          description:
            'a state that has held this long on an affected release is suspected; null = as the advisory says',
        }),
        confirmAfter: Type.Union([duration, off], {
          description:
            'a further failure this long after the first confirms on an affected release; null = as the advisory says',
        }),
        serverMovedAfter: Type.Union([duration, off], {
          description:
            'a success of another server counts if the failing one is silent this long; null = as the advisory says',
        }),
        reopenWithin: Type.Union([duration, off], {
          description:
            'failures within this time after a resolution by a repair reopen the incident; null = as the advisory says',
        }),
        reopenUnrepairedWithin: Type.Union([duration, off], {
          description: 'the same after a resolution without a repair; null = as the advisory says',
        }),
      },
      closed,
    ),
    retention: Type.Object(
      {
        incidents: kept('how long incidents that are over are kept'),
        evidence: kept('how long evidence of such incidents is kept'),
        transitions: kept('how long changes of such incidents are kept'),
        unparsed: kept('how long lines that could not be read are kept'),
      },
      closed,
    ),
    backup: Type.Object(
      {
        directory: Type.Union([Type.String({ minLength: 1 }), off], {
          description: 'the directory of the backups that POST /api/v1/backup makes; null = it makes none',
        }),
        keep: Type.Integer({ minimum: 1, maximum: 10_000, description: 'how many backups stay in the directory' }),
      },
      closed,
    ),
    // `readSinks` checks the sinks: each kind has its own schema, in its folder below src/notify.
    sinks: Type.Unknown({ description: 'the sinks that get notices' }),
    sinksFile: secretFile('a YAML file with the list of sinks; null = they are in sinks'),
    log: Type.Object(
      {
        level: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
          description: 'the least severe level that is logged',
        }),
        format: Type.Enum(['auto', 'json', 'text'], {
          description: 'JSON or text; auto = text at a terminal, JSON otherwise',
        }),
      },
      closed,
    ),
  },
  closed,
);

/** `secretFiles`: the files that secrets were read from; none if left out. */
export type Config = Omit<Type.Static<typeof configSchema>, 'sinks'> & {
  readonly sinks: readonly SinkSettings[];
  readonly secretFiles?: readonly string[];
};

export const defaults: Config = {
  data: './data',
  store: null,
  instance: null,
  feed: 'copies',
  advisory: null,
  syslog: {
    udp: '0.0.0.0:5514',
    tcp: '0.0.0.0:5514',
    tls: null,
    relp: null,
    allow: [],
    relays: [],
    proxy: [],
    perSource: { connections: 16, lines: 5000, newDevices: 2000 },
    trustUnknownSenders: false,
    zone: 'UTC',
  },
  http: {
    listen: '127.0.0.1:9514',
    publicUrl: null,
    readTokens: [],
    readTokensFile: null,
    writeTokens: [],
    writeTokensFile: null,
    tls: null,
    probe: null,
    metrics: 'open',
    insecure: false,
  },
  correlation: {
    window: null,
    lateness: null,
    holdTime: null,
    staleAfter: null,
    stateSuspectsAfter: null,
    confirmAfter: null,
    serverMovedAfter: null,
    reopenWithin: null,
    reopenUnrepairedWithin: null,
  },
  retention: { incidents: '730d', evidence: '400d', transitions: '730d', unparsed: '90d' },
  backup: { directory: null, keep: 14 },
  sinks: [],
  sinksFile: null,
  log: { level: 'info', format: 'auto' },
};

/** The path of every key that has a value. Documentation and environment variables have exactly these keys. */
export const configKeys = [
  'data',
  'store',
  'instance',
  'feed',
  'advisory',
  'syslog.udp',
  'syslog.tcp',
  'syslog.tls.listen',
  'syslog.tls.cert',
  'syslog.tls.key',
  'syslog.tls.clientCa',
  'syslog.tls.peers',
  'syslog.relp.listen',
  'syslog.relp.cert',
  'syslog.relp.key',
  'syslog.relp.clientCa',
  'syslog.relp.peers',
  'syslog.allow',
  'syslog.relays',
  'syslog.proxy',
  'syslog.perSource.connections',
  'syslog.perSource.lines',
  'syslog.perSource.newDevices',
  'syslog.trustUnknownSenders',
  'syslog.zone',
  'http.listen',
  'http.publicUrl',
  'http.readTokens',
  'http.readTokensFile',
  'http.writeTokens',
  'http.writeTokensFile',
  'http.tls.cert',
  'http.tls.key',
  'http.tls.clientCa',
  'http.probe',
  'http.metrics',
  'http.insecure',
  'correlation.window',
  'correlation.lateness',
  'correlation.holdTime',
  'correlation.staleAfter',
  'correlation.stateSuspectsAfter',
  'correlation.confirmAfter',
  'correlation.serverMovedAfter',
  'correlation.reopenWithin',
  'correlation.reopenUnrepairedWithin',
  'retention.incidents',
  'retention.evidence',
  'retention.transitions',
  'retention.unparsed',
  'backup.directory',
  'backup.keep',
  'sinks',
  'sinksFile',
  'log.level',
  'log.format',
] as const;

/** `syslog.tls.clientCa` is `QUOVADIS_SYSLOG_TLS_CLIENT_CA`. */
export function environmentName(key: string): string {
  return `QUOVADIS_${key
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;
}
