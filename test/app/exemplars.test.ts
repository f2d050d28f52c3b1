/** A real Prometheus asks for OpenMetrics by itself, and keeps the exemplars. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { stringify } from 'yaml';
import { openSender } from '../../src/commands/send.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';
import { freePort, get, incidentsOf, peer, running, until } from './running.ts';

type Found = { data: { exemplars: { labels: Record<string, string>; value: string }[] }[] };

t.test('Prometheus knows the last incident of a change', { skip: missing('prometheus', 'prometheus') }, async (t) => {
  const service = await running(t);
  const directory = temporaryDirectory(t);
  const file = join(directory, 'prometheus.yaml');
  const job = { job_name: 'quovadis-watch', static_configs: [{ targets: [new URL(service.api).host] }] };
  writeFileSync(file, stringify({ global: { scrape_interval: '1s' }, scrape_configs: [job] }));
  const port = await freePort();
  const api = `http://127.0.0.1:${port}`;
  const flags = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${directory}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--enable-feature=exemplar-storage',
  ];
  const ready = async () => {
    if (!(await fetch(`${api}/-/ready`)).ok) throw new Error('Prometheus is not ready');
  };
  await peer(t, 'prometheus', [...flags, '--log.level=warn'], ready);
  const sender = await openSender('tcp', service.addresses.tcp as { host: string; port: number });
  for (const [number, body] of [BODIES.callHome205, BODIES.commFailed].entries())
    await sender.line(Buffer.from(`<187>${number + 12}: sw-a: Mar  1 18:46:11.12${number}: ${body}`));
  await sender.end();
  await until(
    () => incidentsOf(service.api),
    (incidents) => incidents.length === 1,
  );
  const query = new URLSearchParams({
    query: 'quovadis_incident_transitions_total{to="suspected"}',
    start: '0',
    end: `${Date.now() / 1000 + 3600}`,
  });
  const [series] = await until(
    async () => (await get<Found>(`${api}/api/v1/query_exemplars?${query}`)).data,
    (found) => found.length > 0,
  );
  t.match(series?.exemplars[0], { labels: { incident: 'qv-sw-a-1' }, value: '1' });
});
