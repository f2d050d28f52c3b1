/** Lines that never arrived, by their sequence numbers, and lines that the service dropped. */
import type { Plan } from './dashboard.ts';
import { bars, graph } from './panels.ts';
import { delta, rate, series, sumBy } from './promql.ts';

/** No value for a time without lines, or in which the loss ledger restarted at 0. */
const arrived = `(sum(${delta('quovadis_loss_lines', 'state="received"')}) > 0)`;
const missing = `clamp_min(sum(${delta('quovadis_loss_lines', 'state="lost"')}), 0)`;

export const completeness: Plan['rows'][number] = {
  title: 'Completeness',
  panels: [
    graph({
      title: 'Completeness',
      description: 'The share of numbered lines that arrived. Only senders with reliable sequence numbers count.',
      unit: 'percentunit',
      width: 12,
      decimals: 2,
      queries: [{ expr: `${arrived} / (${missing} + ${arrived})`, legend: 'arrived' }],
      fromZero: false,
    }),
    bars({
      title: 'Lines lost, late and duplicated',
      description:
        'lost: sequence numbers that never arrived. reordered: lines that arrived late, so their numbers are not missing any more. duplicates: lines that arrived more than once.',
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
      title: 'Senders by reliability of their numbers',
      description:
        'reliable: the sequence numbers show which lines are missing. unreliable: no numbers, too few numbers, or numbers that contradict each other. forgotten: senders beyond the limit since the start of the service.',
      unit: 'short',
      width: 12,
      queries: [{ expr: sumBy('state', series('quovadis_loss_sources')), legend: '{{state}}' }],
      colors: { reliable: 'green', unreliable: 'yellow', forgotten: 'purple' },
    }),
    graph({
      title: 'Lines dropped by the service',
      description:
        'By reason. kernel: the buffer of the UDP socket was full. queue_full: tracked lines arrived faster than the service stored them. oversize: cut to the limit, the beginning is processed. denied: the sender is not allowed.',
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
