/** The service itself: received lines, lost lines, latency, and notifications. */
import { completeness } from './completeness.ts';
import { build } from './dashboard.ts';
import { graph, stat } from './panels.ts';
import { increase, ofStore, quantile, rate, series, sumBy } from './promql.ts';

const oldestPending = ofStore('quovadis_notice_oldest_pending_timestamp_seconds');

/** The median and the 99th percentile. */
function quantiles(histogram: string): { expr: string; legend: string }[] {
  return [
    { expr: quantile(0.5, histogram), legend: 'p50' },
    { expr: quantile(0.99, histogram), legend: 'p99' },
  ];
}

export const pipeline = () =>
  build({
    name: 'pipeline',
    page: '/health',
    title: 'Pipeline health',
    description: 'Whether the service receives, reads, stores and sends everything that it should.',
    from: 'now-6h',
    refresh: '1m',
    rows: [
      {
        title: 'Now',
        panels: [
          stat({
            title: 'Lines dropped in an hour',
            description: 'Records, or parts of records, that were not processed in the last hour, for any reason.',
            unit: 'short',
            width: 6,
            decimals: 0,
            queries: [{ expr: `sum(${increase('quovadis_syslog_lines_dropped_total')})` }],
            steps: ['green', [1, 'red']],
            every: '1h',
          }),
          stat({
            title: 'Lines waiting',
            description: 'Records in the queue before the pipeline. If the queue stays long, lines will be dropped.',
            unit: 'short',
            width: 6,
            queries: [{ expr: `sum(${series('quovadis_pipeline_queue_lines')})` }],
          }),
          stat({
            title: 'Dead letters',
            description:
              'Notices that a sink has refused, or has not accepted in time. Nobody receives them unless they are sent again.',
            unit: 'short',
            width: 6,
            queries: [{ expr: `sum(${ofStore('quovadis_notices_dead')})` }],
            steps: ['green', [1, 'red']],
          }),
          stat({
            title: 'Devices not shown',
            description:
              'Failing devices that /metrics/devices leaves out because of its limit. The dashboards Plant and Device do not have these devices; the numbers of the fleet are correct.',
            unit: 'short',
            width: 6,
            queries: [{ expr: `sum(${ofStore('quovadis_device_series_dropped')})` }],
            steps: ['green', [1, 'orange']],
          }),
        ],
      },
      {
        title: 'Intake',
        panels: [
          graph({
            title: 'Lines received',
            description:
              'Syslog records from allowed senders, by transport. If all are 0, the service sees neither failures nor recoveries.',
            unit: 'cps',
            width: 12,
            queries: [
              { expr: sumBy('transport', rate('quovadis_syslog_lines_received_total')), legend: '{{transport}}' },
            ],
          }),
          graph({
            title: 'Bytes received',
            description: 'Bytes on the syslog ports, by transport, including datagrams of denied senders.',
            unit: 'Bps',
            width: 12,
            queries: [
              { expr: sumBy('transport', rate('quovadis_syslog_bytes_received_total')), legend: '{{transport}}' },
            ],
          }),
          graph({
            title: 'Framings',
            description:
              'Records by the way in which their end was found: the end of the datagram, octet counting, a line feed, NUL, the beginning of the next record (unframed, as IOS sends over TCP), or the end of the connection.',
            unit: 'cps',
            width: 8,
            queries: [{ expr: sumBy('framing', rate('quovadis_syslog_frames_total')), legend: '{{framing}}' }],
          }),
          graph({
            title: 'Connections',
            description: 'Open connections of senders over TCP and TLS.',
            unit: 'short',
            width: 8,
            queries: [{ expr: sumBy('transport', series('quovadis_syslog_connections')), legend: '{{transport}}' }],
          }),
          graph({
            title: 'Queue',
            description:
              'Records that wait for the pipeline. The number is near 0 unless lines arrive faster than the service stores them.',
            unit: 'short',
            width: 8,
            queries: [{ expr: sumBy('instance', series('quovadis_pipeline_queue_lines')), legend: '{{instance}}' }],
          }),
        ],
      },
      completeness,
      {
        title: 'Latency',
        panels: [
          graph({
            title: 'Batch of the pipeline',
            description:
              'The time that a batch of lines takes from reading to the end of its commit. Half of the batches take at most p50, 99 % take at most p99.',
            unit: 's',
            width: 8,
            queries: quantiles('quovadis_pipeline_batch_seconds'),
          }),
          graph({
            title: 'Commit of the store',
            description: 'The time that one commit takes. High values mean a slow disk.',
            unit: 's',
            width: 8,
            queries: quantiles('quovadis_store_commit_seconds'),
          }),
          graph({
            title: 'Detection',
            description:
              'The time from the receipt of a line that changed an incident to the commit of the change. No values while no incident changes.',
            unit: 's',
            width: 8,
            queries: quantiles('quovadis_detection_seconds'),
          }),
        ],
      },
      {
        title: 'Messages',
        panels: [
          graph({
            title: 'Messages by facility and mnemonic',
            description:
              'Messages of the licensing facilities by facility and mnemonic. “other” is a mnemonic that the advisory does not list. Messages of other facilities are not shown.',
            unit: 'cps',
            width: 12,
            legend: 'right',
            queries: [
              {
                expr: `${sumBy('facility, mnemonic', rate('quovadis_messages_total', 'facility!="other"'))} > 0`,
                legend: '{{facility}} {{mnemonic}}',
              },
            ],
          }),
          graph({
            title: 'Messages that could not be read',
            description:
              'Messages of the licensing facilities that the grammar cannot read, by reason. The service stores these messages and counts their mnemonics.',
            unit: 'cps',
            width: 12,
            legend: 'right',
            queries: [{ expr: sumBy('reason', rate('quovadis_messages_unparsed_total')), legend: '{{reason}}' }],
          }),
          graph({
            title: 'Signals by kind',
            description:
              'The meaning of the licensing messages: a failure, a recovery, a repair that was seen, and so on.',
            unit: 'cps',
            width: 8,
            queries: [{ expr: sumBy('kind', rate('quovadis_signals_total')), legend: '{{kind}}' }],
          }),
          graph({
            title: 'Failures by cause',
            description:
              'The causes of failures in the text of the messages. dns, network, configuration and clock are other causes; they are evidence against a loss of trust.',
            unit: 'cps',
            width: 8,
            queries: [{ expr: sumBy('cause', rate('quovadis_signals_total', 'kind="failure"')), legend: '{{cause}}' }],
          }),
          graph({
            title: 'Copies and deleted devices',
            description:
              'Copies: messages that arrived again, for example through a relay, and were not counted again. Deleted: devices beyond the limit of devices, and past incidents beyond the limit for one device. Discarded: messages of new devices after the limit of devices was reached.',
            unit: 'cps',
            width: 8,
            queries: [
              { expr: `sum(${rate('quovadis_messages_copied_total')})`, legend: 'copies' },
              { expr: `sum(${rate('quovadis_devices_evicted_total')})`, legend: 'deleted devices' },
              { expr: `sum(${rate('quovadis_incidents_forgotten_total')})`, legend: 'deleted past incidents' },
              { expr: `sum(${rate('quovadis_messages_refused_total')})`, legend: 'discarded messages of new devices' },
            ],
          }),
        ],
      },
      {
        title: 'Notices',
        panels: [
          graph({
            title: 'Notices by sink and result',
            description:
              'delivered: the sink has accepted the notice. failed: the service tries again. rejected: an Alertmanager has refused an alert as invalid. dead: the service has given up and keeps the notice. dropped: a dead letter was deleted because there were too many.',
            unit: 'cps',
            width: 12,
            queries: [{ expr: sumBy('sink, result', rate('quovadis_notices_total')), legend: '{{sink}} {{result}}' }],
          }),
          graph({
            title: 'Notices pending',
            description: 'Notices, or alerts for an Alertmanager, that the sink has not accepted yet.',
            unit: 'short',
            width: 12,
            queries: [{ expr: sumBy('sink', ofStore('quovadis_notices_pending')), legend: '{{sink}}' }],
          }),
          graph({
            title: 'Age of the oldest pending notice',
            description:
              'How long the oldest pending notice or alert of a sink has been waiting. 0 if nothing is pending.',
            unit: 's',
            width: 12,
            queries: [
              {
                expr: `max by (sink) ((time() - ${oldestPending}) * (${oldestPending} > bool 0))`,
                legend: '{{sink}}',
              },
            ],
          }),
          graph({
            title: 'Dead letters',
            description:
              'Notices that failed for good, by sink. The service keeps them until they are sent again or deleted.',
            unit: 'short',
            width: 12,
            queries: [{ expr: sumBy('sink', ofStore('quovadis_notices_dead')), legend: '{{sink}}' }],
          }),
        ],
      },
    ],
  });
