import { Type } from 'typebox';
import { type CommonSettings, closed, commonFields, file, type SettingsForm, url } from '../settings-form.ts';

export type PagerDutySettings = CommonSettings & {
  readonly kind: 'pagerduty';
  readonly url: string;
  readonly routingKey: string;
  readonly allowPrivate: boolean;
};

const DEFAULT_URL = 'https://events.pagerduty.com/v2/enqueue';

const schema = Type.Object(
  {
    kind: Type.Literal('pagerduty'),
    routingKey: Type.String({ minLength: 1, secret: true }),
    routingKeyFile: file,
    url: Type.Optional(url),
    allowPrivate: Type.Optional(Type.Boolean()),
    ...commonFields,
  },
  closed,
);
type Written = Type.Static<typeof schema>;

export const pagerDutyForm = {
  schema,
  secrets: { routingKey: 'text' },
  urls: 'url',
  settings: ({ kind, url = DEFAULT_URL, routingKey, allowPrivate = false }: Written, common): PagerDutySettings => ({
    ...common,
    kind,
    url,
    routingKey,
    allowPrivate,
  }),
} satisfies SettingsForm;
