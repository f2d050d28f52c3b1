/**
 * A day of syslog into `serve`, which is killed fifty times on the way. Syslog over TCP acknowledges nothing, so the
 * sender does what a careful relay does: after each restart it looks which of its lines was kept last, and goes on some
 * lines before that one. What comes twice counts once.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { BODIES, HOUR, temporaryDirectory } from '../given.ts';
import { Random } from '../simulation/random.ts';
import { type Child, child, get, incidentsOf, until } from './running.ts';

const KILLS = 50;
const LINES = 2000;
const DEVICES = 12;
const seed = Number(process.env['SEED'] ?? 72298);
const random = new Random(seed);
const below = (bound: number) => random.below(bound);

const WORDS = [
  BODIES.callHome205,
  BODIES.commFailed,
  BODIES.crlSla,
  BODIES.authSendError.replace('FOC0000A1B2', 'XXXXXXXXXXX'),
  BODIES.commDns,
  BODIES.outOfCompliance,
  '%PKI-6-TRUSTPOOL_DOWNLOAD_SUCCESS: Trustpool Download is successful',
  BODIES.commRestored,
  BODIES.commRestored,
];

/** In the order of their times, which end an hour ago; each is known by its sequence number. */
function dayBefore(now: number): string[] {
  const from = now - 25 * HOUR;
  return Array.from({ length: LINES }, (_, index) => {
    const stamp = new Date(from + Math.floor((index * 24 * HOUR) / LINES)).toISOString();
    const [, month, day, time] = /^\d+-(\d\d)-(\d\d)T(.*)Z$/.exec(stamp) ?? [];
    const name = new Date(`2000-${month}-01T00:00:00Z`).toLocaleString('en', { month: 'short', timeZone: 'UTC' });
    const number = String(index + 1).padStart(6, '0');
    const body = WORDS[below(WORDS.length)];
    return `<187>${number}: sw-${below(DEVICES)}: ${name} ${day} ${stamp.slice(0, 4)} ${time} UTC: ${body}\n`;
  });
}

/** Writes lines into a connection of their own; done when the kernel has them. */
async function write(port: number, lines: readonly string[]): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  // The other end is killed on purpose.
  socket.on('error', () => {});
  await once(socket, 'connect');
  await new Promise((resolve) => socket.end(lines.join(''), () => resolve(undefined)));
}

/** The number of the last line that was kept; 0 if none was. */
async function lastKept({ api }: Child): Promise<number> {
  const { messages } = await get<{ messages: { raw: string }[] }>(`${api}/api/v1/messages?limit=1`);
  return Number(/^<\d+>(\d+):/.exec(messages[0]?.raw ?? '')?.[1] ?? 0);
}

const whole = (service: Child) =>
  until(
    () => lastKept(service),
    (kept) => kept === LINES,
  );

/** The incidents without the time at which the last change was decided, which is that of the run. */
const decidedOf = async (api: string) =>
  (await incidentsOf(api)).map((incident) => ({ ...incident, changedAt: undefined }));

/** Deadlines that are over are decided on after the lines that wait, some moments later in one service than in the other. */
async function bothDecided(quiet: Child, killed: Child) {
  const late = AbortSignal.timeout(180_000);
  for (;;) {
    const [expected, found] = [await decidedOf(quiet.api), await decidedOf(killed.api)];
    if (late.aborted || JSON.stringify(found) === JSON.stringify(expected)) return { expected, found };
  }
}

t.test('serve finds the same incidents after 50 SIGKILLs within a day of syslog', async (t) => {
  t.comment(`seed ${seed}`);
  const lines = dayBefore(Date.now());
  const quiet = await child(t, temporaryDirectory(t));
  await write(quiet.ports.tcp, lines);
  await whole(quiet);

  const data = temporaryDirectory(t);
  let resent = 0;
  let lost = 0;
  let written = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const service = await child(t, data);
    const kept = await lastKept(service);
    lost += written - kept;
    const from = Math.max(0, kept - below(20));
    // Enough is left for the kills that are to come.
    const to = Math.min(LINES, Math.max(from, kept) + 1 + below(2 * Math.ceil((LINES - kept) / (KILLS - kill))));
    resent += Math.max(0, kept - from);
    written = to;
    await write(service.ports.tcp, lines.slice(from, to));
    service.process.kill('SIGKILL');
    await service.exit;
  }
  const last = await child(t, data);
  await write(last.ports.tcp, lines.slice(Math.max(0, (await lastKept(last)) - 20)));
  await whole(last);
  const { expected, found } = await bothDecided(quiet, last);
  t.ok(expected.length >= DEVICES, 'the day has incidents');
  t.same(found, expected);
  quiet.process.kill('SIGTERM');
  t.ok(lost > 0, `kills came while lines were on their way: ${lost} were lost and sent again, ${resent} came twice`);
  last.process.kill('SIGTERM');
  t.equal(await last.exit, 0);
});
