import { h, render } from 'preact';
import { listenToKeys } from './keys.ts';
import { connect } from './live/connection.ts';
import { applyPreferences } from './preferences.ts';
import { listenToLinks } from './router.ts';
import { loadSession } from './session.ts';
import { App } from './ui/app.ts';

applyPreferences();
listenToLinks();
listenToKeys();
const root = document.getElementById('app');
if (root !== null) render(h(App, {}), root);
void loadSession().then((session) => {
  if (session?.role != null) connect();
});
