import { h } from 'preact';
import { connection, health, isPaused, pause } from '../live/connection.ts';
import { navigation } from '../pages/table.ts';
import { change, preferences } from '../preferences.ts';
import { hrefOf, path } from '../router.ts';
import { session } from '../session.ts';
import { absolute, now } from '../time.ts';
import { words } from '../words/en.ts';
import { helpIsOpen } from './key-help.ts';

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
    session.value?.role != null && h(LiveState, {}),
    !isWall &&
      h(
        'span',
        { class: 'settings' },
        h(
          'button',
          { onClick: pause, 'aria-pressed': isPaused.value, title: words.pauseTitle },
          isPaused.value ? words.resume : words.pause,
        ),
        h('button', { onClick: () => change('zone'), title: words.zoneTitle }, words.zones[preferences.zone.value]),
        h('button', { onClick: () => change('theme'), title: words.themeTitle }, words.themes[preferences.theme.value]),
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
  const isLive = connection.value?.connected === true;
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
  if (state !== null && !state.connected)
    return words.notConnected(absolute(new Date(state.since).toISOString()).slice(11));
  if (health.value === null) return null;
  const { ready, detail, noticesWaitSince } = health.value;
  if (!ready) return words.notReady(detail ?? '');
  if (noticesWaitSince !== null) return words.noticesWait(absolute(noticesWaitSince));
  return detail;
}
