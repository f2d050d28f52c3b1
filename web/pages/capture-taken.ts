import { h } from 'preact';
import type { CapturesTaken } from '../../src/serve/schemas.ts';
import { pathOf } from '../router.ts';
import { Facts, Link, Panel, Time } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import { CapturedFacts } from './captured-facts.ts';
import { Commands } from './next-steps.ts';

const SIGNS = { present: '✓', absent: '✕', unknown: '?' } as const;

export type Taken = CapturesTaken['taken'][number];
type Props = {
  readonly taken: Taken;
  /** The commands that import the new root. */
  readonly script: readonly string[];
};

/** What one device shows: its facts, its trustpool, and what was not understood. */
export function TakenOf({ taken, script }: Props) {
  const { device, takenAt, takenFrom, read, facts, changed, trustpool, lines } = taken;
  return h(
    Panel,
    { title: h('bdi', {}, device), aside: h(Link, { to: `/devices${pathOf(device)}` }, words.device) },
    h(Facts, {
      rows: [
        [words.whatWasRead, read.join(' · ')],
        ...(lines > 0 ? ([[words.loggedLines, lines.toLocaleString('en')]] as const) : []),
        [
          words.takenWhen,
          takenAt === null || takenFrom === null
            ? words.takenNever
            : [h(Time, { at: takenAt }), ` (${words.takenFrom[takenFrom]})`],
        ],
      ],
    }),
    trustpool !== null && h(Pool, { pool: trustpool, script }),
    h(Unused, { taken }),
    facts.length > 0 && h(CapturedFacts, { facts, changed }),
    h(NotUnderstood, { taken }),
  );
}

/** Times, and messages of the log, that are not used, by the reason. */
function Unused({ taken: { unusedTimes, unusedLines } }: { readonly taken: Taken }) {
  const reasons = Object.keys(words.whyUnused) as (keyof typeof words.whyUnused)[];
  return reasons.map((why) => {
    const lines = unusedLines.filter((each) => each.why === why).map(({ count }) => words.unusedLines(count));
    const times = unusedTimes.filter((each) => each.why === why).map(({ text }) => text);
    const unused = [...lines, ...times.slice(0, 4)].join(' · ');
    if (unused === '') return null;
    return h('p', { key: why, class: 'doubt' }, `▲ ${words.notUsed}, ${words.whyUnused[why]}: `, h('bdi', {}, unused));
  });
}

function Pool({ pool, script }: { readonly pool: NonNullable<Taken['trustpool']>; readonly script: Props['script'] }) {
  const { newRoot, oldRoot, certificates, complete, next } = pool;
  return h(
    'div',
    {},
    h('p', { class: newRoot === 'present' ? 'conclusion well' : 'conclusion doubt' }, next),
    newRoot === 'absent' && h(Commands, { commands: script }),
    h(Facts, {
      rows: [
        [words.newRoot, `${SIGNS[newRoot]} ${newRoot}`],
        [words.oldRoot, `${SIGNS[oldRoot]} ${oldRoot}`],
        [words.wholeOutput, complete ? words.isWhole : words.isNotWhole],
        [words.trustpool, words.certificateCount(certificates)],
      ],
    }),
  );
}

function NotUnderstood({ taken: { notUnderstood, notUnderstoodLines } }: { readonly taken: Taken }) {
  if (notUnderstoodLines === 0) return null;
  return h(
    'details',
    {},
    h('summary', {}, words.notUnderstood(notUnderstoodLines)),
    h(
      'ul',
      {},
      notUnderstood.map(({ line, text, why }, index) =>
        h('li', { key: index }, `${words.line} ${line}: `, h('code', {}, h('bdi', {}, text)), ` (${why})`),
      ),
    ),
  );
}
