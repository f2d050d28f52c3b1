import { h } from 'preact';
import { useLoad } from '../load.ts';
import { change, preferences } from '../preferences.ts';
import { hrefOf, query } from '../router.ts';
import { logOut, session } from '../session.ts';
import { Refused, useAct } from '../ui/act.ts';
import { Facts, Failure, Link, Panel, Time } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import { Licences } from './licences.ts';

type Answer = {
  readonly version: string;
  readonly node: string;
  readonly startedAt: string;
  readonly advisory: { readonly id: string; readonly version: number; readonly title: string; readonly notice: string };
  readonly listening: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly reload: { readonly at: string; readonly problem: string | null };
  readonly needsRestart: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
};

/** What runs here, how it is configured, and how the console looks. */
export function About() {
  const loaded = useLoad<Answer>('about');
  return h(
    'div',
    {},
    h('h1', {}, words.about),
    h(
      'div',
      { class: 'pair' },
      h(
        Panel,
        { title: words.service },
        h(Failure, { loaded }),
        loaded.data !== null && h(Service, { answer: loaded.data }),
      ),
      h(Panel, { title: words.thisBrowser }, h(Browser, {})),
    ),
    query.value.get('licences') === 'true' && h(Licences, {}),
    loaded.data !== null &&
      h(
        'div',
        { class: 'pair' },
        h(Panel, { title: words.configuration }, h(Values, { values: loaded.data.configuration })),
        h(Panel, { title: words.limits }, h(Values, { values: loaded.data.limits })),
      ),
  );
}

function Service({
  answer: { version, node, startedAt, advisory, listening, reload, needsRestart },
}: {
  readonly answer: Answer;
}) {
  return h(
    'div',
    {},
    h(Facts, {
      rows: [
        [words.version, version],
        ['Node.js', node],
        [words.started, h(Time, { at: startedAt })],
        [words.advisory, `${advisory.title} (${advisory.notice}), ${advisory.id} ${advisory.version}`],
        [
          words.listening,
          Object.entries(listening)
            .map(([name, { host, port }]) => `${name} ${host}:${port}`)
            .join(' · '),
        ],
        [words.configured, h(Time, { at: reload.at })],
      ],
    }),
    reload.problem !== null && h('p', { class: 'doubt' }, `▲ ${reload.problem}`),
    needsRestart.length > 0 && h('p', { class: 'doubt' }, `▲ ${words.needsRestart}: ${needsRestart.join(', ')}`),
    h(
      'p',
      {},
      h('a', { href: hrefOf('/runbook') }, words.runbook),
      ' · ',
      h('a', { href: hrefOf('/openapi.json') }, words.apiDescription),
      ' · ',
      h(Link, { to: '/about', query: 'licences=true' }, words.showLicences),
    ),
  );
}

function Browser() {
  const choice = (name: keyof typeof preferences, text: string) =>
    [words.preferences[name], h('button', { onClick: () => change(name) }, text)] as const;
  const { value } = session;
  const { isBusy, error, act } = useAct();
  return h(
    'div',
    {},
    h(Facts, {
      rows: [
        choice('theme', words.themes[preferences.theme.value]),
        choice('zone', words.zones[preferences.zone.value]),
        choice('density', words.densities[preferences.density.value]),
        choice('keys', words.onOff[preferences.keys.value]),
        [words.yourName, h('bdi', {}, value?.name ?? '–')],
        [words.role, value?.role ?? '–'],
        [words.sessionEnds, h(Time, { at: value?.until ?? null, mayCome: true })],
      ],
    }),
    value?.until != null && h('button', { disabled: isBusy, onClick: () => act(logOut) }, words.logOut),
    h(Refused, { error }),
    error !== null && h('p', { class: 'doubt' }, `▲ ${words.notLoggedOut}`),
    value?.loginHelps === true && h('a', { class: 'button', href: hrefOf('/login'), 'data-page': '' }, words.login),
  );
}

function Values({ values }: { readonly values: Readonly<Record<string, unknown>> }) {
  return h(
    'table',
    { class: 'values' },
    h(
      'tbody',
      {},
      Object.entries(values).map(([key, value]) =>
        h(
          'tr',
          { key },
          h('th', { scope: 'row' }, h('code', {}, key)),
          h('td', {}, h('code', {}, typeof value === 'string' ? value : JSON.stringify(value))),
        ),
      ),
    ),
  );
}
