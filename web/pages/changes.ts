import { h } from 'preact';
import type { StreamEvents } from '../../src/serve/schemas.ts';
import { pathOf } from '../router.ts';
import { Link } from '../ui/parts.ts';
import { words } from '../words/later.ts';

type Change = StreamEvents['change'];
type Props = {
  readonly changed: number;
  /** The first of them. */
  readonly changes: readonly Change[];
};

/** What becomes of incidents: how many of each kind, then one by one. */
export function Changes({ changed, changes }: Props) {
  if (changed === 0) return h('p', { class: 'dim' }, words.noIncidentChanges);
  const kinds = new Map<string, number>();
  for (const { from, to } of changes) {
    const kind = `${from ?? words.nothing} → ${to ?? words.nothing}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return h(
    'div',
    {},
    h(
      'p',
      {},
      words.changeCount(changed),
      ': ',
      [...kinds].map(([kind, number]) => `${kind} ${number}`).join(' · '),
      changed > changes.length && ` ${words.ofTheFirst(changes.length)}`,
    ),
    h(
      'details',
      {},
      h('summary', {}, words.oneByOne),
      h(
        'ul',
        {},
        changes.map(({ incident, device, from, to, reason }, index) =>
          h(
            'li',
            { key: index },
            h(Link, { to: `/incidents${pathOf(incident)}` }, h('bdi', {}, device)),
            ` ${from ?? words.nothing} → ${to ?? words.nothing} (${reason})`,
          ),
        ),
      ),
    ),
  );
}
