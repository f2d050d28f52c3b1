import t from 'tap';
import { certificateEnd } from '../src/config/certificate-end.ts';
import { DescriptorWatch } from '../src/descriptor-watch.ts';
import { oldLimit } from '../src/heap-watch.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

t.test('DescriptorWatch counts each shortage, logs one a minute, and is a problem for 10 s', async (t) => {
  let now = 0;
  let found: Error | null = null;
  const logged: unknown[] = [];
  const log = { error: (fields: { use: string }) => logged.push(fields.use) };
  const probe = () => {
    if (found !== null) throw found;
  };
  const watch = new DescriptorWatch(['tcp'], { log: log as never, monotonic: () => now, probe });
  watch.check();
  t.same([watch.counts, watch.problem(), logged], [{ tcp: 0, check: 0 }, null, []]);
  for (const code of ['EMFILE', 'ENFILE']) {
    found = failure(code);
    watch.check();
  }
  t.same(watch.counts, { tcp: 0, check: 2 });
  t.match(watch.problem(), /used up/);
  found = failure('EACCES');
  watch.check();
  t.equal(watch.counts['check'], 2, 'another failure is no shortage');
  now = 9999;
  t.not(watch.problem(), null);
  now = 10_000;
  t.equal(watch.problem(), null);
  now = 59_999;
  watch.onShort('tcp', 5);
  t.same(logged, ['check'], 'once a minute');
  now = 60_000;
  watch.onShort('tcp', 5);
  t.same([watch.counts, logged], [{ tcp: 10, check: 2 }, ['check', 'tcp']]);
});

t.test('oldLimit() is what V8 gives the old objects, by its options or by its defaults', async (t) => {
  const MIB = 1024 * 1024;
  for (const [heapMib, options, expected] of [
    [4288, [], 4096],
    [256, ['--max-old-space-size=64'], 64],
    [256, ['--max_old_space_size=64'], 64],
    [160, ['--max-semi-space-size=32', '--max-old-space-size=64'], 64],
    [4192, ['--max-semi-space-size=32'], 4096],
    [700, ['--max-old-space-size=64', '--max-old-space-size=508'], 508],
    [4288, ['--max-old-space-size=0'], 4096],
  ] as const)
    t.equal(oldLimit(heapMib * MIB, options) / MIB, expected, `${heapMib} ${options.join(' ')}`);
});

t.test('certificateEnd() of bytes without a certificate is null', async (t) => {
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
  for (const text of ['', 'no PEM', broken, `${broken}\n${broken}`])
    t.equal(certificateEnd(Buffer.from(text)), null, text);
});
