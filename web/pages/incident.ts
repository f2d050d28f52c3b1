import { h } from 'preact';
import type { IncidentOrGone, WholeIncident } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { pathOf } from '../router.ts';
import type { PageProps } from '../ui/app.ts';
import { Failure, Link, Panel, Severity, Time } from '../ui/parts.ts';
import { words } from '../words/en.ts';
import { IncidentActions } from './incident-actions.ts';
import { Grace } from './incident-row.ts';
import { NextSteps } from './next-steps.ts';
import { Timeline } from './timeline.ts';
import { Why } from './why-panel.ts';

/** One incident: what it is, what to type, why, and what happened. */
export function Incident({ name }: PageProps) {
  const loaded = useLoad<IncidentOrGone>(`incidents${pathOf(name)}`, 'live');
  const { data, error } = loaded;
  if (data === null)
    return h('div', { 'aria-busy': error === null }, h('h1', {}, h('bdi', {}, name)), h(Failure, { loaded }));
  if ('movedTo' in data)
    return h(
      'div',
      {},
      h('h1', {}, h('bdi', {}, name)),
      h('p', { class: 'empty' }, words.moved, ' ', h(Link, { to: `/incidents${pathOf(data.movedTo)}` }, data.movedTo)),
    );
  if ('withdrawn' in data)
    return h(
      'div',
      {},
      h('h1', {}, h('bdi', {}, name)),
      h('p', { class: 'empty' }, words.withdrawn, ' ', h(Time, { at: data.withdrawn })),
    );
  return h(Whole, { incident: data, loaded });
}

function Whole({
  incident,
  loaded,
}: {
  readonly incident: WholeIncident;
  readonly loaded: ReturnType<typeof useLoad<IncidentOrGone>>;
}) {
  const { explanation, next, loss, acknowledged, notes, disposition } = incident;
  return h(
    'article',
    { class: 'incident' },
    h(Verdict, { incident }),
    h(Failure, { loaded }),
    h(IncidentActions, { incident, again: loaded.again }),
    h(
      'div',
      { class: 'pair' },
      explanation === null || next === null
        ? h(Panel, { title: words.next }, h('p', {}, words.past))
        : h(NextSteps, { next, explanation }),
      explanation !== null && h(Why, { explanation, loss }),
    ),
    h(
      'div',
      { class: 'pair' },
      h(
        Panel,
        { title: words.notes },
        acknowledged !== null &&
          h(
            'p',
            {},
            words.takenBy,
            ' ',
            h('bdi', {}, acknowledged.by),
            ' · ',
            h(Time, { at: acknowledged.at, relative: true }),
          ),
        disposition !== null &&
          h('p', {}, words.reallyWas, ': ', disposition.hypothesis, ' ', h('bdi', {}, disposition.text)),
        notes.length === 0
          ? h('p', { class: 'dim' }, words.noNotes)
          : h(
              'ul',
              { class: 'notes' },
              notes.map((note, index) =>
                h(
                  'li',
                  { key: index },
                  h(Time, { at: note.at }),
                  ' ',
                  h('b', {}, h('bdi', {}, note.by)),
                  ` ${note.kind} `,
                  h('bdi', {}, note.text),
                ),
              ),
            ),
      ),
    ),
    h(Timeline, { lines: incident.lines, changes: incident.changes, notes }),
  );
}

function Verdict({ incident }: { readonly incident: WholeIncident }) {
  const { severity, state, device, plant, product, release, explanation, openedAt, graceUntil, graceUntilAtMost } =
    incident;
  const fixedIn = explanation?.facts.fixedIn ?? null;
  return h(
    'header',
    { class: `verdict ${severity}` },
    h(
      'h1',
      {},
      h(Severity, { value: severity }),
      ` · ${state} · `,
      h(Link, { to: `/devices${pathOf(device)}` }, h('bdi', {}, device)),
    ),
    h(
      'p',
      { class: 'dim' },
      h('bdi', {}, [plant, product, release].filter((each) => each !== null).join(' · ')),
      explanation !== null && ` · ${explanation.facts.status}`,
      fixedIn !== null && ` · ${words.fixedIn} ${fixedIn}`,
    ),
    explanation !== null && h('p', { class: 'conclusion' }, h('bdi', {}, explanation.conclusion)),
    h(
      'p',
      {},
      words.openedAt,
      ' ',
      h(Time, { at: openedAt, relative: true }),
      '. ',
      (graceUntil ?? graceUntilAtMost) !== null && [
        words.graceEnds,
        ' ',
        h(Grace, { incident }),
        ' (',
        h(Time, { at: graceUntil ?? graceUntilAtMost }),
        ').',
      ],
    ),
  );
}
