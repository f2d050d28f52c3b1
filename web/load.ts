/** What a page has asked for: it keeps the last answer while it asks anew. */
import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { ApiError, get } from './api.ts';
import { isPaused } from './live/connection.ts';
import { useChanges } from './live/use-changes.ts';

export type Loaded<T> = {
  readonly data: T | null;
  /** The question that `data` answers: the former one, until the answer is there. */
  readonly of: string | null;
  readonly error: ApiError | null;
  /** Asks again. */
  readonly again: () => Promise<void>;
};

/** Between two questions about what the stream does not tell: lines, losses, notices. */
const OFTEN_MS = 10_000;

/**
 * Asks for `name`; null: for nothing. `live`: again when an incident has changed or somebody has acted, at most each second. `often`: also each 10 s
 * while the page is visible. `once`: again only if it has failed.
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
  // What failed is asked again when anything comes in: then the service is there.
  useChanges(live === 'once' && state.value.error === null ? null : again);
  useEffect(() => (live === 'often' ? whileVisible(again) : undefined), [again, live]);
  return { ...state.value, again };
}

function whileVisible(act: () => Promise<void>): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible' && !isPaused.value) void act();
  }, OFTEN_MS);
  return () => clearInterval(timer);
}
