import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { rowAct } from '../keys.ts';
import { choice, countOf, type Named, NOTHING, withAll } from '../query/choice.ts';
import { path } from '../router.ts';
import { whenPersonChanges, whyReadOnly } from '../session.ts';
import { ReadOnly } from '../ui/read-only.ts';
import { bulk as words } from '../words/bulk.ts';
import { askBulk, type BulkAction, type Target, whyNotSoMany } from './bulk.ts';

type Props = {
  /** The rows of the page that meet the filters. */
  readonly shown: readonly Named[];
  /** As the list of incidents is asked for, without its order and its page. */
  readonly filter: string;
  /** How many incidents meet it; null: it is not known yet. */
  readonly total: number | null;
  /** Asks for the list anew. */
  readonly again: () => void;
};

const KEYS: Readonly<Record<string, BulkAction>> = { a: 'acknowledge', n: 'note' };
const keyOf = (action: BulkAction) => Object.keys(KEYS).find((key) => KEYS[key] === action);

const leave = () => {
  choice.value = NOTHING;
};
whenPersonChanges(leave);

/** How many incidents are chosen, and what can be done with them. */
export function ChoiceBar({ shown, filter, total, again }: Props) {
  const { all } = choice.value;
  const count = countOf(choice.value);
  const hasEnded = useSignal(false);
  const ask = (action: BulkAction, target: Target, done: () => void) =>
    askBulk({
      ...{ action, target, path: path.value },
      after: () => {
        done();
        again();
      },
      recount: (now) => {
        if (all !== null) choice.value = { ...choice.value, all: { ...all, count: now } };
      },
    });
  // All that match one filter are not all that match another one.
  useEffect(() => {
    hasEnded.value = all !== null && all.filter !== filter;
    if (hasEnded.value) leave();
  }, [filter]);
  const whyOff = whyReadOnly.value;
  // As soon as rows are seen, keys are about them.
  useLayoutEffect(() => {
    rowAct.value = (key, id) => {
      const row = shown.find((each) => each.id === id);
      const action = KEYS[key];
      if (row !== undefined && action !== undefined && whyOff === null)
        ask(action, { rows: new Map([[row.id, row.device]]), all: null }, () => {});
    };
    return () => {
      rowAct.value = null;
    };
  });
  const why = whyOff ?? (count > 0 ? whyNotSoMany(count) : null);
  const said = all === null ? words.chosen(count) : words.allChosen(all.count);
  const elsewhere = all === null ? count - shown.filter(({ id }) => choice.value.rows.has(id)).length : 0;
  return [
    h(PageBox, { shown }),
    all === null && total !== null && total > 0 && h(Matching, { filter, total }),
    h(
      'span',
      { class: count > 0 ? 'actions chosen' : '' },
      // What a person has done is told at once; a row that goes to another page by itself is not.
      h('span', { role: 'status' }, count > 0 ? h('b', {}, said) : hasEnded.value && words.choiceEnded),
      elsewhere > 0 && h('b', {}, `, ${words.elsewhere(elsewhere)}`),
      count > 0 && [
        (Object.keys(words.buttons) as BulkAction[]).map((action) =>
          h(
            'button',
            {
              ...{ key: action, 'data-key': keyOf(action), class: action === 'acknowledge' ? 'main' : undefined },
              ...{ disabled: why !== null, title: why ?? undefined, onClick: () => ask(action, choice.value, leave) },
            },
            words.buttons[action],
          ),
        ),
        h('button', { key: 'none', onClick: leave }, words.chooseNone),
        h(ReadOnly, { key: 'read' }),
        whyOff === null && why !== null && h('span', { class: 'dim', key: 'why' }, why),
      ],
    ),
  ];
}

/** Chooses all rows of the page that meet the filters. */
function PageBox({ shown }: Pick<Props, 'shown'>) {
  const { rows, all } = choice.value;
  const chosen = shown.filter(({ id }) => rows.has(id)).length;
  const isAll = all !== null || (chosen > 0 && chosen === shown.length);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current !== null) box.current.indeterminate = !isAll && chosen > 0;
  });
  return h(
    'label',
    { class: 'check' },
    h('input', {
      ...{ type: 'checkbox', ref: box, checked: isAll, disabled: all !== null || shown.length === 0 },
      onClick: () => {
        choice.value = withAll(choice.value, shown, !isAll);
      },
    }),
    words.choosePage,
  );
}

/** Chooses all that meet the filters, as many as are shown now. */
function Matching({ filter, total }: Pick<Props, 'filter'> & { readonly total: number }) {
  const why = whyNotSoMany(total);
  const choose = () => {
    choice.value = { ...NOTHING, all: { filter, count: total } };
  };
  return [
    h('button', { disabled: why !== null, onClick: choose }, words.chooseMatching(total)),
    why !== null && h('span', { class: 'dim' }, why),
  ];
}
