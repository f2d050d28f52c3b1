/** What a page has asked for: it keeps the last answer while it asks anew. */
import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { ApiError, get } from './api.ts';
import { isPaused, subscribe } from './live/connection.ts';

export type Loaded<T> = {
  readonly data: T | null;
  /** The question that `data` answers: the former one, until the answer is there. */
  readonly of: string | null;
  readonly error: ApiError | null;
  /** Asks again. */
  readonly again: () => Promise<void>;
};

/** Between two questions while changes come in. */
const EVERY_MS = 1000;

/** Between two questions about what the stream does not tell. */
const OFTEN_MS = 10_000;

/**
 * Asks for `name`; null: for nothing. `live`: again when an incident has changed, at most each second. `often`: also each 10 s
 * while the page is visible.
 */
export function useLoad<T>(name: string | null, live: 'live' | 'often' | 'once' = 'once'): Loaded<T> {
  const state = useSignal<Omit<Loaded<T>, 'again'>>({ data: null, of: null, error: null });
  const wanted = useRef(name);
  wanted.current = name;
  const again = useCallback(async () => {
    if (name === null) return;
    try {
      const data = await get<T>(name);
      if (wanted.current === name) state.value = { data, of: name, error: null };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (wanted.current === name) state.value = { ...state.value, error };
    }
  }, [name]);
  useEffect(() => void again(), [again]);
  useChanges(live === 'once' ? null : again);
  useEffect(() => (live === 'often' ? whileVisible(again) : undefined), [again, live]);
  return { ...state.value, again };
}

function whileVisible(act: () => Promise<void>): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible' && !isPaused.value) void act();
  }, OFTEN_MS);
  return () => clearInterval(timer);
}

/** Calls `act` some time after changes, at most once a second; also when changes were missed. */
export function useChanges(act: (() => Promise<void>) | null): void {
  useEffect(() => {
    if (act === null) return;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const end = subscribe(() => {
      timer ??= setTimeout(() => {
        timer = null;
        void act();
      }, EVERY_MS);
    });
    return () => {
      end();
      if (timer !== null) clearTimeout(timer);
    };
  }, [act]);
}
