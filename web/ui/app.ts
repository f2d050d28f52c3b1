import { type ComponentType, h } from 'preact';
import { useEffect } from 'preact/hooks';
import { connection } from '../live/connection.ts';
import { pageAt } from '../pages/table.ts';
import { isWall, path } from '../router.ts';
import { words } from '../words/en.ts';
import { Confirming } from './ask.ts';
import { Banner } from './banner.ts';
import { focusHeading } from './focus.ts';
import { Header } from './header.ts';
import { isolated } from './isolated.ts';
import { KeyHelp } from './key-help.ts';
import { partOnDemand } from './on-demand.ts';
import { Printed } from './printed.ts';
import { SearchBox } from './search-box.ts';

/** What every page is called with: the names in its path. */
export type PageProps = { readonly name: string };
export type Page = ComponentType<PageProps>;

const WallShift = partOnDemand(async () => (await import('./wall-shift.ts')).WallShift);

/** The whole: header, banner, the page that the path names, and dialogs. */
export function App() {
  const { page, name, title } = pageAt(path.value);
  const onWall = isWall.value;
  useEffect(() => {
    document.title = name === '' ? `${title} · quovadis-watch` : `${isolated(name)} · ${title} · quovadis-watch`;
  }, [title, name]);
  useEffect(() => {
    document.documentElement.toggleAttribute('data-wall', onWall);
    if (path.value !== firstPath) focusHeading();
    firstPath = null;
  }, [path.value, onWall]);
  return h(
    'div',
    { class: connection.value?.state === 'gone' ? 'stale' : undefined },
    h('a', { class: 'skip', href: '#main' }, words.skip),
    h(Header, { isWall: onWall }),
    h(Banner, {}),
    h(Printed, {}),
    h('main', { id: 'main', key: path.value }, h(page, { name })),
    onWall && h(WallShift, {}),
    h(Confirming, {}),
    h(KeyHelp, {}),
    h(SearchBox, {}),
  );
}

let firstPath: string | null = path.value;
