import { signal } from '@preact/signals';
import { h } from 'preact';
import { partOnDemand } from './on-demand.ts';

export const searchIsOpen = signal(false);

const Search = partOnDemand(async () => (await import('./search.ts')).Search);

const onClose = () => {
  searchIsOpen.value = false;
};

/** The search over everything, while it is open. */
export function SearchBox() {
  return searchIsOpen.value ? h(Search, { onClose }) : null;
}
