/** The ports, addresses, files and settings of compose.yaml match each other, and so does alertmanager.yaml. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { exposureProblems } from '../../src/config/exposure.ts';
import { loadConfig } from '../../src/config/load.ts';
import { configKeys, environmentName } from '../../src/config/schema.ts';
import { severities } from '../../src/core/model/incident.ts';
import { DEVICE_ALERT, PLANT_ALERT } from '../../src/notify/alertmanager/payload.ts';
import { advisory, temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const deploy = join(root, 'deploy');
const read = (file: string): string => readFileSync(file, 'utf8');
const readYaml = <T>(file: string): T => parse(read(join(deploy, file))) as T;

type Service = {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly restart: string;
  readonly group_add?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
};
type Compose = {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};

const compose = readYaml<Compose>('compose.yaml');
const services = Object.entries(compose.services);
const watch = compose.services['quovadis-watch'] as Service;

/** The arguments of all lines of the Dockerfile with this instruction. */
const dockerfile = (instruction: string): string[] =>
  [...read(join(root, 'Dockerfile')).matchAll(new RegExp(`^${instruction} (.*)$`, 'gm'))].flatMap(([, rest = '']) =>
    rest.split(' '),
  );
const imageEnvironment = Object.fromEntries(dockerfile('ENV').map((pair) => pair.split('=', 2) as [string, string]));

/** Parses `HOST:CONTAINER/PROTOCOL`, with or without an address before it. */
const portsOf = ({ ports = [] }: Service) =>
  ports.map((port) => {
    const [, address = '', published = '', inside = ''] = /^(?:([\d.]+):)?(\d+):(\d+\/(?:udp|tcp))$/.exec(port) ?? [];
    return { address, published, inside };
  });

/** Whether a service listens at this address within the network of the containers. */
function isReachable(address: string): boolean {
  const { hostname, port } = new URL(address);
  const service = compose.services[hostname];
  return service !== undefined && portsOf(service).some(({ inside }) => inside === `${port}/tcp`);
}

const targetOf = (volume: string): string => volume.split(':')[1] ?? '';

t.test(
  'compose.yaml starts the service, Prometheus, Alertmanager and Grafana, with fixed versions and health checks',
  async (t) => {
    t.same(Object.keys(compose.services).sort(), ['alertmanager', 'grafana', 'prometheus', 'quovadis-watch', 'tokens']);
    for (const [name, { image, restart, healthcheck, depends_on: before = {} }] of services) {
      t.match(image, /:(?:v?\d+\.\d+\.\d+|local)$/, `${name} has a version`);
      t.equal(restart, name === 'tokens' ? 'on-failure' : 'unless-stopped', name);
      t.ok(healthcheck?.test?.includes('CMD') || dockerfile('HEALTHCHECK').length > 0, `${name} has a health check`);
      for (const [other, { condition }] of Object.entries(before)) {
        const wanted = other === 'tokens' ? 'service_completed_successfully' : 'service_healthy';
        t.ok(compose.services[other] !== undefined && condition === wanted, `${name} waits for ${other}`);
      }
    }
    t.ok(watch.depends_on?.['tokens'] && compose.services['prometheus']?.depends_on?.['tokens']);
    t.same(watch.build, { context: '..', dockerfile: 'Dockerfile' });
    t.notOk(watch.healthcheck, 'the health check of the service is that of its image');
  },
);

t.test('compose.yaml publishes the ports of the image, but only those of syslog to other machines', async (t) => {
  const exposed = dockerfile('EXPOSE').map((port) => (port.includes('/') ? port : `${port}/tcp`));
  t.same(
    portsOf(watch)
      .map(({ inside }) => inside)
      .sort(),
    exposed.sort(),
  );
  const open = services.flatMap(([, service]) => portsOf(service).filter(({ address }) => address !== '127.0.0.1'));
  t.same(
    open.map(({ inside }) => inside),
    ['514/udp', '514/tcp'],
  );
  const published = services.flatMap(([, service]) =>
    portsOf(service).map(({ published, inside }) => `${published} ${inside}`),
  );
  t.equal(new Set(published).size, published.length, 'each port once');
});

t.test('compose.yaml mounts existing files, and has a volume for the data of each service', async (t) => {
  const mounts = services.flatMap(([, { volumes }]) => volumes);
  for (const mount of mounts) {
    const [source = '', , mode] = mount.split(':');
    if (source.startsWith('.')) {
      t.ok(existsSync(join(deploy, source)), source);
      t.equal(mode, 'ro', source);
    } else t.ok(source in compose.volumes, source);
  }
  const named = mounts.map((mount) => mount.split(':')[0]).filter((source) => !source?.startsWith('.'));
  t.same([...new Set(named)].sort(), Object.keys(compose.volumes).sort());
  t.ok(watch.volumes.map(targetOf).includes(imageEnvironment['QUOVADIS_DATA'] ?? ''), 'the data of the service');
  for (const [name, { command = [], volumes }] of services) {
    for (const [, path = ''] of command.join('\n').matchAll(/(?:file|path)=(\/.*)$/gm)) {
      t.ok(volumes.map(targetOf).includes(path), `${name}: ${path} is mounted`);
    }
  }
});

t.test('compose.yaml configures the service with variables of the configuration, and has no secrets', async (t) => {
  const known = new Set(configKeys.map(environmentName));
  const variables = services.flatMap(([, { environment = {} }]) => Object.keys(environment));
  for (const name of variables) {
    if (name.startsWith('QUOVADIS_')) t.ok(known.has(name), name);
    t.notMatch(name, /PASSWORD|SECRET|(?:TOKENS?|KEY)$/, name);
  }
  const environment = { ...imageEnvironment, ...watch.environment, ...tokenFiles(makeTokens(t)) };
  const { sinks, http } = loadConfig({ environment, flags: {} });
  t.same(exposureProblems(http), [], 'all interfaces of the container, with tokens');
  t.match(sinks, [{ kind: 'alertmanager', resendMs: 60_000 }]);
  for (const sink of sinks) if (sink.kind === 'alertmanager') for (const url of sink.urls) t.ok(isReachable(url), url);
  const { port = '' } = new URL(`${http.publicUrl}`);
  t.ok(
    portsOf(watch).some(({ address, published }) => address === '127.0.0.1' && published === port),
    http.publicUrl ?? '',
  );
});

/** Does what the container `tokens` does, in this directory. */
function makeTokens(t: Test, directory = temporaryDirectory(t)): string {
  const [program = '', ...args] = compose.services['tokens']?.command ?? [];
  const own = args.map((arg) => arg.replaceAll('$$', '$').replaceAll('/tokens', directory));
  const { status, stderr } = spawnSync(program, own, { encoding: 'utf8' });
  t.equal(status, 0, stderr);
  return directory;
}

/** The variables of compose.yaml that name a file in the volume of tokens, as files in this directory. */
function tokenFiles(directory: string): Record<string, string> {
  const files = Object.entries(watch.environment ?? {}).filter(([, value]) => value.startsWith('/tokens/'));
  return Object.fromEntries(files.map(([name, file]) => [name, file.replace('/tokens', directory)]));
}

t.test('compose.yaml makes tokens once; the service takes them, and Prometheus may read one of them', async (t) => {
  const directory = makeTokens(t);
  const tokenOf = (name: string) => read(join(directory, name));
  const [reading, writing] = [tokenOf('read'), tokenOf('write')];
  for (const token of [reading, writing]) t.match(token, /^[0-9a-f]{48}$/);
  t.not(reading, writing);
  const modeOf = (name: string) => statSync(join(directory, name)).mode & 0o777;
  t.same([modeOf('read'), modeOf('write')], [0o440, 0o600]);
  // The group of the user `node` of the image.
  t.same(compose.services['prometheus']?.group_add, ['1000']);
  makeTokens(t, directory);
  t.same([tokenOf('read'), tokenOf('write')], [reading, writing], 'a second start changes nothing');
  const { http } = loadConfig({ environment: tokenFiles(directory), flags: {} });
  t.match(http, { readTokens: [reading], writeTokens: [writing] });
  t.ok(watch.volumes.includes('quovadis-tokens:/tokens:ro'));
  t.ok(compose.services['prometheus']?.volumes.includes('quovadis-tokens:/etc/prometheus/tokens:ro'));
  const { scrape_configs } = readYaml<PrometheusConfig>('compose/prometheus.yaml');
  for (const { authorization } of scrape_configs)
    t.same(authorization, { credentials_file: '/etc/prometheus/tokens/read' });
});

type Scrape = {
  readonly authorization?: { readonly credentials_file: string };
  readonly job_name: string;
  readonly metrics_path: string;
  readonly scrape_interval?: string;
  readonly static_configs: readonly { readonly targets: readonly string[] }[];
};
type PrometheusConfig = {
  readonly global: Readonly<Record<string, string>>;
  readonly rule_files: readonly string[];
  readonly alerting: { readonly alertmanagers: readonly Pick<Scrape, 'static_configs'>[] };
  readonly scrape_configs: readonly Scrape[];
};

t.test('compose/prometheus.yaml is prometheus/prometheus.yaml with the addresses of containers', async (t) => {
  const config = readYaml<PrometheusConfig>('compose/prometheus.yaml');
  const addressed = [...config.scrape_configs, ...config.alerting.alertmanagers];
  const targets = addressed.flatMap((each) => each.static_configs.flatMap((group) => group.targets));
  t.equal(targets.length, 3);
  for (const target of targets) t.ok(isReachable(`http://${target}`), target);
  const containers = (text: string) => {
    const open = text.replaceAll(/^ +authorization: .*\n/gm, '');
    return parse(open.replaceAll(/\b(?:[\w-]+|127\.0\.0\.1):(\d+)\b/g, 'somewhere:$1'));
  };
  t.same(
    containers(read(join(deploy, 'compose/prometheus.yaml'))),
    containers(read(join(deploy, 'prometheus/prometheus.yaml'))),
  );
  const mounted = (compose.services['prometheus'] as Service).volumes.map(targetOf);
  t.same(config.rule_files, ['rules/*.yaml']);
  t.ok(mounted.includes('/etc/prometheus/rules'), 'the rules are beside it');
});

t.test('Grafana is given its sources, and finds its dashboards where they are mounted', async (t) => {
  type Sources = {
    readonly datasources: readonly { readonly type: string; readonly uid: string; readonly url: string }[];
  };
  const { datasources } = readYaml<Sources>('grafana/provisioning/datasources/quovadis.yaml');
  t.same(
    datasources.map(({ type }) => type),
    ['prometheus', 'alertmanager'],
  );
  for (const { url } of datasources) t.ok(isReachable(url), url);
  type Providers = { readonly providers: readonly { readonly options: { readonly path: string } }[] };
  const { providers } = readYaml<Providers>('grafana/provisioning/dashboards/quovadis.yaml');
  const { volumes, environment = {} } = compose.services['grafana'] as Service;
  for (const { options } of providers) {
    t.ok(volumes.includes(`./grafana/dashboards:${options.path}:ro`), options.path);
    t.equal(environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'], `${options.path}/fleet.json`);
  }
  t.ok(existsSync(join(deploy, 'grafana/dashboards/fleet.json')));
});

t.test(
  'promtool finds nothing wrong with compose/prometheus.yaml',
  { skip: missing('promtool', 'prometheus') },
  async (t) => {
    const file = join(deploy, 'compose/prometheus.yaml');
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'config', '--syntax-only', file]);
    t.equal(status, 0, `${stdout}${stderr}`);
  },
);

const alertmanagerFile = join(deploy, 'alertmanager.yaml');
const skipAmtool = missing('amtool', 'prometheus-alertmanager');

t.test('amtool finds nothing wrong with alertmanager.yaml', { skip: skipAmtool }, async (t) => {
  const { status, stdout, stderr } = spawnSync('amtool', ['check-config', alertmanagerFile]);
  t.equal(status, 0, `${stdout}${stderr}`);
});

const ofPlant = { plant: 'plant-a', advisory: advisory.id };

t.test(
  'alertmanager.yaml routes urgent alerts to the pager, and all others to the mail',
  { skip: skipAmtool },
  async (t) => {
    const receiverOf = (labels: Readonly<Record<string, string>>): string => {
      const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
      const args = ['config', 'routes', 'test', `--config.file=${alertmanagerFile}`, ...pairs];
      return spawnSync('amtool', args, { encoding: 'utf8' }).stdout.trim();
    };
    for (const severity of severities) {
      const receiver = severity === 'warning' ? 'mail' : 'pager';
      t.equal(
        receiverOf({ alertname: DEVICE_ALERT, device: 'sw-a', severity, ...ofPlant }),
        receiver,
        `device, ${severity}`,
      );
      t.equal(receiverOf({ alertname: PLANT_ALERT, severity, ...ofPlant }), receiver, `plant, ${severity}`);
      t.equal(
        receiverOf({ alertname: 'QuoVadisDown', severity, job: 'quovadis-watch' }),
        receiver,
        `rule, ${severity}`,
      );
    }
    t.equal(
      receiverOf({ alertname: 'SomethingElse', severity: 'critical' }),
      'mail',
      'an alert of another system pages nobody',
    );
  },
);

type Route = {
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly matchers?: readonly string[];
};

t.test('alertmanager.yaml groups by plant, and has only addresses that do not exist', async (t) => {
  const { route } = readYaml<{ route: { routes: readonly Route[] } }>('alertmanager.yaml');
  const [own] = route.routes;
  t.match(own, { group_by: ['plant', 'advisory'], group_wait: '30s' });
  const [, pattern = ''] = /^alertname=~"(.*)"$/.exec(own?.matchers?.[0] ?? '') ?? [];
  for (const name of [DEVICE_ALERT, PLANT_ALERT]) t.match(name, new RegExp(`^(?:${pattern})$`));
  const urls = [...read(alertmanagerFile).matchAll(/^ +- url: (.*)$/gm)].map(([, url = '']) => new URL(url).hostname);
  t.ok(urls.length > 0);
  for (const host of urls) t.match(host, /^192\.0\.2\.|\.example\.net$/, host);
});

type Alert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly inhibitedBy: readonly string[] };
};

t.test(
  'Alertmanager inhibits alerts that the alert of their plant, or of a higher severity, includes',
  { skip: missing('prometheus-alertmanager', 'prometheus-alertmanager') },
  async (t) => {
    const api = await alertmanager(t);
    const alerts = [
      { alertname: PLANT_ALERT, severity: 'major', ...ofPlant },
      { alertname: DEVICE_ALERT, severity: 'critical', device: 'sw-a', ...ofPlant },
      { alertname: DEVICE_ALERT, severity: 'major', device: 'sw-b', ...ofPlant, plant: 'plant-b' },
      { alertname: DEVICE_ALERT, severity: 'major', device: 'sw-c', ...ofPlant, advisory: 'another' },
      { alertname: DEVICE_ALERT, severity: 'warning', device: 'sw-b', ...ofPlant, plant: 'plant-b' },
      { alertname: DEVICE_ALERT, severity: 'warning', device: 'sw-d', ...ofPlant, plant: 'plant-b' },
      ...severities.map((severity) => ({ alertname: PLANT_ALERT, severity, ...ofPlant, plant: 'plant-e' })),
      { alertname: 'QuoVadisIncidentOpen', severity: 'critical', plant: 'plant-a', job: 'quovadis-watch-devices' },
      { alertname: 'QuoVadisGraceOver', severity: 'critical', plant: 'plant-a', job: 'quovadis-watch-devices' },
    ];
    const body = JSON.stringify(alerts.map((labels) => ({ labels })));
    const headers = { 'content-type': 'application/json' };
    const posted = await fetch(`${api}/alerts`, { method: 'POST', headers, body });
    t.equal(posted.status, 200, await posted.text());
    // Alertmanager accepts an alert at once, but inhibits others only after its next evaluation.
    let inhibited: Alert[] = [];
    for (let tries = 0; tries < 100 && inhibited.length < 5; tries++) {
      const all = (await (await fetch(`${api}/alerts`)).json()) as Alert[];
      inhibited = all.filter(({ status }) => status.inhibitedBy.length > 0);
    }
    const names = inhibited.map(
      ({ labels }) => `${labels['alertname']} ${labels['device'] ?? labels['plant']} ${labels['severity']}`,
    );
    t.same(
      names.sort(),
      [
        ...['QuoVadisIncidentOpen plant-a critical', `${DEVICE_ALERT} sw-a critical`, `${DEVICE_ALERT} sw-b warning`],
        ...[`${PLANT_ALERT} plant-e major`, `${PLANT_ALERT} plant-e warning`],
      ].sort(),
    );
  },
);

/**
 * Starts an Alertmanager with alertmanager.yaml, but with receivers that nobody listens to. Returns the URL of its API.
 */
async function alertmanager(t: Test): Promise<string> {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'alertmanager.yaml');
  writeFileSync(file, read(alertmanagerFile).replaceAll(/(- url:) .*/g, '$1 http://127.0.0.1:9/'));
  const child = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${file}`,
      `--storage.path=${directory}`,
      '--web.listen-address=127.0.0.1:0',
      '--cluster.listen-address=',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  t.teardown(() => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stderr })) {
    const [, address] = /msg="Listening on" address=(\S+)/.exec(line) ?? [];
    if (address === undefined) continue;
    child.stderr.resume();
    return `http://${address}/api/v2`;
  }
  throw new Error('Alertmanager ended before it listened');
}
