/** Completion for shells, made of the command line itself. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of the shell.

import type { CommandTree, TreeCommand, TreeOption, Value } from './command-tree.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The script of a shell, with its line ends. */
export function completionScript(shell: Shell, tree: CommandTree): string {
  return `${SCRIPTS[shell](tree).join('\n')}\n`;
}

const SCRIPTS: Record<Shell, (tree: CommandTree) => string[]> = { bash, zsh, fish };

/** Needs no package `bash-completion`, but bash 4. */
function bash({ name, commands, options }: CommandTree): string[] {
  const rows = commands.flatMap((command) =>
    command.options.flatMap(({ long, value }) =>
      value === null ? [] : [`    "${command.name} ${long}") ${bashValue(value)}; return ;;`],
    ),
  );
  return [
    `# bash completion of ${name}; source it, or save it as ${name} in a directory of bash-completion.`,
    '_quovadis_watch() {',
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" options="" words=""',
    '  COMPREPLY=()',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    ${bashWords([...commands.map((one) => one.name), ...flagsOf(options)].join(' '))}`,
    '    return',
    '  fi',
    '  case "${COMP_WORDS[1]} $prev" in',
    ...rows,
    '  esac',
    '  case "${COMP_WORDS[1]}" in',
    ...commands.map(
      (one) => `    ${one.name}) options="${flagsOf(one.options).join(' ')}" words="${wordsOf(one).join(' ')}" ;;`,
    ),
    '  esac',
    '  case "$cur" in',
    `    -*) ${bashWords('$options')} ;;`,
    `    *) ${FILENAMES}; mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur"; compgen -f -- "$cur") ;;`,
    '  esac',
    '}',
    `complete -F _quovadis_watch ${name}`,
  ];
}

/** Readline then quotes what needs it, and puts `/` behind a directory. It fails outside of a completion only. */
const FILENAMES = 'compopt -o filenames 2>/dev/null';

/** One answer a line: a name may have blanks and `*`. */
function bashWords(words: string): string {
  return `mapfile -t COMPREPLY < <(compgen -W "${words}" -- "$cur")`;
}

function bashValue(value: NonNullable<Value>): string {
  if (value.kind === 'choice') return bashWords(value.choices.join(' '));
  if (value.kind === 'text') return ':';
  const what = value.kind === 'file' ? '-f' : '-d';
  return `${FILENAMES}; mapfile -t COMPREPLY < <(compgen ${what} -- "$cur")`;
}

function zsh({ name, commands, options }: CommandTree): string[] {
  return [
    `#compdef ${name}`,
    '_quovadis_watch() {',
    '  local -a commands',
    `  commands=(${commands.map((one) => quoted(`${one.name}:${one.text}`)).join(' ')})`,
    '  if (( CURRENT == 2 )); then',
    `    _describe command commands; _values option ${options.map(({ long }) => quoted(long)).join(' ')}`,
    '    return',
    '  fi',
    '  local command=$words[2]',
    '  shift words; (( CURRENT-- ))',
    '  case $command in',
    ...commands.map(
      (one) => `    ${one.name}) _arguments ${[...one.options.map(zshOption), ...zshArguments(one)].join(' ')} ;;`,
    ),
    '  esac',
    '}',
    // Loaded by its name, the file is the function; sourced, it says for what it is.
    `if [ "$funcstack[1]" = "_${name}" ]; then _quovadis_watch "$@"; else compdef _quovadis_watch ${name}; fi`,
  ];
}

function zshOption({ long, text, value }: TreeOption): string {
  const plain = text.replace(/[[\]:\\]/g, '\\$&');
  return quoted(`${long}[${plain}]${value === null ? '' : `:${value.name}:${zshValue(value)}`}`);
}

function zshArguments({ arguments: given }: TreeCommand): string[] {
  return given.map(({ form, value }, index) => {
    const place = form.includes('...') ? '*' : `${index + 1}`;
    return quoted(`${place}:${value?.name}:${value === null ? '' : zshValue(value)}`);
  });
}

function zshValue(value: NonNullable<Value>): string {
  if (value.kind === 'choice') return `(${value.choices.join(' ')})`;
  return { file: '_files', directory: '_files -/', text: ' ' }[value.kind];
}

function fish({ name, commands, options }: CommandTree): string[] {
  const start = `complete -c ${name}`;
  return [
    `# fish completion of ${name}; save it as ~/.config/fish/completions/${name}.fish`,
    ...commands.map((one) => `${start} -n __fish_use_subcommand -f -a ${one.name} -d ${quoted(one.text)}`),
    ...options.map((option) => `${start} -n __fish_use_subcommand -f ${fishOption(option)}`),
    ...commands.flatMap((one) => {
      const within = `${start} -n ${quoted(`__fish_seen_subcommand_from ${one.name}`)}`;
      const words = wordsOf(one);
      return [
        ...one.options.map((option) => `${within} ${fishOption(option)}`),
        ...(words.length === 0 ? [] : [`${within} -f -a ${quoted(words.join(' '))}`]),
      ];
    }),
  ];
}

function fishOption({ short, long, text, value }: TreeOption): string {
  const shown = `${short === null ? '' : `-s ${short.slice(1)} `}-l ${long.slice(2)} -d ${quoted(text)}`;
  if (value === null) return shown;
  if (value.kind === 'choice') return `${shown} -x -a ${quoted(value.choices.join(' '))}`;
  return `${shown} ${{ file: '-r', directory: "-x -a '(__fish_complete_directories)'", text: '-x' }[value.kind]}`;
}

function flagsOf(options: readonly TreeOption[]): string[] {
  return options.map(({ long }) => long);
}

/** The words that its arguments may be. */
function wordsOf({ arguments: given }: TreeCommand): readonly string[] {
  return given.flatMap(({ value }) => (value?.kind === 'choice' ? value.choices : []));
}

/** For any of the shells; fish reads `\'` inside quotes, the others need them closed. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '’')}'`;
}
