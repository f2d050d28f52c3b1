import { inspect } from 'node:util';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { OperatingError } from '../errors.ts';
import { printable } from '../printable.ts';
import { version } from '../version.ts';
import { type CommandRow, commands, type OptionRow } from './command-table.ts';
import { nearFile } from './near-file.ts';
import { warn } from './output.ts';
import type { ServiceSignals } from './service-signals.ts';

const EXAMPLES = `
Examples:
  serve                                              syslog on UDP and TCP port 5514, HTTP on 127.0.0.1:9514
  parse switch.log                                   one JSON object per message
  replay archive.log.gz --json                       the incidents that the service would have found
  explain IE3300-A --data ./data                     why a device has an incident, or none
  advisory --release 17.3.3 --product IE-3300-8T2S   affected, fixed or unknown
  send switch.log --to 127.0.0.1:5514                send lines to a syslog port
  send switch.log --transport tls --ca ca.pem        the same over TLS`;

/**
 * Runs a command line and gives its exit code: 0 done, 1 failed, 2 usage or invalid input; with `--exit-code` also 3 and 4. Each error is one line. `signals`:
 * has noted signals since the start of the process, for `serve`.
 */
export async function runCommand(args: readonly string[], signals: ServiceSignals | null = null): Promise<number> {
  // `| head` closes stdout early: not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE')
      warn(`quovadis-watch: the output cannot be written: ${error.message} [QVW_OUTPUT_FAILED]\n`);
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  try {
    let exitCode = 0;
    const ended = (code: unknown) => {
      if (typeof code === 'number') exitCode = code;
    };
    await program(signals, ended).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof OperatingError)) {
      // A defect: what Node.js would print of it may have text from the network.
      warn(`${inspect(error)}\n`);
      return 1;
    }
    for (const problem of error.problems)
      warn(`quovadis-watch: ${onOneLine(problem)}${nearFile(error)} [${error.code}]\n`);
    return error.exitCode;
  }
}

/** The command line as commander knows it. `ended`: called with what the command has returned: its exit code, if it is not 0. */
export function program(signals: ServiceSignals | null = null, ended: (code: unknown) => void = () => {}): Command {
  const root = new Command('quovadis-watch')
    .description(
      "Reads the syslog of Cisco switches and keeps one incident per switch that no longer trusts Cisco's cloud because the QuoVadis root CA was retired (field notice FN72298).",
    )
    .version(version, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print this help')
    .helpCommand('help [command]', 'Print the help of a command')
    .exitOverride()
    .showHelpAfterError(false)
    .configureOutput({
      outputError: (text) => warn(`quovadis-watch: ${usage(text)}; see --help [QVW_USAGE]\n`),
    })
    .addHelpText('after', EXAMPLES);
  for (const row of commands) declare(root, row, signals, ended);
  return root;
}

/** A subcommand inherits the output and the help option of `root`. */
function declare(
  root: Command,
  { name, description, argument, further, options, run }: CommandRow,
  signals: ServiceSignals | null,
  ended: (code: unknown) => void,
): void {
  const command = root
    .command(name)
    .description(description)
    .action(async function (...given) {
      ended(await run.call(this, ...given, signals));
    });
  if (argument !== undefined) {
    const [form, text, words] = argument;
    const declared = new Argument(form, text);
    command.addArgument(words === undefined ? declared : declared.choices(words));
  }
  if (further !== undefined) command.argument(...further);
  for (const option of options) command.addOption(optionOf(option));
}

function optionOf({ flags, text, default: value, choices, whole }: OptionRow): Option {
  const option = new Option(flags, text);
  if (choices !== undefined) option.choices(choices);
  if (whole === true) option.argParser(wholeNumber);
  return value === undefined ? option : option.default(value);
}

function usage(text: string): string {
  return onOneLine(
    text
      .replace(/^error: /, '')
      .trim()
      .replace(/\.$/, ''),
  );
}

function onOneLine(text: string): string {
  return printable(text.replace(/\s*\n\s*/g, ' '));
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Use a whole number of at most 9 digits.');
}
