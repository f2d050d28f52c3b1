/** A real Prometheus scrapes the service: every expression of the dashboards and of the rules is asked there. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** Devices of three plants: one fails since long and is silent, some fail now, one is well again, one has no licences to renew. */
async function scenario(t: Test) {
  const gone = await receiver(t, answering(410));
  const refusing = await receiver(t, answering(400, {}, 'not an alert'));
  const real = Date.now();
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
    // All have a core, and are counted when they are read: then their time has been decided, too.
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
  /** So many lines never come. */
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

/** The rules as they are shipped, but evaluated every second and without patience. */
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

/** What must not have an answer, and why: panels by dashboard and title, rules by name. */
const EMPTY: Readonly<Record<string, string>> = {
  'fleet: The fleet is done': 'there is no trend in some seconds',
  QuoVadisPlantSilent: 'every plant with three that fail was heard of',
  QuoVadisGraceBelow60Days: 'none ends then',
  QuoVadisGraceBelow7Days: 'none ends then',
  QuoVadisGraceOver: 'none is over',
  QuoVadisGraceBoundBelow60Days: 'the bound is a year away',
  QuoVadisBurnDownTooSlow: 'there is no week to look back on',
  QuoVadisDown: 'it is up',
  QuoVadisListenerSilent: 'lines come',
  QuoVadisKernelDrops: 'none were dropped',
  QuoVadisQueueDrops: 'none were dropped',
  QuoVadisOutboxAge: 'nothing waits for long',
  QuoVadisDeviceSeriesDropped: 'all are shown',
  QuoVadisDetectionSlow: 'it is not',
  QuoVadisDevicesRefused: 'there is room',
  'instance:quovadis_incidents_open:decrease_per_day_7d': 'there is no week to look back on',
};

t.test(
  'every expression of the dashboards and the rules has an answer in Prometheus',
  { skip, timeout: 110_000 },
  async (t) => {
    const { service, say, pass, lose } = await scenario(t);
    const directory = temporaryDirectory(t);
    const rules = hurried(directory).flatMap(({ groups }) => groups.flatMap((group) => group.rules));
    const url = await prometheusOver(t, service, directory);
    const shows = (expr: string) =>
      until(
        () => ask(url, expr),
        ({ data }) => (data?.result.length ?? 0) > 0,
      );
    // What changes while Prometheus looks, as annotations and rates want it.
    await shows('min(count_over_time(quovadis_device_series_dropped[5m])) >= 22');
    await say('sw-late', ...FAILURE, BODIES.crlSla);
    // More than the rule for missing lines wants, wherever among the scrapes they fall.
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
  },
);
