/** A real Prometheus, configured as in deploy/compose, scrapes a service whose metrics need a token. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { defaults } from '../../src/config/schema.ts';
import { temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';
import { freePort, get, peer, running, until } from './running.ts';

const deployed = fileURLToPath(new URL('../../deploy/compose/prometheus.yaml', import.meta.url));

type Job = {
  authorization: { credentials_file: string };
  scrape_interval: string;
  static_configs: { targets: string[] }[];
};
type Targets = { data: { activeTargets: { health: string; lastError: string }[] } };

t.test(
  'Prometheus reads a token from its file at each scrape',
  { skip: missing('prometheus', 'prometheus') },
  async (t) => {
    const directory = temporaryDirectory(t);
    const token = randomBytes(24).toString('hex');
    const http = { ...defaults.http, listen: '127.0.0.1:0', readTokens: [token], metrics: 'token' as const };
    const service = await running(t, { http });
    const credentials = join(directory, 'read');
    writeFileSync(credentials, randomBytes(24).toString('hex'));
    const { scrape_configs } = parse(readFileSync(deployed, 'utf8')) as { scrape_configs: Job[] };
    for (const job of scrape_configs) {
      job.authorization.credentials_file = credentials;
      job.scrape_interval = '1s';
      job.static_configs = [{ targets: [new URL(service.api).host] }];
    }
    const file = join(directory, 'prometheus.yaml');
    writeFileSync(file, stringify({ global: { scrape_interval: '1s' }, scrape_configs }));
    const port = await freePort();
    const api = `http://127.0.0.1:${port}`;
    const flags = [
      `--config.file=${file}`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const ready = async () => {
      if (!(await fetch(`${api}/-/ready`)).ok) throw new Error('Prometheus is not ready');
    };
    await peer(t, 'prometheus', [...flags, '--log.level=warn'], ready);
    const targets = async () => (await get<Targets>(`${api}/api/v1/targets?state=active`)).data.activeTargets;
    const are = (health: string) =>
      until(targets, (all) => all.length === 2 && all.every((target) => target.health === health));
    for (const { lastError } of await are('down')) t.match(lastError, /401 Unauthorized/);
    writeFileSync(credentials, `${token}\n`);
    for (const { lastError } of await are('up')) t.equal(lastError, '');
  },
);
