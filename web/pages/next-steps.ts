import { h } from 'preact';
import type { Explanation, NextStep } from '../../src/serve/schemas.ts';
import { Copy } from '../ui/copy.ts';
import { Items, Link, Panel } from '../ui/parts.ts';
import { words } from '../words/en.ts';

type Props = { readonly next: NextStep; readonly explanation: Explanation };

/** What to type at the device, what to look at, how to see that it has helped; or why there is nothing to do. */
export function NextSteps({ next, explanation: { device, hints, wouldChange } }: Props) {
  const { commands, checks, fixedIn, verify, why, nothingBecause } = next;
  return h(
    Panel,
    { title: words.next, aside: commands.length > 0 && h(Copy, { text: commands.join('\n') }) },
    nothingBecause !== null && h('p', {}, `${words.nothingToType} ${words.because(nothingBecause)}`),
    h(Commands, { commands }),
    commands.length > 0 &&
      h(
        'p',
        {},
        h(Link, { to: '/trustpool', query: new URLSearchParams({ device }).toString() }, words.pasteTrustpool),
      ),
    fixedIn !== null && h('p', {}, words.upgradeTo, ' ', h('b', {}, fixedIn)),
    checks.map(({ check, commands: typed }, index) =>
      h('div', { key: index }, h('h3', {}, words.check(check)), h(Commands, { commands: typed })),
    ),
    h(Reasons, { title: words.nextBecause, items: why }),
    h(Reasons, { title: words.verify, items: verify }),
    h(Reasons, { title: words.hints, items: hints }),
    h(Reasons, { title: words.wouldChange, items: wouldChange }),
  );
}

function Reasons({ title, items }: { readonly title: string; readonly items: readonly string[] }) {
  return items.length === 0 ? null : h('div', {}, h('h3', {}, title), h(Items, { items }));
}

/** Commands of a device, in their order. */
export function Commands({ commands }: { readonly commands: readonly string[] }) {
  if (commands.length === 0) return null;
  return h(
    'ol',
    { class: 'commands' },
    commands.map((command, index) => h('li', { key: index }, h('code', {}, command))),
  );
}
