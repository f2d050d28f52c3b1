import { h } from 'preact';
import { useLoad } from '../load.ts';
import { Failure } from '../ui/parts.ts';
import type { Facets } from './facets.ts';
import { countedIn, FAILING, FigureRow } from './figures.ts';

type Props = {
  /** As the history names it: an empty text are devices without one. */
  readonly plant: string;
  /** The plant as a filter of incidents. */
  readonly filter: string;
};

/** Open incidents of a plant. */
export function PlantFigures({ plant, filter }: Props) {
  const loaded = useLoad<Facets>(`incidents/facets?state=${FAILING}&${filter}`, 'live');
  const { data } = loaded;
  return [h(Failure, { loaded }), h(FigureRow, { counted: data === null ? null : countedIn(data), filter, plant })];
}
