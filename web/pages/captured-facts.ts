import { h } from 'preact';
import type { Explanation } from '../../src/serve/schemas.ts';
import { ListTable } from '../ui/list-table.ts';
import { Time } from '../ui/parts.ts';
import { words } from '../words/later.ts';

type Props = {
  readonly facts: Explanation['captured'];
  /** The names of those that are new; all others were known. */
  readonly changed?: readonly string[];
};

/** What a device showed of itself, with the line that states it. */
export function CapturedFacts({ facts, changed = [] }: Props) {
  return h(ListTable, {
    caption: words.shownFacts,
    columns: words.factColumns,
    rows: facts.map(({ what, value, at, line, text, assumed }) => ({
      key: what,
      cells: [
        [what, changed.includes(what) && h('b', {}, ` ${words.isNew}`)],
        h('bdi', {}, value),
        [`${words.line} ${line}: `, h('code', {}, h('bdi', {}, text)), assumed && ` · ▲ ${words.formAssumed}`],
        h(Time, { at }),
      ],
    })),
  });
}
