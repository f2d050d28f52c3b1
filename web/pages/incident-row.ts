import { h } from 'preact';
import type { Incident } from '../../src/serve/schemas.ts';
import { pathOf } from '../router.ts';
import { isolated } from '../ui/isolated.ts';
import { Link, Severity, Time } from '../ui/parts.ts';
import { words } from '../words/en.ts';
import type { SteadyRow } from './steady-rows.ts';

type Props = {
  readonly incident: Incident;
  readonly mark: SteadyRow<Incident>['mark'];
  readonly isChosen: boolean;
  /** `isRange`: from the row that was chosen last. Null: all are chosen, and none can be left out. */
  readonly choose: ((isRange: boolean) => void) | null;
};

/** One incident in the list. It is marked when it has changed, and struck through when it left the filter. */
export function IncidentRow({ incident, mark, isChosen, choose }: Props) {
  const { id, device, severity, state, plant, diagnosis, openedAt, acknowledged } = incident;
  const cell = (name: keyof typeof words.columns, content: unknown) =>
    h('td', { 'data-name': words.columns[name] }, content as never);
  return h(
    'tr',
    { 'data-row': id, class: mark },
    h(
      'td',
      { class: 'choose' },
      h(
        'label',
        {},
        h('input', {
          ...{ type: 'checkbox', 'data-choose': '', 'aria-label': words.chooseRow(isolated(device)) },
          ...{ checked: isChosen, disabled: choose === null },
          onClick: ({ shiftKey }: MouseEvent) => choose?.(shiftKey),
        }),
      ),
    ),
    cell('severity', h(Severity, { value: severity })),
    cell('state', state),
    h(
      'th',
      { scope: 'row' },
      h(Link, { to: `/incidents${pathOf(id)}` }, h('bdi', {}, device)),
      mark === 'left' && h('span', { class: 'dim' }, ` ${words.left}`),
    ),
    cell('plant', h('bdi', {}, plant ?? '–')),
    cell('cause', diagnosis ?? '–'),
    cell('opened', h(Time, { at: openedAt, relative: true })),
    cell('grace', h(Grace, { incident })),
    cell('by', h('bdi', {}, acknowledged?.by ?? '–')),
  );
}

/** When the grace period ends: known, or at most known. */
export function Grace({
  incident: { graceUntil, graceUntilAtMost },
}: {
  readonly incident: Pick<Incident, 'graceUntil' | 'graceUntilAtMost'>;
}) {
  if (graceUntil !== null) return h(Time, { at: graceUntil, relative: true, mayCome: true });
  if (graceUntilAtMost === null) return h('span', { class: 'dim' }, '–');
  return h('span', {}, '≤ ', h(Time, { at: graceUntilAtMost, relative: true, mayCome: true }));
}
