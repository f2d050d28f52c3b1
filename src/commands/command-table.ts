import type { Command } from 'commander';

/** `flags` and `text` as `--help` prints them. */
export type OptionRow = {
  readonly flags: string;
  readonly text: string;
  readonly default?: string | number;
  readonly choices?: readonly string[];
  /** The value is a whole number. */
  readonly whole?: true;
};

export type CommandRow = {
  readonly name: string;
  readonly description: string;
  /** The positional arguments, as commander writes them: `<file...>`, `[device...]`; `words`: all that it may be. */
  readonly argument?: readonly [form: string, text: string, words?: readonly string[]];
  /** A second positional argument. */
  readonly further?: readonly [form: string, text: string];
  readonly options: readonly OptionRow[];
  /** Gets the argument, if the command has one, then the options. Returns an exit code other than 0, or nothing. Imports its module itself: see `commands`. */
  readonly run: (this: Command, ...given: Parameters<Parameters<Command['action']>[0]>) => unknown;
};

const config: OptionRow = { flags: '--config <file>', text: 'Configuration file (YAML)' };
const data: OptionRow = { flags: '--data <dir>', text: 'Data directory of the service (default: ./data)' };
const json: OptionRow = { flags: '--json', text: 'Print one JSON object' };
const advisory: OptionRow = {
  flags: '--advisory <file>',
  text: 'Advisory file to use instead of the shipped advisory',
};
const exitCode = (codes: string): OptionRow => ({
  flags: '--exit-code',
  text: `Let the exit code tell the result: ${codes}`,
});
const color: OptionRow = {
  flags: '--color <when>',
  text: 'Colour of tables: auto is at a terminal, unless NO_COLOR is set',
  choices: ['auto', 'always', 'never'],
  default: 'auto',
};
const lines = 'Files with syslog lines, plain or packed (gzip, zstd, .br, tar, zip), UTF-8 or UTF-16';
const zone: OptionRow = {
  flags: '--zone <zone>',
  text: 'Time zone of timestamps that name no zone: UTC, +01:00 or a name like Europe/Berlin',
  default: 'UTC',
};

/** Each command imports its module in `run`: a short command takes hardly longer than its start. */
export const commands: readonly CommandRow[] = [
  {
    name: 'serve',
    description: 'Run the service: receive syslog, keep incidents, notify sinks, answer over HTTP',
    options: [
      config,
      { flags: '--data <dir>', text: 'Directory of the database quovadis.db (default: ./data)' },
      { flags: '--udp <address>', text: 'Listen for syslog over UDP: HOST:PORT or "off" (default: 0.0.0.0:5514)' },
      { flags: '--tcp <address>', text: 'Listen for syslog over TCP: HOST:PORT or "off" (default: 0.0.0.0:5514)' },
      {
        flags: '--tls <address>',
        text: 'Listen for syslog over TLS: HOST:PORT; the configuration must set syslog.tls.cert and syslog.tls.key',
      },
      {
        flags: '--relp <address>',
        text: 'Listen for syslog over RELP: HOST:PORT; 2514 is the usual port',
      },
      { flags: '--http <address>', text: 'Serve API and metrics: HOST:PORT or "off" (default: 127.0.0.1:9514)' },
      { flags: '--insecure', text: 'Let everybody on the network read over HTTP: allow addresses without tokens' },
      {
        flags: '--log-level <level>',
        text: 'Least severe level to log: trace, debug, info, warn, error, fatal or silent (default: info)',
      },
      {
        flags: '--log-format <format>',
        text: 'Format of the log: json or text (default: text at a terminal, else json)',
      },
    ],
    run: async (options, _command, early) => (await import('./serve.ts')).serve(options, early),
  },
  {
    name: 'parse',
    description: 'Parse syslog lines and print one JSON object per message',
    argument: ['[file...]', `${lines}; without a file, or for -, stdin is read`],
    options: [
      zone,
      { flags: '--explain <line>', text: 'Print what each part of the header of this line was read as, and why' },
    ],
    run: async (files, options) =>
      options.explain === undefined
        ? (await import('./parse.ts')).parseFiles(files, options)
        : (await import('./parse-explain.ts')).explainLine(options.explain, files),
  },
  {
    name: 'replay',
    description: 'Find the incidents in archived syslog lines, at the times in the lines, as the service would',
    argument: ['<file...>', `${lines}, read in the order of their times; - reads stdin`],
    options: [
      { flags: '--json', text: 'Print one JSON object instead of a table' },
      { flags: '--data <dir>', text: 'Store the result in this directory instead of in memory' },
      zone,
      advisory,
      color,
    ],
    run: async (files, options) => (await import('./replay.ts')).replay(files, options),
  },
  {
    name: 'explain',
    description: 'Show why a device has an incident, or why it has none: evidence, score and reasons',
    argument: ['<device|incident>', 'Name of a device, or id of an incident'],
    options: [
      {
        flags: '--verify',
        text: 'Recompute the incident from its stored evidence; exit code 1 if the result differs',
      },
      exitCode('0 no open incident, 3 open incident'),
      config,
      data,
      json,
    ],
    run: async (name, options) => (await import('./explain.ts')).explainCommand(name, options),
  },
  {
    name: 'send',
    description: 'Send the lines of files to a syslog port',
    argument: ['<file...>', `${lines}; - reads stdin`],
    options: [
      {
        flags: '--to <address>',
        text: 'Receiver, HOST:PORT (default: 127.0.0.1:5514, with tls port 6514, with relp port 2514)',
      },
      { flags: '--transport <kind>', text: 'Transport', choices: ['udp', 'tcp', 'tls', 'relp'], default: 'udp' },
      {
        flags: '--framing <kind>',
        text: 'With tcp and tls: how the receiver finds the end of a line; unframed is what IOS sends (default: lf with tcp, octet-counting with tls)',
        choices: ['lf', 'octet-counting', 'unframed'],
      },
      {
        flags: '--rate <lines>',
        text: 'Lines per second; 0: as fast as the receiver accepts lines',
        whole: true,
        default: 1000,
      },
      {
        flags: '--ca <file>',
        text: 'With tls: PEM file with the trusted CAs (default: the CAs that Node.js knows); relp speaks TLS with it',
      },
      { flags: '--insecure', text: 'With tls: do not check the certificate of the receiver; relp speaks TLS with it' },
    ],
    run: async (files, options) => (await import('./send.ts')).send(files, options),
  },
  {
    name: 'advisory',
    description: 'Summarise the advisory, or say whether a release of a product is affected and how to repair it',
    options: [
      { flags: '--release <release>', text: 'IOS-XE release as "show version" prints it, for example 17.3.3a' },
      { flags: '--product <pid>', text: 'Product id, for example IE-3300-8T2S' },
      exitCode('0 fixed, 3 affected, 4 unknown'),
      advisory,
      json,
    ],
    run: async (options) => (await import('./advisory.ts')).advisoryCommand(options),
  },
  {
    name: 'trustpool',
    description: 'Look for the new root CA in the output of "show crypto pki trustpool", and say what to do next',
    argument: ['<file>', 'File with the saved output; - reads stdin'],
    options: [
      advisory,
      { flags: '--device <name>', text: 'Store the result as the trustpool of this device' },
      exitCode('0 the new root is present, 3 absent, 4 unknown'),
      config,
      data,
      json,
    ],
    run: async (file, options) => (await import('./trustpool.ts')).trustpoolCommand(file, options),
  },
  {
    name: 'capture',
    description: 'Take what switches show: saved output of show commands says when licensing last worked, and how',
    argument: [
      '<file...>',
      'Files or folders of saved terminals, .zip, .tar.gz, JSON of Ansible, files of Oxidized; - reads stdin',
    ],
    options: [
      { flags: '--device <name>', text: 'Device that all of it is of; nothing of another device is taken' },
      { flags: '--at <time>', text: 'When it was taken, as 2026-11-28T19:00:00Z, where it does not say so itself' },
      { flags: '--zone <zone>', text: 'Time zone of times that name none: UTC, +01:00 or a name like Europe/Berlin' },
      { flags: '--dry-run', text: 'Say what would change, and store nothing' },
      config,
      data,
      json,
    ],
    run: async (files, options) => (await import('./capture.ts')).captureCommand(files, options),
  },
  {
    name: 'inventory',
    description: 'Import an inventory of devices; a second import of the same file changes nothing',
    argument: [
      '<file...>',
      'Files in CSV, JSON or .xlsx: exports of NetBox, LibreNMS, Oxidized, Cisco DNA Center, or a table of your own; - reads stdin',
    ],
    options: [
      { flags: '--dry-run', text: 'Say what would change, and store nothing' },
      { flags: '--strict', text: 'Import nothing if a column is not used' },
      config,
      data,
      json,
    ],
    run: async (files, options) => (await import('./inventory.ts')).inventoryCommand(files, options),
  },
  {
    name: 'next',
    description: 'List the next devices to repair, the most urgent first, with the commands to type on each device',
    options: [
      {
        flags: '--format <format>',
        text: 'table, csv, json, ansible (an inventory) or netbox (journal entries) (default: table at a terminal, else csv)',
        choices: ['table', 'csv', 'json', 'ansible', 'netbox'],
      },
      { flags: '--json', text: 'The same as --format json' },
      { flags: '--netbox-devices <file>', text: 'With netbox: JSON of /api/dcim/devices/, which has the ids' },
      { flags: '--limit <devices>', text: 'List at most this number of devices', whole: true, default: 200 },
      { flags: '--plant <name>', text: 'List only the devices of this plant' },
      color,
      config,
      data,
    ],
    run: async (options) => (await import('./next.ts')).nextCommand(options),
  },
  {
    name: 'forget',
    description: 'Delete devices and their history; open incidents are closed and the sinks notified',
    argument: ['[device...]', 'Devices, each by any of its names'],
    options: [
      {
        flags: '--not-listed',
        text: 'Delete all devices that are not in the inventory; without --yes, only say how many',
      },
      { flags: '--yes', text: 'Confirm --not-listed' },
      config,
      data,
    ],
    run: async (names, options) => (await import('./forget.ts')).forgetCommand(names, options),
  },
  {
    name: 'confirm-sender',
    description: 'Say that a device sends from an address, so that a recovery from there counts',
    argument: ['<device>', 'Name, address or serial number of the device'],
    further: ['<address>', 'IPv4 or IPv6 address from which the device sends'],
    options: [config, data],
    run: async (device, address, options) =>
      (await import('./confirm-sender.ts')).confirmSenderCommand(device, address, options),
  },
  {
    name: 'notices',
    description: 'List notifications that are pending or have failed for good',
    options: [
      {
        flags: '--retry',
        text: 'Have failed notifications sent again, by the running service or at the next start of the service',
      },
      { flags: '--sink <name>', text: 'Only notifications to this sink' },
      { flags: '--id <id>', text: 'Only the notification with this id' },
      config,
      data,
      { flags: '--json', text: 'Print one JSON object per line' },
    ],
    run: async (options) => (await import('./notices.ts')).noticesCommand(options),
  },
  {
    name: 'backup',
    description: 'Copy the database of a data directory while the service runs, check the copy, and put it in place',
    argument: ['<to>', 'File to write, or a directory, where the name is quovadis-DATE.db'],
    options: [
      { flags: '--keep <backups>', text: 'In a directory, delete the oldest backups beyond this number', whole: true },
      config,
      data,
      json,
    ],
    run: async (to, options) => (await import('./backup.ts')).backupCommand(to, options),
  },
  {
    name: 'restore',
    description: 'Check a backup and put it into the data directory of a service that is stopped',
    argument: ['<from>', 'File that backup has written, or a copy of quovadis.db with its quovadis.db-wal beside it'],
    options: [
      { flags: '--force', text: 'Replace the database that is there; it is kept under another name' },
      { flags: '--even-damaged', text: 'Restore it also if some of its rows are damaged' },
      config,
      data,
      json,
    ],
    run: async (from, options) => (await import('./restore.ts')).restoreCommand(from, options),
  },
  {
    name: 'migrate',
    description: 'Move everything from a data directory to PostgreSQL, or back; the services are stopped',
    options: [
      { flags: '--from <place>', text: 'Directory of quovadis.db, or postgres://ROLE@HOST:5432/DATABASE' },
      { flags: '--to <place>', text: 'The other one, which is empty; a move that was broken off goes on' },
      config,
      json,
    ],
    run: async (options) => (await import('./migrate.ts')).migrateCommand(options),
  },
  {
    name: 'check',
    description:
      'Check configuration, advisory and certificates; if there are problems, print all of them and exit with code 2',
    options: [
      config,
      { flags: '--data <dir>', text: 'Check also every row of the database in this directory; changes nothing' },
      { flags: '--advisory <file>', text: 'Advisory file to check instead of the configured advisory' },
    ],
    run: async (options) => (await import('./check.ts')).checkCommand(options),
  },
  {
    name: 'doctor',
    description:
      'Find out what is wrong with the service, this machine and the syslog of the switches, and say what to do',
    options: [config, data, json],
    run: async (options) => (await import('./doctor.ts')).doctorCommand(options),
  },
  {
    name: 'completion',
    description: 'Print the script that completes this command line in a shell',
    argument: ['<shell>', 'Shell', ['bash', 'zsh', 'fish']],
    options: [],
    run: async function (this, shell) {
      const { printCompletion } = await import('./print-completion.ts');
      printCompletion(shell, this.parent);
    },
  },
  {
    name: 'demo',
    description: 'Start a temporary service, send it a scenario over UDP and TCP, and show the incident',
    options: [],
    run: async () => (await import('./demo.ts')).demo(),
  },
];
