import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { linkHere } from '../router.ts';
import { words } from '../words/en.ts';

/** Copies a text, which may be made at that moment. Over plain HTTP there is no clipboard API: then the text is selected for the key of the browser. */
export function Copy({
  text,
  label = words.copy,
}: {
  readonly text: string | (() => string);
  readonly label?: string;
}) {
  const said = useSignal('');
  const copy = async (event: Event) => {
    const button = event.currentTarget as HTMLElement;
    said.value = (await copied(typeof text === 'string' ? text : text(), button)) ? words.copied : words.copyFailed;
  };
  return h(
    'span',
    {},
    h('button', { onClick: copy }, label),
    h('span', { role: 'status', class: 'dim' }, ` ${said.value}`),
  );
}

/** Copies the address of this page. */
export function CopyLink() {
  return h(Copy, { text: linkHere, label: words.copyLink });
}

async function copied(text: string, beside: HTMLElement): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Not allowed here: the selection below may be.
    }
  }
  const field = document.createElement('textarea');
  field.value = text;
  beside.after(field);
  field.select();
  const isDone = document.execCommand('copy');
  field.remove();
  beside.focus();
  return isDone;
}
