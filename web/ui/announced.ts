/**
 * What changes by itself is told to those who cannot see it, as a message that waits for what is being read: the latest of each
 * part of a page, and no two of them within 5 s. What answers to a person is told at once, in its own place.
 */
import { useEffect, useRef } from 'preact/hooks';

const APART_MS = 5000;

/** By the part of the page that says it. */
const waiting = new Map<object, string>();
let timer: ReturnType<typeof setTimeout> | undefined;
let next = Number.NEGATIVE_INFINITY;
/** The part that has said what stands there now. */
let speaker: object | null = null;

/** Beside all that a page draws anew: a reader knows it from the beginning. */
const place = document.createElement('div');
place.role = 'status';
place.className = 'unseen';
document.body.prepend(place);

function tell(): void {
  clearTimeout(timer);
  const [first] = waiting;
  if (first === undefined) return;
  const wait = next - performance.now();
  if (wait > 0) {
    timer = setTimeout(tell, wait);
    return;
  }
  const [part, text] = first;
  waiting.delete(part);
  [place.textContent, speaker, next] = [text, part, performance.now() + APART_MS];
  tell();
}

function say(part: object, text: string): void {
  if (text !== '') waiting.set(part, text);
  else {
    waiting.delete(part);
    if (speaker === part) place.textContent = '';
  }
  tell();
}

/** Tells `text` each time that it becomes another one; an empty text: there is nothing to tell any more. */
export function useAnnounced(text: string): void {
  const part = useRef({}).current;
  useEffect(() => say(part, text), [text]);
  useEffect(() => () => say(part, ''), []);
}
