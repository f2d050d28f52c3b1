import { Type } from 'typebox';
import type { SinkSettings } from '../notify/sinks.ts';

const closed = { additionalProperties: false };
const duration = Type.String({ pattern: '^(?:\\d+(?:ms|[smhdw]))+$', description: 'a duration: 48h, 90m, 35d' });
const address = Type.String({
  pattern: '^(?:\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]\\s]+):\\d{1,5}$',
  description: 'HOST:PORT or [IPv6]:PORT; port 0 = any free one',
});
const off = Type.Null();

/** The configuration of product.md §7. Its defaults are complete: an empty file is a configuration. */
export const configSchema = Type.Object(
  {
    data: Type.String({ minLength: 1, description: 'the directory that quovadis.db lives in' }),
    advisory: Type.Union([Type.String({ minLength: 1 }), off], {
      description: 'an advisory file; null = the shipped one',
    }),
    syslog: Type.Object(
      {
        udp: Type.Union([address, off], { description: 'where syslog over UDP is taken; null = off' }),
        tcp: Type.Union([address, off], { description: 'where syslog over TCP is taken; null = off' }),
        tls: Type.Union(
          [
            Type.Object(
              {
                listen: address,
                cert: Type.String({ minLength: 1 }),
                key: Type.String({ minLength: 1 }),
                clientCa: Type.Union([Type.String({ minLength: 1 }), off]),
              },
              closed,
            ),
            off,
          ],
          { description: 'where syslog over TLS is taken: listen, cert, key, clientCa; null = off' },
        ),
        allow: Type.Array(Type.String({ minLength: 1 }), { description: 'sender networks in CIDR; empty = all' }),
        zone: Type.String({
          minLength: 1,
          description: 'the zone of stamps that name none: UTC, +01:00 or an IANA name',
        }),
      },
      closed,
    ),
    http: Type.Object(
      {
        publicUrl: Type.Union([Type.String({ pattern: '^https?://[^\\s]+$' }), off], {
          description: 'the address under which people reach it, for links in notices; null = the one it listens on',
        }),
        listen: Type.Union([address, off], { description: 'where the API and the metrics are served; null = off' }),
        readTokens: Type.Array(Type.String({ minLength: 1 }), {
          description: 'bearer tokens that may read; empty = anybody',
        }),
        writeTokens: Type.Array(Type.String({ minLength: 1 }), {
          description: 'bearer tokens that may write (and read)',
        }),
      },
      closed,
    ),
    correlation: Type.Object(
      {
        window: Type.Union([duration, off], { description: 'how long a family counts; null = as the advisory says' }),
        holdTime: Type.Union([duration, off], {
          description: 'how long a recovery must hold; null = as the advisory says',
        }),
        staleAfter: Type.Union([duration, off], {
          description: 'silence after which an open incident is stale; null = as the advisory says',
        }),
        reopenWithin: Type.Union([duration, off], {
          description: 'a failure this soon after the resolution reopens; null = as the advisory says',
        }),
      },
      closed,
    ),
    // Each kind of sink has a schema of its own, in its folder below src/notify.
    sinks: Type.Unknown({ description: 'where notices go' }),
    log: Type.Object(
      {
        level: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
          description: 'the least level that is logged',
        }),
      },
      closed,
    ),
  },
  closed,
);

export type Config = Omit<Type.Static<typeof configSchema>, 'sinks'> & { readonly sinks: readonly SinkSettings[] };

export const defaults: Config = {
  data: './data',
  advisory: null,
  syslog: { udp: '0.0.0.0:5514', tcp: '0.0.0.0:5514', tls: null, allow: [], zone: 'UTC' },
  http: { listen: '127.0.0.1:9514', publicUrl: null, readTokens: [], writeTokens: [] },
  correlation: { window: null, holdTime: null, staleAfter: null, reopenWithin: null },
  sinks: [],
  log: { level: 'info' },
};

/** Every key that has a value of its own, by its path, as documentation and environment variables name them. */
export const configKeys = [
  'data',
  'advisory',
  'syslog.udp',
  'syslog.tcp',
  'syslog.tls.listen',
  'syslog.tls.cert',
  'syslog.tls.key',
  'syslog.tls.clientCa',
  'syslog.allow',
  'syslog.zone',
  'http.listen',
  'http.publicUrl',
  'http.readTokens',
  'http.writeTokens',
  'correlation.window',
  'correlation.holdTime',
  'correlation.staleAfter',
  'correlation.reopenWithin',
  'sinks',
  'log.level',
] as const;

/** `syslog.tls.clientCa` is `QUOVADIS_SYSLOG_TLS_CLIENT_CA`. */
export function environmentName(key: string): string {
  return `QUOVADIS_${key
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;
}
