/** The Helm chart, rendered by Helm for each file of its folder ci: valid for Kubernetes, and for the program that it starts. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { parse, parseAllDocuments } from 'yaml';
import { exposureProblems } from '../../src/config/exposure.ts';
import { loadConfig } from '../../src/config/load.ts';
import { temporaryDirectory } from '../given.ts';
import { certificate, withoutOpenssl } from '../receive/certificate.ts';
import { HELM, importPeer, missingPeer } from './npm-peers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHART = join(ROOT, 'deploy/helm/quovadis-watch');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Where the schemas of a kind are, by its apiVersion. */
const MODELS: Readonly<Record<string, string>> = {
  v1: 'kubernetes-models/v1',
  'apps/v1': 'kubernetes-models/apps/v1',
  'policy/v1': 'kubernetes-models/policy/v1',
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
};

type Port = { name: string; containerPort: number; protocol: string };
type Container = {
  args: string[];
  env: { name: string; value?: string; valueFrom?: object }[];
  ports: Port[];
  volumeMounts: { name: string; mountPath: string }[];
  securityContext: { readOnlyRootFilesystem: boolean };
} & Record<'startupProbe' | 'livenessProbe' | 'readinessProbe', { httpGet: { port: string } }>;
type Pod = { containers: [Container]; volumes: { name: string }[] };
type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  spec: {
    groups?: unknown;
    ports?: { port: number; targetPort: string; protocol?: string }[];
    publishNotReadyAddresses?: boolean;
    endpoints?: { path: string; relabelings: { replacement: string }[] }[];
    template?: { spec: Pod };
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
};

const helm = (...args: readonly string[]) => spawnSync(HELM, args, { encoding: 'utf8' });
const render = (...args: readonly string[]) => helm('template', 'quovadis', CHART, '--namespace', 'watch', ...args);

function rendered(t: Test, values: string): Manifest[] {
  const { status, stdout, stderr } = render('--values', join(CHART, 'ci', values));
  t.equal(status, 0, stderr);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

const ofKind = (manifests: readonly Manifest[], kind: string) => manifests.filter((one) => one.kind === kind);
const podOf = (manifests: readonly Manifest[]) => ofKind(manifests, 'StatefulSet')[0]?.spec.template?.spec as Pod;

const cases = readdirSync(join(CHART, 'ci'));
const skip = missingPeer('helm/helm', ...Object.values(MODELS)) || withoutOpenssl;

t.test('the chart has the version of package.json', async (t) => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  t.match(parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')), { version, appVersion: version });
});

for (const values of cases) {
  t.test(`the chart with ${values}`, { skip }, async (t) => {
    const linted = helm('lint', '--strict', CHART, '--values', join(CHART, 'ci', values));
    t.equal(linted.status, 0, linted.stdout);
    const manifests = rendered(t, values);
    const pod = podOf(manifests);
    const [container] = pod.containers;

    t.test('is valid for Kubernetes', async (t) => {
      for (const manifest of manifests) {
        const models = await importPeer<Record<string, new (data: object) => { validate(): void }>>(
          `${MODELS[manifest.apiVersion]}/index.js`,
        );
        const Model = models[manifest.kind];
        if (Model === undefined) throw new Error(`no schema of ${manifest.apiVersion} ${manifest.kind}`);
        t.doesNotThrow(() => new Model(manifest).validate(), `${manifest.kind} ${manifest.metadata.name}`);
      }
    });

    t.test('starts the program as its image does, with a configuration that is valid', async (t) => {
      const command = JSON.parse(/^CMD (.*)$/m.exec(read('Dockerfile'))?.[1] ?? '') as string[];
      t.same(container.args, [...command, '--config', '/config/quovadis.yaml']);
      const { file, environment } = configuration(t, manifests);
      const config = loadConfig({ file, environment, flags: {} });
      t.same(exposureProblems(config.http), [], 'all interfaces of the pod, with tokens');
      t.equal(config.data, '/data');
      t.ok(container.volumeMounts.some(({ mountPath }) => mountPath === config.data));
      t.ok(container.securityContext.readOnlyRootFilesystem);
      const listeners = { ...config.syslog, http: config.http.listen, probe: config.http.probe };
      const listening = Object.entries({ ...listeners, tls: listeners.tls?.listen, relp: listeners.relp?.listen });
      const ports = container.ports.map(({ name, containerPort, protocol }) => {
        const [, address] = listening.find(([listener]) => listener === name.replace('syslog-', '')) ?? [];
        t.equal(address, `0.0.0.0:${containerPort}`, name);
        t.equal(protocol, name === 'syslog-udp' ? 'UDP' : 'TCP', name);
        return name;
      });
      t.equal(new Set(ports).size, ports.length);
    });

    t.test('has ports and volumes that fit each other', async (t) => {
      const named = new Map(container.ports.map(({ name, protocol }) => [name, protocol]));
      for (const service of ofKind(manifests, 'Service')) {
        for (const { targetPort, protocol = 'TCP' } of service.spec.ports ?? [])
          t.equal(named.get(targetPort), protocol, `${service.metadata.name} ${targetPort}`);
      }
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const)
        t.equal(container[probe].httpGet.port, 'probe');
      const claims = ofKind(manifests, 'StatefulSet')[0]?.spec.volumeClaimTemplates ?? [];
      const volumes = [...pod.volumes.map(({ name }) => name), ...claims.map(({ metadata }) => metadata.name)];
      t.same(container.volumeMounts.map(({ name }) => name).sort(), volumes.sort());
    });
  });
}

/** The file of the ConfigMap and the variables of the container, with the Secrets in a folder. */
function configuration(t: Test, manifests: readonly Manifest[]) {
  const secrets = temporaryDirectory(t);
  const { cert, key } = certificate(secrets, 'tls');
  const files: Readonly<Record<string, string>> = {
    'quovadis-tokens/read': 'ad2fc5a1b0e94c6d8f7e\n',
    'quovadis-tokens/write': '5b1f09c2d37e48a6bb40\n',
    'quovadis-tls/tls.crt': readFileSync(cert, 'utf8'),
    'quovadis-tls/tls.key': readFileSync(key, 'utf8'),
    'quovadis-postgresql-ca/ca.crt': readFileSync(cert, 'utf8'),
  };
  for (const folder of ['quovadis-tokens', 'quovadis-tls', 'quovadis-postgresql-ca']) mkdirSync(join(secrets, folder));
  for (const [path, content] of Object.entries(files)) writeFileSync(join(secrets, path), content);
  const file = join(secrets, 'quovadis.yaml');
  const inFolder = (text: string) => text.replaceAll('/secrets', secrets);
  writeFileSync(file, inFolder(ofKind(manifests, 'ConfigMap')[0]?.data?.['quovadis.yaml'] ?? ''));
  const { env } = podOf(manifests).containers[0];
  const environment = Object.fromEntries(env.map(({ name, value = 'quovadis-0' }) => [name, inFolder(value)]));
  return { file, environment };
}

t.test('Prometheus has the rules and the jobs of deploy/prometheus', { skip }, async (t) => {
  const manifests = rendered(t, 'one.yaml');
  const folder = 'deploy/prometheus/rules';
  const groups = readdirSync(join(ROOT, folder)).flatMap((file) => parse(read(join(folder, file))).groups);
  t.same(ofKind(manifests, 'PrometheusRule')[0]?.spec.groups, groups);
  type Job = { job_name: string; metrics_path: string };
  const { scrape_configs } = parse(read('deploy/prometheus/prometheus.yaml')) as { scrape_configs: Job[] };
  const endpoints = ofKind(manifests, 'ServiceMonitor')[0]?.spec.endpoints ?? [];
  t.same(
    endpoints.map(({ path, relabelings }) => [relabelings[0]?.replacement, path]),
    scrape_configs.map(({ job_name, metrics_path }) => [job_name, metrics_path]),
  );
});

t.test('one instance takes lines before it is ready, several leave them to each other', { skip }, async (t) => {
  const taken = (values: string) =>
    rendered(t, values).find(({ metadata }) => metadata.name === 'quovadis-syslog')?.spec.publishNotReadyAddresses;
  t.same([taken('one.yaml'), taken('several.yaml')], [true, false]);
});

t.test('values that cannot work are refused in words', { skip }, async (t) => {
  t.match(render(), { status: 1, stderr: /http\.tokensSecret is needed: the name of a Secret/ });
  t.match(render('--set', 'replicas=2,http.tokensSecret=a'), {
    status: 1,
    stderr: /several instances need postgresql\.url/,
  });
});
