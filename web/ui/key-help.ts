import { signal } from '@preact/signals';
import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { keyTable } from '../key-table.ts';
import { change, preferences } from '../preferences.ts';
import { words } from '../words/en.ts';

export const helpIsOpen = signal(false);

/** The table of keys. */
export function KeyHelp() {
  return helpIsOpen.value ? h(Help, {}) : null;
}

function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const onClose = () => {
    helpIsOpen.value = false;
  };
  return h(
    'dialog',
    { ref: dialog, onClose, 'aria-labelledby': 'keys' },
    h('h2', { id: 'keys' }, words.keys),
    h(
      'table',
      {},
      h(
        'tbody',
        {},
        keyTable.map(({ shown, what }) =>
          h('tr', { key: shown }, h('th', { scope: 'row' }, h('kbd', {}, shown)), h('td', {}, what)),
        ),
      ),
    ),
    h(
      'p',
      { class: 'buttons' },
      h('button', { onClick: () => change('keys') }, preferences.keys.value === 'on' ? words.keysOff : words.keysOn),
      h('button', { class: 'main', onClick: () => dialog.current?.close() }, words.close),
    ),
  );
}
