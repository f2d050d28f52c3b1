/** `/metrics/devices` as Prometheus text, in pieces: the service does other work between two pieces. */

import { UNKNOWN } from '../core/model/inventory.ts';
import { limits } from '../core/model/limits.ts';
import { everyPage } from '../store/every-page.ts';
import type { SeriesRow } from '../store/ports/queries.ts';
import type { Store } from '../store/ports/store.ts';
import { yieldToEventLoop } from '../yield-to-event-loop.ts';
import { storeLabel } from './register-metric.ts';

/** Rows of one piece: about a millisecond of work. */
const PIECE_ROWS = 200;

type LabelPairs = readonly (readonly [label: string, value: string])[];

type Family = {
  readonly name: string;
  readonly help: string;
  /** Null if the device has no sample of this metric. */
  readonly sample: (row: SeriesRow) => { labels: LabelPairs; value: number } | null;
};

/** A sample with the device as its only label. */
const plain = (value: (row: SeriesRow) => number | null): Family['sample'] => {
  return (row) => {
    const sample = value(row);
    return sample === null ? null : { labels: [['device', row.device]], value: sample };
  };
};
const seconds = (instant: number | null): number | null => (instant === null ? null : instant / 1000);

export const deviceFamilies: readonly Family[] = [
  {
    name: 'quovadis_device_incident',
    help: '1 while the device has an open incident that is not suppressed, else 0.',
    sample: plain(({ series }) => Number(series.open)),
  },
  {
    name: 'quovadis_device_info',
    help: 'Facts about the device, as labels; always 1.',
    sample: ({ device, series: { plant, product, release, condition, severity } }) => ({
      labels: [
        ['device', device],
        ['plant', plant ?? UNKNOWN],
        ['product', product ?? UNKNOWN],
        ['release', release ?? UNKNOWN],
        ['condition', condition],
        ['severity', severity ?? ''],
      ],
      value: 1,
    }),
  },
  {
    name: 'quovadis_device_grace_until_timestamp_seconds',
    help: 'When the grace period of the device ends; only if a success is known.',
    sample: plain(({ series }) => seconds(series.graceUntil)),
  },
  {
    name: 'quovadis_device_grace_until_at_most_timestamp_seconds',
    help: 'When the grace period of the device ends at the latest; only if no success is known.',
    sample: plain(({ series }) => seconds(series.graceUntilAtMost)),
  },
  {
    name: 'quovadis_device_last_seen_timestamp_seconds',
    help: 'When the last message of a tracked facility arrived from the device.',
    sample: plain(({ lastSeenAt }) => seconds(lastSeenAt)),
  },
];

export const DROPPED = 'quovadis_device_series_dropped';

/**
 * The text, family by family as the format requires. Reads the rows once: the lines of the first family leave as they are made,
 * those of the others wait as bytes, of which `most` bounds how many there are. Shows at most `most` devices, the most severe
 * first. The last sample is the number of devices that are not shown. `now`: milliseconds.
 */
export async function* deviceMetrics(
  store: Pick<Store, 'series'> & Partial<Pick<Store, 'others'>>,
  now: number,
  most: number = limits.deviceSeries,
): AsyncGenerator<string> {
  const [first, ...others] = deviceFamilies.map((family) => ({ family, waiting: [] as Buffer[] }));
  let [shown, dropped] = [0, 0];
  const own = Object.entries(storeLabel(store.others?.database ?? ''));
  yield headOf(first?.family);
  for await (const page of everyPage((after) => store.series({ now, after, limit: PIECE_ROWS }))) {
    const rows = page.slice(0, Math.max(0, most - shown));
    shown += rows.length;
    dropped += page.length - rows.length;
    yield linesOf(first?.family, rows, own);
    for (const { family, waiting } of others)
      if (rows.length > 0) waiting.push(Buffer.from(linesOf(family, rows, own)));
    // The pipeline processes lines between the pieces.
    await yieldToEventLoop();
  }
  for (const { family, waiting } of others) {
    yield headOf(family);
    // What has left needs no memory any more.
    for (let piece = waiting.shift(); piece !== undefined; piece = waiting.shift()) yield piece.toString();
  }
  yield `# HELP ${DROPPED} Devices that are not shown because of the limit.\n# TYPE ${DROPPED} gauge\n${DROPPED}${labelsOf(own)} ${dropped}\n`;
}

function headOf(family: Family | undefined): string {
  return family === undefined ? '' : `# HELP ${family.name} ${family.help}\n# TYPE ${family.name} gauge\n`;
}

function linesOf(family: Family | undefined, rows: readonly SeriesRow[], own: LabelPairs): string {
  return family === undefined ? '' : rows.map((row) => line(family, row, own)).join('');
}

function line({ name, sample }: Family, row: SeriesRow, own: LabelPairs): string {
  const found = sample(row);
  if (found === null) return '';
  return `${name}${labelsOf([...found.labels, ...own])} ${found.value}\n`;
}

function labelsOf(labels: LabelPairs): string {
  return labels.length === 0 ? '' : `{${labels.map(([label, value]) => `${label}="${escaped(value)}"`).join(',')}}`;
}

/** The text format requires escapes for backslash, quote and line feed in label values. */
function escaped(value: string): string {
  return /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;
}
