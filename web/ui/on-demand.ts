import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useEffect } from 'preact/hooks';
import { words } from '../words/en.ts';
import type { Page, PageProps } from './app.ts';

/** A page whose file is loaded when it is opened for the first time. */
export function onDemand(load: () => Promise<Page>): Page {
  let loaded: Page | null = null;
  return function OnDemand(props: PageProps) {
    const state = useSignal<'waits' | 'there' | 'failed'>(loaded === null ? 'waits' : 'there');
    useEffect(() => {
      if (loaded !== null) return;
      load().then(
        (page) => {
          loaded = page;
          state.value = 'there';
        },
        // Another version of the console is served by now, or nothing is.
        () => {
          state.value = 'failed';
        },
      );
    }, []);
    if (state.value === 'failed')
      return h(
        'p',
        { class: 'failure', role: 'alert' },
        `${words.pageFailed} `,
        h('button', { onClick: () => location.reload() }, words.reload),
      );
    return loaded === null ? null : h(loaded, props);
  };
}
