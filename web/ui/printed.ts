import { h } from 'preact';
import { hrefOf, whole } from '../router.ts';
import { absolute, now } from '../time.ts';
import { words } from '../words/en.ts';

/** On paper: where a page is from, and of when. Its times are relative to that. */
export function Printed() {
  const at = absolute(new Date(now.value).toISOString());
  return h('p', { class: 'printed' }, words.printed(location.origin + hrefOf(whole.value), at));
}

/** A style sheet prints an address as it stands in the page: each link gets its whole one before. */
export function addressLinksOnPaper(): void {
  const address = () => {
    for (const link of document.querySelectorAll<HTMLAnchorElement>('main a[href]'))
      link.dataset['address'] = link.href;
  };
  const paper = matchMedia('print');
  paper.addEventListener('change', () => paper.matches && address());
  addEventListener('beforeprint', address);
}
