/** GET /health/pipeline of a service that real lines have reached. */
import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { BODIES } from '../given.ts';
import { get, incidentsOf, running, until } from './running.ts';

type Health = {
  ready: boolean;
  listening: Record<string, { port: number }>;
  lines: {
    lastReceivedAt: string | null;
    senders: number;
    received: { transport: string; lines: number }[];
    dropped: unknown[];
    lost: number;
    lossySenders: number;
  };
  batches: { count: number; meanSeconds: number | null };
  commits: { count: number; meanSeconds: number | null };
  notices: unknown;
};

t.test('GET health/pipeline tells listeners, lines, losses and commits', async (t) => {
  const service = await running(t);
  const health = () => get<Health>(`${service.api}/api/v1/health/pipeline`);
  const before = await health();
  t.match(before, {
    ready: true,
    lines: { lastReceivedAt: null, senders: 0, dropped: [], lost: 0, lossySenders: 0 },
    commits: { count: 0, meanSeconds: null },
    notices: { pending: 0, dead: 0, waitSince: null },
  });
  t.match(Object.keys(before.listening).sort(), ['http', 'tcp', 'udp']);
  t.ok(before.lines.received.every(({ lines }) => lines === 0));
  const sender = await openSender('tcp', service.addresses.tcp as { host: string; port: number });
  // Message 13 is missing.
  for (const [number, body] of [BODIES.callHome205, '%SYS-5-CONFIG_I: Configured', BODIES.commFailed].entries())
    await sender.line(Buffer.from(`<187>${number < 2 ? 11 + number : 14}: sw-a: Mar  1 18:46:11.12${number}: ${body}`));
  for (let number = 15; number < 40; number++)
    await sender.line(Buffer.from(`<187>${number}: sw-a: Mar  1 18:46:12.120: %SYS-5-CONFIG_I: Configured`));
  await sender.end();
  await until(
    () => incidentsOf(service.api),
    (incidents) => incidents.length === 1,
  );
  const after = await until(health, ({ lines }) => lines.lost > 0);
  t.strictSame([after.lines.lost, after.lines.lossySenders], [1, 1]);
  const { received } = (await until(health, ({ lines }) => lines.received.some((each) => each.lines === 28))).lines;
  t.strictSame(
    received.find(({ lines }) => lines > 0),
    { transport: 'tcp', lines: 28 },
  );
  t.match(after, {
    lines: { lastReceivedAt: /^20/, senders: 1 },
    commits: { meanSeconds: Number },
    batches: { meanSeconds: Number },
  });
  t.ok(after.commits.count > 0 && after.batches.count > 0);
});
