import { h } from 'preact';
import { ask, query } from '../router.ts';
import { words } from '../words/en.ts';

/** `day`: a day of UTC; the query has its first moment. `key`: the key that leads to the field. */
export type QueryField = {
  readonly name: string;
  readonly label: string;
  readonly kind?: 'text' | 'search' | 'day';
  readonly key?: string;
  readonly placeholder?: string;
  readonly maxLength?: number;
  /** The values that it may have, with what they say. */
  readonly choices?: Readonly<Record<string, string>>;
};

type Props = { readonly fields: readonly QueryField[]; readonly label: string; readonly button?: string };

const TYPES = { text: 'text', search: 'search', day: 'date' } as const;
const MIDNIGHT = 'T00:00:00Z';

/** Fields that stand in the query of the page. */
export function QueryForm({ fields, label, button = words.apply }: Props) {
  const submit = (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const textOf = ({ name, kind }: QueryField) => {
      const text = `${data.get(name) ?? ''}`.trim();
      return kind === 'day' && text !== '' ? text + MIDNIGHT : text;
    };
    ask(Object.fromEntries(fields.map((field) => [field.name, textOf(field)])));
  };
  return h(
    'form',
    { role: 'search', 'aria-label': label, class: 'asks', onSubmit: submit },
    fields.map(({ name, label, kind = 'text', key, placeholder, maxLength = 256, choices }) => {
      const value = query.value.get(name) ?? '';
      return h(
        'label',
        { key: `${name} ${value}` },
        label,
        choices === undefined
          ? h('input', {
              ...{ name, type: TYPES[kind], 'data-key': key, placeholder, maxLength },
              defaultValue: kind === 'day' ? value.slice(0, 10) : value,
            })
          : h(
              'select',
              { name },
              h('option', { value: '' }, words.all),
              Object.entries(choices).map(([choice, text]) =>
                h('option', { value: choice, key: choice, selected: choice === value }, text),
              ),
            ),
      );
    }),
    h('button', { type: 'submit' }, button),
  );
}
