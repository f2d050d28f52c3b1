/** Where notices go: `sinks` of the configuration, each of its own kind. */
import { isIP } from 'node:net';
import { closest } from 'fastest-levenshtein';
import { type TSchema, Type } from 'typebox';
import type { Grouping } from '../core/announce/alerts.ts';
import type { Filter } from '../core/announce/filter.ts';
import { incidentStates, severities } from '../core/model/incident.ts';
import { durationProblems, msOf } from './durations.ts';
import { schemaProblems } from './problems.ts';
import { isPublicAddress } from './public-address.ts';

type Common = {
  /** Unique; the value of the label `sink`. */
  readonly name: string;
  readonly only: Filter;
  /** Of one request, from its beginning to the end of the answer. */
  readonly timeoutMs: number;
  /** The header of that name; null for none. */
  readonly authorization: string | null;
};

export type AlertmanagerSettings = Common & {
  readonly kind: 'alertmanager';
  /** Every peer of the cluster. */
  readonly urls: readonly string[];
  readonly resendMs: number;
  readonly grouping: Grouping;
};

export type WebhookSettings = Common & {
  readonly kind: 'webhook';
  readonly url: string;
  /** The first is the current one; while a key is rotated the old one signs, too. */
  readonly secrets: readonly string[];
  readonly allowPrivate: boolean;
};

export type PagerDutySettings = Common & {
  readonly kind: 'pagerduty';
  readonly url: string;
  readonly routingKey: string;
  readonly allowPrivate: boolean;
};

export type SinkSettings = AlertmanagerSettings | WebhookSettings | PagerDutySettings;
export type NoticeSinkSettings = WebhookSettings | PagerDutySettings;

const closed = { additionalProperties: false };
const duration = Type.String({ pattern: '^(?:\\d+(?:ms|[smhdw]))+$', description: 'a duration: 30s, 1m' });
const url = Type.String({ pattern: '^https?://[^\\s]+$', description: 'http:// or https://' });
/** Standard Webhooks: 24 to 64 bytes in base64. */
const secret = Type.String({ pattern: '^whsec_[A-Za-z0-9+/]{32,88}={0,2}$' });

const common = {
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

const schemas = {
  alertmanager: Type.Object(
    {
      kind: Type.Literal('alertmanager'),
      urls: Type.Array(url, { minItems: 1 }),
      resend: Type.Optional(duration),
      grouping: Type.Optional(
        Type.Union([
          Type.Object({ above: Type.Optional(Type.Integer({ minimum: 1 })), within: Type.Optional(duration) }, closed),
          Type.Null(),
        ]),
      ),
      ...common,
    },
    closed,
  ),
  webhook: Type.Object(
    {
      kind: Type.Literal('webhook'),
      url,
      secret: Type.Union([secret, Type.Array(secret, { minItems: 1, maxItems: 4 })]),
      allowPrivate: Type.Optional(Type.Boolean()),
      ...common,
    },
    closed,
  ),
  pagerduty: Type.Object(
    {
      kind: Type.Literal('pagerduty'),
      routingKey: Type.String({ minLength: 1 }),
      url: Type.Optional(url),
      allowPrivate: Type.Optional(Type.Boolean()),
      ...common,
    },
    closed,
  ),
} satisfies Record<SinkSettings['kind'], TSchema>;

type Written = { [K in keyof typeof schemas]: Type.Static<(typeof schemas)[K]> }[keyof typeof schemas];

/** The keys of each kind, in the order in which they are documented. */
export const sinkKeys = Object.fromEntries(
  Object.entries(schemas).map(([kind, { properties }]) => [kind, Object.keys(properties)]),
) as Record<SinkSettings['kind'], string[]>;

export const sinkDefaults = {
  timeout: '15s',
  resend: '1m',
  grouping: { above: 10, within: '10m' },
  pagerDutyUrl: 'https://events.pagerduty.com/v2/enqueue',
} as const;

/** The sinks of a configuration; what is wrong with them is added to `problems`, each with its path. */
export function readSinks(value: unknown, problems: string[]): SinkSettings[] {
  if (!Array.isArray(value)) {
    problems.push('sinks: must be a list');
    return [];
  }
  const sinks: SinkSettings[] = [];
  for (const [index, written] of value.entries()) {
    const found = problemsOf(written).map((problem) => `sinks.${index}${problem}`);
    if (found.length === 0) sinks.push(settingsOf(written as Written, nameFor(written as Written, sinks)));
    problems.push(...found);
  }
  for (const [index, { name }] of sinks.entries()) {
    if (sinks.findIndex((other) => other.name === name) < index) {
      problems.push(`sinks.${index}.name: "${name}" is the name of another sink; their names must differ`);
    }
  }
  return sinks;
}

function problemsOf(written: unknown): string[] {
  const kinds = Object.keys(schemas) as SinkSettings['kind'][];
  const kind = (written as { kind?: unknown } | null)?.kind;
  if (typeof kind !== 'string') return [`.kind: give one of ${kinds.join(', ')}`];
  const schema = (schemas as Record<string, TSchema>)[kind];
  if (schema === undefined) return [`.kind: "${kind}" is unknown, did you mean "${closest(kind, kinds)}"?`];
  const problems = [...new Set(schemaProblems(schema, written).map(said))];
  if (problems.length > 0) return problems;
  return [...durations(written as Written), ...meaningless(written as Written)];
}

function durations(written: Written): string[] {
  const problems = durationProblems('.timeout', written.timeout, 'timeout');
  if (written.kind === 'alertmanager') {
    problems.push(...durationProblems('.resend', written.resend, 'resend'));
    problems.push(...durationProblems('.grouping.within', written.grouping?.within, 'within'));
  }
  return problems;
}

/** Behind the path of the sink; what a pattern means is said in words. */
function said(problem: string): string {
  if (problem.startsWith('the file: ')) return problem.replace('the file', '');
  const [, words] = WORDS.find(([pattern]) => pattern.test(problem)) ?? [];
  return `.${words ?? problem}`;
}

const WORDS: readonly (readonly [problem: RegExp, words: string])[] = [
  [
    /^secret(?:\.\d+)?: (?!unknown)/,
    'secret: write whsec_ and 24 to 64 random bytes in base64, as `openssl rand -base64 32` makes them',
  ],
  [
    /^authorization: (?!unknown)/,
    'authorization: write printable ASCII on one line, without blanks or a line end around it (in YAML |- instead of |)',
  ],
];

function meaningless(written: Written): string[] {
  const urls = urlsOf(written);
  const problems = urls.flatMap(([path, text]) => urlProblems(text).map((problem) => `.${path}: ${problem}`));
  if (written.kind === 'alertmanager' || written.allowPrivate === true || problems.length > 0) return problems;
  const { hostname } = new URL(written.url ?? sinkDefaults.pagerDutyUrl);
  // Whether a name leads to such an address is seen at each connection.
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 || isPublicAddress(hostname)
    ? problems
    : [`.url: ${hostname} is not a public address; if it is meant, set allowPrivate: true`];
}

function urlsOf(written: Written): [path: string, text: string][] {
  if (written.kind !== 'alertmanager') return [['url', written.url ?? sinkDefaults.pagerDutyUrl]];
  return written.urls.map((text, index) => [`urls.${index}`, text]);
}

/** What may be a password is not said again. */
function urlProblems(text: string): string[] {
  if (!URL.canParse(text)) return ['this is no URL'];
  const { username, password } = new URL(text);
  return username === '' && password === '' ? [] : ['a URL with a user or a password: give them as authorization'];
}

function settingsOf(written: Written, name: string): SinkSettings {
  const common: Common = {
    name,
    only: {
      states: written.only?.states ?? [],
      severities: written.only?.severities ?? [],
      plants: written.only?.plants ?? [],
    },
    timeoutMs: msOf(written.timeout ?? sinkDefaults.timeout),
    authorization: written.authorization ?? null,
  };
  switch (written.kind) {
    case 'alertmanager':
      return {
        ...common,
        kind: 'alertmanager',
        urls: written.urls.map((text) => text.replace(/\/+$/, '')),
        resendMs: msOf(written.resend ?? sinkDefaults.resend),
        grouping: groupingOf(written.grouping),
      };
    case 'webhook':
      return {
        ...common,
        kind: 'webhook',
        url: written.url,
        secrets: [written.secret].flat(),
        allowPrivate: written.allowPrivate ?? false,
      };
    case 'pagerduty':
      return {
        ...common,
        kind: 'pagerduty',
        url: written.url ?? sinkDefaults.pagerDutyUrl,
        routingKey: written.routingKey,
        allowPrivate: written.allowPrivate ?? false,
      };
  }
}

function groupingOf(written: { above?: number; within?: string } | null | undefined): Grouping {
  if (written === null) return null;
  const { above, within } = { ...sinkDefaults.grouping, ...written };
  return { above, withinMs: msOf(within) };
}

/** `webhook`, then `webhook-2`. */
function nameFor({ name, kind }: Written, sinks: readonly SinkSettings[]): string {
  if (name !== undefined) return name;
  const same = sinks.filter((sink) => sink.kind === kind).length;
  return same === 0 ? kind : `${kind}-${same + 1}`;
}
