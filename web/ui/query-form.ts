import { h } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { ask, query } from '../router.ts';
import { words } from '../words/en.ts';

/** `day`: a day of UTC; the query has its first moment. */
export type QueryField = {
  readonly name: string;
  readonly label: string;
  readonly kind?: 'text' | 'search' | 'day';
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
    fields.map((field) => h(Field, { field, key: field.name })),
    h('button', { type: 'submit' }, button),
  );
}

/** It stays the same element when the query is another one, so that who has typed into it keeps the focus. */
function Field({
  field: { name, label, kind = 'text', placeholder, maxLength = 256, choices },
}: {
  field: QueryField;
}) {
  const input = useRef<HTMLInputElement & HTMLSelectElement>(null);
  const asked = query.value.get(name) ?? '';
  const value = kind === 'day' ? asked.slice(0, 10) : asked;
  useLayoutEffect(() => {
    if (input.current !== null) input.current.value = value;
  }, [value]);
  return h(
    'label',
    {},
    label,
    choices === undefined
      ? h('input', { name, type: TYPES[kind], placeholder, maxLength, ref: input })
      : h(
          'select',
          { name, ref: input },
          h('option', { value: '' }, words.all),
          Object.entries(choices).map(([choice, text]) => h('option', { value: choice, key: choice }, text)),
        ),
  );
}
