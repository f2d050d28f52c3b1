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
  'lastFailureAt',
  'graceUntil',
  'graceUntilAtMost',
  'remediation',
  'diagnosis',
  'fixedIn',
  'commands',
  'checks',
] as const satisfies readonly (keyof RepairTask)[];

/**
 * CSV (RFC 4180) with a line of headings. The commands of a device are one cell, with `; ` between them, and so are its checks. A text that a spreadsheet
 * would run as a formula is escaped, because device names are data from the network.
 */
export function tasksCsv(tasks: readonly RepairTask[], { header = true } = {}): string {
  const rows = tasks.map((task) => ({ ...task, commands: task.commands.join('; '), checks: task.checks.join('; ') }));
  return stringify(rows, { header, columns: [...COLUMNS], escape_formulas: true, record_delimiter: '\r\n' });
}
