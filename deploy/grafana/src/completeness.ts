/** What never came, by the numbers in the lines, and what was dropped here. */
import type { Plan } from './dashboard.ts';
import { bars, graph } from './panels.ts';
import { delta, rate, series, sumBy } from './promql.ts';

/** Nothing is said of a time in which no line came, or the ledger began anew. */
const came = `(sum(${delta('quovadis_loss_lines', 'state="received"')}) > 0)`;
const missing = `clamp_min(sum(${delta('quovadis_loss_lines', 'state="lost"')}), 0)`;

export const completeness: Plan['rows'][number] = {
  title: 'Completeness',
  panels: [
    graph({
      title: 'Completeness',
      description:
        'Of the lines that senders numbered, the share that came. It is only of senders whose numbers can be relied on.',
      unit: 'percentunit',
      width: 12,
      decimals: 2,
      queries: [{ expr: `${came} / (${missing} + ${came})`, legend: 'came' }],
      fromZero: false,
    }),
    bars({
      title: 'Lines missing, late and doubled',
      description:
        'lost: numbers that never came, on the way or here. reordered: lines that came late, whose numbers are not missing any more. duplicates: lines that came once more.',
      unit: 'short',
      width: 12,
      decimals: 0,
      queries: [
        {
          expr: `clamp_min(${sumBy('state', delta('quovadis_loss_lines', 'state!="received"'))}, 0)`,
          legend: '{{state}}',
        },
      ],
      colors: { lost: 'red', reordered: 'blue', duplicates: 'text' },
    }),
    graph({
      title: 'Senders by what their numbers tell',
      description:
        'reliable: what is missing is known. unreliable: lines without numbers, too few, or numbers that contradict each other. forgotten: more senders than the limit, since the service was started.',
      unit: 'short',
      width: 12,
      queries: [{ expr: sumBy('state', series('quovadis_loss_sources')), legend: '{{state}}' }],
      colors: { reliable: 'green', unreliable: 'yellow', forgotten: 'purple' },
    }),
    graph({
      title: 'Lines dropped here',
      description:
        'By reason. kernel: the buffer of the UDP socket was full. queue_full: lines of ours came faster than they are stored. oversize: cut to the limit, the beginning is processed. denied: the sender is not allowed.',
      unit: 'cps',
      width: 12,
      queries: [
        {
          expr: sumBy('transport, reason', rate('quovadis_syslog_lines_dropped_total')),
          legend: '{{reason}} {{transport}}',
        },
      ],
    }),
  ],
};
