import { h } from 'preact';
import { useLoad } from '../load.ts';
import { Failure } from '../ui/parts.ts';
import type { Facets } from './facets.ts';
import { FAILING, FigureRow } from './figures.ts';

type Props = {
  /** As the history names it: an empty text are devices without one. */
  readonly plant: string;
  /** The plant as a filter of incidents. */
  readonly filter: string;
};

/** Open incidents of a plant. */
export function PlantFigures({ plant, filter }: Props) {
  // A facet's counts ignore its own filter, so that those that recover are counted, too.
  const loaded = useLoad<Facets>(`incidents/facets?state=${FAILING}&${filter}`, 'live');
  const { data } = loaded;
  const count = (facet: string, value: string) => data?.facets[facet]?.find((each) => each.value === value)?.count ?? 0;
  const counted = { of: (severity: string) => count('severity', severity), recovering: count('state', 'recovering') };
  return [h(Failure, { loaded }), h(FigureRow, { counted: data === null ? null : counted, filter, plant })];
}
