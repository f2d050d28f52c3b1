/** A real Prometheus scrapes the service and evaluates every expression of the dashboards and of the rules. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import { EVERYTHING, expressions } from '../../deploy/grafana/src/expressions.ts';
import { openSender } from '../../src/commands/send.ts';
import { defaults } from '../../src/config/schema.ts';
import { readSinks } from '../../src/config/sinks.ts';
import { BODIES, DAY, temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';
import { answering, receiver } from '../notify/receiver.ts';
import { freePort, get, metric, peer, type Running, running, until } from './running.ts';

const skip = missing('prometheus', 'prometheus');
const rulesFolder = fileURLToPath(new URL('../../deploy/prometheus/rules/', import.meta.url));

const FAILURE = [BODIES.callHome205, BODIES.commFailed] as const;

type RuleFile = {
  groups: {
    name: string;
    interval?: string;
    rules: { alert?: string; record?: string; expr: string; for?: string }[];
  }[];
};
type Answer = {
  status: string;
  error?: string;
  data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
};

/**
 * Devices of several plants: one failed long ago and is silent, some fail now, one has recovered, one has offline
 * licences.
 */
async function scenario(t: Test) {
  const gone = await receiver(t, answering(410));
  const refusing = await receiver(t, answering(400, {}, 'not an alert'));
  // A minute behind the clock of the threads that receive, so that the lines are stamped by this one.
  const real = Date.now() - 60_000;
  let now = real - 350 * DAY;
  const sinks = readSinks(
    [
      { kind: 'webhook', url: gone.url, secret: `whsec_${'A'.repeat(32)}`, allowPrivate: true },
      { kind: 'alertmanager', urls: [refusing.url], resend: '1s' },
    ],
    [],
  );
  const service = await running(t, { sinks, correlation: { ...defaults.correlation, holdTime: '2s' } }, () => now);
  const inventory = `hostname,plant,pid,release,licensing
sw-old,North,IE-3300-8T2S,17.3.3,online
sw-new,North,IE-3300-8T2S,17.3.3,online
sw-well,South,IE-3400-8T2S,17.6.1,online
sw-plr,South,IE-3400-8T2S,17.3.3,PLR
`;
  const headers = { 'content-type': 'text/csv' };
  await fetch(`${service.api}/api/v1/inventory`, { method: 'POST', body: inventory, headers });
  let counter = 0;
  let lost = 0;
  const say = async (device: string, ...bodies: readonly string[]) => {
    const sender = await openSender('udp', { host: '127.0.0.1', port: service.addresses.udp?.port ?? 0 });
    for (const body of bodies) await sender.line(Buffer.from(`<187>${++counter + lost}: ${device}: ${body}`));
    await sender.end();
    // All lines have a message code, so they are counted when they are read. Then their event time is decided.
    await until(
      () => messagesIn(service.api),
      (messages) => messages >= counter,
    );
  };
  await say('sw-old', BODIES.commRestored, ...FAILURE);
  now = real - 20 * DAY;
  await say('sw-new', BODIES.commRestored);
  now = real;
  await say('sw-new', ...FAILURE, BODIES.crlSla, BODIES.outOfCompliance);
  await say('sw-none', ...FAILURE);
  await say('sw-plr', ...FAILURE);
  await say('sw-odd', BODIES.commFailed, '%SMART_LIC-3-NEVER_SEEN: what is this?', BODIES.chatter, BODIES.commDns);
  await say('sw-well', ...FAILURE, BODIES.commRestored);
  now = real + 3000;
  const is = async (device: string, condition: string) =>
    until(
      () => get<{ condition: string }>(`${service.api}/api/v1/devices/${device}`),
      (shown) => shown.condition === condition,
    );
  await is('sw-old', 'stale');
  await is('sw-new', 'confirmed');
  await is('sw-none', 'suspected');
  await is('sw-plr', 'suppressed');
  await is('sw-odd', 'watching');
  await is('sw-well', 'ok');
  await until(
    () => metric(service.api, 'quovadis_notices_dead{sink="webhook"}'),
    (dead) => dead > 0,
  );
  const pass = (ms: number) => {
    now += ms;
  };
  /** Skips sequence numbers, as if this number of lines were lost. */
  const lose = (lines: number) => {
    lost += lines;
  };
  return { service, say, pass, lose };
}

async function messagesIn(api: string): Promise<number> {
  const text = await (await fetch(`${api}/metrics`)).text();
  return [...text.matchAll(/^quovadis_messages_total\{.*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

/** Writes the rules to a directory, evaluated every second. Returns the original rules. */
function hurried(directory: string): RuleFile[] {
  return readdirSync(rulesFolder).map((file) => {
    const rules = parse(readFileSync(join(rulesFolder, file), 'utf8')) as RuleFile;
    const groups = rules.groups.map((group) => ({ ...group, interval: '1s' }));
    writeFileSync(join(directory, file), stringify({ groups }));
    return rules;
  });
}

async function prometheusOver(t: Test, service: Running, directory: string): Promise<string> {
  const port = await freePort();
  const target = `127.0.0.1:${service.addresses.http?.port}`;
  const job = (name: string, path: string) => ({
    ...{ job_name: name, metrics_path: path, scrape_interval: '1s', scrape_timeout: '1s' },
    static_configs: [{ targets: [target] }],
  });
  const config = {
    rule_files: [join(directory, '*.yaml')],
    scrape_configs: [job('quovadis-watch', '/metrics'), job('quovadis-watch-devices', '/metrics/devices')],
  };
  const file = join(directory, 'prometheus.yml');
  writeFileSync(file, stringify(config));
  const url = `http://127.0.0.1:${port}`;
  const storage = `--storage.tsdb.path=${join(directory, 'tsdb')}`;
  await peer(
    t,
    'prometheus',
    [`--config.file=${file}`, storage, `--web.listen-address=127.0.0.1:${port}`],
    async () => {
      if (!(await fetch(`${url}/-/ready`)).ok) throw new Error('not ready');
    },
  );
  return url;
}

const ask = async (url: string, expr: string): Promise<Answer> =>
  (await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expr })}`)).json() as Promise<Answer>;

/** Expressions that must have no result, and why: panels by dashboard and title, rules by name. */
const EMPTY: Readonly<Record<string, string>> = {
  'fleet: Fleet repaired': 'a few seconds have no trend',
  QuoVadisPlantSilent: 'every plant with three failing devices has sent messages',
  QuoVadisGraceBelow60Days: 'no grace ends in this time',
  QuoVadisGraceBelow7Days: 'no grace ends in this time',
  QuoVadisGraceOver: 'no grace is over',
  QuoVadisGraceBoundBelow60Days: 'the bound is a year away',
  QuoVadisBurnDownTooSlow: 'there is no week of history',
  QuoVadisDown: 'the service answers',
  QuoVadisListenerSilent: 'lines arrive',
  QuoVadisKernelDrops: 'no datagram was dropped',
  QuoVadisQueueDrops: 'no line was dropped',
  QuoVadisOutboxAge: 'no notice waits for long',
  QuoVadisDeviceSeriesDropped: 'all devices are shown',
  QuoVadisDetectionSlow: 'detection is fast',
  QuoVadisDevicesRefused: 'the device limit is not reached',
  QuoVadisSendersDenied: 'nobody is denied',
  QuoVadisLinesRateLimited: 'nobody sends too much',
  QuoVadisReloadFailed: 'the configuration was read once',
  QuoVadisRowsDamaged: 'every row is as it was stored',
  QuoVadisClockStepped: 'the clock of the test makes no step',
  QuoVadisClockOffset: 'SQLite has no other clock',
  QuoVadisCertificateEnding: 'no certificate is configured',
  QuoVadisCertificateEnded: 'no certificate is configured',
  QuoVadisDescriptorsUsedUp: 'there are descriptors left',
  QuoVadisHeapNearLimit: 'the heap has room',
  'instance:quovadis_incidents_open:decrease_per_day_7d': 'there is no week of history',
};

t.test('Prometheus gives a result for every expression of the dashboards and the rules', { skip }, async (t) => {
  const { service, say, pass, lose } = await scenario(t);
  const directory = temporaryDirectory(t);
  const rules = hurried(directory).flatMap(({ groups }) => groups.flatMap((group) => group.rules));
  const url = await prometheusOver(t, service, directory);
  // Prometheus scrapes each second. Asking it without a pause leaves the service, in this process, no time to be scraped.
  const shows = (expr: string) =>
    until(
      () => delay(100).then(() => ask(url, expr)),
      ({ data }) => (data?.result.length ?? 0) > 0,
    );
  // Annotations and rates need changes while Prometheus scrapes.
  await shows('min(count_over_time(quovadis_device_series_dropped[5m])) >= 22');
  await say('sw-late', ...FAILURE, BODIES.crlSla);
  // More than the threshold of the rule for missing lines, at any position among the scrapes.
  lose(30);
  for (let n = 0; n < 6; n++) await say('sw-odd', `%SMART_LIC-3-NEVER_SEEN: number ${n}`);
  await shows('quovadis_device_incident{device="sw-late"} == 1');
  await say('sw-late', BODIES.commRestored);
  pass(3000);
  await shows('quovadis_device_incident{device="sw-late"} == 0');
  await shows('sum(increase(quovadis_incident_transitions_total{to="resolved"}[1m])) > 0');

  const asked = { ...EVERYTHING, __interval: '10s' };
  const [one, other] = ['sw-late', 'sw-none'].map((device) => expressions({ ...asked, device }));
  for (const [index, { dashboard, panel, expr }] of (one ?? []).entries()) {
    // A device has a known end of grace or an upper bound, never both.
    const answers = [await ask(url, expr), await ask(url, other?.[index]?.expr ?? '')];
    const name = `${dashboard}: ${panel}`;
    t.same(
      answers.map(({ status, error }) => error ?? status),
      ['success', 'success'],
      `${name}: ${expr}`,
    );
    const found = answers.some(({ data }) => (data?.result.length ?? 0) > 0);
    t.equal(found, EMPTY[name] === undefined, `${name}: ${EMPTY[name] ?? 'has data'}`);
  }
  for (const { alert, record, expr } of rules) {
    const answer = await ask(url, expr);
    const name = alert ?? record ?? '';
    t.equal(answer.error ?? answer.status, 'success', name);
    const found = (answer.data?.result.length ?? 0) > 0;
    t.equal(found, EMPTY[name] === undefined, `${name}: ${EMPTY[name] ?? 'has data'}`);
  }
  const loaded = (
    await get<{ data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] } }>(
      `${url}/api/v1/rules`,
    )
  ).data.groups.flatMap((group) => group.rules);
  t.equal(loaded.length, rules.length);
  t.same(
    loaded.filter(({ health }) => health !== 'ok'),
    [],
    'Prometheus evaluates every rule',
  );
});
