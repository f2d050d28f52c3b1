/** The manual page (man(7)), made of the command line itself. */
import type { CommandTree, TreeArgument, TreeCommand, TreeOption } from './command-tree.ts';

export function manPage({ name, text, options, commands }: CommandTree, version: string): string {
  return [
    `.TH ${name.toUpperCase()} 1 "" "${name} ${version}" "User Commands"`,
    '.SH NAME',
    `${escaped(name)} \\- finds Cisco switches that no longer trust Cisco's cloud (FN72298)`,
    '.SH SYNOPSIS',
    `.B ${escaped(name)}`,
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    escaped(text),
    '.SH OPTIONS',
    ...options.flatMap(optionLines),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...entry('.B 0', 'Done; what was asked for was found to be well.'),
    ...entry('.B 1', 'The command failed; the same command may succeed later.'),
    ...entry('.B 2', 'The command line or an input is not valid; the line on stderr says what to do.'),
    ...entry('.B 3, 4', 'With --exit-code: affected, absent or open; unknown.'),
    '.SH ENVIRONMENT',
    ...entry('.B QUOVADIS_*', 'Keys of the configuration; they count more than the file.'),
    ...entry('.B NO_COLOR', 'No colour at a terminal.'),
    '.SH FILES',
    ...entry('.I /etc/quovadis-watch/quovadis.yaml', 'Configuration of the service of a package.'),
    ...entry('.I /var/lib/quovadis-watch', 'Its data.'),
    '',
  ].join('\n');
}

function commandLines({ name, text, arguments: given, options }: TreeCommand): string[] {
  const forms = given.map(({ form }) => ` ${form}`).join('');
  return [
    `.SS "${escaped(`${name}${forms}${options.length > 0 ? ' [options]' : ''}`)}"`,
    `${escaped(text)}.`,
    ...given.flatMap(argumentLines),
    ...options.flatMap(optionLines),
  ];
}

function argumentLines({ form, text }: TreeArgument): string[] {
  return entry(`.I "${escaped(form)}"`, text);
}

function optionLines({ short, long, text, value }: TreeOption): string[] {
  const flags = escaped(`${short === null ? '' : `${short}, `}${long}`);
  return entry(`.BR "${flags}"${value === null ? '' : ` " ${escaped(`<${value.name}>`)}"`}`, text);
}

function entry(tag: string, text: string): string[] {
  return ['.TP', tag, escaped(text)];
}

/** roff reads a dash as a hyphen, and a dot at the beginning of a line as a request. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replace(/^([.'])/, '\\&$1');
}
