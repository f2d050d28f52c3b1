/** The service and Debian's Alertmanager: amtool shows the alerts of the current incidents. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import { openSender } from '../../src/commands/send.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';
import { receiver } from '../notify/receiver.ts';
import { child, freePort, get, peer, until } from './running.ts';

const run = promisify(execFile);
const skip =
  missing('prometheus-alertmanager', 'prometheus-alertmanager') || missing('amtool', 'prometheus-alertmanager');

type Shown = {
  readonly status?: { readonly state: string; readonly inhibitedBy: readonly string[] };
  readonly fingerprint?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly generatorURL: string;
};

/** Without the alerts that others inhibit. */
const alertsOf = async (url: string): Promise<Shown[]> =>
  JSON.parse((await run('amtool', [`--alertmanager.url=${url}`, '--output=json', 'alert', 'query'])).stdout);

/** The rules that deploy/alertmanager.yaml has. */
const { inhibit_rules } = parse(
  readFileSync(fileURLToPath(new URL('../../deploy/alertmanager.yaml', import.meta.url)), 'utf8'),
) as { inhibit_rules: readonly object[] };

/** An Alertmanager with the inhibit rules that are shipped; `hook`: the URL of its webhook. */
async function alertmanager(t: Test, port: number, directory: string, route: object = {}, hook: string | null = null) {
  const config = join(directory, 'alertmanager.yaml');
  const webhooks = hook === null ? {} : { webhook_configs: [{ url: hook, send_resolved: true }] };
  const receivers = [{ name: 'only', ...webhooks }];
  writeFileSync(config, stringify({ route: { receiver: 'only', ...route }, inhibit_rules, receivers }));
  const url = `http://127.0.0.1:${port}`;
  const args = [`--config.file=${config}`, `--storage.path=${directory}`, `--web.listen-address=127.0.0.1:${port}`];
  const isUp = async () => {
    if (!(await fetch(`${url}/-/ready`)).ok) throw new Error('not ready');
  };
  return { url, ...(await peer(t, 'prometheus-alertmanager', [...args, '--cluster.listen-address='], isUp)) };
}

type Notified = { readonly status: 'firing' | 'resolved'; readonly labels: Readonly<Record<string, string>> };

async function say(port: number, device: string, ...bodies: readonly string[]) {
  const sender = await openSender('udp', { host: '127.0.0.1', port });
  for (const body of bodies) await sender.line(Buffer.from(`<187>12: ${device}: Mar  1 18:46:11: ${body}`));
  await sender.end();
}

t.test(
  'serve has an alert in Alertmanager from the first lines to the recovery, and "resolved" means the recovery',
  { skip },
  async (t) => {
    const port = await freePort();
    const data = temporaryDirectory(t);
    const config = join(data, 'config.yaml');
    // An alert that is not sent again ends after four resends, which must be longer than the restart below.
    const sinks = `[{ kind: alertmanager, urls: ["http://127.0.0.1:${port}"], resend: 5s }]`;
    writeFileSync(config, `correlation: { holdTime: 1s }\nsinks: ${sinks}\n`);
    const notified: Notified[] = [];
    const hook = await receiver(t, ({ body }, response) => {
      notified.push(...(JSON.parse(body) as { alerts: Notified[] }).alerts);
      response.end();
    });
    const resolved = () =>
      notified.filter(({ status }) => status === 'resolved').map(({ labels }) => labels['severity']);
    const route = { group_by: ['plant', 'advisory'], group_wait: '1s', group_interval: '1s' };
    const first = await alertmanager(t, port, temporaryDirectory(t), route, hook.url);
    const service = await child(t, data, '--config', config);

    await say(service.ports.udp, 'sw-a', BODIES.callHome205, BODIES.commFailed);
    const [suspected] = await until(
      () => alertsOf(first.url),
      (alerts) => alerts.length === 1,
    );
    t.same(suspected?.labels, {
      ...{ alertname: 'QuoVadisTrustFailure', device: 'sw-a', plant: 'unknown' },
      ...{ advisory: 'quovadis-root-ca-2', severity: 'warning' },
    });
    t.equal(suspected?.generatorURL, `${service.api}/incidents/qv-sw-a-1`);
    t.match(suspected?.annotations, { evidence: '2', diagnosis: 'trust', fix: /crypto pki trustpool import url/ });
    t.match(suspected?.annotations['summary'], "sw-a shows signs of lost trust in Cisco's cloud: suspected");
    await hook.count(1);

    await say(service.ports.udp, 'sw-a', BODIES.crlSla);
    const [confirmed] = await until(
      () => alertsOf(first.url),
      ([alert, ...others]) => others.length === 0 && alert?.labels['severity'] === 'major',
    );
    t.equal(confirmed?.startsAt, suspected?.startsAt, 'the start is that of the incident, also with the new severity');

    const all = await get<Shown[]>(`${first.url}/api/v2/alerts`);
    const muted = all.find(({ labels }) => labels['severity'] === 'warning');
    t.match(muted?.status, { state: 'suppressed', inhibitedBy: [confirmed?.fingerprint] }, 'the lower one fires on');
    t.equal(muted?.startsAt, confirmed?.startsAt);
    t.match(confirmed?.annotations['summary'], "sw-a no longer trusts Cisco's cloud: confirmed");
    const isNotified = (url: string, status: Notified['status'], severity: string) =>
      until(
        () => alertsOf(url),
        () => notified.some((each) => each.status === status && each.labels['severity'] === severity),
      );
    await isNotified(first.url, 'firing', 'major');

    await first.stop();
    t.same(resolved(), [], 'no "resolved" was sent while the incident was open');
    const second = await alertmanager(t, port, temporaryDirectory(t), route, hook.url);
    const [again] = await until(
      () => alertsOf(second.url),
      (alerts) => alerts.length > 0,
    );
    t.same(
      again?.labels,
      confirmed?.labels,
      'an Alertmanager that has lost its state gets the alert within one resend',
    );
    t.equal(again?.startsAt, confirmed?.startsAt);

    service.process.kill('SIGKILL');
    await service.exit;
    const restarted = await child(t, data, '--config', config);
    t.same(resolved(), [], 'nor by a restart of the service');
    await say(restarted.ports.udp, 'sw-a', BODIES.commRestored);
    await until(
      () => alertsOf(second.url),
      (alerts) => alerts.length === 0,
    );
    t.pass('the recovery resolves it, also after a SIGKILL');
    await isNotified(second.url, 'resolved', 'major');
  },
);

t.test('serve causes one page for many failing devices of a plant', { skip }, async (t) => {
  const pages: { status: string; alerts: Shown[] }[] = [];
  const pager = await receiver(t, ({ body }, response) => {
    pages.push(JSON.parse(body));
    response.end();
  });
  const port = await freePort();
  const data = temporaryDirectory(t);
  const config = join(data, 'config.yaml');
  const sinks = `[{ kind: alertmanager, urls: ["http://127.0.0.1:${port}"], resend: 1s }]`;
  writeFileSync(config, `sinks: ${sinks}\n`);
  const route = { group_by: ['plant', 'advisory'], group_wait: '4s' };
  const { url } = await alertmanager(t, port, temporaryDirectory(t), route, pager.url);
  const service = await child(t, data, '--config', config);
  const names = Array.from({ length: 60 }, (_, n) => `sw-${n}`);
  const rows = names.map((name, n) => `${name},P${n % 3}`).join('\n');
  const imported = await fetch(`${service.api}/api/v1/inventory`, {
    ...{ method: 'POST', body: `hostname,plant\n${rows}\n`, headers: { 'content-type': 'text/csv' } },
  });
  t.equal(imported.status, 200);
  for (const name of names) await say(service.ports.udp, name, BODIES.callHome205, BODIES.commFailed);
  const alerts = await until(
    () => alertsOf(url),
    (shown) => shown.length === 3 && shown.every(({ annotations }) => annotations['devices'] === '20'),
  );
  t.same(
    alerts.map(({ labels }) => `${labels['alertname']} ${labels['plant']} ${labels['device']}`).sort(),
    ['P0', 'P1', 'P2'].map((plant) => `QuoVadisPlantTrustFailure ${plant} undefined`),
  );
  await pager.count(3);
  // A further page would come with the next change; by now Alertmanager has notified of all alerts.
  await until(
    () => alertsOf(url),
    () => true,
  );
  t.equal(pages.length, 3, 'sixty devices in three plants are three pages');
  const paged = pages.flatMap((page) => page.alerts.map(({ labels }) => labels['alertname']));
  t.same(new Set(paged), new Set(['QuoVadisPlantTrustFailure']));
});
