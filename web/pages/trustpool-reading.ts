import { h } from 'preact';
import type { TrustpoolReading } from '../../src/serve/schemas.ts';
import { ListTable } from '../ui/list-table.ts';
import { Facts, Panel } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import { Commands } from './next-steps.ts';

const SIGNS = { present: '✓', absent: '✕', unknown: '?' } as const;
type Root = TrustpoolReading['newRoot'];

type Props = {
  readonly reading: TrustpoolReading;
  /** The commands that import the new root. */
  readonly script: readonly string[];
};

/** What is in an output: which of the two roots, and every certificate. */
export function Reading({ reading, script }: Props) {
  const { newRoot, oldRoot, certificates, complete, hostname, device, next } = reading;
  return h(
    Panel,
    { title: words.whatIsInIt },
    h('p', { class: newRoot.presence === 'present' ? 'conclusion well' : 'conclusion doubt' }, next),
    newRoot.presence === 'absent' && h(Commands, { commands: script }),
    h(Facts, {
      rows: [
        [words.newRoot, rootText(newRoot)],
        [words.oldRoot, rootText(oldRoot)],
        [words.wholeOutput, complete ? words.isWhole : words.isNotWhole],
        [words.prompt, h('bdi', {}, hostname ?? words.noPrompt)],
        [words.device, h('bdi', {}, device ?? words.noSuchDevice)],
      ],
    }),
    h(
      'details',
      {},
      h('summary', {}, words.certificateCount(certificates.length)),
      h(ListTable, {
        caption: words.certificateCount(certificates.length),
        columns: words.certificateColumns,
        rows: certificates.map(({ serial, subject, origin }, index) => ({
          key: `${index}`,
          cells: [h('bdi', {}, subject ?? '–'), h('code', {}, serial ?? '–'), h('bdi', {}, origin ?? '–')],
        })),
      }),
    ),
  );
}

function rootText({ name, serial, presence }: Root) {
  return [h('b', {}, `${SIGNS[presence]} ${presence}`), ` · ${name} · `, h('code', {}, serial)];
}
