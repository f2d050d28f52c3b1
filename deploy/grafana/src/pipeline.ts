/** The service itself: what comes in, what is lost, how long it takes, and whether the outside is told. */
import { completeness } from './completeness.ts';
import { build } from './dashboard.ts';
import { graph, stat } from './panels.ts';
import { increase, quantile, rate, series, sumBy } from './promql.ts';

const oldestPending = series('quovadis_notice_oldest_pending_timestamp_seconds');

/** Half of all are as fast as the first, all but one of a hundred as the second. */
function quantiles(histogram: string): { expr: string; legend: string }[] {
  return [
    { expr: quantile(0.5, histogram), legend: 'p50' },
    { expr: quantile(0.99, histogram), legend: 'p99' },
  ];
}

export const pipeline = () =>
  build({
    name: 'pipeline',
    title: 'Pipeline health',
    description: 'Whether the service takes, reads, stores and tells all that it should.',
    from: 'now-6h',
    refresh: '1m',
    rows: [
      {
        title: 'Now',
        panels: [
          stat({
            title: 'Lines dropped in an hour',
            description: 'Records, or parts of records, that were not processed in the last hour, for whatever reason.',
            unit: 'short',
            width: 6,
            decimals: 0,
            queries: [{ expr: `sum(${increase('quovadis_syslog_lines_dropped_total')})` }],
            steps: ['green', [1, 'red']],
            every: '1h',
          }),
          stat({
            title: 'Lines waiting',
            description: 'Records in the queue before the pipeline. A queue that stays long ends in lines dropped.',
            unit: 'short',
            width: 6,
            queries: [{ expr: `sum(${series('quovadis_pipeline_queue_lines')})` }],
          }),
          stat({
            title: 'Dead letters',
            description:
              'Notices that a sink refused or that were tried for too long. Nobody is told of them unless they are sent again.',
            unit: 'short',
            width: 6,
            queries: [{ expr: `sum(${series('quovadis_notices_dead')})` }],
            steps: ['green', [1, 'red']],
          }),
          stat({
            title: 'Devices not shown',
            description:
              'Failing devices that /metrics/devices leaves out because there are more than it shows. The Plant and Device dashboards lack them; the fleet’s numbers are right.',
            unit: 'short',
            width: 6,
            queries: [{ expr: `sum(${series('quovadis_device_series_dropped')})` }],
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
              'Syslog records from senders that are allowed, by transport. If all are at 0, no failure is seen and no recovery either.',
            unit: 'cps',
            width: 12,
            queries: [
              { expr: sumBy('transport', rate('quovadis_syslog_lines_received_total')), legend: '{{transport}}' },
            ],
          }),
          graph({
            title: 'Bytes received',
            description: 'Bytes on the syslog ports, by transport, also those of senders that are not allowed.',
            unit: 'Bps',
            width: 12,
            queries: [
              { expr: sumBy('transport', rate('quovadis_syslog_bytes_received_total')), legend: '{{transport}}' },
            ],
          }),
          graph({
            title: 'Framings',
            description:
              'Records by how their end was found: one in a datagram, by octet counting, by a line feed, by NUL, because the next one began (unframed, as IOS sends over TCP), or because the connection ended.',
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
              'Records that wait for the pipeline. It is near 0 unless lines come faster than they are stored.',
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
            title: 'Turn of the pipeline',
            description:
              'How long a batch of lines takes from reading to the end of its commit. Half of the batches are as fast as p50, all but one of a hundred as p99.',
            unit: 's',
            width: 8,
            queries: quantiles('quovadis_pipeline_batch_seconds'),
          }),
          graph({
            title: 'Commit of the store',
            description: 'How long one commit takes. It is the disk that shows here.',
            unit: 's',
            width: 8,
            queries: quantiles('quovadis_store_commit_seconds'),
          }),
          graph({
            title: 'Detection',
            description:
              'From the receipt of a line that changed an incident to the commit of the change. There are values only while incidents change.',
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
              'Messages of the licensing facilities, by what they are called. “other” is a mnemonic that the advisory does not list; messages of other facilities are not in this graph.',
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
            title: 'Messages that were not read',
            description:
              'Messages of the licensing facilities that the grammar cannot read, by reason. They are kept, and their mnemonics still count.',
            unit: 'cps',
            width: 12,
            legend: 'right',
            queries: [{ expr: sumBy('reason', rate('quovadis_messages_unparsed_total')), legend: '{{reason}}' }],
          }),
          graph({
            title: 'Signals by kind',
            description: 'What the licensing messages meant: a failure, a recovery, a repair that was seen, and so on.',
            unit: 'cps',
            width: 8,
            queries: [{ expr: sumBy('kind', rate('quovadis_signals_total')), legend: '{{kind}}' }],
          }),
          graph({
            title: 'Failures by cause',
            description:
              'Why things failed, by the text of the messages. dns, network, configuration and clock are other diseases, and speak against a loss of trust.',
            unit: 'cps',
            width: 8,
            queries: [{ expr: sumBy('cause', rate('quovadis_signals_total', 'kind="failure"')), legend: '{{cause}}' }],
          }),
          graph({
            title: 'Copies and forgotten devices',
            description:
              'Copies: messages that came once more, by another way or a relay, and were not counted again. Forgotten: devices that had to go because there are more than the limit, and past incidents of a device that has more than the limit of them.',
            unit: 'cps',
            width: 8,
            queries: [
              { expr: `sum(${rate('quovadis_messages_copied_total')})`, legend: 'copies' },
              { expr: `sum(${rate('quovadis_devices_evicted_total')})`, legend: 'forgotten devices' },
              { expr: `sum(${rate('quovadis_incidents_forgotten_total')})`, legend: 'forgotten past incidents' },
              { expr: `sum(${rate('quovadis_messages_refused_total')})`, legend: 'messages of devices without room' },
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
              'delivered: the sink took it. failed: it is tried again. rejected: the sink does not want it. dead: given up. dropped: there was no room to keep it.',
            unit: 'cps',
            width: 12,
            queries: [{ expr: sumBy('sink, result', rate('quovadis_notices_total')), legend: '{{sink}} {{result}}' }],
          }),
          graph({
            title: 'Notices pending',
            description: 'What a sink has not been told yet: notices, or alerts of an Alertmanager.',
            unit: 'short',
            width: 12,
            queries: [{ expr: sumBy('sink', series('quovadis_notices_pending')), legend: '{{sink}}' }],
          }),
          graph({
            title: 'Age of the oldest pending notice',
            description: 'For how long a sink has not been told something. It is 0 when nothing is pending.',
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
            description: 'Notices that were given up, by sink. They are kept until they are sent again or deleted.',
            unit: 'short',
            width: 12,
            queries: [{ expr: sumBy('sink', series('quovadis_notices_dead')), legend: '{{sink}}' }],
          }),
        ],
      },
    ],
  });
