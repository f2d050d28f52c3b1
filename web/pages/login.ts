import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { connect } from '../live/connection.ts';
import { type Place, pageAfter } from '../query/after-login.ts';
import { open, query } from '../router.ts';
import { hasEnded, loadSession, logIn, session } from '../session.ts';
import { Refused, useAct } from '../ui/act.ts';
import { words } from '../words/en.ts';
import { words as gone } from '../words/gone.ts';

/** One field for a token, one for a name; then the page that was asked for. */
export function Login() {
  const { isBusy, error, act } = useAct();
  const leave = () => {
    const { path, query } = wanted();
    open(path, query, true);
  };
  // A request was refused: then the session has ended, and nobody has said it yet.
  useEffect(() => {
    if (session.peek()?.role != null) void loadSession();
  }, []);
  // Another tab has logged in.
  const wasOut = useRef(false);
  wasOut.current ||= session.value?.role === null;
  useEffect(() => {
    if (wasOut.current && session.value?.role != null) leave();
  }, [session.value?.role]);
  const submit = async (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    await act(async () => {
      await logIn(`${data.get('token')}`, `${data.get('name')}`, data.get('readOnly') !== null);
      connect();
      leave();
    });
  };
  return h(
    'form',
    { class: 'login', onSubmit: submit },
    h('h1', {}, words.login),
    h('p', { role: 'status', class: hasEnded.value ? 'doubt' : undefined }, hasEnded.value && gone.sessionEnded),
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
      h('input', {
        ...{ name: 'name', required: true, maxLength: 128, autocomplete: 'username' },
        // Blanks are no name.
        ...{ pattern: '.*\\S.*', title: words.nameNeeded },
      }),
    ),
    h(
      'label',
      { class: 'check' },
      h('input', { name: 'readOnly', type: 'checkbox', defaultChecked: isForWall() }),
      words.readOnly,
    ),
    h(Refused, { error }),
    h('button', { class: 'main', type: 'submit', disabled: isBusy }, isBusy ? words.busy : words.logIn),
  );
}

const wanted = (): Place => pageAfter(query.value.get('then'), location.origin);

/** Nobody acts at a wall, and its session has to last. */
function isForWall(): boolean {
  return new URLSearchParams(wanted().query).has('wall');
}
