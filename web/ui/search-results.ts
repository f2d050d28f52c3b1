import { type ComponentChildren, h } from 'preact';
import type { SearchAnswer } from '../../src/serve/schemas.ts';
import { pathOf } from '../router.ts';
import { search as words } from '../words/search.ts';
import { Link, Severity } from './parts.ts';

export type Found = SearchAnswer;

/** The service shows so many of each kind. */
const MOST = 8;

type Props = { readonly found: Found; readonly text: string };

/** What was found, by kind; then the lists of all that are like it. */
export function SearchResults({ found: { incidents, devices, plants }, text }: Props) {
  const isCut = [incidents, devices, plants].some((rows) => rows.length === MOST);
  const like = (more: Readonly<Record<string, string>>) => `${new URLSearchParams({ q: text, ...more })}`;
  return h(
    'div',
    {},
    h(Kind, { title: words.incidents, rows: incidents.map(incidentRow) }),
    h(Kind, { title: words.devices, rows: devices.map(deviceRow) }),
    h(Kind, { title: words.plants, rows: plants.map(plantRow) }),
    isCut && h('p', { class: 'dim' }, words.best),
    incidents.length + devices.length > 0 &&
      h(
        'p',
        { class: 'buttons' },
        h(Link, { to: '/incidents', query: like({ state: 'any' }) }, words.allIncidents),
        h(Link, { to: '/devices', query: like({}) }, words.allDevices),
      ),
  );
}

function Kind({ title, rows }: { readonly title: string; readonly rows: readonly ComponentChildren[] }) {
  if (rows.length === 0) return null;
  return h('section', {}, h('h2', {}, title), h('ul', { class: 'plain' }, rows));
}

function incidentRow({ id, device, severity, state, plant }: Found['incidents'][number]) {
  return h(
    'li',
    { key: id },
    h(Severity, { value: severity }),
    ' ',
    h(Link, { to: `/incidents${pathOf(id)}` }, h('bdi', {}, id)),
    ' ',
    h(About, { parts: [state, device, plant] }),
  );
}

function deviceRow({ key, names, plant, product, release, condition }: Found['devices'][number]) {
  const others = names.filter((name) => name !== key);
  return h(
    'li',
    { key },
    h(Link, { to: `/devices${pathOf(key)}` }, h('bdi', {}, key)),
    ' ',
    h(About, { parts: [condition, ...others, plant, product, release] }),
  );
}

function plantRow({ name, devices }: Found['plants'][number]) {
  return h(
    'li',
    { key: name },
    h(Link, { to: `/plants${pathOf(name)}` }, h('bdi', {}, name)),
    ' ',
    h(About, { parts: [words.deviceCount(devices)] }),
  );
}

/** Each part for itself: a mark of direction in one does not turn the others. */
function About({ parts }: { readonly parts: readonly (string | null)[] }) {
  return h(
    'span',
    { class: 'dim' },
    parts.flatMap((part, index) => (part === null || part === '' ? [] : [' · ', h('bdi', { key: index }, part)])),
  );
}
