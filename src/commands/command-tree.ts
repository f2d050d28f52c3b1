/** What commander knows of the command line, as completion and manual page need it: there is no second list of commands. */
import type { Argument, Command, Option } from 'commander';

/** What stands for a value: a file, a directory, one of some words, or another text; null where an option has no value. */
export type Value =
  | { readonly kind: 'file' | 'directory' | 'text'; readonly name: string }
  | { readonly kind: 'choice'; readonly name: string; readonly choices: readonly string[] }
  | null;

/** `long`: with its dashes, as `--data`. */
export type TreeOption = {
  readonly short: string | null;
  readonly long: string;
  readonly text: string;
  readonly value: Value;
};
/** `form`: as the usage line has it, `<file...>`. */
export type TreeArgument = { readonly form: string; readonly text: string; readonly value: Value };
export type TreeCommand = {
  readonly name: string;
  readonly text: string;
  readonly arguments: readonly TreeArgument[];
  readonly options: readonly TreeOption[];
};
export type CommandTree = Omit<TreeCommand, 'arguments'> & { readonly commands: readonly TreeCommand[] };

export function commandTree(root: Command): CommandTree {
  const helper = root.createHelp();
  const commands = helper.visibleCommands(root).map((command) => ({
    ...described(command, helper.visibleOptions(command)),
    arguments: command.registeredArguments.map(argumentOf),
  }));
  return { ...described(root, helper.visibleOptions(root)), commands };
}

function described(command: Command, options: readonly Option[]): Omit<TreeCommand, 'arguments'> {
  return { name: command.name(), text: command.description(), options: options.map(optionOf) };
}

function optionOf({ short, long, flags, description, argChoices, defaultValue }: Option): TreeOption {
  const [, name] = /<(.+)>/.exec(flags) ?? [];
  const text = defaultValue === undefined ? description : `${description} (default: ${defaultValue})`;
  return {
    short: short ?? null,
    long: long ?? '',
    text: argChoices === undefined ? text : `${text} (${argChoices.join(', ')})`,
    value: name === undefined ? null : valueNamed(name, argChoices),
  };
}

function argumentOf(argument: Argument): TreeArgument {
  const name = argument.name();
  const many = `${name}${argument.variadic ? '...' : ''}`;
  const form = argument.required ? `<${many}>` : `[${many}]`;
  return { form, text: argument.description, value: valueNamed(name, argument.argChoices) };
}

/** By the words that the command table has between `<` and `>`. */
function valueNamed(name: string, choices: readonly string[] | undefined): Value {
  if (choices !== undefined) return { kind: 'choice', name, choices };
  if (name === 'dir') return { kind: 'directory', name };
  return { kind: ['file', 'to', 'from'].includes(name) ? 'file' : 'text', name };
}
