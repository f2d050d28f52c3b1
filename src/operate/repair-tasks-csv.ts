import { stringify } from 'csv-stringify/sync';
import type { RepairTask } from '../core/fleet/repair-tasks.ts';

const COLUMNS = [
  'device',
  'hostname',
  'address',
  'serial',
  'pid',
  'release',
  'plant',
  'incident',
  'state',
  'severity',
  'graceUntil',
  'graceUntilAtMost',
  'remediation',
  'fixedIn',
  'commands',
] as const satisfies readonly (keyof RepairTask)[];

/**
 * RFC 4180, with a line of headings; the commands of a device are the lines of one cell. What a spreadsheet would take
 * for a formula is escaped: device names come from the network.
 */
export function tasksCsv(tasks: readonly RepairTask[]): string {
  const rows = tasks.map((task) => ({ ...task, commands: task.commands.join('\n') }));
  return stringify(rows, { header: true, columns: [...COLUMNS], escape_formulas: true, record_delimiter: '\r\n' });
}
