/** Who uses the console, and what they may do. */
import { computed, signal } from '@preact/signals';
import { ApiError, get, send, toLogin } from './api.ts';
import { connection } from './live/connection.ts';
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

/** Why nothing can be written here now; null if it can. */
export const whyReadOnly = computed(() => {
  if (connection.value !== null && !connection.value.connected) return words.cannotWriteNow;
  return mayWrite.value ? null : words.mayNotWrite;
});

export async function loadSession(): Promise<Session | null> {
  try {
    session.value = await get<Session>('session');
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
  await loadSession();
}
