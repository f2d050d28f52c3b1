import { limits } from '../core/model/limits.ts';
import { printable } from '../printable.ts';
import { everyPage } from '../store/every-page.ts';
import type { NoticeRow, Retried } from '../store/ports/outbox.ts';
import { counted } from './counted.ts';
import { type Opened, operating } from './open-data.ts';
import { print, printJson } from './output.ts';

type Options = { config?: string; data?: string; retry?: boolean; sink?: string; id?: string; json?: boolean };

/**
 * Lists the notifications that are pending or have failed for good. With `--retry` the failed ones become pending again:
 * the service sends them, not this command.
 */
export async function noticesCommand({ retry, sink, id, json, ...where }: Options): Promise<void> {
  const list = async ({ store, sinks, now }: Opened) => {
    if (retry === true) {
      const counts = await store.outbox.retry({ sinks, sink, id }, now());
      if (json === true) printJson(counts);
      else print(retriedText(counts));
      return;
    }
    for await (const rows of everyPage((after) => store.outbox.list({ sink, after, limit: limits.pageRows }))) {
      for (const row of rows) {
        if (id === undefined || row.id === id)
          if (json === true) printJson(row);
          else print(text(row));
      }
    }
  };
  await operating(where, list, { unjudged: 'leave' });
}

function retriedText({ retried, withoutSink }: Retried): string {
  const skipped =
    withoutSink === 0
      ? ''
      : `; ${withoutSink} skipped, because the configuration does not have the sink (see --config)`;
  return `${counted(retried, 'notification')} queued to be sent again${skipped}\n`;
}

function text({ id, sink, state, announcement, attempts, nextAt, error }: NoticeRow): string {
  const next = nextAt === null ? '' : `, next attempt at ${new Date(nextAt).toISOString()}`;
  const why = error === null ? '' : `: ${error}`;
  const { type, incident } = announcement;
  return `${printable(`${state} ${sink} ${type} ${incident} ${id} (${counted(attempts, 'attempt')}${next})${why}`)}\n`;
}
