/** Public lines that nobody here wrote. They are not part of the project: where they are absent this skips. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { makeReader } from '../src/core/read-line.ts';
import { ArchiveTime } from '../src/core/timekeeper.ts';
import { advisory, frameOf } from './given.ts';

const folder = fileURLToPath(new URL('../../shared/corpus/', import.meta.url));
const skip = existsSync(folder) ? false : 'the public corpus is not beside this checkout';

/** IOS-XR writes `SECURITY-PKI`. */
const folded = (path: string) => (path.split('-').includes('PKI') ? 'PKI' : path.toUpperCase());

t.test('makeReader() reads the public corpus', { skip }, async (t) => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.log'))) {
    const read = makeReader(advisory, new ArchiveTime(Date.parse('2024-01-01T00:00:00Z'), () => 0));
    for (const line of readFileSync(`${folder}${file}`, 'utf8').split('\n').filter(Boolean)) {
      const { outcome, device, facility, severity, mnemonic } = read(frameOf(line));
      const core = /%([A-Za-z0-9_-]+)-([0-7])-([A-Z0-9_]+)/.exec(line);
      if (core !== null) {
        t.same(
          [facility, `${severity}`, mnemonic?.split('-')[0]],
          [folded(core[1] as string), core[2], core[3]],
          `${file}: ${line}`,
        );
        t.notMatch(outcome, 'no-core');
      }
      if (device !== null) {
        t.notMatch(
          device,
          /^(?:\d+|[A-Z]{3,4}T?|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))$/,
          `${file}: a host, not a counter, zone, day or month: ${line}`,
        );
      }
    }
  }
});
