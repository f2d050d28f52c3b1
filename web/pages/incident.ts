import { h } from 'preact';
import { useRef } from 'preact/hooks';
import type { IncidentOrGone, WholeIncident } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { pathOf, query } from '../router.ts';
import type { PageProps } from '../ui/app.ts';
import { partOnDemand } from '../ui/on-demand.ts';
import { Failure, Link, NotYet, Panel, Severity, Texts, Time } from '../ui/parts.ts';
import { words } from '../words/en.ts';
import { Causes } from './causes.ts';
import { IncidentActions } from './incident-actions.ts';
import { Grace } from './incident-row.ts';
import { NextSteps } from './next-steps.ts';
import { Why } from './why-panel.ts';

/** It stands below what has to be read first. */
const Timeline = partOnDemand(async () => (await import('./timeline.ts')).Timeline);
const GoneIncident = partOnDemand(async () => (await import('./gone-incident.ts')).GoneIncident);
const CameFrom = partOnDemand(async () => (await import('./gone-incident.ts')).CameFrom);

const subjectOf = (data: IncidentOrGone | null) =>
  data === null || !('device' in data) ? null : { key: data.device, peer: data.peer };

/** One incident: what it is, what to type, why, and what happened. */
export function Incident({ name }: PageProps) {
  const loaded = useLoad<IncidentOrGone>(`incidents${pathOf(name)}`, subjectOf);
  const { data } = loaded;
  const wasShown = useRef(false);
  if (data === null) return h(NotYet, { heading: h('h1', {}, h('bdi', {}, name)), loaded });
  if ('movedTo' in data || 'withdrawn' in data) return h(GoneIncident, { gone: data, wasShown: wasShown.current });
  wasShown.current = true;
  return h(Whole, { incident: data, loaded });
}

function Whole({
  incident,
  loaded,
}: {
  readonly incident: WholeIncident;
  readonly loaded: ReturnType<typeof useLoad<IncidentOrGone>>;
}) {
  const { explanation, next, loss, hypotheses, notes, disposition } = incident;
  const from = query.value.get('from');
  return h(
    'article',
    { class: 'incident' },
    h(Verdict, { incident }),
    from !== null && h(CameFrom, { from, id: incident.id }),
    h(Failure, { loaded }),
    h(IncidentActions, { incident, again: loaded.again }),
    h(
      'div',
      { class: 'pair' },
      explanation === null || next === null
        ? h(Panel, { title: words.next }, h('p', {}, words.past))
        : h(NextSteps, { next, explanation }),
      explanation !== null && h('div', {}, h(Why, { explanation, loss }), h(Causes, { hypotheses })),
    ),
    h(
      'div',
      { class: 'pair' },
      h(
        Panel,
        { title: words.notes },
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
    h(Timeline, { of: `incidents${pathOf(incident.id)}`, subject: subjectOf(incident), incident: incident.id }),
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
      h(Texts, { items: [plant, product, release].filter((each) => each !== null) }),
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
        h(Time, { at: graceUntil ?? graceUntilAtMost, mayCome: true }),
        ').',
      ],
      ' ',
      h(Taken, { incident }),
    ),
  );
}

/** Who looks after it. */
function Taken({ incident: { acknowledged, state } }: { readonly incident: WholeIncident }) {
  if (acknowledged !== null)
    return h(
      'b',
      {},
      words.takenBy,
      ' ',
      h('bdi', {}, acknowledged.by),
      ' · ',
      h(Time, { at: acknowledged.at, relative: true }),
    );
  return state === 'closed' || state === 'resolved' ? null : h('b', {}, words.takenByNone);
}
