import { readBounded } from '../config/read-file.ts';
import type { RepairTask } from '../core/fleet/repair-tasks.ts';
import { limits } from '../core/model/limits.ts';
import { OperatingError, unreadable } from '../errors.ts';
import { FleetReport } from '../operate/fleet-report.ts';
import { tasksAnsible } from '../operate/repair-tasks-ansible.ts';
import { tasksCsv } from '../operate/repair-tasks-csv.ts';
import { journalEntry, type NetboxIds, netboxIds } from '../operate/repair-tasks-netbox.ts';
import { printable } from '../printable.ts';
import { counted } from './counted.ts';
import { operating } from './open-data.ts';
import { type Colouring, print, printJson, warn } from './output.ts';
import { printTable } from './table.ts';

export const nextFormats = ['table', 'csv', 'json', 'ansible', 'netbox'] as const;
type Format = (typeof nextFormats)[number];

type Options = {
  readonly limit: number;
  readonly plant?: string;
  readonly format?: Format;
  readonly json?: boolean;
  readonly netboxDevices?: string;
  readonly config?: string;
  readonly data?: string;
  readonly color?: Colouring;
};

/** Prints the next devices to repair: at a terminal as a table, else as CSV, or as `--format` says. */
export async function nextCommand(options: Options): Promise<void> {
  const format = formatOf(options);
  const ids = format === 'netbox' ? idsOf(options.netboxDevices) : null;
  const { plant, limit } = options;
  const tasks = await operating(
    options,
    ({ store, advisory, now }) => new FleetReport(store, advisory, now).tasks({ plant, limit }),
    { unjudged: 'refuse' },
  );
  if (ids !== null) printJournal(tasks, ids);
  else PRINTERS[format as Exclude<Format, 'netbox'>](tasks, options.color);
  if (tasks.length === 0)
    warn(
      'nothing to do: no device has an open incident that is to be repaired or checked, and no capture shows a need\n',
    );
}

function formatOf({ format, json, netboxDevices }: Options): Format {
  if (json === true && format !== undefined && format !== 'json')
    throw new OperatingError('QVW_USAGE', `--json is --format json: leave out --json, or --format ${format}`);
  if (netboxDevices !== undefined && format !== 'netbox')
    throw new OperatingError('QVW_USAGE', '--netbox-devices needs --format netbox');
  return json === true ? 'json' : (format ?? (process.stdout.isTTY ? 'table' : 'csv'));
}

const PRINTERS: Record<Exclude<Format, 'netbox'>, (tasks: readonly RepairTask[], colouring?: Colouring) => void> = {
  table: printTasks,
  // The lines of the file end as the lines of the terminal do.
  csv: (tasks) => print(tasksCsv(tasks).replaceAll('\r\n', '\n')),
  json: (tasks) => printJson({ tasks }),
  ansible: (tasks) => print(tasksAnsible(tasks)),
};

function printTasks(tasks: readonly RepairTask[], colouring?: Colouring): void {
  if (tasks.length === 0) return;
  const rows = tasks.map(
    ({ device, incident, plant, severity, state, diagnosis, graceUntil, graceUntilAtMost, ...task }) => [
      device,
      plant ?? '-',
      severity ?? '-',
      state,
      diagnosis ?? '-',
      (graceUntil ?? graceUntilAtMost ?? '-').slice(0, 10),
      // Without an incident the check says why the commands are to be typed.
      [
        ...(incident === null ? task.checks : []),
        ...task.commands,
        ...(incident !== null && task.commands.length === 0 ? task.checks : []),
      ].join('; '),
    ],
  );
  printTable(['device', 'plant', 'severity', 'state', 'diagnosis', 'grace', 'what to do'], rows, colouring);
}

function idsOf(file: string | undefined): NetboxIds {
  if (file === undefined)
    throw new OperatingError(
      'QVW_USAGE',
      '--format netbox needs the ids of the devices: save /api/dcim/devices/?limit=0 of NetBox, and name the file with --netbox-devices',
    );
  let text: string;
  try {
    text = readBounded(file === '-' ? 0 : file, limits.inventoryFileBytes).toString();
  } catch (error) {
    throw unreadable(file, error);
  }
  return netboxIds(text);
}

/** The devices that NetBox does not have, or has twice, are named. */
function printJournal(tasks: readonly RepairTask[], ids: NetboxIds): void {
  const missing: string[] = [];
  const entries = tasks.flatMap((task) => {
    const id = ids.of(task);
    if (id === null) missing.push(task.device);
    return id === null ? [] : [journalEntry(task, id)];
  });
  printJson(entries);
  if (missing.length === 0) return;
  warn(
    `${printable(`${counted(missing.length, 'device')} not in the file of NetBox, or of a name that two devices there have: ${missing.join(', ')}`)}\n`,
  );
}
