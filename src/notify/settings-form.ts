/** How a kind of sink describes its settings, and the settings that all kinds share. */
import { type TObject, Type } from 'typebox';
import type { Filter } from '../core/announce/filter.ts';
import { msOf } from '../core/model/duration.ts';
import { incidentStates, severities } from '../core/model/incident.ts';

/** The settings of every kind, with defaults and in typed form. */
export type CommonSettings = {
  /** Unique; the value of the label `sink`. */
  readonly name: string;
  readonly only: Filter;
  /** The limit for one request, from its beginning to the end of the answer. */
  readonly timeoutMs: number;
  /** The value of the header `authorization`; null for none. */
  readonly authorization: string | null;
};

export const closed = { additionalProperties: false };
export const duration = Type.String({ pattern: '^(?:\\d+(?:ms|[smhdw]))+$', description: 'a duration like 30s or 1m' });
export const url = Type.String({
  pattern: '^https?://[^\\s]+$',
  description: 'a URL that begins with http:// or https://',
  secret: true,
});

/** How a secret is written in a file: as the whole text, one on each line, or as `NAME: VALUE` on each line. */
export type SecretForm = 'text' | 'lines' | 'headers';

/** The name of a file that has the secret of the key without `File`. */
export const file = Type.Optional(Type.String({ minLength: 1 }));

/** The value of an HTTP header. */
export const headerValue = Type.String({
  pattern: '^[!-~](?:[ -~]*[!-~])?$',
  description: 'printable ASCII on one line, without blanks or line ends around it (in YAML |- instead of |)',
  secret: true,
});

/** A header name as HTTP has it (RFC 9110, token). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;

const BY_SERVICE = 'the service sets this header itself';
const BY_HTTP = 'HTTP sets this header itself';

/** Headers that nobody can set, with what to do instead. */
const TAKEN = new Map([
  ['authorization', 'give it in the key authorization, or in authorizationFile'],
  ...['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, BY_SERVICE] as const),
  ...[
    'host',
    'connection',
    'content-length',
    'transfer-encoding',
    'keep-alive',
    'upgrade',
    'expect',
    'te',
    'trailer',
  ].map((name) => [name, BY_HTTP] as const),
]);

/** What is wrong with the name of a header; null if it may be used. The words do not repeat it: it may be a secret by mistake. */
export function headerNameProblem(name: string): string | null {
  if (!NAME.test(name)) return 'a name of a header has only letters, digits and signs like - and _';
  return TAKEN.get(name.toLowerCase()) ?? null;
}

/** The secrets that every kind may have. */
export const commonSecrets = { authorization: 'text' } as const satisfies Record<string, SecretForm>;

/** The keys of every kind. In a schema they follow the keys of the kind. */
export const commonFields = {
  name: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9][a-z0-9_-]{0,63}$',
      description: '1 to 64 characters of a-z, 0-9, _ and -, the first of a-z and 0-9',
    }),
  ),
  only: Type.Optional(
    Type.Object(
      {
        states: Type.Optional(Type.Array(Type.Enum([...incidentStates]))),
        severities: Type.Optional(Type.Array(Type.Enum([...severities]))),
        plants: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
      },
      closed,
    ),
  ),
  timeout: Type.Optional(duration),
  authorization: Type.Optional(headerValue),
  authorizationFile: file,
};

/** An entry of `sinks` as written in the configuration, with the keys that every kind may have. */
export type WrittenSink = Type.Static<Type.TObject<typeof commonFields>> & {
  readonly kind: string;
  readonly allowPrivate?: boolean;
};

/** The least and the most that a duration may be. */
export type Bounds = readonly [least: string, most: string];

/** The bounds of the durations that every kind may have. */
export const commonDurations: Readonly<Record<string, Bounds>> = { timeout: ['100ms', '1h'] };

/** What is wrong with a value that its schema allows. `steps`: the keys that lead to it. `words`: never the value. */
export type BeyondSchema = { readonly steps: readonly string[]; readonly words: string };

/**
 * How a kind is configured. `settings` is called with an entry that the schema of the kind has accepted. So an
 * implementation may declare `written` with the `Static` type of its schema.
 */
export type SettingsForm = {
  /**
   * `kind`, the keys of the kind, `commonFields`. If it has the key `allowPrivate`, URLs must be public unless that is
   * true.
   */
  readonly schema: TObject;
  /**
   * The keys whose values are secrets, but for `commonSecrets`. Each may be in a file, which its key with `File` names;
   * the schema has both keys. The values reach the schema as if they were written in the configuration.
   */
  readonly secrets?: Readonly<Record<string, SecretForm>>;
  /** The bounds of its durations except `timeout`, by key (`grouping.within`); none if left out. */
  readonly durations?: Readonly<Record<string, Bounds>>;
  /** The key of the URL that the sink posts to, or of the list of them. */
  readonly urls: string;
  /** What no schema can say is wrong with an entry, which the schema may have refused. */
  problems?(written: Readonly<Record<string, unknown>>): readonly BeyondSchema[];
  /** The typed settings. Durations and URLs have been checked. */
  settings(written: WrittenSink, common: CommonSettings): CommonSettings & { readonly kind: string };
};

export const DEFAULT_TIMEOUT = '15s';

/** `name`: the name in the configuration, or a default from the list of sinks. */
export function commonSettings({ only, timeout, authorization }: WrittenSink, name: string): CommonSettings {
  return {
    name,
    only: { states: only?.states ?? [], severities: only?.severities ?? [], plants: only?.plants ?? [] },
    timeoutMs: msOf(timeout ?? DEFAULT_TIMEOUT),
    authorization: authorization ?? null,
  };
}

/** The header `authorization`, where one is set. */
export function authorizationHeader({ authorization }: CommonSettings): Readonly<Record<string, string>> {
  return authorization === null ? {} : { authorization };
}
