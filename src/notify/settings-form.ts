/** The form in which a kind of sink describes its settings, and what the settings of all kinds have in common. */
import { type TObject, Type } from 'typebox';
import type { Filter } from '../core/announce/filter.ts';
import { msOf } from '../core/model/duration.ts';
import { incidentStates, severities } from '../core/model/incident.ts';

/** What every kind has, ready to use. */
export type CommonSettings = {
  /** Unique; the value of the label `sink`. */
  readonly name: string;
  readonly only: Filter;
  /** Of one request, from its beginning to the end of the answer. */
  readonly timeoutMs: number;
  /** The header of that name; null for none. */
  readonly authorization: string | null;
};

export const closed = { additionalProperties: false };
export const duration = Type.String({ pattern: '^(?:\\d+(?:ms|[smhdw]))+$', description: 'a duration: 30s, 1m' });
export const url = Type.String({ pattern: '^https?://[^\\s]+$', description: 'http:// or https://' });

/** The keys of every kind. A kind writes them behind its own. */
export const commonFields = {
  name: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}$' })),
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
  authorization: Type.Optional(Type.String({ pattern: '^[!-~](?:[ -~]*[!-~])?$' })),
};

/** An entry of `sinks` as it is written, with the keys that may be in every kind. */
export type WrittenSink = Type.Static<Type.TObject<typeof commonFields>> & {
  readonly kind: string;
  readonly allowPrivate?: boolean;
};

/** The words for a problem of a schema that would otherwise quote a pattern. `problem` matches its path and message. */
export type Hint = readonly [problem: RegExp, words: string];

/** A duration as it is written, undefined where it is left out, and the least and the most that it may be. */
export type BoundedDuration = {
  readonly path: string;
  readonly text: string | undefined;
  readonly bounds: readonly [least: string, most: string];
};

/**
 * How a kind is configured. The methods get what the schema of the kind has accepted: `written` is the `Static` of that
 * schema, so an implementation may name it as the type of its parameter.
 */
export type SettingsForm = {
  /** `kind`, the keys of the kind, `commonFields`. With a key `allowPrivate` the URLs must be public unless it is true. */
  readonly schema: TObject;
  readonly hints?: readonly Hint[];
  /** Its durations beside `timeout`; none if left out. */
  durations?(written: WrittenSink): readonly BoundedDuration[];
  /** The addresses that it posts to, each with its path below the sink. */
  urls(written: WrittenSink): readonly (readonly [path: string, url: string])[];
  /** The typed settings. Durations and URLs have been checked. */
  settings(written: WrittenSink, common: CommonSettings): CommonSettings & { readonly kind: string };
};

export const DEFAULT_TIMEOUT = '15s';

/** `name`: the one that is written, or one that the list of sinks gives it. */
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
