import { h } from 'preact';
import type { Imported } from '../../src/serve/schemas.ts';
import { Link } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import { Changes } from './changes.ts';

/** Problems that are shown at first. */
const SHOWN = 20;

/** What an import changes, or would change. */
export function ImportResult({ imported }: { readonly imported: Imported }) {
  const { taken, unchanged, added, merged, rejected, ignored, changed, changes, dryRun } = imported;
  const [first, rest] = [rejected.slice(0, SHOWN), rejected.slice(SHOWN)];
  return h(
    'div',
    {},
    h('p', { class: 'conclusion' }, words.importCounts(added, taken - added, unchanged, rejected.length)),
    merged > 0 && h('p', {}, words.mergedDevices(merged)),
    ignored.length > 0 && h('p', {}, words.ignoredColumns(ignored.length), ' ', h('bdi', {}, ignored.join(', '))),
    rejected.length > 0 && [
      h('h3', {}, words.rejectedRows),
      h(Rejected, { rows: first }),
      rest.length > 0 && h('details', {}, h('summary', {}, words.more(rest.length)), h(Rejected, { rows: rest })),
    ],
    h('h3', {}, dryRun ? words.wouldChangeIncidents : words.changedIncidents),
    h(Changes, { changed, changes }),
    !dryRun &&
      h(
        'p',
        {},
        h(Link, { to: '/devices', query: 'listed=true' }, words.seeListed),
        ' · ',
        h(Link, { to: '/plants' }, words.plants),
      ),
  );
}

function Rejected({ rows }: { readonly rows: Imported['rejected'] }) {
  return h(
    'ul',
    {},
    rows.map(({ line, problem }, index) => h('li', { key: index }, `${words.line} ${line}: `, h('bdi', {}, problem))),
  );
}
