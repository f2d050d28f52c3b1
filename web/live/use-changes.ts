import { useEffect, useRef } from 'preact/hooks';
import { subscribe } from './connection.ts';
import type { News } from './news.ts';

/** Between two questions while changes come in. */
const EVERY_MS = 1000;

/** Changes of one commit come one by one: they make one question. */
const TOGETHER_MS = 50;

/**
 * Calls `act` after what `concerns` says is about this page, also when changes were missed: never twice at the same time, at most once a second, and not before
 * somebody can see the page.
 */
export function useChanges(act: () => Promise<void>, concerns: (news: News) => boolean): void {
  const latest = useRef(concerns);
  latest.current = concerns;
  useEffect(() => {
    let [isWanted, isRunning, isOver, last] = [false, false, false, Number.NEGATIVE_INFINITY];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async () => {
      [isWanted, isRunning, last] = [false, true, performance.now()];
      await act();
      isRunning = false;
      follow();
    };
    const follow = () => {
      clearTimeout(timer);
      if (!isWanted || isRunning || isOver || document.visibilityState === 'hidden') return;
      timer = setTimeout(run, Math.max(TOGETHER_MS, last + EVERY_MS - performance.now()));
    };
    const end = subscribe((news) => {
      if (isWanted || !latest.current(news)) return;
      isWanted = true;
      follow();
    });
    document.addEventListener('visibilitychange', follow);
    return () => {
      end();
      document.removeEventListener('visibilitychange', follow);
      clearTimeout(timer);
      isOver = true;
    };
  }, [act]);
}
