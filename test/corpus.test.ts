/** Public lines of other authors. The corpus is not part of the project; the tests are skipped if it is absent. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ArchiveTime } from '../src/core/read/event-time.ts';
import { Pipeline } from '../src/pipeline/pipeline.ts';
import { MemoryStore } from '../src/store/memory/store.ts';
import { projectionOf } from '../src/store/projection.ts';
import { advisory, frameOf, makeReader } from './given.ts';

const folder = fileURLToPath(new URL('../../shared/corpus/', import.meta.url));
const skip = existsSync(folder) ? false : 'the public corpus is not beside this checkout';

const NO_HOST = /^(?:\d+|[A-Z]{3,4}T?|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))$/;

/** IOS-XR writes `SECURITY-PKI`. */
const facilityOf = (path: string) => (path.split('-').includes('PKI') ? 'PKI' : path.toUpperCase());

const golden = fileURLToPath(new URL('./corpus-golden.json', import.meta.url));
const END = Date.parse('2024-01-01T00:00:00Z');

/** By file: for each line the device, its own time, the quality of the time, and the outcome; not the line itself. */
type Read = Record<string, (string | null)[][]>;

t.test('makeReader() reads the public corpus as in its golden', { skip }, async (t) => {
  const found: Read = {};
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.log'))) {
    const read = makeReader(advisory, new ArchiveTime(END, () => 0));
    found[file] = [];
    for (const line of readFileSync(`${folder}${file}`, 'utf8').split('\n').filter(Boolean)) {
      const { outcome, device, deviceTime, timeQuality, facility, severity, mnemonic } = read(frameOf(line));
      found[file].push([device, deviceTime, timeQuality, outcome]);
      const code = /%([A-Za-z0-9_-]+)-([0-7])-([A-Z0-9_]+)/.exec(line);
      if (code !== null) {
        const expected = [facilityOf(code[1] as string), code[2], code[3]];
        t.same([facility, `${severity}`, mnemonic?.split('-')[0]], expected, `${file}: ${line}`);
        t.not(outcome, 'no-core');
      }
      if (device !== null) t.notMatch(device, NO_HOST, `${file}: a host, not a counter, zone, day or month: ${line}`);
    }
  }
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(golden, `${JSON.stringify(found)}\n`);
  t.same(found, JSON.parse(readFileSync(golden, 'utf8')), 'device and stamp of every line');
});

t.test('Pipeline.run() opens no incident for the public corpus', { skip }, async (t) => {
  const store = new MemoryStore(projectionOf(advisory));
  const pipeline = new Pipeline({ store, advisory, time: new ArchiveTime(END, () => 0), clock: () => 0 });
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.log'))) {
    const lines = readFileSync(`${folder}${file}`, 'utf8').split('\n').filter(Boolean);
    await pipeline.run(
      lines.map((line) => frameOf(line)),
      END,
    );
  }
  t.same((await store.incidents({ limit: 10 })).rows, []);
});
