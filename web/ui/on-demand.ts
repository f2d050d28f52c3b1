import { useSignal } from '@preact/signals';
import { type ComponentChildren, type ComponentType, Fragment, h } from 'preact';
import { useEffect } from 'preact/hooks';
import { words } from '../words/en.ts';
import type { PageProps } from './app.ts';

/** A part of a page whose file is loaded when it is shown for the first time. `waits`: is shown until then. */
export function partOnDemand<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  waits: () => ComponentChildren = () => null,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function OnDemand(props: Props) {
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
    return loaded === null ? h(Fragment, {}, waits()) : h(loaded, props as never);
  };
}

/** The same of a page. */
export const onDemand = partOnDemand<PageProps>;
