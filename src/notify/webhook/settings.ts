import { Type } from 'typebox';
import { type CommonSettings, closed, commonFields, file, type SettingsForm, url } from '../settings-form.ts';

export type WebhookSettings = CommonSettings & {
  readonly kind: 'webhook';
  readonly url: string;
  /** The current secret first. During a change of secrets the old one signs as well. */
  readonly secrets: readonly string[];
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
    allowPrivate: Type.Optional(Type.Boolean()),
    ...commonFields,
  },
  closed,
);
type Written = Type.Static<typeof schema>;

export const webhookForm = {
  schema,
  secrets: { url: 'text', secret: 'lines' },
  urls: 'url',
  settings: ({ kind, url, secret, allowPrivate = false }: Written, common): WebhookSettings => ({
    ...common,
    kind,
    url,
    secrets: [secret].flat(),
    allowPrivate,
  }),
} satisfies SettingsForm;
