import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { limits } from '../../core/model/limits.ts';
import { answerList, columnsOf, csvFormat, jsonOrCsv } from '../csv.ts';
import { sample } from '../openapi/route-examples.ts';
import { problems, RouteError } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { incidentValuesMeant, UNKNOWN_MEANS } from '../unknown-values.ts';
import {
  dateOf,
  donePerDay,
  historyDaySchema,
  historyDayView,
  historySchema,
  neededPerDay,
  PACE_DAYS,
} from '../views/history.ts';

const DAY_MS = 86_400_000;
/** Days that can be asked for: before them there was no such service, and the days before one have to have a name, too. */
const FIRST_DAY = 0;
const LAST_DAY = Date.parse('9999-12-31') / DAY_MS;
/** Days without `from`. */
const DEFAULT_DAYS = 90;

const date = (description: string) => Type.Optional(Type.String({ format: 'date', description }));

/** GET /fleet/history: what happened on each day, what is needed a day, and what is done. */
export function historyRoutes({ store, now }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/fleet/history',
      {
        schema: {
          operationId: 'getHistory',
          tags: ['fleet'],
          summary: 'Incidents by day: opened, repaired, open at its end; and the pace that is needed; as JSON or CSV',
          examples: [
            { summary: 'The last 90 days' },
            { summary: 'Of a plant, since a day', query: { plant: sample.plant, from: '2026-11-01' } },
          ],
          produces: jsonOrCsv,
          querystring: Type.Object(
            {
              plant: Type.Optional(Type.String({ maxLength: limits.inventoryCell, description: UNKNOWN_MEANS })),
              from: date(`a day of UTC; default: ${DEFAULT_DAYS - 1} days before to`),
              to: date('the last day; default: today'),
              ...csvFormat,
            },
            { additionalProperties: false },
          ),
          response: { 200: historySchema, ...problems(400) },
        },
      },
      async (request, reply) => {
        const { plant: given, format } = request.query;
        const plants = given === undefined ? undefined : incidentValuesMeant(given);
        const plant = plants?.[0];
        const today = Math.floor(now() / DAY_MS);
        const { from, to } = rangeOf(request.query, today);
        const days = (await store.history({ plant, from, to })).map(historyDayView);
        if (format === 'csv') {
          const read = async () => ({ rows: days, next: null });
          const answer = { rows: 'days', columns: columnsOf(historyDaySchema), read } as const;
          return (await answerList({ method: request.method, query: { format } }, reply, answer, 'history')) as never;
        }
        const due = await store.dueByDay({ plant: plants }, now(), limits.historyDays);
        const last = await store.history({ plant, from: today - PACE_DAYS + 1, to: today });
        return {
          ...{ plant: plant ?? null, from: dateOf(from), to: dateOf(to), days },
          ...{ neededPerDay: neededPerDay(due), donePerDay: donePerDay(last), withoutGrace: due.unknown },
        };
      },
    );
  };
}

/** The days that are asked for; 400 if there are too many, or none. */
function rangeOf({ from, to }: { from?: string | undefined; to?: string | undefined }, today: number) {
  const last = to === undefined ? today : dayOf('to', to);
  const first = from === undefined ? Math.max(FIRST_DAY, last - DEFAULT_DAYS + 1) : dayOf('from', from);
  if (first > last) throw new RouteError(400, `from (${dateOf(first)}) must not be later than to (${dateOf(last)})`);
  if (last - first >= limits.historyDays)
    throw new RouteError(400, `from and to must be at most ${limits.historyDays} days apart`);
  return { from: first, to: last };
}

function dayOf(parameter: string, text: string): number {
  const at = Date.parse(`${text}T00:00:00Z`);
  const day = at / DAY_MS;
  if (Number.isNaN(at))
    throw new RouteError(400, `the parameter ${parameter} must be a day that there is, as 2026-11-28`);
  if (day < FIRST_DAY || day > LAST_DAY)
    throw new RouteError(
      400,
      `the parameter ${parameter} must be a day from ${dateOf(FIRST_DAY)} to ${dateOf(LAST_DAY)}`,
    );
  return day;
}
