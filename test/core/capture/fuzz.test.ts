/** Cuts, joins and mutations of captures: nothing throws, and every value of a fact stands in a line of the text. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { readCapture } from '../../../src/core/capture/capture.ts';
import type { Fact } from '../../../src/core/capture/fact.ts';
import { shownLines } from '../../../src/core/capture/terminal.ts';
import { advisory } from '../../given.ts';

const folder = fileURLToPath(new URL('../../../samples/captures/', import.meta.url));
const bytes = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => readFileSync(`${folder}${file}`));
const texts = bytes.map((each) => each.toString('latin1').replaceAll('\0', ''));

const text = fc.constantFrom(...texts);
const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (whole: string, share: number) => Math.floor(share * whole.length);

const cut = fc.tuple(text, place, place).map(([whole, from, to]) => whole.slice(at(whole, from), at(whole, to)));
const joined = fc.array(fc.oneof(text, cut), { minLength: 2, maxLength: 4 }).map((parts) => parts.join(''));
const shuffled = text.chain((whole) =>
  fc.shuffledSubarray(whole.split('\n').slice(0, 120)).map((lines) => lines.join('\n')),
);
const mutated = fc
  .tuple(
    text,
    fc.array(
      fc.tuple(
        place,
        fc.oneof(
          fc.string({ maxLength: 3 }),
          fc.constantFrom('\b', '\r', '\n', '\0', '"', ':', '#', '>', '\u001B[', ' --More-- '),
        ),
      ),
      { maxLength: 12 },
    ),
  )
  .map(([whole, edits]) =>
    edits.reduce((now, [share, put]) => now.slice(0, at(now, share)) + put + now.slice(at(now, share) + 1), whole),
  );
const any = fc.oneof(cut, joined, shuffled, mutated);

/** The words of a fact that a person could look for in the text. */
function wordsOf(fact: Fact): string[] {
  const { line: _line, section: _section, text: _text, kind: _kind, ...values } = fact;
  return words(values);
}

/** What a reader has derived: kinds and states of its own, and numbers. */
const OWN = new Set(['mode', 'reservation', 'transport', 'server', 'of', 'unit', 'quality', 'newRoot', 'oldRoot']);

function words(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return OWN.has(key) ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => words(each, Array.isArray(value) ? key : name));
}

const plain = (words: string) => words.toLowerCase().replace(/[\s,]+/g, '');

t.test('readCapture() states nothing that stands in no line', async () => {
  fc.assert(
    fc.property(any, (given) => {
      const { captures } = readCapture(given, advisory);
      if (captures.length === 0) return;
      const lines = plain(
        shownLines(given)
          .map((line) => line.text)
          .join('\n'),
      );
      for (const fact of captures.flatMap(({ facts }) => facts)) {
        for (const word of wordsOf(fact)) {
          if (!word.includes('<removed>') && !lines.includes(plain(word)))
            throw new Error(`"${word}" of ${fact.kind} (line ${fact.line}) stands in no line`);
        }
      }
    }),
    { numRuns: 400 },
  );
});

t.test('readCapture() takes any bytes', async () => {
  const some = fc.constantFrom(...bytes);
  const flipped = fc.tuple(some, fc.array(fc.tuple(place, fc.nat(255)), { maxLength: 20 })).map(([whole, edits]) => {
    const copy = Uint8Array.from(whole);
    for (const [share, byte] of edits) copy[Math.floor(share * (copy.length - 1))] = byte;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 4000 }), flipped), (given) => {
      const { captures, refused } = readCapture(given, advisory);
      if (captures.length + refused.length === 0) throw new Error('neither a capture nor a reason');
    }),
    { numRuns: 300 },
  );
});

t.test('readCapture() gives the same for the same text, and each line of a fact is one of the text', async () => {
  fc.assert(
    fc.property(any, (given) => {
      const [one, two] = [readCapture(given, advisory), readCapture(given, advisory)];
      const count = given.split('\n').length + given.split('\r').length;
      const far = one.captures.flatMap(({ facts }) => facts).filter(({ line }) => line < 1 || line > count);
      if (JSON.stringify(one) !== JSON.stringify(two) || far.length > 0)
        throw new Error('not the same, or a line too far');
    }),
    { numRuns: 100 },
  );
});

/** Outputs of two devices; each fact of one is distinct from those of the other. */
const outputsOf = (name: string, serial: string, year: number) => {
  const status = [
    'Smart Licensing is ENABLED',
    '',
    'Registration:',
    `  Initial Registration: SUCCEEDED on Sep 14 07:40:11 ${year} UTC`,
  ];
  const rows: readonly (readonly [command: string, lines: readonly string[]])[] = [
    ['show license udi', [`UDI: PID:C9300-48P,SN:${serial}`]],
    ['show license status', status],
    ['show license all', ['Smart Licensing Status', '======', ...status, `UDI: PID:C9300-48P,SN:${serial}`]],
    ['show version', [`Cisco IOS XE Software, Version 17.03.03`, `${name} uptime is 1 week`]],
    ['show inventory', ['NAME: "1", DESCR: "C9300-48P"', `PID: C9300-48P , VID: V01 , SN: ${serial}`]],
  ];
  return rows.map(([command, lines]) => ({ typed: [`${name}#${command}`, ...lines, `${name}#`], bare: lines }));
};

/** Whose facts these are; `both` where facts of both devices stand in one capture. */
function ownersOf(facts: readonly Fact[]): Set<string> {
  const owners = new Set<string>();
  for (const fact of facts) {
    if (fact.kind === 'serial') owners.add(fact.serial === 'FOC0000A1B2' ? 'sw-a' : 'sw-b');
    if (fact.kind === 'hostname') owners.add(fact.hostname);
    if (fact.kind === 'success') owners.add(new Date(fact.at.local).getUTCFullYear() === 2021 ? 'sw-a' : 'sw-b');
  }
  return owners;
}

t.test('readCapture() gives no device the facts of another, where one of them has prompts', async () => {
  const [ours, theirs] = [outputsOf('sw-a', 'FOC0000A1B2', 2021), outputsOf('sw-b', 'FOC0000A1C7', 2020)];
  const some = fc.tuple(
    fc.subarray(
      ours.map(({ typed }) => typed),
      { minLength: 1 },
    ),
    fc.subarray(
      theirs.flatMap(({ typed, bare }) => [typed, bare]),
      { minLength: 1 },
    ),
  );
  const mixed = some.chain(([a, b]) => fc.shuffledSubarray([...a, ...b], { minLength: a.length + b.length }));
  fc.assert(
    fc.property(mixed, (parts) => {
      for (const { device, facts } of readCapture(parts.flat().join('\n'), advisory).captures) {
        const owners = ownersOf(facts);
        if (owners.size > 1 || (device !== null && owners.size === 1 && !owners.has(device)))
          throw new Error(`${device} has facts of ${[...owners].join(' and ')}`);
      }
    }),
    { numRuns: 500 },
  );
});
