/** What a page has asked for: it keeps the last answer while it asks anew. */
import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { ApiError, get } from './api.ts';
import { isPaused } from './live/connection.ts';
import { isAbout, type News, type Subject } from './live/news.ts';
import { useChanges } from './live/use-changes.ts';

export type Loaded<T> = {
  readonly data: T | null;
  /** The question that `data` answers: the former one, until the answer is there, or another one has failed. */
  readonly of: string | null;
  readonly error: ApiError | null;
  /** Asks again. */
  readonly again: () => Promise<void>;
};

/**
 * Between two questions about what the stream does not tell. `often`: how many lines the whole service receives and drops, which
 * changes all the time. `notices`: what other instances deliver from the same store.
 */
const EVERY_MS = { often: 10_000, notices: 60_000 };

/**
 * When a page asks again. `live`: when an incident has changed or somebody has acted, at most each second. `often`: also when the
 * service is well or not any more, and each 10 s while the page is visible. `notices`: when notices were written or tried. `once`:
 * only if it has failed. A function says of the answer which device it is about, of null
 * which one was asked for, and is asked again when there is something new of that device; where it cannot say, as `live`.
 */
export type Again<T> = 'live' | 'often' | 'notices' | 'once' | ((data: T | null) => Subject | null);

const NOTHING = { data: null, of: null, error: null } as const;

/** Asks for `name`; null: for nothing. */
export function useLoad<T>(name: string | null, when: Again<T> = 'once'): Loaded<T> {
  const state = useSignal<Omit<Loaded<T>, 'again'>>(NOTHING);
  const wanted = useRef(name);
  wanted.current = name;
  const again = useCallback(async () => {
    if (name === null) return;
    try {
      const data = await get<T>(name);
      if (wanted.current === name) state.value = { data, of: name, error: null };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // What answers another question is not shown beside this failure.
      const { data, of } = state.value.of === name ? state.value : NOTHING;
      if (wanted.current === name) state.value = { data, of, error };
    }
  }, [name]);
  useEffect(() => void again(), [again]);
  useChanges(again, (news) => concerns(news, when, name, state.value));
  const ms = when === 'often' || when === 'notices' ? EVERY_MS[when] : null;
  useEffect(() => (ms === null ? undefined : whileVisible(again, ms)), [again, ms]);
  return { ...(name === null ? NOTHING : state.value), again };
}

/** What answers the question that is asked now. */
export function answerOf<T>({ data, of }: Loaded<T>, name: string): T | null {
  return of === name ? data : null;
}

function concerns<T>(news: News, when: Again<T>, name: string | null, loaded: Omit<Loaded<T>, 'again'>): boolean {
  const { data, of, error } = loaded;
  // What failed is asked again when anything comes in: then the service is there. What is not known is no failure.
  if (error !== null && (error.status !== 404 || typeof when !== 'function')) return true;
  if (when === 'often') return news.lists || news.health || news.senders.length > 0;
  if (when === 'notices') return news.lists || news.notices;
  if (typeof when !== 'function') return when === 'live' && news.lists;
  const subject = when(of === name ? data : null);
  // Of which device it is, is not known as long as there is no answer: a new incident may be the one.
  return news.all || (subject === null ? news.lists : isAbout(news, subject));
}

function whileVisible(act: () => Promise<void>, everyMs: number): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible' && !isPaused.value) void act();
  }, everyMs);
  return () => clearInterval(timer);
}
