/** Where a log-in leads to. */

export type Place = { readonly path: string; readonly query: string };

const FIRST: Place = { path: '/', query: '' };

/**
 * The page that was asked for: `then` of the address of the log-in, which anybody may have written. Only one of this console:
 * no other program's, and not the log-in itself.
 */
export function pageAfter(then: string | null, origin: string): Place {
  if (then?.startsWith('/') !== true || !URL.canParse(then, origin)) return FIRST;
  const url = new URL(then, origin);
  // A path with two slashes names another host to whoever reads it again.
  if (url.origin !== origin || url.pathname.startsWith('//') || url.pathname === '/login') return FIRST;
  return { path: url.pathname, query: url.search.slice(1) };
}
