import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { ApiError } from '../api.ts';
import { connect } from '../live/connection.ts';
import { open, query } from '../router.ts';
import { logIn } from '../session.ts';
import { words } from '../words/en.ts';

/** One field for a token, one for a name; then the page that was asked for. */
export function Login() {
  const error = useSignal('');
  const isBusy = useSignal(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    [isBusy.value, error.value] = [true, ''];
    try {
      await logIn(`${data.get('token')}`, `${data.get('name')}`, data.get('readOnly') !== null);
      connect();
      const [path = '/', asked = ''] = wanted().split('?');
      open(path, asked, true);
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      error.value = thrown.message;
    } finally {
      isBusy.value = false;
    }
  };
  return h(
    'form',
    { class: 'login', onSubmit: submit },
    h('h1', {}, words.login),
    h('p', { class: 'dim' }, words.loginText),
    h(
      'label',
      {},
      words.token,
      h('input', {
        name: 'token',
        type: 'password',
        required: true,
        autocomplete: 'current-password',
        autofocus: true,
      }),
    ),
    h(
      'label',
      {},
      words.yourName,
      h('input', { name: 'name', required: true, maxLength: 128, autocomplete: 'username' }),
    ),
    h('label', { class: 'check' }, h('input', { name: 'readOnly', type: 'checkbox' }), words.readOnly),
    error.value !== '' && h('p', { class: 'failure', role: 'alert' }, error.value),
    h('button', { class: 'main', type: 'submit', disabled: isBusy.value }, isBusy.value ? words.busy : words.logIn),
  );
}

/** Only a path of this console: another program's link leads nowhere else. */
function wanted(): string {
  const then = query.value.get('then') ?? '/';
  return /^\/(?![/\\])/.test(then) && !then.startsWith('/login') ? then : '/';
}
