import { h } from 'preact';
import { connection, health, isPaused, pause } from '../live/connection.ts';
import { navigation } from '../pages/table.ts';
import { change, preferences } from '../preferences.ts';
import { hrefOf, path } from '../router.ts';
import { session } from '../session.ts';
import { absolute, clockOffset, now } from '../time.ts';
import { words } from '../words/en.ts';
import { helpIsOpen } from './key-help.ts';
import { searchIsOpen } from './search-box.ts';

/** The pages that not everybody needs each day. */
const MORE = 'more-pages';

/** Name, navigation, whether what is shown is true, and how it looks. */
export function Header({ isWall }: { readonly isWall: boolean }) {
  const current = `/${path.value.split('/')[1] ?? ''}`;
  const link = ({ path, title }: { readonly path: string; readonly title: string }) =>
    h(
      'a',
      { href: hrefOf(path), 'data-page': '', 'aria-current': path === current ? 'page' : undefined, key: path },
      title,
    );
  return h(
    'header',
    { class: 'top' },
    h('a', { class: 'brand', href: hrefOf('/'), 'data-page': '' }, 'quovadis-watch'),
    !isWall &&
      session.value?.role != null &&
      h(
        'nav',
        { 'aria-label': words.navigation },
        navigation('main').map(link),
        h('button', { class: 'more', popovertarget: MORE, 'aria-haspopup': true }, words.morePages, ' ▾'),
        // Another page closes it: it is another element then.
        h('div', { id: MORE, popover: 'auto', key: path.value }, navigation('more').map(link)),
      ),
    h('span', { class: 'spring' }),
    (session.value === null || session.value.role !== null) && h(LiveState, {}),
    !isWall &&
      session.value?.role != null &&
      h(
        'button',
        {
          ...{ 'data-key': '/', title: words.searchTitle, 'aria-haspopup': 'dialog' },
          onClick: () => {
            searchIsOpen.value = true;
          },
        },
        words.searchButton,
      ),
    !isWall &&
      h(
        'span',
        { class: 'settings' },
        h(
          'button',
          { onClick: pause, 'aria-pressed': isPaused.value, title: words.pauseTitle },
          isPaused.value ? words.resume : words.pause,
        ),
        h(
          'button',
          {
            ...{ title: words.zoneTitle, 'aria-label': words.zones[preferences.zone.value] },
            onClick: () => change('zone'),
          },
          words.zonesShort[preferences.zone.value],
        ),
        h(
          'button',
          {
            ...{ title: words.themeTitle, 'aria-label': words.themes[preferences.theme.value] },
            onClick: () => change('theme'),
          },
          words.theme,
        ),
        h(
          'button',
          {
            'aria-label': words.keys,
            title: words.keys,
            onClick: () => {
              helpIsOpen.value = true;
            },
          },
          '?',
        ),
      ),
  );
}

/** Whether what the page shows is what the service knows. */
function LiveState() {
  const isLive = connection.value?.state === 'live';
  const problem = problemNow();
  const time = absolute(new Date(now.value).toISOString()).slice(11);
  const text =
    connection.value === null ? words.connecting : isPaused.value ? words.paused : isLive ? words.live : words.notLive;
  const kind = problem !== null || !isLive || isPaused.value ? 'doubt' : 'well';
  return h(
    'span',
    { class: `live ${kind}` },
    h('span', { 'aria-hidden': true }, isLive ? '● ' : '○ '),
    `${text} ${time}`,
  );
}

/** Why what the page shows may not be the whole truth; null if there is no reason. */
export function problemNow(): string | null {
  const state = connection.value;
  if (state?.state === 'gone') return words.notConnected(sinceText(state.since));
  if (state?.state === 'full') return words.noStream(sinceText(state.since));
  if (health.value === null) return null;
  const { ready, detail, noticesWaitSince } = health.value;
  if (!ready) return words.notReady(detail ?? '');
  if (noticesWaitSince !== null) return words.noticesWait(absolute(noticesWaitSince));
  return detail;
}

/** `since`: of the browser's clock. The day is there if it is another one. */
function sinceText(since: number): string {
  const [day, time] = [
    absolute(new Date(since + clockOffset.value).toISOString()),
    absolute(new Date(now.value).toISOString()),
  ];
  return day.slice(0, 10) === time.slice(0, 10) ? day.slice(11) : day;
}
