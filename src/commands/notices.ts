import { limits } from '../core/model/limits.ts';
import { everyPage } from '../store/every-page.ts';
import type { NoticeRow, Retried } from '../store/ports/outbox.ts';
import { operating } from './open-data.ts';
import { printable } from './printable.ts';

type Options = { config?: string; data?: string; retry?: boolean; sink?: string; id?: string; json?: boolean };

/** Lists what waits for its sink and what was given up; with `--retry` dead letters are sent again by the service. */
export async function noticesCommand({ retry, sink, id, json, ...where }: Options): Promise<void> {
  await operating(where, async ({ store, sinks }) => {
    if (retry === true) {
      const counts = await store.outbox.retry({ sinks, sink, id }, Date.now());
      process.stdout.write(json === true ? `${JSON.stringify(counts)}\n` : retriedText(counts));
      return;
    }
    for await (const rows of everyPage((after) => store.outbox.list({ sink, after, limit: limits.pageRows }))) {
      for (const row of rows) {
        if (id === undefined || row.id === id)
          process.stdout.write(json === true ? `${JSON.stringify(row)}\n` : text(row));
      }
    }
  });
}

function retriedText({ retried, withoutSink }: Retried): string {
  const left = withoutSink === 0 ? '' : `; ${withoutSink} stay: their sink is not in the configuration (see --config)`;
  return `${retried} sent again${left}\n`;
}

function text({ id, sink, state, announcement, attempts, nextAt, error }: NoticeRow): string {
  const next = nextAt === null ? '' : `, next ${new Date(nextAt).toISOString()}`;
  const why = error === null ? '' : `: ${error}`;
  const { type, incident } = announcement;
  return `${printable(`${state} ${sink} ${type} ${incident} ${id} (${attempts} tries${next})${why}`)}\n`;
}
