import { useEffect, useRef } from 'preact/hooks';
import { subscribe } from './connection.ts';
import type { News } from './news.ts';

/** From one question to the next while changes come in: what is committed is seen within a second. */
const EVERY_MS = 500;
/** A service that answers slowly is asked less often, so that the answers take this part of its time at most. */
const SHARE = 1 / 2;
/** However slow the service is. */
const LONGEST_MS = 10_000;

/** Changes of one commit come one by one: they make one question. */
const TOGETHER_MS = 50;

/**
 * Calls `act` after what `concerns` says is about this page, also when changes were missed: never twice at the same time,
 * at most twice a second, and not before somebody can see the page.
 */
export function useChanges(act: () => Promise<void>, concerns: (news: News) => boolean): void {
  const latest = useRef(concerns);
  latest.current = concerns;
  useEffect(() => {
    let [isWanted, isRunning, isOver, next] = [false, false, false, Number.NEGATIVE_INFINITY];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async () => {
      const began = performance.now();
      [isWanted, isRunning] = [false, true];
      await act();
      const pause = Math.min(LONGEST_MS, (performance.now() - began) / SHARE);
      [isRunning, next] = [false, began + Math.max(EVERY_MS, pause)];
      follow();
    };
    const follow = () => {
      clearTimeout(timer);
      if (!isWanted || isRunning || isOver || document.visibilityState === 'hidden') return;
      timer = setTimeout(run, Math.max(TOGETHER_MS, next - performance.now()));
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
