/** The clock of a service makes steps. */
import t, { type Test } from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { defaults } from '../../src/config/schema.ts';
import { BODIES, DAY, HOUR, temporaryDirectory } from '../given.ts';
import { get, incidentsOf, metric, type Running, running, until } from './running.ts';

/** A wall clock and a monotonic one, which go on and which a test moves. */
function movable() {
  const by = { wall: 0, both: 0 };
  return {
    by,
    wall: () => Date.now() + by.wall + by.both,
    monotonic: () => performance.now() + by.both,
  };
}

async function send({ addresses }: Running, ...bodies: readonly string[]) {
  const sender = await openSender('tcp', { host: '127.0.0.1', port: addresses.tcp?.port ?? 0 });
  for (const body of bodies) await sender.line(Buffer.from(`<187>${++counter}: sw-a: ${body}`));
  await sender.end();
}
let counter = 0;
t.setTimeout(180_000);

type Change = { type: string; at: string; reason: string };
type Incident = { recoveringAt: string; resolvedAt: string; changes: Change[] };

const incidentOf = ({ api }: Running) => get<Incident>(`${api}/api/v1/incidents/qv-sw-a-1`);
const inState = (service: Running, state: string) =>
  until(
    () => incidentsOf(service.api),
    ([incident]) => incident?.state === state,
  );

/** The incident is resolved, and not before its hold time had passed. */
async function held(t: Test, service: Running): Promise<void> {
  await inState(service, 'resolved');
  const { recoveringAt, resolvedAt } = await incidentOf(service);
  t.ok(Date.parse(resolvedAt) - Date.parse(recoveringAt) >= DAY, `${recoveringAt} to ${resolvedAt}`);
}

const said = ({ logged }: Running, text: string) =>
  until(
    async () => {
      await new Promise(setImmediate);
      return logged.some(({ msg }) => `${msg}`.includes(text));
    },
    (seen) => seen,
  );

const correlation = { ...defaults.correlation, holdTime: '24h' };

async function recovering(t: Test, clock: ReturnType<typeof movable>, data = temporaryDirectory(t)): Promise<Running> {
  const service = await running(t, { correlation, data }, clock);
  await send(service, BODIES.callHome205, BODIES.commFailed, BODIES.crlSla);
  await inState(service, 'confirmed');
  await send(service, BODIES.commRestored);
  await inState(service, 'recovering');
  return service;
}

for (const [what, days] of [
  ['46 days ahead', 46],
  ['10 years ahead', 3650],
  ['46 days back', -46],
  ['10 years back', -3650],
] as const) {
  t.test(`a clock that is ${what} for seconds moves no deadline`, async (t) => {
    const clock = movable();
    const service = await recovering(t, clock);
    clock.by.wall = days * DAY;
    await said(service, 'the clock made a step');
    t.equal(await metric(service.api, 'quovadis_clock_steps_total'), 1);
    // A line that comes meanwhile has the time that the service uses.
    await send(service, BODIES.callHome205, BODIES.commFailed);
    await inState(service, 'confirmed');
    await send(service, BODIES.commRestored);
    await inState(service, 'recovering');
    clock.by.wall = 0;
    await said(service, 'the clock is back');
    const { changes } = await incidentOf(service);
    for (const { at, type } of changes) t.ok(Math.abs(Date.parse(at) - Date.now()) < HOUR, `${type} ${at}`);
    clock.by.both = 25 * HOUR;
    await held(t, service);
  });
}

/** The step is believed, as the clock stays where it led. */
async function believed(service: Running, clock: ReturnType<typeof movable>, wall: number): Promise<void> {
  const direction = wall > clock.by.wall ? 'ahead' : 'back';
  clock.by.wall = wall;
  await said(service, `a step ${direction}`);
  clock.by.both += HOUR;
  await said(service, `stayed where its step ${direction} led`);
}

t.test('a deadline that passed by a clock that was ahead for an hour has not passed afterwards', async (t) => {
  const clock = movable();
  const service = await recovering(t, clock);
  await believed(service, clock, 46 * DAY);
  await inState(service, 'resolved');
  await believed(service, clock, 0);
  await inState(service, 'recovering');
  const { changes } = await incidentOf(service);
  t.match(changes.at(-1), { type: 'IncidentAmended', reason: 'clock-corrected' });
  clock.by.both += 25 * HOUR;
  await held(t, service);
});

t.test('a recovery by a clock that was ahead for an hour takes its hold time from when it came', async (t) => {
  const clock = movable();
  const service = await recovering(t, clock);
  await believed(service, clock, 10 * HOUR);
  await send(service, BODIES.callHome205, BODIES.commFailed);
  await inState(service, 'confirmed');
  await send(service, BODIES.commRestored);
  await inState(service, 'recovering');
  await believed(service, clock, 0);
  const now = () => Date.now() + clock.by.both;
  await until(
    () => get<{ lastSeenAt: string }>(`${service.api}/api/v1/devices/sw-a`),
    ({ lastSeenAt }) => Date.parse(lastSeenAt) <= now(),
  );
  const { recoveringAt } = await incidentOf(service);
  t.ok(Date.parse(recoveringAt) <= now() && Date.parse(recoveringAt) > now() - 3 * HOUR, recoveringAt);
  clock.by.both += 25 * HOUR;
  await held(t, service);
});

t.test('what a service with a clock that was ahead has stored is put right at the next start', async (t) => {
  const data = temporaryDirectory(t);
  const ahead = movable();
  ahead.by.wall = 46 * DAY;
  const wrong = await recovering(t, ahead, data);
  await wrong.stop();
  const clock = movable();
  const service = await running(t, { correlation, data }, clock);
  await said(service, 'they are judged anew');
  const device = await until(
    () => get<{ lastSeenAt: string }>(`${service.api}/api/v1/devices/sw-a`),
    ({ lastSeenAt }) => Date.parse(lastSeenAt) <= Date.now(),
  );
  t.ok(Date.parse(device.lastSeenAt) > Date.now() - HOUR);
  clock.by.both = 25 * HOUR;
  await held(t, service);
});
