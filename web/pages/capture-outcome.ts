import { h } from 'preact';
import type { CapturesTaken } from '../../src/serve/schemas.ts';
import { Panel } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import { TakenOf } from './capture-taken.ts';
import { Changes } from './changes.ts';

/** Devices that are shown, and parts that were refused. */
const SHOWN = 50;

type Props = {
  readonly outcome: CapturesTaken;
  readonly script: readonly string[];
  /** Why nothing can be sent now, as attributes of a button. */
  readonly off: object;
  readonly keep: () => void;
  /** Reads it again as taken just now. */
  readonly ofNow: () => void;
};

/** What would become of it, or what became of it; then device by device. */
export function CaptureOutcome({ outcome, script, off, keep, ofNow }: Props) {
  const { taken, refused, dryRun, changed, changes } = outcome;
  const isDated = taken.every(({ takenAt }) => takenAt !== null);
  const facts = new Set(taken.flatMap((each) => each.changed.map((what) => `${each.device} ${what}`))).size;
  const [first] = taken;
  return h(
    'div',
    {},
    h(
      Panel,
      { title: dryRun ? words.ifKept : words.wasKept },
      h('p', {}, words.takenCounts(new Set(taken.map(({ device }) => device)).size, facts)),
      refused.length > 0 && h(RefusedParts, { refused }),
      h(Changes, { changed, changes }),
      !isDated && h('p', { class: 'doubt' }, `▲ ${words.decidesNothing}`),
      dryRun &&
        h(
          'p',
          { class: 'buttons' },
          h(
            'button',
            { class: 'main', ...off, onClick: keep },
            ...(taken.length === 1 ? [words.keepIt, ' ', h('bdi', {}, first?.device)] : [words.keepAll(taken.length)]),
          ),
          !isDated && h('button', { ...off, onClick: ofNow }, words.justNow),
        ),
    ),
    taken.slice(0, SHOWN).map((each, index) => h(TakenOf, { key: index, taken: each, script })),
    taken.length > SHOWN && h('p', { class: 'dim' }, words.more(taken.length - SHOWN)),
  );
}

function RefusedParts({ refused }: { readonly refused: CapturesTaken['refused'] }) {
  return h(
    'div',
    { class: 'doubt' },
    h('p', {}, `▲ ${words.refusedParts(refused.length)}`),
    h(
      'ul',
      {},
      refused
        .slice(0, SHOWN)
        .map(({ line, text }, index) => h('li', { key: index }, `${words.line} ${line}: `, h('bdi', {}, text))),
    ),
  );
}
