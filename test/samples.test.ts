/** `samples/messages`: lines of devices, each with its golden reading. `UPDATE_GOLDENS=1` rewrites the goldens. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { makeDecoder } from '../src/core/decode/envelope.ts';
import { findMessageCode, scanMessageCode } from '../src/core/decode/message-code.ts';
import { noFields } from '../src/core/model/message.ts';
import { grammarMnemonics, makeParser } from '../src/core/parse/parse.ts';
import { ArchiveTime } from '../src/core/read/event-time.ts';
import { advisory, frameOf, makeReader } from './given.ts';

const root = fileURLToPath(new URL('../samples/messages/', import.meta.url));
const END = Date.parse('2022-03-02T00:00:00Z');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
const logs = files.filter((file) => file.endsWith('.log')).sort();
const linesOf = (file: string) => readFileSync(`${root}${file}`, 'utf8').split('\n').filter(Boolean);

/** The output of `parse`, without the line itself, which is in the .log file. */
function readAll(file: string): unknown[] {
  const read = makeReader(advisory, new ArchiveTime(END, () => 0));
  return linesOf(file).map((line) => {
    const { raw: _, ...object } = read(frameOf(line));
    return JSON.parse(JSON.stringify(object));
  });
}

t.test('makeReader() reads every sample as in its golden', async (t) => {
  for (const file of logs) {
    const golden = `${root}${file.replace(/\.log$/, '.json')}`;
    if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(golden, `${JSON.stringify(readAll(file), null, 2)}\n`);
    t.ok(existsSync(golden), `${file} has a golden`);
    if (existsSync(golden)) t.same(readAll(file), JSON.parse(readFileSync(golden, 'utf8')), file);
  }
  for (const golden of files.filter((file) => file.endsWith('.json'))) {
    t.ok(logs.includes(golden.replace(/\.json$/, '.log')), `${golden} has a sample`);
  }
});

t.test('every mnemonic of the advisory and of the grammar has a sample, in its own folder', async (t) => {
  const sampled = new Set(logs.map((file) => file.split('/').slice(0, 2).join(' ')));
  for (const [facility, rules] of advisory.signals) {
    for (const mnemonic of rules.keys()) t.ok(sampled.has(`${facility} ${mnemonic}`), `${facility} ${mnemonic}`);
  }
  const mnemonics = new Set([...sampled].map((name) => name.split(' ')[1]));
  for (const mnemonic of grammarMnemonics) t.ok(mnemonics.has(mnemonic), `a sample of ${mnemonic}`);
  for (const file of logs.filter((name) => !name.startsWith('FN72298'))) {
    const [facility, mnemonic] = file.split('/');
    for (const line of readAll(file) as { facility: string; mnemonic: string }[]) {
      t.same([line.facility, line.mnemonic], [facility, mnemonic], `${file} is in its folder`);
    }
  }
});

t.test('makeReader() gives the fields of every parsed sample, each with a plain value', async (t) => {
  for (const file of logs) {
    for (const { outcome, fields } of readAll(file) as { outcome: string; fields: object }[]) {
      if (outcome !== 'parsed') continue;
      t.same(Object.keys(fields), Object.keys(noFields), file);
      for (const [name, value] of Object.entries(fields)) {
        const kind = name === 'errorCode' ? 'number' : 'string';
        if (value !== null) t.type(value, kind, `${file}: ${name}`);
      }
    }
  }
});

t.test('makeParser() finds exactly one reading of every sample, the same with and without reuse', async (t) => {
  const [reusing, parsing] = [makeParser(), makeParser({ reuse: false })];
  const [decoding, decodingAnew] = [makeDecoder(), makeDecoder({ reuse: false })];
  const context = { reference: END, zoneOffset: () => 0, latest: END + 86_400_000 };
  for (const file of logs) {
    for (const line of linesOf(file)) {
      const frame = frameOf(line);
      const code = findMessageCode(frame.bytes, 0, frame.end);
      t.equal(scanMessageCode(frame.bytes, 0, frame.end), 'tracked');
      if (code === null) continue;
      const text = frame.bytes.toString('utf8', code.body);
      const message = parsing(code, text);
      t.not(message.outcome === 'text-only' && message.why, 'ambiguous', file);
      t.same(reusing(code, text), message, file);
      t.same(decoding(frame, code.start, context), decodingAnew(frame, code.start, context), file);
    }
  }
});
