/** A dialog that asks for what an action needs: a text, and what an incident really was. */
import { signal, useSignal } from '@preact/signals';
import { h } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { ApiError } from '../api.ts';
import { connection } from '../live/connection.ts';
import { path } from '../router.ts';
import { whenPersonChanges } from '../session.ts';
import { words } from '../words/en.ts';
import { draftText } from './kept-text.ts';

export type Answer = { readonly text: string; readonly cause: string };

type Question = {
  readonly title: string;
  readonly text: string;
  readonly button: string;
  /** What else has to be known before it is answered. */
  readonly says?: readonly string[];
  /** Why it cannot be done now; null: it can. */
  readonly whyNot?: string | null;
  readonly needsText: boolean;
  /** Also asks what it really was, of these causes. */
  readonly causes?: readonly string[];
  /** Where the typed text is kept until it was sent; it survives a log-out. */
  readonly draft: string;
  /** How often this person has written a text there, as far as the page knows; reads a signal, which tells of more. */
  readonly written?: (text: string) => number;
  /** Throws `ApiError`, which the dialog shows; it comes back to do so if it was closed meanwhile. */
  readonly act: (answer: Answer) => Promise<void>;
};
type Asked = Question & { readonly failure?: string };

const question = signal<Asked | null>(null);
/** What has failed after its dialog was closed, and waits for the one that is open. */
const failed: Asked[] = [];
let persons = 0;
whenPersonChanges(() => {
  persons++;
  failed.length = 0;
  question.value = null;
});

/** Asks. The same draft while the dialog is open asks the same person anew: what was typed stays. */
export function askFor(next: Question): void {
  question.value = next;
}

/** Its dialog is not there any more. One that waits for a log-in comes back by itself. */
function sayFailed(asked: Asked, failure: string): void {
  const open = question.peek();
  if (open === null) question.value = { ...asked, failure };
  else if (open !== asked) failed.push({ ...asked, failure });
}

/** The dialog, while there is a question. It waits for a log-in, and comes back then with what was typed. */
export function Confirming() {
  const { value } = question;
  return value === null || path.value === '/login' ? null : h(Asking, { question: value, key: value.draft });
}

function Asking({ question: asked }: { readonly question: Asked }) {
  const { failure = '', title, text, button, says = [], whyNot = null, needsText, causes, draft, act } = asked;
  const typed = draftText(draft);
  const countOf = (text: string) => asked.written?.(text.trim()) ?? 0;
  const sent = useSignal(useMemo(() => typed.unanswered(countOf), []));
  const whyOff = whyNot ?? (connection.value?.state === 'gone' ? words.cannotWriteNow : null);
  const dialog = useRef<HTMLDialogElement>(null);
  const error = useSignal(failure);
  const isBusy = useSignal(false);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const [now, person] = [typed.read(), persons];
    [isBusy.value, error.value, sent.value] = [true, '', null];
    typed.setSent({ text: now, count: countOf(now) });
    try {
      await act({ text: `${data.get('text') ?? ''}`.trim(), cause: `${data.get('cause') ?? ''}` });
      // What was typed since then was not sent.
      if (typed.read() === now) typed.write('');
      typed.setSent(null);
      dialog.current?.close();
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      // Who refuses has not done it; of a service that is gone, or whose proxy says so, nobody knows.
      if (thrown.status >= 400 && thrown.status < 500) typed.setSent(null);
      else sent.value = typed.sent();
      if (dialog.current !== null) error.value = thrown.message;
      else if (person === persons) sayFailed(asked, thrown.message);
    } finally {
      isBusy.value = false;
    }
  };
  const keep = (event: Event) => typed.write((event.target as HTMLTextAreaElement).value);
  const onClose = () => {
    question.value = failed.shift() ?? null;
  };
  return h(
    'dialog',
    { ref: dialog, onClose, 'aria-labelledby': 'asked' },
    h(
      'form',
      { onSubmit: submit },
      h('h2', { id: 'asked' }, h('bdi', {}, title)),
      says.map((each) => h('p', { key: each }, each)),
      h(
        'label',
        {},
        text,
        h('textarea', {
          ...{ name: 'text', rows: 4, maxLength: 2000, required: needsText, onInput: keep, autofocus: true },
          defaultValue: typed.read(),
        }),
      ),
      causes !== undefined &&
        h(
          'label',
          {},
          words.reallyWas,
          h(
            'select',
            { name: 'cause' },
            h('option', { value: '' }, words.notSaid),
            causes.map((cause) => h('option', { value: cause, key: cause }, cause)),
          ),
        ),
      error.value !== '' && h('p', { class: 'failure', role: 'alert' }, h('bdi', {}, error.value)),
      sent.value !== null &&
        h('p', { class: 'doubt' }, countOf(sent.value.text) > sent.value.count ? words.isWritten : words.notAnswered),
      whyOff !== null && h('p', { class: 'doubt' }, whyOff),
      h(
        'p',
        { class: 'buttons' },
        h(
          'button',
          { type: 'submit', class: 'main', disabled: isBusy.value || whyOff !== null },
          isBusy.value ? words.busy : button,
        ),
        h('button', { type: 'button', onClick: () => dialog.current?.close() }, words.cancel),
      ),
    ),
  );
}
