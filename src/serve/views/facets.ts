import { type TSchema, Type } from 'typebox';
import type { Facets } from '../../core/fleet/facets.ts';

const valuesSchema = Type.Array(Type.Object({ value: Type.String(), count: Type.Integer() }), { maxItems: 100 });

/** Counts by facet, and how many rows there are of values that are not in its list. */
export function facetsSchema<N extends string>(names: readonly N[]) {
  const each = <T extends TSchema>(schema: T) =>
    Type.Object(Object.fromEntries(names.map((name) => [name, schema])) as Record<N, T>);
  return Type.Object({
    total: Type.Integer({ description: 'rows that fit all filters' }),
    facets: Type.Object(each(valuesSchema).properties, {
      description:
        'the most frequent value first, at most 100; a facet counts the rows that fit all filters but its own, so that other values can be chosen, too',
    }),
    others: Type.Object(each(Type.Integer()).properties, { description: 'rows with a value that is not in the list' }),
  });
}

export function facetsView({ total, facets }: Facets) {
  const each = <T>(of: (name: keyof typeof facets) => T) =>
    Object.fromEntries((Object.keys(facets) as (keyof typeof facets)[]).map((name) => [name, of(name)])) as Record<
      keyof typeof facets,
      T
    >;
  return {
    total,
    facets: each((name) => facets[name].values.map((value) => ({ ...value }))),
    others: each((name) => facets[name].others),
  };
}
