/** The keys of the console, as people are told them. What a key does is in `keys.ts`, or in the page whose key it is. */
import { words } from './words/en.ts';

export const keyTable: readonly { readonly shown: string; readonly what: string }[] = [
  { shown: 'j k', what: words.keyRow },
  { shown: 'x', what: words.keyChoose },
  { shown: 'Shift-x', what: words.keyChooseRange },
  { shown: 'o Enter', what: words.keyOpen },
  { shown: 'a', what: words.keyAcknowledge },
  { shown: 'n', what: words.keyNote },
  { shown: '/', what: words.keySearch },
  { shown: 'g c, g i, g d, g p, g m, g n, g h', what: words.keyGo },
  { shown: '.', what: words.keyZone },
  { shown: 't', what: words.keyTheme },
  { shown: 'p', what: words.keyPause },
  { shown: '?', what: words.keyHelp },
  { shown: 'Esc', what: words.keyEscape },
];
