/** What is read of a line can be stored by any database, whatever characters the line has. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { readCapture } from '../../../src/core/capture/capture.ts';
import { ArchiveTime } from '../../../src/core/read/event-time.ts';
import { ansibleTexts } from '../../../src/operate/ansible-output.ts';
import { advisory, frameOf, makeReader } from '../../given.ts';

const samples = fileURLToPath(new URL('../../../samples/', import.meta.url));
const filesOf = (folder: string, ending: string) =>
  readdirSync(`${samples}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => readFileSync(`${samples}${folder}/${file}`, 'utf8'));

/** How many places of a line, or a text, get a character. */
const PLACES = 16;
const PUT = ['😀', '\0'] as const;

/** The text with the character at each of these places, inserted or in the place of another one. */
function* changed(text: string): Generator<string> {
  const chars = [...text];
  for (let place = 0; place <= PLACES; place++) {
    const at = Math.floor((chars.length * place) / PLACES);
    for (const put of PUT)
      for (const over of [0, 1]) yield [...chars.slice(0, at), put, ...chars.slice(at + over)].join('');
  }
}

/** The first text in a value that a database would not give back as it was. */
function unstorable(value: unknown): string | null {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0') ? null : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, each] of Object.entries(value)) {
    const found = unstorable(key) ?? unstorable(each);
    if (found !== null) return `${key}: ${found}`;
  }
  return null;
}

t.test('makeReader() reads no value with a NUL or half of a character out of any line', async (t) => {
  const lines = ['messages', 'dialects'].flatMap((folder) => filesOf(folder, '.log').flatMap((all) => all.split('\n')));
  let read = 0;
  for (const line of lines.filter((each) => each !== '' && !each.startsWith('# '))) {
    for (const text of changed(line)) {
      // The line itself, and its text, are stored as JSON, which keeps a NUL.
      const { raw, text: said = '', ...values } = makeReader(advisory, new ArchiveTime(0, () => 0))(frameOf(text));
      const found = unstorable(values) ?? unstorable([raw, said].map((each) => each.replaceAll('\0', '')));
      if (found !== null) t.fail(`${found} of ${JSON.stringify(text)}`);
      read++;
    }
  }
  t.ok(read > 10_000, `${read} lines`);
});

t.test('readCapture() reads no fact with a NUL or half of a character', async (t) => {
  for (const text of filesOf('captures', '.txt')) {
    for (const other of changed(text)) {
      const found = unstorable(readCapture(other, advisory));
      if (found !== null) t.fail(found);
    }
  }
  const stdout = ['NTP status \ud800', '\udc00'];
  const [result] = ansibleTexts(Buffer.from(JSON.stringify({ ['sw-a\ud800']: { stdout } }))) ?? [];
  t.match(result, { host: 'sw-a\ufffd', text: /NTP status \ufffd/ });
  t.equal(unstorable(result), null, 'JSON can escape half of a character');
});
