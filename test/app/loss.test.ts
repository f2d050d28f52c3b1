/** Which lines were lost on the way, by the numbers in the lines: also over a restart, and in which cases this is known. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { type Child, child, get, MAIN, metric, running, until } from './running.ts';

type Seen = {
  readonly loss: {
    completeness: number | null;
    received: number | null;
    lost: number | null;
    text: string;
    lastHeardAt: string;
  };
  readonly explanation: { readonly hints: readonly string[] };
};

async function play(port: number | undefined, lines: readonly string[]) {
  const sender = await openSender('tcp', { host: '127.0.0.1', port: port ?? 0 });
  for (const line of lines) await sender.line(Buffer.from(line));
  await sender.end();
}

const chatter = (device: string, counter: number) => `<189>${counter}: ${device}: Mar  1 18:46:11: ${BODIES.chatter}`;
const failing = (device: string, counter: number) => [
  `<187>${counter}: ${device}: Mar  1 18:46:11: ${BODIES.callHome205}`,
  `<187>${counter + 1}: ${device}: Mar  1 18:46:11: ${BODIES.commFailed}`,
];
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

t.test('GET /devices/:key reports how many lines never came, and that a recovery may be among them', async (t) => {
  const service = await running(t);
  // After the failures 12 lines are missing, behind them chatter goes on.
  const lines = [...failing('sw-a', 101), ...numbers(115, 212).map((counter) => chatter('sw-a', counter))];
  await play(service.addresses.tcp?.port, lines);
  const device = await until(
    () => get<Seen>(`${service.api}/api/v1/devices/sw-a`),
    // The numbers are known before the failures are stored.
    ({ loss, explanation }) => loss.received === 100 && explanation.hints.length > 0,
  );
  t.match(device.loss, { lost: 12, completeness: 89.28, text: /^12 lines of this device were lost since/ });
  matchWhole(t, device.explanation.hints, [/^no evidence of recovery, but 12 lines of this device were lost since/]);
  const incident = await get<Seen>(`${service.api}/api/v1/incidents/qv-sw-a-1`);
  t.match(incident.loss, { lost: 12, completeness: 89.28 });
  t.equal(await metric(service.api, 'quovadis_loss_lines{state="lost"}'), 12);
  t.equal(await metric(service.api, 'quovadis_loss_sources{state="reliable"}'), 1);

  await play(service.addresses.tcp?.port, failing('sw-b', 7));
  const whole = await until(
    () => get<Seen>(`${service.api}/api/v1/devices/sw-b`),
    ({ loss }) => loss.received === 2,
  );
  t.match(whole.loss, { lost: 0, completeness: 100 });
  const silent = failing('sw-c', 1).map((line) => line.replace(/>\d+: /, '>'));
  await play(service.addresses.tcp?.port, silent);
  const unknown = await until(
    () => get<Seen>(`${service.api}/api/v1/devices/sw-c`).catch(() => null),
    (found) => found !== null,
  );
  t.match(unknown?.loss, {
    lost: null,
    completeness: null,
    text: /not known whether lines of this device were lost: its lines carry no numbers/,
  });
});

t.test('serve finds what was lost while it was down, and claims nothing after it was killed', async (t) => {
  const data = temporaryDirectory(t);
  const heard = async (service: Child, received: number) =>
    until(
      () => get<Seen>(`${service.api}/api/v1/devices/sw-a`),
      ({ loss }) => (loss.received ?? 0) >= received,
    );
  const first = await child(t, data);
  await play(first.ports.tcp, [...failing('sw-a', 1), ...numbers(3, 20).map((counter) => chatter('sw-a', counter))]);
  await heard(first, 20);
  first.process.kill('SIGTERM');
  t.equal(await first.exit, 0);
  const second = await child(t, data);
  await play(
    second.ports.tcp,
    numbers(121, 130).map((counter) => chatter('sw-a', counter)),
  );
  t.match((await heard(second, 30)).loss, { received: 30, lost: 100 }, 'the hundred of the time between');
  second.process.kill('SIGKILL');
  await second.exit;
  const third = await child(t, data);
  await play(
    third.ports.tcp,
    numbers(200, 209).map((counter) => chatter('sw-a', counter)),
  );
  t.match((await heard(third, 10)).loss, { received: 10, lost: 0 }, 'what came last before a kill is not known');
});

t.test('explain reports the loss of a stopped service, and the URL of a running service', async (t) => {
  const data = temporaryDirectory(t);
  const service = await child(t, data);
  const explain = (name: string, ...more: readonly string[]) => {
    const env = { ...process.env, QUOVADIS_HTTP_LISTEN: service.api.replace('http://', '') };
    const { stdout, stderr } = spawnSync(process.execPath, [MAIN, 'explain', name, '--data', data, ...more], { env });
    t.equal(`${stderr}`, '');
    return `${stdout}`;
  };
  const lines = [...failing('sw-a', 101), ...numbers(115, 212).map((counter) => chatter('sw-a', counter))];
  await play(service.ports.tcp, [...lines, ...failing('sw-b', 7).slice(0, 1)]);
  const heard = (loss: Seen['loss']) => loss.received === 100;
  await until(
    () => get<Seen>(`${service.api}/api/v1/devices/sw-a`),
    ({ loss }) => heard(loss),
  );
  for (const name of ['sw-a', 'qv-sw-a-1']) {
    const { loss, lossUrl, explanation } = JSON.parse(explain(name, '--json'));
    t.equal(loss, null, 'the service alone knows');
    t.same(explanation.hints, []);
    t.ok(heard((await get<Seen>(lossUrl)).loss), lossUrl);
    t.match(explain(name), `Were lines of this device lost? Ask the running service: ${lossUrl}\n`);
  }
  service.process.kill('SIGTERM');
  t.equal(await service.exit, 0);
  for (const name of ['sw-a', 'qv-sw-a-1']) {
    const { loss, lossUrl, explanation } = JSON.parse(explain(name, '--json'));
    t.match(loss, { received: 100, lost: 12, completeness: 89.28 });
    t.equal(lossUrl, null);
    matchWhole(t, explanation.hints, [/^no evidence of recovery, but 12 lines of this device were lost since/]);
    t.match(explain(name), /^When the service was last stopped: 12 lines of this device were lost since/m);
    t.match(explain(name), /^Note: no evidence of recovery, but 12 lines/m, 'as often as it is asked');
  }
  t.match(JSON.parse(explain('sw-b', '--json')), { loss: null, lossUrl: /sw-b$/ }, 'too few lines of it to be kept');
  const again = await child(t, data);
  await play(again.ports.tcp, [chatter('sw-a', 213)]);
  const taken = await until(
    () => get<Seen>(`${again.api}/api/v1/devices/sw-a`),
    ({ loss }) => loss.received === 101,
  );
  t.equal(taken.loss.lost, 12, 'the next start has it all');
  t.equal(JSON.parse(explain('sw-a', '--json')).loss, null);
});

t.test('The timeline of a device tells when its lines were lost, also after a restart', async (t) => {
  const data = temporaryDirectory(t);
  const first = await child(t, data);
  await play(first.ports.tcp, [
    ...failing('sw-a', 101),
    ...numbers(115, 120).map((counter) => chatter('sw-a', counter)),
  ]);
  await until(
    () => get<Seen>(`${first.api}/api/v1/devices/sw-a`),
    ({ loss }) => loss.received === 8,
  );
  first.process.kill('SIGTERM');
  t.equal(await first.exit, 0);
  const second = await child(t, data);
  type Timeline = { readonly timeline: readonly { readonly text: string }[] };
  for (const whose of ['devices/sw-a', 'incidents/qv-sw-a-1'])
    t.match(await get<Timeline>(`${second.api}/api/v1/${whose}/timeline?kinds=gap`), {
      timeline: [{ kind: 'gap', incident: null, text: '12 lines are missing', gap: { lost: 12, atMost: false } }],
    });
});
