/** Types are made of the document of a real service; the client compiles against them, and works. */
import { execFile } from 'node:child_process';
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { get, incidentsOf, running, until } from '../app/running.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { acknowledge, incidentsIn, isAffected } from './client.ts';
import { type ApiDocument, typesOf } from './types-of.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const here = join(root, 'test', 'typed-client');
const GENERATED = 'api.gen.ts';

t.test('The client compiles against types of the document as it is now', async (t) => {
  const service = await running(t);
  const types = typesOf(await get<ApiDocument>(`${service.api}/openapi.json`));
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(join(here, GENERATED), types);
  const directory = temporaryDirectory(t);
  copyFileSync(join(here, 'client.ts'), join(directory, 'client.ts'));
  writeFileSync(join(directory, GENERATED), types);
  const packages = join(root, 'node_modules');
  const compilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, module: 'nodenext', target: 'es2024', types: [] },
    ...{ allowImportingTsExtensions: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    lib: ['es2024', 'dom', 'dom.iterable'],
  };
  symlinkSync(packages, join(directory, 'node_modules'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['client.ts'] }));
  const tsc = join(packages, '.bin', 'tsc');
  const failure = await promisify(execFile)(tsc, ['-p', directory]).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
  t.equal(failure, '');
});

t.test('The client reads, pages and writes', async (t) => {
  const service = await running(t);
  const sender = await openSender('tcp', service.addresses.tcp as { host: string; port: number });
  for (const device of ['sw-a', 'sw-b'])
    for (const [number, body] of [BODIES.callHome205, BODIES.commFailed].entries())
      await sender.line(Buffer.from(`<187>${number + 12}: ${device}: Mar  1 18:46:11.12${number}: ${body}`));
  await sender.end();
  await until(
    () => incidentsOf(service.api),
    (incidents) => incidents.length === 2,
  );
  const found = await incidentsIn(service.api, 'suspected');
  t.strictSame(found.map(({ id }) => id).sort(), ['qv-sw-a-1', 'qv-sw-b-1']);
  t.equal(await acknowledge(service.api, 'qv-sw-a-1', 'kim'), 'suspected');
  t.match(await acknowledge(service.api, 'qv-none-1', 'kim'), /^404: there is no incident/);
  t.equal(await isAffected(service.api, '17.3.3', 'IE-3300-8T2S'), 'affected');
});
