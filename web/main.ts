import { effect } from '@preact/signals';
import { h, render } from 'preact';
import { listenToKeys } from './keys.ts';
import { connection } from './live/connection.ts';
import { applyPreferences } from './preferences.ts';
import { listenToLinks } from './router.ts';
import { followSession, session } from './session.ts';
import { App } from './ui/app.ts';
import { keepFocus } from './ui/focus.ts';
import { addressLinksOnPaper } from './ui/printed.ts';
import { keepScrollPosition } from './ui/scroll-position.ts';

applyPreferences();
listenToLinks();
listenToKeys();
keepFocus();
keepScrollPosition();
addressLinksOnPaper();
const root = document.getElementById('app');
if (root !== null) render(h(App, {}), root);
void followSession();
// The session has ended while the page was open, or another tab has begun one.
effect(() => {
  const state = connection.value?.state;
  const isIn = session.peek()?.role != null;
  if ((state === 'out' && isIn) || (state === 'live' && !isIn)) void followSession();
});
