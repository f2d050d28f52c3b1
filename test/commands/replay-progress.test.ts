import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { replay } from '../../src/commands/replay.ts';
import { BODIES, temporaryDirectory } from '../given.ts';

/** The bar writes this when it stops: line wrapping on. Until then the timer of the bar keeps the process alive. */
const STOPPED = '\u001b[?7h';

t.test('replay() stops its progress bar also when it fails', async (t) => {
  const file = join(temporaryDirectory(t), 'broken.log.gz');
  const lines = Array.from({ length: 1000 }, (_, index) => `<187>${index}: sw-a: ${BODIES.chatter} ${index * index}`);
  writeFileSync(file, gzipSync(lines.join('\n')).subarray(0, -100));
  const screen = Object.assign(new PassThrough(), { isTTY: true });
  const options = { zone: 'UTC', json: true };
  await t.rejects(replay([file], options, screen as unknown as NodeJS.WriteStream), { code: 'QVW_FILE_UNREADABLE' });
  t.ok(String(screen.read()).includes(STOPPED));
});
