/** Who may import whom, as a table; every import of `src` is held against it. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const src = fileURLToPath(new URL('../src', import.meta.url));

type Room = {
  /** Folders and files of `src` that the room may import; `core/*` means the files directly in `core`. */
  readonly knows: readonly string[];
  /** The same, but only their types. */
  readonly types?: readonly string[];
  /** Packages that the room may use; `node:*` means every module of Node. */
  readonly packages?: readonly string[];
};

/** By folder or file of `src`; a file belongs to the room with the longest name that fits. The last row is the files in `src`. */
const ROOMS: Record<string, Room> = {
  'core/model': { knows: [] },
  'core/frame': {
    knows: [
      ...['core/model', 'core/decode/byte-scanner.ts', 'core/decode/message-code.ts', 'core/decode/relay-header.ts'],
      'core/decode/related-words.ts',
    ],
  },
  'core/grammar': { knows: ['core/model'], packages: ['nearley'] },
  'core/decode': { knows: ['core/grammar', 'core/model'], packages: ['moo'] },
  'core/parse': { knows: ['core/grammar', 'core/model'], packages: ['moo'] },
  'core/advisory': { knows: ['core/model'] },
  'core/capture': { knows: ['core/decode', 'core/grammar', 'core/advisory', 'core/model'], packages: ['moo'] },
  'core/identity': { knows: ['core/model'] },
  'core/read': {
    knows: ['core/decode', 'core/parse', 'core/advisory', 'core/model'],
    types: ['core/correlate', 'core/capture'],
  },
  'core/judge': { knows: ['core/advisory', 'core/model'] },
  'core/correlate': {
    knows: ['core/identity', 'core/judge', 'core/advisory', 'core/model'],
    types: ['core/capture'],
  },
  'core/diagnose': { knows: ['core/correlate', 'core/judge', 'core/advisory', 'core/model'] },
  'core/fleet': { knows: ['core/diagnose', 'core/judge', 'core/advisory', 'core/model'] },
  'core/announce': { knows: ['core/diagnose', 'core/judge', 'core/advisory', 'core/model'], types: ['core/correlate'] },
  'core/loss': { knows: ['core/decode', 'core/model'] },
  config: {
    knows: ['core', 'errors.ts', 'database-url.ts', 'notify/sinks.ts', 'notify/settings-form.ts'],
    packages: ['typebox', 'yaml', 'ipaddr.js', 'fastest-levenshtein', 'node:*'],
  },
  receive: { knows: ['core', 'errors.ts'], packages: ['ipaddr.js', 'node:*'] },
  archive: {
    knows: [
      ...['receive/source.ts', 'receive/frame-parts.ts', 'pipeline/batch-stats.ts', 'pipeline/read-batch.ts'],
      ...['core', 'errors.ts'],
    ],
    types: ['pipeline'],
    packages: ['tar', 'yauzl', 'node:*'],
  },
  pipeline: { knows: ['receive/source.ts', 'core', 'errors.ts'], types: ['store/ports'] },
  'store/ports': { knows: [], types: ['core'] },
  'store/open-store.ts': { knows: ['store', 'database-url.ts'] },
  'store/write-buffer.ts': { knows: ['store/memory/evidence.ts', 'core'], types: ['store/ports'] },
  store: { knows: ['core'], types: ['store/ports'], packages: ['node:crypto'] },
  'store/codec': { knows: ['store/days.ts', 'core'], types: ['store/ports'], packages: ['node:crypto'] },
  'store/moving': {
    knows: ['store/codec', 'store/sqlite', 'store/postgres', 'core', 'errors.ts'],
    types: ['store/projection.ts'],
    packages: ['better-sqlite3', 'node:crypto', 'node:path'],
  },
  'store/sqlite': {
    knows: [
      'make-directories.ts',
      'store/codec',
      'store/page.ts',
      'store/departures.ts',
      'store/evidence-retention.ts',
      'store/acknowledgement.ts',
      'store/clocks.ts',
      'store/positions.ts',
      'store/days.ts',
      'store/timeline.ts',
      'store/gap-rows.ts',
      'store/incident-columns.ts',
      'store/no-damage.ts',
      'core',
      'errors.ts',
    ],
    types: ['store/ports', 'store/projection.ts', 'store/moving/side.ts'],
    packages: ['better-sqlite3', 'node:*'],
  },
  'store/postgres': {
    knows: [
      ...['store/codec', 'store/page.ts', 'store/departures.ts', 'store/evidence-retention.ts', 'store/clocks.ts'],
      ...['store/acknowledgement.ts', 'store/positions.ts', 'store/days.ts', 'store/timeline.ts', 'store/gap-rows.ts'],
      ...['store/no-damage.ts', 'store/judgment.ts', 'core', 'errors.ts', 'database-url.ts', 'version.ts'],
    ],
    types: ['store/ports', 'store/projection.ts'],
    packages: ['pg', 'node:*'],
  },
  'store/memory': {
    knows: [
      'store/page.ts',
      'store/departures.ts',
      'store/evidence-retention.ts',
      'store/acknowledgement.ts',
      'store/clocks.ts',
      'store/positions.ts',
      'store/days.ts',
      'store/timeline.ts',
      'store/gap-rows.ts',
      'store/incident-columns.ts',
      'store/no-damage.ts',
      'core',
    ],
    types: ['store/ports', 'store/projection.ts'],
  },
  notify: {
    knows: ['core', 'errors.ts', 'store/every-page.ts'],
    types: ['store/ports', 'telemetry'],
    packages: ['typebox', 'undici', 'standardwebhooks', 'node:*'],
  },
  telemetry: {
    knows: ['core', 'receive/senders.ts', 'receive/transports.ts', 'store/every-page.ts'],
    types: ['store/ports', 'receive', 'pipeline'],
    packages: ['pino', 'prom-client', 'node:*'],
  },
  systemd: { knows: ['errors.ts'], types: ['telemetry'], packages: ['node:*'] },
  operate: {
    knows: ['core', 'errors.ts', 'store/every-page.ts', 'archive/file-format.ts'],
    types: ['store/ports', 'receive'],
    packages: ['csv-parse', 'csv-stringify', 'yaml', 'yauzl', 'node:*'],
  },
  serve: {
    knows: [
      ...['core', 'telemetry', 'operate', 'errors.ts'],
      ...['receive/tls.ts', 'receive/once-a-minute.ts', 'receive/receiver.ts', 'receive/senders.ts'],
      'serve/console/routes.ts',
    ],
    types: ['store/ports'],
    packages: ['fastify', '@fastify/*', 'typebox', 'marked', 'fastest-levenshtein', 'csv-stringify', 'node:*'],
  },
  'serve/console': {
    knows: ['serve/problems.ts', 'serve/secure.ts'],
    types: ['serve/serving.ts'],
    packages: ['@fastify/*', 'typebox', 'amaro', 'acorn', 'node:*'],
  },
  commands: { knows: ['.'], packages: ['commander', 'tar', 'yauzl', 'cli-progress', 'close-with-grace', 'node:*'] },
  '.': { knows: ['.'], packages: ['node:*'] },
};

/** Files that every room outside the core may import, beside those of its row. */
const OUTSIDE_CORE = ['yield-to-event-loop.ts', 'printable.ts', 'descriptor-room.ts'];

const names = Object.keys(ROOMS).sort((a, b) => b.length - a.length);

function roomOf(file: string): [name: string, room: Room] {
  const name = names.find((each) => isIn(each, file)) ?? '.';
  return [name, ROOMS[name] as Room];
}

/** Whether a file is in a room, which is a folder or one file. */
function isIn(room: string, file: string): boolean {
  return file === room || file.startsWith(`${room}/`);
}

/** Every way in which a file can name another one: static, re-exported, for its side effects, and at run time. */
const IMPORTS =
  /^\s*(?:import|export)\b(?<typed>\s+type\b)?[^;'"]*?\bfrom\s*['"](?<from>[^'"]+)['"]|^\s*import\s*['"](?<bare>[^'"]+)['"]|\b(?:import|require)\(\s*['"`](?<late>[^'"`]+)['"`]/gm;

/** What a file of this text, in this place below `src`, imports and may not. */
function offences(file: string, text: string): string[] {
  const [own, { knows, types = [], packages = [] }] = roomOf(file);
  return [...text.matchAll(IMPORTS)].flatMap(({ groups = {} }) => {
    const name = (groups['from'] ?? groups['bare'] ?? groups['late']) as string;
    const allowed = name.startsWith('.')
      ? mayKnow(join(dirname(file), name))
      : packages.some((each) => fits(each, name));
    return allowed ? [] : [`${file} imports ${name}`];

    function mayKnow(target: string): boolean {
      const [room] = roomOf(target);
      const typed = groups['typed'] !== undefined;
      if (room === own || (!own.startsWith('core/') && OUTSIDE_CORE.includes(target))) return true;
      return [...knows, ...(typed ? types : [])].some((known) => covers(known, target));
    }
  });
}

function covers(known: string, target: string): boolean {
  if (known === '.') return true;
  return known.endsWith('/*') ? dirname(target) === known.slice(0, -2) : isIn(known, target);
}

function fits(allowed: string, name: string): boolean {
  return allowed.endsWith('*')
    ? name.startsWith(allowed.slice(0, -1))
    : name === allowed || name.startsWith(`${allowed}/`);
}

/**
 * Clocks, chance, timers, the process and the console: what makes the same call give another answer, or acts by itself.
 * `crypto` is also a word of Cisco's commands.
 */
const IMPURE =
  /\b(?:Date\.now|Date\(\s*\)|new Date\b(?!\()|Math\.random|performance\b|crypto\s*[.;,)\]}]|set(?:Timeout|Interval|Immediate)|queueMicrotask|process\.|console\.|globalThis\b|fetch\()/;

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/.*$/gm, '');
}

function isImpure(text: string): boolean {
  return IMPURE.test(withoutComments(text));
}

const files = globSync('**/*.ts', { cwd: src }).sort();
const read = (file: string) => readFileSync(join(src, file), 'utf8');

t.test('every import of src is one that its room may make', async (t) => {
  t.ok(files.length > 100, 'the files are found');
  t.same(
    files.flatMap((file) => offences(file, read(file))),
    [],
  );
});

t.test('the core and the payloads of sinks read no clock and no chance, and start nothing', async (t) => {
  const pure = files.filter((file) => file.startsWith('core/') || /^notify\/.*\/(?:payload|settings)\.ts$/.test(file));
  t.ok(pure.includes('notify/webhook/payload.ts'), 'the payloads are found');
  t.same(
    pure.filter((file) => isImpure(read(file))),
    [],
  );
});

t.test('reading a configuration loads the kinds of sinks, and nothing that connects', async (t) => {
  const loaded = new Set(['config/load.ts']);
  for (const file of loaded) {
    for (const { groups = {} } of withoutComments(read(file)).matchAll(IMPORTS)) {
      const name = groups['typed'] === undefined ? (groups['from'] ?? groups['bare']) : undefined;
      if (name?.startsWith('.')) loaded.add(join(dirname(file), name));
    }
  }
  t.ok(loaded.has('notify/webhook/settings.ts'), 'the kinds are found');
  t.notOk(loaded.has('notify/http-post.ts') || loaded.has('notify/notifier.ts'));
});

t.test('every room of the table is there', async (t) => {
  t.same(
    names.filter((name) => name !== '.' && !files.some((file) => isIn(name, file))),
    [],
  );
});

t.test('offences() finds each way to leave a room', async (t) => {
  const leaks = [
    ['core/loss/x.ts', "import { readFileSync } from 'node:fs';", 'the loss ledger reads no file'],
    ['core/loss/x.ts', "import Database from 'better-sqlite3';", 'the loss ledger knows no database'],
    ['core/loss/x.ts', "import { parse } from '../parse/parse.ts';", 'the loss ledger reads no body'],
    ['core/read/x.ts', "import { openDatabase } from '../../store/sqlite/open.ts';", 'the core imports only the core'],
    ['core/read/x.ts', "import 'node:fs';", 'for its side effects'],
    ['core/read/x.ts', "const fs = await import('node:fs');", 'at run time'],
    ['core/read/x.ts', 'const fs = require("node:fs");', 'by the old loader'],
    ['core/read/x.ts', "export * from '../../app.ts';", 'exported again'],
    ['core/read/x.ts', "import {\n  a,\n  b,\n} from '../../errors.ts';", 'over several lines'],
    ['core/frame/x.ts', "import { parse } from '../parse/parse.ts';", 'a framer parses nothing'],
    ['core/frame/x.ts', "import { makeDecoder } from '../decode/envelope.ts';", 'a framer reads no header'],
    ['core/correlate/x.ts', "import { makeDecoder } from '../decode/envelope.ts';", 'deciding reads no header'],
    ['core/judge/x.ts', "import { step } from '../correlate/machine.ts';", 'the judge is asked, and asks nobody'],
    ['core/model/x.ts', "import { page } from '../../store/page.ts';", 'the nouns know nobody'],
    [
      'core/loss/x.ts',
      "import { yieldToEventLoop } from '../../yield-to-event-loop.ts';",
      'the core waits for nothing',
    ],
    ['core/parse/x.ts', "import nearley from 'nearley';", 'one package, one home'],
    ['serve/x.ts', "import { Pipeline } from '../pipeline/pipeline.ts';", 'an API does not run the path'],
    [
      'notify/x.ts',
      "import { MemoryStore } from '../store/memory/memory-store.ts';",
      'a sink knows a store by its type',
    ],
    ['notify/x.ts', "import type { Config } from '../config/schema.ts';", 'a sink knows its own settings only'],
    ['config/x.ts', "import { Notifier } from '../notify/notifier.ts';", 'a configuration sends nothing'],
    ['store/x.ts', "import Database from 'better-sqlite3';", 'SQLite stays in its folder'],
    ['store/x.ts', "import { SqliteStore } from './sqlite/store.ts';", 'only open-store.ts knows the engines'],
    ['store/memory/x.ts', "import { openDatabase } from '../sqlite/open.ts';", 'an engine knows no other engine'],
  ] as const;
  for (const [file, text, why] of leaks) t.equal(offences(file, text).length, 1, `${file}: ${why}`);
  t.same(offences('notify/x.ts', "import type { Store } from '../store/ports/store.ts';"), [], 'a type is no leak');
});

t.test('isImpure() finds clocks, chance and effects', async (t) => {
  for (const text of ['Date.now()', 'new Date()', 'new Date', 'Math.random()', 'performance.now()', 'setTimeout(f)'])
    t.ok(isImpure(`const x = ${text};`), text);
  t.ok(isImpure("const { now } = globalThis['Date'];"));
  t.notOk(isImpure('// Date.now() is for others\nconst x = new Date(at);'));
});
