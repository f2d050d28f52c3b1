/** How many rows of a list have each value: `GET …/facets`. */
import { Type } from 'typebox';
import { nullable } from './types.ts';

/** Values of one facet that an answer has. */
const MOST_VALUES = 100;

type Counted = { readonly value: string | boolean | null; readonly count: number };

/** The schema of an answer with these facets. */
export function facetsSchema(names: readonly string[], rows: string) {
  const values = Type.Array(
    Type.Object({
      value: nullable(Type.Union([Type.String(), Type.Boolean()]), { description: 'null: those without a value' }),
      count: Type.Integer(),
    }),
  );
  return Type.Object({
    total: Type.Integer({ description: `${rows} that meet all filters` }),
    facets: Type.Object(Object.fromEntries(names.map((name) => [name, values])), {
      description:
        `${rows} by value, the most frequent first, at most ${MOST_VALUES} values each. ` +
        'The filter on a facet itself does not restrict its counts: they say what another choice would give',
    }),
    others: Type.Object(Object.fromEntries(names.map((name) => [name, Type.Integer()])), {
      description: `${rows} with a value that is not in the list of the facet`,
    }),
  });
}

/** `facets`: by name, the most frequent first. */
export function facetsView(total: number, facets: Readonly<Record<string, readonly Counted[]>>) {
  const entries = Object.entries(facets);
  const others = entries.map(([name, values]) => {
    const rest = values.slice(MOST_VALUES).reduce((sum, { count }) => sum + count, 0);
    return [name, rest] as const;
  });
  return {
    total,
    facets: Object.fromEntries(entries.map(([name, values]) => [name, values.slice(0, MOST_VALUES)])),
    others: Object.fromEntries(others),
  };
}
