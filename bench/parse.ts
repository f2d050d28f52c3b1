/**
 * Matching lines through the decoder and the parser alone: message code, header and body, once with derivations used
 * again and once with every line parsed anew. `node bench/parse.ts`
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blocksOf } from '../src/commands/lines.ts';
import { makeDecoder } from '../src/core/decode/envelope.ts';
import { findMessageCode } from '../src/core/decode/message-code.ts';
import type { Frame } from '../src/core/model/message.ts';
import { makeParser } from '../src/core/parse/parse.ts';
import { writeMix } from './generate.ts';

const LINES = 100_000;
const ROUNDS = 3;
const context = { reference: Date.UTC(2022, 1, 6), zoneOffset: () => 0, latest: Date.UTC(2022, 1, 7) };

async function matchingFrames(): Promise<readonly Frame[]> {
  const file = join(tmpdir(), `quovadis-bench-parse-${process.pid}.log`);
  try {
    await writeMix(file, { lines: LINES, share: 1, devices: 5000, seed: 1 });
    const frames: Frame[] = [];
    for await (const block of blocksOf({ name: file, bytes: 0, end: context.reference, form: 'plain' }))
      frames.push(...block);
    return frames;
  } finally {
    rmSync(file, { force: true });
  }
}

function linesPerSecond(frames: readonly Frame[], reuse: boolean): number {
  const decode = makeDecoder({ reuse });
  const parse = makeParser({ reuse });
  const started = performance.now();
  for (const frame of frames) {
    const code = findMessageCode(frame.bytes, frame.start, frame.end);
    if (code === null) throw new Error('every line here has a message code');
    decode(frame, code.start, context);
    const { outcome } = parse(code, frame.bytes.toString('utf8', code.body, frame.end));
    if (outcome !== 'parsed') throw new Error(`${code.mnemonic} is not in the grammar`);
  }
  return frames.length / ((performance.now() - started) / 1000);
}

const frames = await matchingFrames();
const rates = { reusing: [] as number[], anew: [] as number[] };
// The first round only warms up.
for (let round = 0; round <= ROUNDS; round++) {
  const [reusing, anew] = [linesPerSecond(frames, true), linesPerSecond(frames, false)];
  if (round === 0) continue;
  rates.reusing.push(reusing);
  rates.anew.push(anew);
}
const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number;
const [reusing, anew] = [middle(rates.reusing), middle(rates.anew)];
process.stdout.write(
  `derivations used again: ${Math.round(reusing)} lines/s\nevery line parsed anew: ${Math.round(anew)} lines/s\nratio ${(reusing / anew).toFixed(1)}\n`,
);
