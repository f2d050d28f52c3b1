import { h } from 'preact';
import type { Accuracy as Answer } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { ListTable } from '../ui/list-table.ts';
import { Failure, Panel } from '../ui/parts.ts';
import { words } from '../words/en.ts';

type Row = { readonly total: number; readonly agreed: number };

/** How often verdict and person agreed. Nothing learns from it. */
export function Accuracy() {
  const loaded = useLoad<Answer>('fleet/accuracy');
  const { data } = loaded;
  return h(
    'div',
    {},
    h('h1', {}, words.accuracy),
    h('p', { class: 'dim' }, words.accuracyText),
    h(Failure, { loaded }),
    data !== null && data.total === 0 && h('p', { class: 'empty' }, words.noDispositions),
    data !== null &&
      data.total > 0 && [
        h('p', { class: 'conclusion' }, words.agreed(data.agreed, data.total)),
        h(
          'div',
          { class: 'pair' },
          h(
            Panel,
            { title: words.byDiagnosis },
            h(Table, {
              name: words.cause,
              rows: data.byDiagnosis.map((row) => ({
                ...row,
                name: row.diagnosis,
                said: row.dispositions.map(({ hypothesis, count }) => `${hypothesis} ${count}`).join(' · '),
              })),
            }),
          ),
          h(
            Panel,
            { title: words.byRelease },
            h(Table, {
              name: words.release,
              rows: data.byRelease.map((row) => ({ ...row, name: row.release })),
            }),
          ),
        ),
      ],
  );
}

/** `said`: what people said instead, if it is known by row. */
function Table({
  name,
  rows,
}: {
  readonly name: string;
  readonly rows: readonly (Row & { readonly name: string; readonly said?: string })[];
}) {
  const hasSaid = rows.some(({ said }) => said !== undefined);
  return h(ListTable, {
    caption: name,
    columns: [name, ...words.accuracyColumns.slice(0, hasSaid ? 3 : 2)],
    numbers: [1, 2],
    rows: rows.map(({ name, total, agreed, said }) => ({
      key: name,
      cells: [
        h('bdi', {}, name),
        total.toLocaleString('en'),
        agreed.toLocaleString('en'),
        ...(hasSaid ? [said ?? ''] : []),
      ],
    })),
  });
}
