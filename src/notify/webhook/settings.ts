import { Type } from 'typebox';
import {
  type BeyondSchema,
  type CommonSettings,
  closed,
  commonFields,
  file,
  headerNameProblem,
  headerValue,
  type SettingsForm,
  url,
} from '../settings-form.ts';

export type WebhookSettings = CommonSettings & {
  readonly kind: 'webhook';
  readonly url: string;
  /** The current secret first. During a change of secrets the old one signs as well. */
  readonly secrets: readonly string[];
  /** By lower-case name: what the receiver wants beside the headers of Standard Webhooks, or as `content-type`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly allowPrivate: boolean;
};

/** Standard Webhooks: 24 to 64 bytes in base64. */
const secret = Type.String({
  pattern: '^whsec_[A-Za-z0-9+/]{32,88}={0,2}$',
  description: 'whsec_ and 24 to 64 random bytes in base64, for example from `openssl rand -base64 32`',
  secret: true,
});

const schema = Type.Object(
  {
    kind: Type.Literal('webhook'),
    url,
    urlFile: file,
    secret: Type.Union([secret, Type.Array(secret, { minItems: 1, maxItems: 4 })]),
    secretFile: file,
    headers: Type.Optional(Type.Record(Type.String(), headerValue)),
    headersFile: file,
    allowPrivate: Type.Optional(Type.Boolean()),
    ...commonFields,
  },
  closed,
);
type Written = Type.Static<typeof schema>;

export const webhookForm = {
  schema,
  secrets: { url: 'text', secret: 'lines', headers: 'headers' },
  urls: 'url',
  problems: ({ headers }) => headersProblems(headers),
  settings: ({ kind, url, secret, headers = {}, allowPrivate = false }: Written, common): WebhookSettings => ({
    ...common,
    kind,
    url,
    secrets: [secret].flat(),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    allowPrivate,
  }),
} satisfies SettingsForm;

/** The names of headers that cannot be used. What is no section is left to the schema. */
function headersProblems(headers: unknown): BeyondSchema[] {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return [];
  const names = Object.keys(headers);
  return names.flatMap((name, index) => {
    const isSecond = names.slice(0, index).some((other) => other.toLowerCase() === name.toLowerCase());
    const words = isSecond ? 'this header is given twice' : headerNameProblem(name);
    return words === null ? [] : [{ steps: ['headers', name], words }];
  });
}
