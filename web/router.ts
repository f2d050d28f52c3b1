/** The URL is the state of the console: its path names the page, its query what the page shows. */
import { computed, signal } from '@preact/signals';

/** The path below which the console is reached: `/`, or that of a proxy. This file is `BASE/assets/HASH/router.js`. */
export const BASE = new URL('../../', import.meta.url).pathname;
/** Of the files of the console that this page is made of. */
export const HASH = new URL('.', import.meta.url).pathname.split('/').at(-2) ?? '';

const here = signal(new URL(location.href));

/** The path below `BASE`, `/incidents`, as it stands in the URL. */
export const path = computed(() => `/${here.value.pathname.slice(BASE.length)}`);
/** The query, which nobody changes in place. */
export const query = computed<URLSearchParams>(() => here.value.searchParams);
/** The page is on a wall: large, without navigation, and nobody touches it. */
export const isWall = computed(() => query.value.has('wall'));
/** Path and query below `BASE`. */
export const whole = computed(() => path.value + here.value.search);

/** The href of a page. `path` begins with `/`, and its names are encoded. */
export function hrefOf(path: string, query: URLSearchParams | string = ''): string {
  const asked = query.toString();
  return BASE + path.slice(1) + (asked === '' ? '' : `?${asked}`);
}

/** A path of names: each is encoded once. */
export function pathOf(...names: readonly string[]): string {
  return names.map((name) => `/${encodeURIComponent(name)}`).join('');
}

/** The place in a list: where its page begins for the service, and the number of the first row for who reads it. */
export const PLACE = ['cursor', 'row'] as const;

/** The whole address of this page for others: a page of a list that changes is no place to lead them to. */
export function linkHere(): string {
  const url = new URL(location.href);
  if (url.searchParams.has('cursor')) for (const name of PLACE) url.searchParams.delete(name);
  return url.href;
}

/** Opens a page. `replaces`: without a further step for the back key. */
export function open(path: string, query: URLSearchParams | string = '', replaces = false): void {
  const before = here.value.pathname;
  if (replaces) history.replaceState(history.state, '', hrefOf(path, query));
  else history.pushState(null, '', hrefOf(path, query));
  here.value = new URL(location.href);
  if (here.value.pathname !== before) scrollTo(0, 0);
}

/** Sets parameters of this page; null or an empty text takes one away. The cursor of a list belongs to its other parameters. */
export function ask(changes: Readonly<Record<string, string | null>>): void {
  const next = new URLSearchParams(query.value);
  if (!('cursor' in changes)) for (const name of PLACE) next.delete(name);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(name);
    else next.set(name, value);
  }
  open(path.value, next);
}

/** Puts a parameter into the URL of this page, or takes it away: no step for the back key. */
export function note(name: string, value: string | null): void {
  const url = new URL(here.value);
  if (url.searchParams.get(name) === value) return;
  if (value === null) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  history.replaceState(history.state, '', url);
  here.value = url;
}

/** A link to a page of the console opens it without a reload, unless a key asks for another tab. */
export function listenToLinks(): void {
  addEventListener('popstate', () => {
    here.value = new URL(location.href);
  });
  document.addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a');
    if (link == null || event.button !== 0 || event.defaultPrevented) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const { origin, pathname, search } = new URL(link.href);
    if (origin !== location.origin || link.target !== '' || !link.hasAttribute('data-page')) return;
    event.preventDefault();
    open(`/${pathname.slice(BASE.length)}`, search.slice(1));
  });
}
