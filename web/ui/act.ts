import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { ApiError } from '../api.ts';
import { Items } from './parts.ts';

/** One action at a time: whether it runs, and why the last one was refused. Nothing is shown as done before it is. */
export function useAct() {
  const [isBusy, error] = [useSignal(false), useSignal<ApiError | null>(null)];
  /** True: it was done. */
  const act = async (what: () => Promise<void>): Promise<boolean> => {
    if (isBusy.value) return false;
    [isBusy.value, error.value] = [true, null];
    try {
      await what();
      return true;
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      error.value = thrown;
      return false;
    } finally {
      isBusy.value = false;
    }
  };
  return { isBusy: isBusy.value, error: error.value, act };
}

/** Why an action was refused, in the words of the service. */
export function Refused({ error }: { readonly error: ApiError | null }) {
  if (error === null) return null;
  return h(
    'div',
    { class: 'failure', role: 'alert' },
    h('p', {}, h('bdi', {}, error.message)),
    error.problems.length > 0 && h(Items, { items: error.problems }),
  );
}
