/** Who uses the console, and what they may do. */
import { computed, effect, type Signal, signal } from '@preact/signals';
import { ApiError, denials, get, logins, send, toLogin } from './api.ts';
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
/** A log-out is on its way: whoever asks meanwhile learns of its end, too. */
let isLeaving = false;

/** Why nothing can be written here now; null if it can. */
export const whyReadOnly = computed(() => {
  if (connection.value?.state === 'gone') return words.cannotWriteNow;
  if (session.value === null) return words.notKnownWho;
  return mayWrite.value ? null : words.mayNotWrite;
});

/** How the names of texts begin that are kept in the storage of the tab until a log-out. */
export const TYPED = 'typed ';
/** The same of texts that wait for who has typed them. */
export const DRAFT = 'draft ';
/** Whose they are. It stays over a log-out, as drafts do. */
const OWNER = 'kept-for';
/** How often a person has left. A session that has ended is none: what was typed stays over a log-in. */
const left = signal(0);
/** How often another person was there than before. */
const changed = signal(0);

/** Calls `act` when a person has logged out, or another one is there. */
export const whenPersonLeaves = (act: () => void): void => whenMore(left, act);

/** Calls `act` when another person is there, and not when the same one comes back. */
export const whenPersonChanges = (act: () => void): void => whenMore(changed, act);

function whenMore(count: Signal<number>, act: () => void): void {
  const before = count.peek();
  effect(() => {
    if (count.value > before) act();
  });
}

function leave(): void {
  forget(TYPED);
  left.value++;
}

function forget(beginning: string): void {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(beginning)) sessionStorage.removeItem(name);
}

effect(() => {
  const name = session.value?.name ?? null;
  if (name === null) return;
  const owner = sessionStorage.getItem(OWNER);
  sessionStorage.setItem(OWNER, name);
  if (owner === null || owner === name) return;
  leave();
  forget(DRAFT);
  changed.value++;
});

export async function loadSession(): Promise<Session | null> {
  const asker = logins.peek();
  try {
    const now = await get<Session>('session');
    if (asker !== logins.peek()) return session.peek();
    // Two may ask at the same time: what has ended is known by what was known just before.
    if (session.peek()?.role != null || now.role !== null) hasEnded.value = now.role === null && !isLeaving;
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
  const now = await send<Session>('POST', 'session', { token, name, readOnly });
  logins.value++;
  session.value = now;
  others.postMessage(null);
}

/** Tells the other tabs that another person may be there: they ask who it is. What was asked before says nothing of that. */
const others = new BroadcastChannel('quovadis-session');
others.onmessage = () => {
  logins.value++;
  void followSession();
};

/** Ends the session, and what is kept of it in this tab, whatever the service answers. Throws `ApiError`: the session may go on. */
export async function logOut(): Promise<void> {
  isLeaving = true;
  try {
    await send('DELETE', 'session').finally(() => {
      leave();
      disconnect();
      others.postMessage(null);
    });
    await followSession();
  } finally {
    isLeaving = false;
  }
}

/**
 * Asks who it is by now, and listens again where reading needs no token. Without an answer it is who it was; where nobody has
 * said that yet, it asks again until the service answers.
 */
export async function followSession(): Promise<void> {
  clearTimeout(nextTry);
  const now = (await loadSession()) ?? session.peek();
  if (now?.role != null) connect();
  if (now !== null) return;
  clearTimeout(nextTry);
  nextTry = setTimeout(followSession, wait * (0.5 + Math.random() / 2));
  wait = Math.min(wait * 2, MOST_MS);
}

const [FIRST_MS, MOST_MS] = [1000, 30_000];
let nextTry: ReturnType<typeof setTimeout> | undefined;
let wait = FIRST_MS;

// Another tab has logged in with a token that allows less.
effect(() => {
  if (denials.value > 0) void loadSession();
});
