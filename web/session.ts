/** Who uses the console, and what they may do. */
import { computed, effect, signal } from '@preact/signals';
import { ApiError, denials, get, send, toLogin } from './api.ts';
import { connect, connection, disconnect } from './live/connection.ts';
import { path } from './router.ts';
import { words } from './words/en.ts';

export type Session = {
  readonly role: 'read' | 'write' | null;
  readonly name: string | null;
  readonly until: string | null;
  readonly loginHelps: boolean;
};

/** Null: the service has not said it yet. */
export const session = signal<Session | null>(null);
export const mayWrite = computed(() => session.value?.role === 'write');

/** Whether it has ended while a page was open, and not by a log-out. */
export const hasEnded = signal(false);

/** Why nothing can be written here now; null if it can. */
export const whyReadOnly = computed(() => {
  if (connection.value?.state === 'gone') return words.cannotWriteNow;
  return mayWrite.value ? null : words.mayNotWrite;
});

/** Calls `act` when the person who was logged in is so no more, and where nobody is and reading needs it. */
export function whenPersonLeaves(act: () => void): void {
  let last: string | null = null;
  effect(() => {
    if (session.value === null) return;
    const { name, role } = session.value;
    if (role === null || (last !== null && name !== last)) act();
    last = name;
  });
}

export async function loadSession(): Promise<Session | null> {
  try {
    const now = await get<Session>('session');
    // Two may ask at the same time: what has ended is known by what was known just before.
    if (session.peek()?.role != null || now.role !== null) hasEnded.value = now.role === null;
    session.value = now;
  } catch (error) {
    // The page says itself that nothing is answered: it asks as well.
    if (!(error instanceof ApiError)) throw error;
    return null;
  }
  if (session.value.role === null && path.value !== '/login') toLogin();
  return session.value;
}

export async function logIn(token: string, name: string, readOnly: boolean): Promise<void> {
  session.value = await send<Session>('POST', 'session', { token, name, readOnly });
}

export async function logOut(): Promise<void> {
  await send('DELETE', 'session');
  disconnect();
  await followSession();
  hasEnded.value = false;
}

/** Asks who it is by now, and listens again where reading needs no token. */
export async function followSession(): Promise<void> {
  const now = await loadSession();
  if (now?.role != null) connect();
}

/** How the names of texts begin that are kept in the storage of the tab for one person. */
export const TYPED = 'typed ';

// Also the texts of pages that are not open.
whenPersonLeaves(() => {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(TYPED)) sessionStorage.removeItem(name);
});

// Another tab has logged in with a token that allows less.
effect(() => {
  if (denials.value > 0) void loadSession();
});
