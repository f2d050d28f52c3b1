/** Long captures are read in a thread: with the same result, while the event loop goes on. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { readCapture } from '../../src/core/capture/capture.ts';
import { limits } from '../../src/core/model/limits.ts';
import { CaptureReader } from '../../src/operate/capture-reader.ts';
import { advisory } from '../given.ts';

const sample = readFileSync(new URL('../../samples/captures/license-all-classic-failing.txt', import.meta.url), 'utf8');

t.test('CaptureReader reads a long capture as a short one, and other work goes on meanwhile', async (t) => {
  const reader = new CaptureReader(advisory);
  t.teardown(() => reader.end());
  const long = `${sample}\n${'sw-x#show users\nnobody\n'.repeat(limits.captureAtOnce / 20)}`;
  for (const text of [sample, long, Buffer.from(long)]) {
    let turns = 0;
    const turn = () => {
      turns++;
      timer = setImmediate(turn);
    };
    let timer = setImmediate(turn);
    t.strictSame(await reader.read(text), readCapture(text, advisory));
    clearImmediate(timer);
    if (text.length > limits.captureAtOnce) t.ok(turns > 1, `the event loop has turned ${turns} times`);
  }
});

t.test('CaptureReader refuses what is beyond the bound in one line', async (t) => {
  const reader = new CaptureReader(advisory);
  const { captures, refused } = await reader.read(Buffer.alloc(limits.captureBytes + 1, 'x'));
  t.same(captures, []);
  t.match(refused, [{ why: 'too-large', text: /^The text is longer than 32 MiB: split it/ }]);
  await reader.end();
});
