import { Type } from 'typebox';
import type { CheckedTable } from '../../store/ports/damage.ts';
import type { InstanceState } from '../../store/ports/others.ts';
import { checkedTables } from '../../telemetry/gauges.ts';
import { dateTime, nullable, toDateTime } from './types.ts';

/** The damaged rows that an answer names. */
export const NAMED_ROWS = 100;

const count = Type.Integer({ minimum: 0 });

const durations = (description: string) =>
  Type.Object(
    { count, meanSeconds: nullable(Type.Number({ minimum: 0 }), { description: 'null without any' }) },
    { description },
  );

const instanceSchema = Type.Object({
  name: Type.String(),
  version: nullable(Type.String({ description: 'of the program; null: one that does not say so yet' })),
  judgedBy: Type.String({ description: 'advisory and rules' }),
  startedAt: dateTime,
  heardAt: { ...dateTime, description: 'when it was heard of last, every 5 s' },
  there: Type.Boolean({ description: 'it was heard of within 15 s' }),
  clockOffsetSeconds: nullable(Type.Number(), {
    description: "how far the clock of PostgreSQL is ahead of its machine's; null: not known",
  }),
});

/** The service in detail. */
export const pipelineHealthSchema = Type.Object({
  ready: Type.Boolean({ description: 'as GET /readyz' }),
  detail: nullable(Type.String({ description: 'why the service is not ready' })),
  queue: Type.Object({ lines: count }, { description: 'lines that wait for the pipeline' }),
  spill: Type.Object(
    { lines: count },
    { description: 'lines that could not be stored before the last stop, and are not stored yet' },
  ),
  clock: Type.Object({
    now: dateTime,
    steps: Type.Integer({ minimum: 0, description: 'steps of the wall clock since the start' }),
    heldSeconds: Type.Number({
      description: 'how far the wall clock is ahead of the time that is used, while a step is not believed; else 0',
    }),
  }),
  instances: Type.Array(instanceSchema, {
    description: 'those on the same PostgreSQL that were heard of within a day; none with quovadis.db',
  }),
  listening: Type.Record(Type.String(), Type.Object({ host: Type.String(), port: Type.Integer() }), {
    description: 'the addresses that are listened on, by transport',
  }),
  lines: Type.Object(
    {
      lastReceivedAt: nullable(dateTime, { description: 'null: no line since the start' }),
      senders: Type.Integer({ minimum: 0, description: 'addresses that have sent a line within the last hour' }),
      received: Type.Array(Type.Object({ transport: Type.String(), lines: count })),
      dropped: Type.Array(Type.Object({ transport: Type.String(), reason: Type.String(), lines: count }), {
        description: 'what this service has dropped, by reason; see docs/losses.md',
      }),
      lost: Type.Integer({ minimum: 0, description: 'lines that never arrived, by their numbers' }),
      lossySenders: Type.Integer({ minimum: 0, description: 'senders of which lines are missing or were dropped' }),
    },
    { description: 'since the start of the process' },
  ),
  batches: durations('what the pipeline did with the lines, since the start of the process'),
  commits: durations('commits of the store, since the start of the process'),
  notices: Type.Object({
    pending: count,
    dead: count,
    waitSince: nullable(dateTime, { description: 'when the oldest notice that is not delivered was written' }),
  }),
  store: Type.Object({
    setAside: Type.Integer({ minimum: 0, description: 'devices whose rows could not be used' }),
    damaged: Type.Object(
      Object.fromEntries(checkedTables.map((table) => [table, count])) as Record<CheckedTable, typeof count>,
      { description: 'damaged rows that were found, by table' },
    ),
    damagedRows: Type.Array(
      Type.Object({ table: Type.String(), name: Type.String(), why: Type.String(), at: dateTime }),
      { description: `the ${NAMED_ROWS} that were found last` },
    ),
  }),
});

export function instanceView({ startedAt, heardAt, isThere, clockOffsetMs, ...instance }: InstanceState) {
  return {
    ...instance,
    startedAt: toDateTime(startedAt),
    heardAt: toDateTime(heardAt),
    there: isThere,
    clockOffsetSeconds: clockOffsetMs === null ? null : clockOffsetMs / 1000,
  };
}
