import { Type } from 'typebox';
import type { Grouping } from '../../core/announce/alerts.ts';
import { msOf } from '../../core/model/duration.ts';
import { type CommonSettings, closed, commonFields, duration, type SettingsForm, url } from '../settings-form.ts';

export type AlertmanagerSettings = CommonSettings & {
  readonly kind: 'alertmanager';
  /** Every peer of the cluster, without a slash at the end. */
  readonly urls: readonly string[];
  readonly resendMs: number;
  readonly grouping: Grouping;
};

const DEFAULT_RESEND = '1m';
const DEFAULT_GROUPING = { above: 10, within: '10m' };

const schema = Type.Object(
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
    ...commonFields,
  },
  closed,
);
type Written = Type.Static<typeof schema>;

export const alertmanagerForm = {
  schema,
  durations: { resend: ['1s', '1d'], 'grouping.within': ['1s', '7d'] },
  urls: 'urls',
  settings: ({ kind, urls, resend, grouping }: Written, common): AlertmanagerSettings => ({
    ...common,
    kind,
    urls: urls.map((text) => text.replace(/\/+$/, '')),
    resendMs: msOf(resend ?? DEFAULT_RESEND),
    grouping: groupingOf(grouping),
  }),
} satisfies SettingsForm;

function groupingOf(written: Written['grouping']): Grouping {
  if (written === null) return null;
  const { above, within } = { ...DEFAULT_GROUPING, ...written };
  return { above, withinMs: msOf(within) };
}
