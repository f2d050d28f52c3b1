import { h } from 'preact';
import type { Loaded } from '../load.ts';
import { chosen, toggle } from '../query/lists.ts';
import { Failure } from '../ui/parts.ts';
import { words } from '../words/en.ts';

export type FacetName = keyof typeof words.facets;

export type Facets = {
  readonly total: number;
  readonly facets: Readonly<
    Record<string, readonly { readonly value: string | boolean | null; readonly count: number }[]>
  >;
};

/** Values of a facet that are shown while it is not open. */
const SHOWN = 8;

/** What a list can be narrowed to, with counts. A facet's own choice does not change its counts. */
export function FacetColumn({
  loaded,
  names,
}: {
  readonly loaded: Loaded<Facets>;
  readonly names: readonly FacetName[];
}) {
  const isNarrow = matchMedia('(width < 48rem)').matches;
  return h(
    'details',
    { class: 'facets', open: !isNarrow },
    h('summary', {}, words.filters),
    h(Failure, { loaded }),
    names.map((name) => h(Facet, { name, counted: loaded.data?.facets[name] ?? [], key: name })),
  );
}

function Facet({
  name,
  counted,
}: {
  readonly name: FacetName;
  readonly counted: NonNullable<Facets['facets'][string]>;
}) {
  const selected = chosen(name);
  const rows = counted.map(({ value, count }) => ({ value: `${value ?? ''}`, count }));
  for (const value of selected)
    if (!rows.some((row) => row.value === value) && value !== 'open' && value !== 'any') rows.push({ value, count: 0 });
  if (rows.length === 0) return null;
  const row = ({ value, count }: { value: string; count: number }) =>
    h(
      'li',
      { key: value },
      h(
        'label',
        {},
        h('input', { type: 'checkbox', checked: selected.includes(value), onChange: () => toggle(name, value) }),
        h('bdi', {}, labelOf(name, value)),
        h('span', { class: 'count' }, count.toLocaleString('en')),
      ),
    );
  return h(
    'fieldset',
    {},
    h('legend', {}, words.facets[name]),
    h('ul', {}, rows.slice(0, SHOWN).map(row)),
    rows.length > SHOWN &&
      h('details', {}, h('summary', {}, words.more(rows.length - SHOWN)), h('ul', {}, rows.slice(SHOWN).map(row))),
  );
}

function labelOf(name: FacetName, value: string): string {
  if (name === 'acknowledged') return value === 'true' ? words.acknowledged : words.notAcknowledged;
  if (name === 'listed') return value === 'true' ? words.isListed : words.isNotListed;
  return value === '' ? words.none : value;
}
