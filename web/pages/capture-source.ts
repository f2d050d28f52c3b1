import { signal } from '@preact/signals';
import { h } from 'preact';
import { ApiError } from '../api.ts';
import { whenPersonLeaves } from '../session.ts';
import { pastedText } from '../ui/kept-text.ts';
import { words } from '../words/later.ts';
import { type FileText, textOfFile } from './text-of-file.ts';

export const pasted = pastedText('capture');
const file = signal<FileText | null>(null);
whenPersonLeaves(() => {
  file.value = null;
});

/** The file if there is one, else what is pasted. */
export const captureText = () => file.value?.text ?? pasted.text.value;

/** Takes the one file of a choice or a drop, in the place of the former one. Throws `ApiError`. */
export async function takeFile(files: FileList | null | undefined): Promise<void> {
  const [first, another] = files ?? [];
  if (another !== undefined) throw new ApiError(0, words.oneFile);
  file.value = null;
  if (first !== undefined) file.value = await textOfFile(first, words.captureTooLong);
}

/** A file, or a text. A file is not shown. */
export function CaptureSource({ take }: { readonly take: (files: FileList | null | undefined) => void }) {
  const type = (event: Event) => {
    pasted.text.value = (event.target as HTMLTextAreaElement).value;
  };
  return h(
    'div',
    {},
    h(
      'label',
      {},
      words.chooseFile,
      ' ',
      h('input', { type: 'file', onChange: (event: Event) => take((event.target as HTMLInputElement).files) }),
    ),
    file.value === null ? h(Pasted, { type }) : h(Chosen, { file: file.value }),
  );
}

function Pasted({ type }: { readonly type: (event: Event) => void }) {
  const { text, isKept } = pasted;
  return h(
    'div',
    {},
    h(
      'label',
      {},
      words.orPasteOutput,
      h('textarea', { class: 'paste', rows: 12, spellcheck: false, value: text.value, onInput: type }),
    ),
    !isKept.value && h('p', { class: 'doubt' }, `▲ ${words.notKeptOver}`),
  );
}

function Chosen({ file: { name, text, isGuess } }: { readonly file: FileText }) {
  const drop = () => {
    file.value = null;
  };
  return h(
    'p',
    {},
    h('bdi', {}, name),
    ` · ${words.lineCount(text.split('\n').length)} `,
    h('button', { type: 'button', onClick: drop }, words.dropFile),
    isGuess && h('span', { class: 'doubt' }, ` ▲ ${words.guessedEncoding}`),
  );
}
