import { h } from 'preact';
import { useLoad } from '../load.ts';
import { Failure, Panel } from '../ui/parts.ts';
import { words } from '../words/later.ts';

type Licence = {
  readonly name: string;
  readonly version: string;
  readonly licence: string | null;
  readonly text: string | null;
};

/** What the program is made of, each with the text of its licence. */
export function Licences() {
  const loaded = useLoad<{ readonly licences: readonly Licence[] }>('licences');
  const { data, error } = loaded;
  return h(
    Panel,
    { title: words.licences },
    h(Failure, { loaded }),
    data === null
      ? h('p', { class: 'dim', 'aria-busy': error === null }, '…')
      : [
          h('p', { class: 'dim', key: 'how' }, words.licencesOf(data.licences.length)),
          h('ul', { class: 'plain licences', key: 'all' }, data.licences.map(one)),
        ],
  );
}

function one({ name, version, licence, text }: Licence) {
  return h(
    'li',
    { key: `${name} ${version}` },
    h(
      'details',
      {},
      h(
        'summary',
        {},
        h('bdi', {}, `${name} ${version}`),
        h('span', { class: 'dim' }, ` · ${licence ?? words.noLicence}`),
      ),
      text === null ? h('p', { class: 'dim' }, words.noLicenceText) : h('pre', {}, text),
    ),
  );
}
