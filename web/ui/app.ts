import { type ComponentType, h } from 'preact';
import { useEffect } from 'preact/hooks';
import { pageAt } from '../pages/table.ts';
import { path, query } from '../router.ts';
import { words } from '../words/en.ts';
import { Confirming } from './ask.ts';
import { Banner } from './banner.ts';
import { Header } from './header.ts';
import { KeyHelp } from './key-help.ts';

/** What every page is called with: the names in its path. */
export type PageProps = { readonly name: string };
export type Page = ComponentType<PageProps>;

/** The whole: header, banner, the page that the path names, and dialogs. */
export function App() {
  const { page, name, title } = pageAt(path.value);
  const isWall = query.value.has('wall');
  useEffect(() => {
    document.title = name === '' ? `${title} · quovadis-watch` : `${name} · ${title} · quovadis-watch`;
  }, [title, name]);
  // Who cannot see the page learns that it is another one by the focus on its heading.
  useEffect(() => {
    document.documentElement.toggleAttribute('data-wall', isWall);
    // A page whose file is still loading has no heading yet.
    const heading = document.querySelector<HTMLElement>('h1') ?? document.getElementById('main');
    if (heading === null || document.activeElement?.closest('dialog') != null) return;
    heading.tabIndex = -1;
    if (path.value !== firstPath) heading.focus({ preventScroll: true });
    firstPath = null;
  }, [path.value, isWall]);
  return h(
    'div',
    { class: 'frame' },
    h('a', { class: 'skip', href: '#main' }, words.skip),
    h(Header, { isWall }),
    h(Banner, {}),
    h('main', { id: 'main', key: path.value }, h(page, { name })),
    h(Confirming, {}),
    h(KeyHelp, {}),
  );
}

let firstPath: string | null = path.value;
