import { h } from 'preact';
import type { Explanation } from '../../src/serve/schemas.ts';
import { Copy } from '../ui/copy.ts';
import { Items, Panel } from '../ui/parts.ts';
import { words } from '../words/en.ts';

/** What to type at the device, what to look at, and what would change the verdict. */
export function NextSteps({ explanation: { next, hints, wouldChange } }: { readonly explanation: Explanation }) {
  const { commands, checks, upgradeTo } = next;
  const isNothing = commands.length === 0 && checks.length === 0;
  return h(
    Panel,
    { title: words.next, aside: commands.length > 0 && h(Copy, { text: commands.join('\n') }) },
    isNothing && h('p', {}, words.nothingToType),
    commands.length > 0 &&
      h(
        'ol',
        { class: 'commands' },
        commands.map((command, index) => h('li', { key: index }, h('code', {}, command))),
      ),
    upgradeTo !== null && h('p', {}, words.upgradeTo, ' ', h('b', {}, upgradeTo)),
    checks.map(({ check, commands: typed }, index) =>
      h(
        'div',
        { key: index },
        h('h3', {}, check),
        typed.length > 0 &&
          h(
            'ol',
            { class: 'commands' },
            typed.map((command, at) => h('li', { key: at }, h('code', {}, command))),
          ),
      ),
    ),
    hints.length > 0 && [h('h3', {}, words.hints), h(Items, { items: hints })],
    wouldChange.length > 0 && [h('h3', {}, words.wouldChange), h(Items, { items: wouldChange })],
  );
}
