/** Completion and the manual page: what real shells and readers of manual pages make of them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { commandTree } from '../../src/commands/command-tree.ts';
import { completionScript, shells } from '../../src/commands/completion.ts';
import { manPage } from '../../src/commands/man-page.ts';
import { program } from '../../src/commands/program.ts';
import { version } from '../../src/version.ts';
import { temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';
import { ran } from './in-one-process.ts';

const tree = commandTree(program());
const PAGE = fileURLToPath(new URL('../../man/quovadis-watch.1', import.meta.url));

t.test('completion prints the script of each shell, and refuses another one', async (t) => {
  const [wrong, ...scripts] = ran([['completion', 'tcsh'], ...shells.map((shell) => ['completion', shell])]);
  t.match(wrong, { status: 2, stdout: '', stderr: /bash, zsh, fish/ });
  t.same(
    scripts.map(({ status, stdout }) => [status, stdout]),
    shells.map((shell) => [0, completionScript(shell, tree)]),
  );
  for (const script of scripts)
    for (const { name } of tree.commands) t.match(script.stdout, new RegExp(`\\b${name}\\b`));
});

t.test('bash completes commands, options, words and files', { skip: missing('bash', 'bash') }, async (t) => {
  const cwd = temporaryDirectory(t);
  for (const name of ['switch.log', 'of a plant.log', 'of *.log']) writeFileSync(join(cwd, name), '');
  mkdirSync(join(cwd, 'of data'));
  const script = completionScript('bash', tree);
  const asked: readonly (readonly [words: string[], answer: string])[] = [
    [['re'], 'replay|restore'],
    [['send', '--tra'], '--transport'],
    [['send', '--transport', 't'], 'tcp|tls'],
    [['next', '--format', 'a'], 'ansible'],
    [['completion', 'f'], 'fish'],
    [['replay', 'sw'], 'switch.log'],
    [['replay', ''], 'of *.log|of a plant.log|of data|switch.log'],
    [['replay', 'of a'], 'of a plant.log'],
    [['replay', '--data', ''], 'of data'],
    [['completion', ''], 'bash|fish|of *.log|of a plant.log|of data|switch.log|zsh'],
    [['replay', '--zone', ''], ''],
  ];
  for (const [words, answer] of asked) {
    const given = ['quovadis-watch', ...words].map((word) => `'${word}'`).join(' ');
    const code = `${script}\nCOMP_WORDS=(${given}); COMP_CWORD=${words.length}; _quovadis_watch; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', code], { cwd, encoding: 'utf8' });
    t.same([stdout.trim().split('\n').sort().join('|'), stderr], [answer, ''], words.join(' '));
  }
});

t.test('zsh completes commands and options', { skip: missing('zsh', 'zsh') }, async (t) => {
  const script = completionScript('zsh', tree);
  // `_arguments` and `_describe` say what they were told: completing needs a terminal.
  const code = `_arguments() { print -l -- "$@" }; _describe() { print -l -- $commands }; _values() { }; compdef() { }
${script}
words=(quovadis-watch re); CURRENT=2; _quovadis_watch; words=(quovadis-watch send --tra); CURRENT=3; _quovadis_watch`;
  const { status, stdout, stderr } = spawnSync('zsh', ['-f', '-c', code], { encoding: 'utf8' });
  t.same([status, stderr], [0, '']);
  const lines = stdout.split('\n');
  t.ok(lines.some((line) => line.startsWith('replay:Find the incidents')));
  t.ok(
    lines.some((line) => /^--transport\[.*\]:kind:\(udp tcp tls relp\)$/.test(line)),
    stdout,
  );
  t.ok(lines.includes('*:file:_files'));
});

t.test('fish completes commands, options and words', { skip: missing('fish', 'fish') }, async (t) => {
  const home = temporaryDirectory(t);
  const asked = [
    'quovadis-watch rep',
    'quovadis-watch send --tra',
    'quovadis-watch send --transport t',
    'quovadis-watch completion f',
  ];
  const code = `${completionScript('fish', tree)}\n${asked.map((line) => `complete -C '${line}'; echo ==`).join('\n')}`;
  const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
  const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', code], { encoding: 'utf8', env });
  const answers = stdout.split('==\n').map((answer) => answer.split('\n').flatMap((line) => line.split('\t')[0] || []));
  t.same(answers.slice(0, 4), [['replay'], ['--transport'], ['tcp', 'tls'], ['fish']], stderr);
});

t.test('man/quovadis-watch.1 is fresh (npm run man), and has every command and option', async (t) => {
  const page = readFileSync(PAGE, 'utf8');
  t.equal(page, manPage(tree, version));
  for (const { name, options } of tree.commands) {
    t.match(page, `.SS "${name.replaceAll('-', '\\-')}`);
    for (const { long } of options) t.match(page, long.replaceAll('-', '\\-'));
  }
});

t.test(
  'a reader of manual pages finds nothing wrong with the page',
  { skip: missing('mandoc', 'mandoc') },
  async (t) => {
    const lint = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', PAGE], { encoding: 'utf8' });
    const found = lint.stdout.split('\n').filter((line) => line !== '' && !/missing date/.test(line));
    t.same(found, []);
    t.match(spawnSync('mandoc', ['-T', 'utf8', PAGE], { encoding: 'utf8' }).stdout, 'finds Cisco switches that');
  },
);
