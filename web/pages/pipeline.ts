import { h } from 'preact';
import type { PipelineHealth } from '../../src/serve/schemas.ts';
import { ListTable } from '../ui/list-table.ts';
import { Facts, Panel, Raw, Time } from '../ui/parts.ts';
import { words } from '../words/later.ts';

type Props = { readonly health: PipelineHealth };

/** What waits, what the clock does, and how long a commit takes. */
export function PipelineFacts({ health: { queue, spill, clock, batches, commits, notices, store } }: Props) {
  return h(
    Panel,
    { title: words.pipeline },
    h(Facts, {
      rows: [
        [words.queue, queue.lines.toLocaleString('en')],
        [words.spill, spill.lines.toLocaleString('en')],
        [words.commits, durationOf(commits)],
        [words.batches, durationOf(batches)],
        [words.noticesPending, words.noticeCounts(notices.pending, notices.dead)],
        [words.noticesSince, h(Time, { at: notices.waitSince, relative: true })],
        [words.clockNow, h(Time, { at: clock.now })],
        [words.clockSteps, clock.steps],
        [words.clockHeld, clock.heldSeconds === 0 ? '–' : words.seconds(clock.heldSeconds)],
        [words.setAside, store.setAside],
      ],
    }),
  );
}

function durationOf({ count, meanSeconds }: PipelineHealth['commits']): string {
  return meanSeconds === null ? '–' : words.meanOf(count, Math.round(meanSeconds * 10_000) / 10);
}

/** The instances on one PostgreSQL; nothing where the service has a database of its own. */
export function Instances({ health: { instances } }: Props) {
  if (instances.length === 0) return null;
  const rows = instances.map(({ name, version, there, heardAt, startedAt, clockOffsetSeconds: offset }) => ({
    key: name,
    cells: [
      h(Raw, { text: name }),
      version ?? '–',
      h(Time, { at: startedAt }),
      h('span', { class: there ? undefined : 'doubt' }, h(Time, { at: heardAt, relative: true })),
      offset === null ? '–' : words.offsetOf(offset),
    ],
  }));
  return h(
    Panel,
    { title: words.instances },
    h(ListTable, { caption: words.instances, columns: words.instanceColumns, rows, numbers: [4] }),
  );
}

/** Where it listens, and what became of the lines since the start. */
export function Lines({ health: { lines, listening } }: Props) {
  const transports = new Set([...Object.keys(listening), ...lines.received.map(({ transport }) => transport)]);
  const rows = [...transports].map((transport) => {
    const at = listening[transport];
    const dropped = lines.dropped.filter((each) => each.transport === transport && each.lines > 0);
    return {
      key: transport,
      cells: [
        transport,
        h('bdi', {}, at === undefined ? '–' : `${at.host}:${at.port}`),
        lines.received.find((each) => each.transport === transport)?.lines.toLocaleString('en') ?? '–',
        dropped.length === 0
          ? '0'
          : h(
              'span',
              { class: 'doubt' },
              dropped.map(({ reason, lines }) => `${reason} ${lines.toLocaleString('en')}`).join(', '),
            ),
      ],
    };
  });
  return h(
    Panel,
    { title: words.linesSinceStart },
    h(ListTable, { caption: words.linesSinceStart, columns: words.lineColumns, rows, numbers: [2] }),
    h(Facts, {
      rows: [
        [
          words.lastLine,
          lines.lastReceivedAt === null ? words.noLineYet : h(Time, { at: lines.lastReceivedAt, relative: true }),
        ],
        [words.sendersHeard, lines.senders.toLocaleString('en')],
        [words.lostLines, lines.lost.toLocaleString('en')],
        [words.lossySenders, lines.lossySenders.toLocaleString('en')],
      ],
    }),
  );
}

/** Rows of the store that were damaged, the last ones. */
export function Damage({ rows }: { readonly rows: PipelineHealth['store']['damagedRows'] }) {
  if (rows.length === 0) return null;
  return h(
    Panel,
    { title: words.damagedRows },
    h(
      'ul',
      {},
      rows.map(({ table, name, why, at }, index) =>
        h('li', { key: index }, h(Time, { at }), ` ${table} `, h(Raw, { text: name }), ` ${why}`),
      ),
    ),
  );
}
