import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useLoad } from '../load.ts';
import { search as words } from '../words/search.ts';
import { Failure } from './parts.ts';
import { type Found, SearchResults } from './search-results.ts';

/** Between the last letter and the question. */
const PAUSE_MS = 150;

/** Asks for what is typed, and leads to what is found; by keys alone as well. */
export function Search({ onClose }: { readonly onClose: () => void }) {
  const [dialog, results] = [useRef<HTMLDialogElement>(null), useRef<HTMLDivElement>(null)];
  const [typed, asked] = [useSignal(''), useSignal('')];
  /** The text of which the first find is to be opened as soon as there is an answer. */
  const opens = useSignal<string | null>(null);
  const name = asked.value === '' ? null : `search?${new URLSearchParams({ q: asked.value })}`;
  const loaded = useLoad<Found>(name);
  const found = name !== null && loaded.of === name ? loaded.data : null;
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    const timer = setTimeout(() => (asked.value = typed.value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed.value]);
  useEffect(() => {
    if (found === null || opens.value !== asked.value) return;
    opens.value = null;
    results.current?.querySelector('a')?.click();
  }, [found, opens.value]);
  const submit = (event: Event) => {
    event.preventDefault();
    [asked.value, opens.value] = [typed.value, typed.value];
  };
  const input = (event: Event) => {
    [typed.value, opens.value] = [(event.target as HTMLInputElement).value.trim(), null];
  };
  const move = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const stops = [...(dialog.current?.querySelectorAll<HTMLElement>('input, a') ?? [])];
    const at = stops.indexOf(document.activeElement as HTMLElement) + by;
    stops[Math.min(stops.length - 1, Math.max(0, at))]?.focus();
  };
  /** A link opens its page here, unless a key asks for another tab. */
  const follow = (event: MouseEvent) => {
    const isHere = !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (isHere && (event.target as Element).closest('a') !== null) dialog.current?.close();
  };
  return h(
    'dialog',
    { ref: dialog, class: 'search', onClose, onKeyDown: move, 'aria-labelledby': 'search' },
    h(
      'form',
      { role: 'search', onSubmit: submit },
      h('label', { id: 'search', for: 'searched' }, words.field),
      h(
        'div',
        { class: 'buttons' },
        // In a field of type search, Esc would empty it first.
        h('input', {
          ...{ id: 'searched', type: 'text', enterkeyhint: 'search', autocomplete: 'off', spellcheck: false },
          ...{ maxLength: 256, autofocus: true, onInput: input, 'aria-describedby': 'search-hint' },
        }),
        h('button', { type: 'button', onClick: () => dialog.current?.close() }, words.close),
      ),
      h('p', { id: 'search-hint', class: 'dim' }, words.hint),
    ),
    h(Failure, { loaded }),
    h(
      'div',
      { ref: results, onClick: follow, 'aria-busy': name !== null && found === null && loaded.error === null },
      h('p', { role: 'status' }, found !== null && saidOf(found)),
      found !== null && h(SearchResults, { found, text: asked.value }),
    ),
  );
}

function saidOf({ incidents, devices, plants }: Found): string {
  const isEmpty = incidents.length + devices.length + plants.length === 0;
  return isEmpty ? words.nothing : words.found(incidents.length, devices.length, plants.length);
}
