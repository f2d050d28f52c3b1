/** A dialog that asks for what an action needs: a text, and what an incident really was. */
import { signal, useSignal } from '@preact/signals';
import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError } from '../api.ts';
import { words } from '../words/en.ts';

export type Answer = { readonly text: string; readonly cause: string };

type Question = {
  readonly title: string;
  readonly text: string;
  readonly button: string;
  readonly needsText: boolean;
  /** Also asks what it really was, of these causes. */
  readonly causes?: readonly string[];
  /** Where the typed text is kept until it was sent; it survives a log-out. */
  readonly draft: string;
  /** Throws `ApiError`, which the dialog shows. */
  readonly act: (answer: Answer) => Promise<void>;
};

const question = signal<Question | null>(null);

export function askFor(next: Question): void {
  question.value = next;
}

const draftKey = (name: string) => `draft ${name}`;

/** The dialog, while there is a question. */
export function Confirming() {
  const { value } = question;
  return value === null ? null : h(Asking, { question: value, key: value.draft });
}

function Asking({ question: { title, text, button, needsText, causes, draft, act } }: { readonly question: Question }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const error = useSignal('');
  const isBusy = useSignal(false);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    [isBusy.value, error.value] = [true, ''];
    try {
      await act({ text: `${data.get('text') ?? ''}`.trim(), cause: `${data.get('cause') ?? ''}` });
      sessionStorage.removeItem(draftKey(draft));
      dialog.current?.close();
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      error.value = thrown.message;
    } finally {
      isBusy.value = false;
    }
  };
  const keep = (event: Event) => sessionStorage.setItem(draftKey(draft), (event.target as HTMLTextAreaElement).value);
  const onClose = () => {
    question.value = null;
  };
  return h(
    'dialog',
    { ref: dialog, onClose, 'aria-labelledby': 'asked' },
    h(
      'form',
      { onSubmit: submit },
      h('h2', { id: 'asked' }, title),
      h(
        'label',
        {},
        text,
        h('textarea', {
          ...{ name: 'text', rows: 4, maxLength: 2000, required: needsText, onInput: keep, autofocus: true },
          defaultValue: sessionStorage.getItem(draftKey(draft)) ?? '',
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
      error.value !== '' && h('p', { class: 'failure', role: 'alert' }, error.value),
      h(
        'p',
        { class: 'buttons' },
        h('button', { type: 'submit', class: 'main', disabled: isBusy.value }, isBusy.value ? words.busy : button),
        h('button', { type: 'button', onClick: () => dialog.current?.close() }, words.cancel),
      ),
    ),
  );
}
