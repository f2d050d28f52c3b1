import { h } from 'preact';
import type { Advisory } from '../../src/serve/schemas.ts';
import { Copy } from '../ui/copy.ts';
import { Facts, Panel } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import { Commands } from './next-steps.ts';

/** The repair as the notice has it: upgrade, workarounds, commands, and the two roots. */
export function RepairText({ remediation }: Pick<Advisory, 'remediation'>) {
  const { upgrade, workarounds, script, verify, oldRoot, newRoot } = remediation;
  return h(
    Panel,
    { title: words.repair },
    h('p', {}, upgrade),
    h(
      'div',
      {},
      h('h3', {}, words.script, ' ', h(Copy, { text: script.join('\n') })),
      h(Commands, { commands: script }),
    ),
    workarounds.map(({ title, commands, choose }, index) =>
      h(
        'details',
        { key: index },
        h('summary', {}, title, choose === 'one' ? ` (${words.chooseOne})` : ''),
        h(Commands, { commands }),
      ),
    ),
    h('h3', {}, words.verify),
    h(Commands, { commands: [verify] }),
    h(Facts, {
      rows: [
        [words.newRoot, [newRoot.name, ' · ', h('code', {}, newRoot.serial)]],
        [words.oldRoot, [oldRoot.name, ' · ', h('code', {}, oldRoot.serial)]],
      ],
    }),
    h(
      'details',
      {},
      h('summary', {}, words.pem),
      h(Copy, { text: newRoot.pem }),
      h('p', {}, h('code', { class: 'raw' }, newRoot.pem)),
    ),
  );
}
