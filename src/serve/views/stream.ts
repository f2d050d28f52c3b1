/** The events of GET /stream. */
import { Type } from 'typebox';
import type { DeviceChange } from '../../core/correlate/correlated.ts';
import { graceBuckets } from '../../core/fleet/fleet-count.ts';
import { incidentId } from '../../core/model/incident.ts';
import { type Act, actKinds } from '../../operate/committing.ts';
import type { SinkCounts } from '../../store/ports/outbox.ts';
import type { Counts } from '../../store/ports/queries.ts';
import { MOST_NAMED } from '../device-news.ts';
import type { Ready } from '../ready.ts';
import { dateTime, nullable, toDateTime } from './types.ts';

const count = Type.Integer({ minimum: 0 });

export const helloEventSchema = Type.Object({
  version: Type.String({ description: 'of the service' }),
  time: Type.String({ ...dateTime, description: 'the clock of the service' }),
  console: Type.String({ description: 'of the files of the console: a page that has another one has older files' }),
  position: Type.String({
    description: 'what the header feed-position of an answer has if no change came between the two',
  }),
});

export const aliveEventSchema = Type.Object({
  time: Type.String({ ...dateTime, description: 'the clock of the service' }),
});

export const changeEventSchema = Type.Object({
  incident: Type.String(),
  device: Type.String(),
  type: Type.String(),
  at: dateTime,
  from: nullable(Type.String()),
  to: nullable(Type.String()),
  severity: nullable(Type.String()),
  reason: Type.String(),
});

/** The devices that an event of an act names. */
const NAMED = 50;

export const actEventSchema = Type.Object({
  kind: Type.Enum([...actKinds], {
    description:
      'devices: an inventory was imported, a trustpool or a sender was kept with a device, or devices were forgotten; the others are those of notes',
  }),
  by: nullable(Type.String({ description: 'who did it' })),
  at: dateTime,
  incidents: Type.Array(Type.String(), { description: 'the ids of those that it is about, at most 50' }),
  devices: Type.Array(Type.String(), { description: `the keys of the first ${NAMED} of those that it is about` }),
});

export const countsEventSchema = Type.Object({
  incidents: Type.Array(Type.Object({ state: Type.String(), severity: Type.String(), count })),
  devices: Type.Array(Type.Object({ condition: Type.String(), count })),
  grace: Type.Object(Object.fromEntries(graceBuckets.map((name) => [name, count])), {
    description: 'failing devices by what remains of their grace period; over: nothing, bounded: at most known',
  }),
  recoveryHidden: Type.Integer({ minimum: 0, description: 'devices that send no line that could be a recovery' }),
});

export const healthEventSchema = Type.Object({
  ready: Type.Boolean({ description: 'as GET /readyz' }),
  detail: nullable(Type.String({ description: 'why it is not ready, or what people should look at nevertheless' })),
  noticesWaitSince: nullable(dateTime, {
    description: 'when the oldest notice that is not delivered was written, if that was more than 5 minutes ago',
  }),
});

export const newsEventSchema = Type.Object({
  devices: Type.Array(Type.String(), {
    description: `keys of devices of which there is something new, at most ${MOST_NAMED}: a line, a notice, what a person did`,
  }),
  senders: Type.Array(Type.String(), { description: `addresses of which lines were lost, at most ${MOST_NAMED}` }),
  all: Type.Boolean({ description: 'there is more than what is named: read again what is shown of any device' }),
  notices: Type.Boolean({ description: 'what has become of notices, or who is notified, is not as it was' }),
});

export const resetEventSchema = Type.Object({
  reason: Type.String({ description: 'events are missing: read again what is shown' }),
});

/** By the name of the event. */
export const streamEvents = {
  hello: helloEventSchema,
  alive: aliveEventSchema,
  reset: resetEventSchema,
  change: changeEventSchema,
  act: actEventSchema,
  news: newsEventSchema,
  counts: countsEventSchema,
  health: healthEventSchema,
};

export function changeEventView(change: DeviceChange, prefix: string) {
  const { device, ordinal, type, at, from, to, severity, reason } = change;
  const incident = incidentId(prefix, device, ordinal);
  return { incident, device, type, at: toDateTime(at), from, to, severity, reason };
}

export function actEventView({ kind, by, at, incidents, devices }: Act, prefix: string) {
  const ids = incidents.map(({ device, ordinal }) => incidentId(prefix, device, ordinal));
  return { kind, by, at: toDateTime(at), incidents: ids, devices: devices.slice(0, NAMED) };
}

/** In an order of their own, so that equal counts are the same text. */
export function countsEventView({ incidents, devices, grace, recoveryHidden }: Counts) {
  return {
    incidents: incidents
      .map(({ state, severity, count: number }) => ({ state, severity, count: number }))
      .sort((a, b) => order(`${a.state} ${a.severity}`, `${b.state} ${b.severity}`)),
    devices: devices
      .map(({ condition, count: number }) => ({ condition, count: number }))
      .sort((a, b) => order(a.condition, b.condition)),
    grace: Object.fromEntries(graceBuckets.map((name) => [name, grace[name]])),
    recoveryHidden,
  };
}

/** How long a notice may wait before people are told. */
const STUCK_MS = 300_000;

export function healthEventView({ problem, detail }: Ready, sinks: readonly SinkCounts[], now: number) {
  const oldest = sinks.reduce((at, { oldestAt }) => Math.min(at, oldestAt ?? at), Number.POSITIVE_INFINITY);
  return {
    ready: problem === null,
    detail: problem ?? detail ?? null,
    noticesWaitSince: oldest < now - STUCK_MS ? toDateTime(oldest) : null,
  };
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
