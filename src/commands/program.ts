import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { OperatingError } from '../errors.ts';

/** Runs a command line and gives its exit code: 0 done, 1 failed, 2 usage or invalid input. Errors are one line. */
export async function runCommand(args: readonly string[]): Promise<number> {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  try {
    await program().parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof OperatingError)) throw error;
    process.stderr.write(`quovadis-watch: ${error.message.replace(/\s*\n\s*/g, ' ')} [${error.code}]\n`);
    return error.exitCode;
  }
}

/** Each command loads what it needs only when it is asked for. */
function program(): Command {
  const root = new Command('quovadis-watch')
    .description('Correlates Cisco syslog into QuoVadis trust failure incidents (field notice FN72298).')
    .version('0.1.0')
    .exitOverride()
    .showHelpAfterError(false)
    .configureOutput({
      outputError: (text, write) => write(`quovadis-watch: ${oneLine(text)}; see --help [QVW_USAGE]\n`),
    })
    .addHelpText(
      'after',
      `
Examples:
  serve                                     listen on udp and tcp 5514, http 127.0.0.1:9514
  parse switch.log                          one JSON object a line
  replay archive.log.gz --json              what would have been found
  explain IE3300-A --data ./data            why there is an incident, or none
  advisory --release 17.3.3 --product IE-3300-8T2S   affected, fixed or unknown
  send switch.log --to 127.0.0.1:5514       play lines to a syslog port
  send switch.log --transport tls --ca ca.pem   the same over TLS`,
    );

  root
    .command('serve')
    .description('listen, correlate, serve')
    .option('--config <file>', 'configuration in YAML')
    .option('--data <dir>', 'where quovadis.db lives (default ./data)')
    .option('--udp <address>', 'syslog over UDP, HOST:PORT or "off" (default 0.0.0.0:5514)')
    .option('--tcp <address>', 'syslog over TCP, HOST:PORT or "off" (default 0.0.0.0:5514)')
    .option('--tls <address>', 'syslog over TLS, HOST:PORT; needs syslog.tls.cert and .key')
    .option('--http <address>', 'API and metrics, HOST:PORT or "off" (default 127.0.0.1:9514)')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent (default info)')
    .action(async (options) => (await import('./serve.ts')).serve(options));

  root
    .command('parse')
    .description('stdin or files to one JSON object a line on stdout')
    .argument('[file...]', 'plain or .gz; none, or -, is stdin')
    .option('--zone <zone>', 'of stamps that name none', 'UTC')
    .action(async (files, options) => (await import('./parse.ts')).parseFiles(files, options));

  root
    .command('replay')
    .description('run archived lines through the same pipeline in event time')
    .argument('<file...>', 'plain or .gz; - is stdin')
    .option('--json', 'end with one JSON object instead of a table')
    .option('--data <dir>', 'keep the result in this directory instead of in memory')
    .option('--zone <zone>', 'of stamps that name none', 'UTC')
    .option('--advisory <file>', 'an advisory file instead of the shipped one')
    .action(async (files, options) => (await import('./replay.ts')).replay(files, options));

  root
    .command('explain')
    .description('the evidence, score and reasons, also why there is no incident')
    .argument('<device|incident>', 'a device name or an incident id')
    .option('--verify', 'recompute the incident from its stored evidence; exit code 1 if it is not the same')
    .option('--config <file>', 'configuration in YAML')
    .option('--data <dir>', 'the data directory of the service (default ./data)')
    .option('--json', 'as one JSON object')
    .action(async (name, options) => (await import('./explain.ts')).explainCommand(name, options));

  root
    .command('send')
    .description('play lines to a syslog port')
    .argument('<file...>', 'plain or .gz; - is stdin')
    .option('--to <address>', 'HOST:PORT (default 127.0.0.1:5514, on tls 127.0.0.1:6514)')
    .option('--transport <kind>', 'udp, tcp or tls', oneOf('udp', 'tcp', 'tls'), 'udp')
    .option(
      '--framing <kind>',
      'lf, octet-counting, or unframed as IOS does (default lf on tcp, octet-counting on tls)',
      oneOf('lf', 'octet-counting', 'unframed'),
    )
    .option('--rate <lines>', 'lines a second; 0 = as fast as they are taken', whole, 1000)
    .option('--ca <file>', 'on tls: whom to trust, in PEM (default the CAs that Node.js knows)')
    .option('--insecure', 'on tls: do not check the certificate')
    .action(async (files, options) => (await import('./send.ts')).send(files, options));

  root
    .command('advisory')
    .description('what the advisory says, or whether a release of a product is affected, and the fix')
    .option('--release <release>', 'of IOS-XE, as show version writes it: 17.3.3a')
    .option('--product <pid>', 'product id: IE-3300-8T2S')
    .option('--advisory <file>', 'an advisory file instead of the shipped one')
    .option('--json', 'as one JSON object')
    .action(async (options) => (await import('./advisory.ts')).advisoryCommand(options));

  root
    .command('trustpool')
    .description('read the output of show crypto pki trustpool: is the new root there, what to do')
    .argument('<file>', 'the saved output; - is stdin')
    .option('--advisory <file>', 'an advisory file instead of the shipped one')
    .option('--device <name>', 'keep it as what was seen on this device')
    .option('--config <file>', 'configuration in YAML')
    .option('--data <dir>', 'the data directory of the service (default ./data)')
    .option('--json', 'as one JSON object')
    .action(async (file, options) => (await import('./trustpool.ts')).trustpoolCommand(file, options));

  root
    .command('inventory')
    .description('import what is known of the devices; the same file again changes nothing')
    .argument('<file...>', 'CSV or .json: hostname, address, serial, pid, release, plant, licensing; - is CSV on stdin')
    .option('--config <file>', 'configuration in YAML')
    .option('--data <dir>', 'the data directory of the service (default ./data)')
    .option('--json', 'as one JSON object')
    .action(async (files, options) => (await import('./inventory.ts')).inventoryCommand(files, options));

  root
    .command('next')
    .description('the next devices to repair as CSV, the most urgent first, with what to type on each')
    .option('--limit <devices>', 'at most so many', whole, 200)
    .option('--plant <name>', 'only of this plant')
    .option('--config <file>', 'configuration in YAML')
    .option('--data <dir>', 'the data directory of the service (default ./data)')
    .action(async (options) => (await import('./next.ts')).nextCommand(options));

  root
    .command('forget')
    .description('devices that are no more, with all that was kept of them; what is open of them is closed and told')
    .argument('[device...]', 'by any of their names')
    .option('--not-listed', 'all devices that are not in the inventory; without --yes it only says how many')
    .option('--yes', 'forget what --not-listed says')
    .option('--config <file>', 'configuration in YAML')
    .option('--data <dir>', 'the data directory of the service (default ./data)')
    .action(async (names, options) => (await import('./forget.ts')).forgetCommand(names, options));

  root
    .command('notices')
    .description('what waits for its sink and what was given up; with --retry it is sent again')
    .option('--retry', 'dead letters are sent again by the running service, or the next one')
    .option('--sink <name>', 'only of this sink')
    .option('--id <id>', 'only this notice')
    .option('--config <file>', 'configuration in YAML')
    .option('--data <dir>', 'the data directory of the service (default ./data)')
    .option('--json', 'one JSON object a line')
    .action(async (options) => (await import('./notices.ts')).noticesCommand(options));

  root
    .command('check')
    .description('validate configuration, advisory and certificates; exit code 2 and all problems if not sound')
    .option('--config <file>', 'configuration in YAML')
    .option('--advisory <file>', 'an advisory file instead of the configured one')
    .action(async (options) => (await import('./check.ts')).checkCommand(options));

  root
    .command('demo')
    .description('play a scenario over real UDP and TCP into a temporary service and show the incident')
    .action(async () => (await import('./demo.ts')).demo());

  for (const command of root.commands) command.exitOverride().configureOutput(root.configureOutput());
  return root;
}

function oneLine(text: string): string {
  return text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ');
}

function oneOf(...choices: readonly string[]) {
  return (text: string): string => {
    if (choices.includes(text)) return text;
    throw new InvalidArgumentError(`use one of ${choices.join(', ')}.`);
  };
}

function whole(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('use a whole number.');
}
